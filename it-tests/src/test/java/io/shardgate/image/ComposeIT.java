package io.shardgate.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The compose file, started as README.md says.
@EnabledIfSystemProperty(named = Engine.WANTED, matches = "true")
final class ComposeIT {
  private static final String PROJECT = "shardgate-compose-it-" + ProcessHandle.current().pid();

  private static Engine.Result tried(String... arguments) {
    List<String> command = new ArrayList<>(List.of("docker", "compose", "--project-name", PROJECT, "--file", Sources.ROOT.resolve("docker/compose.yaml").toString()));
    command.addAll(List.of(arguments));
    return Engine.run(command, Map.of("SHARDGATE_IMAGE", Engine.image()));
  }

  private static String compose(String... arguments) {
    Engine.Result result = tried(arguments);
    assertThat(result.exitCode()).as(result.output()).isZero();
    return result.output().strip();
  }

  @BeforeAll
  static void up() {
    Engine.Result up = tried("up", "--detach", "--wait", "--quiet-pull");
    assertThat(up.exitCode()).as(up.output() + tried("logs").output()).isZero();
  }

  @AfterAll
  static void down() {
    tried("down", "--volumes", "--timeout", "40");
  }

  private static String ask(String application, String sql) {
    return compose("exec", "-T", application, "psql", "--no-align", "--tuples-only", "--command", sql);
  }

  private static int visitsOn(String shard) {
    return Integer.parseInt(compose("exec", "-T", shard, "psql", "--no-align", "--tuples-only", "--username", "postgres", "--command", "SELECT count(*) FROM visits", "app"));
  }

  @Test
  void bothApplicationsWriteThroughTheirOwnProxyAndEachGoesInItsOwnTime() {
    for (String shard : List.of("shard-1", "shard-2", "shard-3")) {
      await().atMost(Duration.ofSeconds(30)).until(() -> visitsOn(shard) > 10);
    }
    assertThat(ask("app-1", "SHOW SHARDGATE PROXIES").lines()).hasSize(2);
    assertThat(ask("app-2", "SELECT current_user")).isEqualTo("app");
    assertThat(tried("exec", "-T", "app-2", "psql", "--command", "SHARDGATE STATUS").output()).contains("ERROR:");
    assertThat(compose("run", "--rm", "--no-deps", "shardctl", "diff", "-f", "/etc/shardgate/topology.yaml")).contains("Nothing changes");
    compose("stop", "app-2", "proxy-2");
    String proxy = compose("ps", "--all", "--quiet", "proxy-2");
    assertThat(Engine.inspect(proxy, "{{.State.ExitCode}} {{.State.OOMKilled}}")).isEqualTo("143 false");
    assertThat(ask("app-1", "SHOW SHARDGATE PROXIES").lines()).hasSize(1);
    int before = visitsOn("shard-1");
    await().atMost(Duration.ofSeconds(30)).until(() -> visitsOn("shard-1") > before);
  }
}
