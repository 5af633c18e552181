package io.shardgate.image;

import static io.shardgate.image.Sources.map;
import static io.shardgate.image.Sources.words;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.Topology;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.proxy.config.ProxyConfig;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The compose file: what its services name is there, and fits the settings that the proxies will read.
final class ComposeFileTest {
  private static final Map<String, Object> COMPOSE = Sources.yaml(Sources.text("docker/compose.yaml")).getFirst();
  private static final Map<String, Map<String, Object>> SERVICES = services();
  private static final ProxyConfig SETTINGS = Sources.settings(Sources.text("docker/compose/shardgate.yaml"), "shardgate.yaml");
  private static final Topology TOPOLOGY = Sources.topology(Sources.text("docker/compose/topology.yaml"), "topology.yaml");

  /// A proxy's own, to each database of a shard.
  private static final int SERVICE_CONNECTIONS = 3;

  private static Map<String, Map<String, Object>> services() {
    Map<String, Map<String, Object>> services = new TreeMap<>();
    map(COMPOSE, "services").forEach((name, service) -> services.put(name, map(service)));
    return services;
  }

  private static List<Map<String, Object>> named(String pattern) {
    return SERVICES.entrySet().stream().filter(each -> each.getKey().matches(pattern)).map(Map.Entry::getValue).toList();
  }

  private static String image(Map<String, Object> service) {
    return String.valueOf(service.get("image")).replaceFirst("^\\$\\{\\w+:-(.*)}$", "$1");
  }

  @Test
  void thereAreThreeShardsEtcdAndTwoApplicationsWithAProxyEach() {
    assertThat(SERVICES.keySet()).contains("etcd", "proxy-1", "proxy-2", "app-1", "app-2");
    assertThat(named("shard-\\d")).hasSize(3);
    for (String number : List.of("1", "2")) {
      assertThat(SERVICES.get("app-" + number)).containsEntry("network_mode", "service:proxy-" + number);
      assertThat(map(SERVICES.get("app-" + number), "depends_on", "proxy-" + number)).containsEntry("condition", "service_healthy");
    }
  }

  @Test
  void everyImageIsPinnedAndTheProxysIsTheBuilds() {
    assertThat(SERVICES.values()).extracting(ComposeFileTest::image).allMatch(Sources::isPinned);
    for (Map<String, Object> service : named("proxy-\\d|shardctl")) {
      assertThat(image(service)).isEqualTo("shardgate:" + Sources.version());
      assertThat(service).containsEntry("pull_policy", "never");
    }
  }

  @Test
  void eachHasTheLeastRights() {
    SERVICES.forEach((name, service) -> {
      assertThat(service).as(name).containsEntry("read_only", true).doesNotContainKeys("privileged", "ports");
      assertThat(words(service, "cap_drop")).as(name).containsExactly("ALL");
      assertThat(words(service, "security_opt")).as(name).containsExactly("no-new-privileges:true");
      boolean root = name.equals("etcd") || name.equals("passwords") && words(service, "cap_add").equals(List.of("CHOWN"));
      boolean ownUser = image(service).startsWith("shardgate:");
      assertThat(root || ownUser || String.valueOf(service.get("user")).matches("[1-9]\\d*:[1-9]\\d*")).as(name).isTrue();
    });
  }

  @Test
  void nothingSecretStandsInIt() {
    for (Map<String, Object> service : SERVICES.values()) {
      assertThat(map(service, "environment").keySet()).noneMatch(name -> name.contains("PASSWORD") && !name.endsWith("_FILE"));
    }
    assertThat(Sources.text("docker/compose/shardgate.yaml")).contains("password_file:").doesNotContainPattern("password:");
    assertThat(Sources.text("docker/compose.yaml") + Sources.text("docker/compose/topology.yaml")).doesNotContainPattern("//\\w+:[^@/ ]+@");
  }

  @Test
  void whatItMountsIsThereAndWhatItNamesToo() {
    SERVICES.forEach((name, service) -> {
      for (String volume : words(service, "volumes")) {
        String source = volume.split(":", 2)[0];
        if (source.startsWith("./")) {
          assertThat(Sources.ROOT.resolve("docker").resolve(source)).as(name).isRegularFile();
          assertThat(volume).as(name).endsWith(":ro");
        } else {
          assertThat(map(COMPOSE, "volumes")).as(name).containsKey(source);
        }
      }
      assertThat(SERVICES.keySet()).as(name).containsAll(map(service, "depends_on").keySet());
      assertThat(map(COMPOSE, "networks").keySet()).as(name).containsAll(words(service, "networks"));
      if (String.valueOf(service.get("network_mode")).startsWith("service:")) {
        assertThat(SERVICES).containsKey(String.valueOf(service.get("network_mode")).substring("service:".length()));
      }
    });
  }

  @Test
  void theProxiesReadWhatIsMounted() {
    for (Map<String, Object> proxy : named("proxy-\\d")) {
      List<String> command = words(proxy, "command");
      assertThat(command).startsWith("proxy", "--config").contains("--topology");
      for (String argument : command.stream().filter(word -> word.startsWith("/")).toList()) {
        assertThat(words(proxy, "volumes")).anyMatch(volume -> volume.contains(":" + argument + ":"));
      }
      assertThat(words(proxy, "volumes")).contains("superuser:/run/superuser:ro");
      assertThat(proxy).doesNotContainKey("healthcheck"); // the image's own
    }
    assertThat(Sources.text("docker/compose/shardgate.yaml")).contains("password_file: /run/superuser/password");
  }

  @Test
  void onlyItsApplicationReachesAProxyAndTheImagesHealthCheckDoes() throws UnknownHostException {
    assertThat(InetAddress.getByName(SETTINGS.listen().host()).isLoopbackAddress()).isTrue();
    assertThat(SETTINGS.http()).isEqualTo(ProxyConfig.defaults().http());
    for (Map<String, Object> client : named("app-\\d|tables")) {
      Map<String, Object> environment = map(client, "environment");
      assertThat(environment).containsEntry("PGHOST", SETTINGS.listen().host()).containsEntry("PGPORT", SETTINGS.listen().port());
      assertThat(Sources.text("docker/compose/roles.sh")).contains("\nrole " + environment.get("PGUSER") + " " + environment.get("PGPASSFILE") + " ");
    }
    URI shardctl = URI.create(String.valueOf(map(SERVICES.get("shardctl"), "environment").get("SHARDGATE_PROXY")));
    assertThat(shardctl.getHost() + ":" + shardctl.getPort()).isEqualTo(SETTINGS.listen().toString());
    assertThat(SETTINGS.admins().roles()).containsExactly(shardctl.getUserInfo());
    assertThat(Sources.text("docker/compose/roles.sh")).contains("\nrole " + shardctl.getUserInfo() + " ");
  }

  @Test
  void theTopologyNamesTheShardsThatAreThere() {
    assertThat(TOPOLOGY.shards().values().stream().map(shard -> shard.primary().host()).sorted().toList())
        .isEqualTo(SERVICES.keySet().stream().filter(name -> name.matches("shard-\\d")).sorted().toList());
    List<String> given = words(SERVICES.get("roles"), "entrypoint");
    TOPOLOGY.shards().values().forEach(shard -> {
      Map<String, Object> service = SERVICES.get(shard.primary().host());
      assertThat(shard.primary().port()).isEqualTo(5432);
      assertThat(map(service, "environment")).containsEntry("POSTGRES_DB", shard.primary().database());
      assertThat(given).contains(shard.primary().host());
    });
    assertThat(TOPOLOGY.tables()).allMatch(table -> Sources.text("docker/compose/tables.sql").contains("CREATE TABLE IF NOT EXISTS " + table.name() + " ("));
  }

  @Test
  void theMapIsInTheEtcdThatIsThere() {
    EtcdPlace place = ((ProxyConfig.DirectoryPlace.Etcd) SETTINGS.directory()).place();
    EtcdPlace.Member member = place.members().getFirst();
    assertThat(words(SERVICES.get(member.host()), "command"))
        .contains("--advertise-client-urls=http://" + member.host() + ":" + member.port(), "--listen-client-urls=http://0.0.0.0:" + member.port());
  }

  @Test
  void theShardsAreSetUpForProxies() {
    int proxies = named("proxy-\\d").size();
    for (Map<String, Object> shard : named("shard-\\d")) {
      String command = String.join(" ", words(shard, "command"));
      assertThat(command).contains("wal_level=logical");
      assertThat(setting(command, "max_connections")).isGreaterThanOrEqualTo(proxies * (SETTINGS.pool().maxConnections() + SERVICE_CONNECTIONS));
      assertThat(setting(command, "max_prepared_transactions")).isGreaterThanOrEqualTo(proxies * SETTINGS.pool().maxConnections());
    }
  }

  private static int setting(String command, String name) {
    Matcher value = Pattern.compile(name + "=(\\d+)").matcher(command);
    assertThat(value.find()).as(name).isTrue();
    return Integer.parseInt(value.group(1));
  }

  @Test
  void noneIsKilledBeforeItHasDrained() {
    List<Duration> graces = new ArrayList<>();
    for (Map<String, Object> proxy : named("proxy-\\d")) {
      graces.add(Duration.parse("PT" + proxy.get("stop_grace_period")));
    }
    assertThat(graces).hasSize(2).allMatch(grace -> grace.compareTo(Sources.timeToEnd(SETTINGS)) >= 0);
  }
}
