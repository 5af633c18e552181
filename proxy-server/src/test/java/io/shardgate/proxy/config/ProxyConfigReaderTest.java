package io.shardgate.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.shardgate.directory.Password;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.config.ProxyConfig.DirectoryPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyConfigReaderTest {

  @TempDir Path folder;

  @Test
  void whatShipsIsTheDefaults() {
    assertThat(ProxyConfigReader.read(Path.of("../conf/shardgate.yaml"))).isEqualTo(ProxyConfig.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "pool:\n", "pool: {}\n"})
  void anEmptyFileIsTheDefaults(String yaml) {
    assertThat(read(yaml)).isEqualTo(ProxyConfig.defaults());
  }

  @Test
  void everySettingIsRead() {
    ProxyConfig config =
        read(
            """
            listen: { host: "::1", port: 1 }
            http: { host: 0.0.0.0, port: 0 }
            tls: { mode: off }
            pool: { max_connections: 3, queue_limit: 1, queue_timeout: 250ms, max_age: 1d, idle_timeout: 2m, connect_timeout: 1s, cross_shard_timeout: 4s }
            clients: { max: 7, login_timeout: 5s }
            limits: { startup_packet: 1000, frame: 1MiB, statement: 64KiB, plan_cache: 2GiB, client_statements: 5, server_statements: 6, apply_wait: 7s, gather: 1MiB, gather_total: 3MiB }
            directory: { kind: file, path: /x/y.json }
            service: { user: boss, password: "p: w" }
            event_loops: 2
            transport: io_uring
            """);

    assertThat(config.listen()).hasToString("[::1]:1");
    assertThat(config.http()).isEqualTo(new ProxyConfig.Address("0.0.0.0", 0));
    assertThat(config.tls()).isEqualTo(new ProxyConfig.Tls.Off());
    assertThat(config.pool())
        .isEqualTo(new ProxyConfig.Pool(
                3, 1, Duration.ofMillis(250), Duration.ofDays(1), Duration.ofMinutes(2), Duration.ofSeconds(1), Duration.ofSeconds(4)));
    assertThat(config.clients()).isEqualTo(ProxyConfig.defaults().clients().withMax(7).withLoginTimeout(Duration.ofSeconds(5)));
    assertThat(config.limits()).isEqualTo(new ProxyConfig.Limits(1000, 1 << 20, 64 << 10, 2L << 30, 5, 6, Duration.ofSeconds(7), 1 << 20, 3L << 20));
    assertThat(config.directory()).isEqualTo(new ProxyConfig.DirectoryPlace.File(Path.of("/x/y.json")));
    assertThat(config.service()).isEqualTo(new ProxyConfig.ServiceRole("boss", new Password("p: w")));
    assertThat(config.eventLoops()).isEqualTo(2);
    assertThat(config.transport()).isEqualTo(ProxyConfig.Transport.IO_URING);
  }

  @Test
  void anEtcdIsReadWithLoginAndTls() throws IOException {
    Path pem = Files.writeString(folder.resolve("x.pem"), "");
    DirectoryPlace place =
        read(
                """
                directory:
                  kind: etcd
                  url: etcd://10.0.0.1:2379,[::1]:12379,etcd.internal/prod/shardgate
                  user: proxy
                  password: hunter2
                  tls: { trust: %s, certificate: %s, key: %s }
                """.formatted(pem, pem, pem))
            .directory();
    assertThat(place)
        .isEqualTo(
            new DirectoryPlace.Etcd(
                new EtcdPlace(
                    List.of(new EtcdPlace.Member("10.0.0.1", 2379), new EtcdPlace.Member("[::1]", 12379), new EtcdPlace.Member("etcd.internal", 2379)),
                    "prod/shardgate", new EtcdPlace.Login("proxy", new Password("hunter2")), new EtcdPlace.Tls(pem, new EtcdPlace.Identity(pem, pem)))));
    assertThat(place.toString()).doesNotContain("hunter2");
    assertThat(read("directory: { kind: etcd, url: \"etcd://h\", tls: {} }").directory())
        .isEqualTo(new DirectoryPlace.Etcd(new EtcdPlace(List.of(new EtcdPlace.Member("h", 2379)), "shardgate", null, new EtcdPlace.Tls(null, null))));
    assertThat(read("directory: { kind: etcd, url: \"etcd://h:1/p\" }").directory()).isEqualTo(new DirectoryPlace.Etcd(EtcdPlace.parse("etcd://h:1/p")));
  }

  @Test
  void thePasswordIsNeverPrinted() {
    assertThat(read("service: { password: hunter2 }").toString()).doesNotContain("hunter2").contains("***");
  }

  @Test
  void thePasswordComesFromAFileOrTheEnvironment() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "from file \n");
    assertThat(read("service: { password_file: " + file + " }").service().password().reveal()).isEqualTo("from file");
    assertThat(ProxyConfigReader.read("service: { password_environment: PW }", "t", Map.of("PW", "from env")).service().password().reveal())
        .isEqualTo("from env");
  }

  private static final String VERIFIER = ScramVerifier.of("app").text();

  @Test
  void adminsAreNamesOrHaveVerifiersForTheTimeWithoutAMap() throws IOException {
    assertThat(read("admins: app").admins()).isEqualTo(ProxyConfig.Admins.of(Set.of("app")));
    assertThat(read("admins: [ app, ops ]").admins()).isEqualTo(ProxyConfig.Admins.of(Set.of("app", "ops")));
    Path clear = Files.writeString(folder.resolve("clear"), "app\n");
    ProxyConfig.Admins admins = read(
        "admins: { a: \"" + VERIFIER + "\", b: { verifier: \"" + VERIFIER + "\" }, c: { password_file: " + clear + " }, d: { password_environment: SECRET }, e: , f: {} }",
        Map.of("SECRET", VERIFIER)).admins();
    assertThat(admins.roles()).containsExactlyInAnyOrder("a", "b", "c", "d", "e", "f");
    assertThat(admins.verifiers()).containsOnlyKeys("a", "b", "c", "d");
    assertThat(admins.verifiers().get("d")).isEqualTo(ScramVerifier.parse(VERIFIER).orElseThrow());
    ScramVerifier ofClear = Objects.requireNonNull(admins.verifiers().get("c"));
    assertThat(ScramVerifier.of("app", ofClear.salt(), ofClear.iterations())).as("a password in the clear is hashed").isEqualTo(ofClear);
    assertThat(admins.toString()).doesNotContain("SCRAM-SHA-256");
  }

  @ParameterizedTest
  @CsvSource(delimiter = ';', value = {
    "{ app: s3cret }; admins.app: no verifier (expected: a SCRAM-SHA-256 verifier",
    "{ app: 'SCRAM-SHA-256$4096:s3cret' }; admins.app: no verifier",
    "{ app: { verifier: s3cret } }; admins.app.verifier: no verifier",
    "{ app: { password: s3cret } }; admins.app.password: a password in the clear (expected: verifier, password_file or password_environment)",
    "{ app: { password_environment: MD5 } }; admins.app: no password (expected: one in the clear, or a SCRAM-SHA-256 verifier",
    "{ app: { password_environment: NOWHERE } }; environment variable NOWHERE is not set",
    "{ app: { verifier: s3cret, password_environment: MD5 } }; admins.app: one of verifier, password_file and password_environment is enough",
    "{ app: { pasword: s3cret } }; admins.app.pasword: no such setting",
  })
  void aPasswordOfAnAdminIsNotToStandInTheSettings(String admins, String fault) {
    assertThatThrownBy(() -> read("admins: " + admins.replace("'", "\""), Map.of("MD5", "md50123456789abcdef0123456789abcdef")))
        .hasMessageContaining(fault).satisfies(told -> assertThat(told.toString()).doesNotContain("s3cret"));
  }

  @Test
  void everyFaultIsToldWithItsLineInOneMessage() {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                read(
                    """
                    listen: { host: localhost, port: 70000 }
                    pool:
                      max_connections: many
                      max_conections: 5
                      queue_timeout: 30
                    limits: { frame: 1MiB, statement: 2MiB }
                    tls: { mode: strict }
                    directory: { kind: zookeeper }
                    service: { password_environment: NOT_SET, password_file: /does/not/exist }
                    nonsense: 1
                    """));

    assertThat(e.faults())
        .containsExactly(
            "line 1: listen.port: \"70000\" (expected: a number from 0 to 65535)",
            "line 3: pool.max_connections: \"many\" (expected: a number from 1 to 10000)",
            "line 4: pool.max_conections: no such setting",
            "line 5: pool.queue_timeout: \"30\" (expected: a duration from 1ms to 365d, such as 500ms, 30s, 5m or 1h)",
            "line 6: limits.statement: 2097152 (expected: 1024 to 1048576)",
            "line 7: tls.mode: \"strict\" (expected: off, self-made, files)",
            "line 8: directory.kind: \"zookeeper\" (expected: file, etcd)",
            "line 9: service: one of password, password_file and password_environment is enough (found: 2)",
            "line 9: service.password_file: file /does/not/exist cannot be read: NoSuchFileException",
            "line 10: nonsense: no such setting");
    assertThat(e).hasMessageStartingWith("test.yaml: 10 faults\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "listen: [1, 2]|listen: expected keys with values",
        "just text|the file: expected keys with values",
        "listen: { port: {} }|listen.port: expected one value",
        "a: b: c|not YAML",
        "pool: {|not YAML",
        "tls: { mode: files }|tls: mode files needs certificate and key",
        "tls: { mode: files, certificate: /none, key: /none2 }|tls.certificate: file /none cannot be read",
        "tls: { certificate: /none }|tls: certificate, key and client_ca are for mode files",
        "tls: { client_ca: /none }|tls: certificate, key and client_ca are for mode files",
        "tls: { client_certificate: verify-ca }|tls: certificate, key and client_ca are for mode files",
        "tls: { mode: files, certificate: /none, key: /none2, client_ca: /none3 }|tls.client_ca: file /none3 cannot be read",
        "tls: { mode: files, certificate: /none, key: /none2, client_certificate: verify-full }|tls.client_certificate: needs client_ca",
        "tls: { mode: files, certificate: /none, key: /none2, client_ca: /none3, client_certificate: optional }|expected: verify-ca, verify-full",
        "service: { user: \"\" }|service.user: empty",
        "pool: { max_age: 400d }|pool.max_age: \"400d\"",
        "limits: { frame: 1TB }|limits.frame: \"1TB\"",
        "directory: { kind: etcd }|directory: kind etcd needs url: etcd://host:port/prefix",
        "directory: { kind: etcd, path: x }|directory.path: no such setting",
        "directory: { kind: file, url: \"etcd://h\" }|directory.url: no such setting",
        "directory: { kind: etcd, url: \"http://h:1/p\" }|(expected: etcd://host:port/prefix)",
        "directory: { kind: etcd, url: \"etcd://h:99999/p\" }|etcd port: 99999 (expected: 1 to 65535)",
        "directory: { kind: etcd, url: \"etcd://h:1,h:1/p\" }|one is given twice",
        "directory: { kind: etcd, url: \"etcd://h:1/p q\" }|prefix: \"p q\"",
        "directory: { kind: etcd, url: \"etcd://u:p@h:1/p\" }|has a user in it",
        "directory: { kind: etcd, url: \"etcd://h\", user: u }|directory: user and a password belong together",
        "directory: { kind: etcd, url: \"etcd://h\", user: u, password: a, password_file: /none }|directory: one of password, password_file",
        "directory: { kind: etcd, url: \"etcd://h\", tls: { key: /none } }|certificate and key belong together",
        "directory: { kind: etcd, url: \"etcd://h\", tls: { trust: /none } }|directory.tls.trust: file /none cannot be read",
        "event_loops: -1|event_loops: \"-1\"",
        "transport: kqueue|transport: \"kqueue\"",
        "service: { password_environment: NOT_SET }|environment variable NOT_SET is not set",
      })
  void aBrokenFileIsOneClearError(String yaml, String fault) {
    assertThatThrownBy(() -> read(yaml)).isInstanceOf(ConfigException.class).hasMessageContaining(fault);
  }

  @Test
  void aKeyGivenTwiceIsAFault() {
    assertThatThrownBy(() -> read("event_loops: 1\nevent_loops: 2\n")).isInstanceOf(ConfigException.class).hasMessageContaining("line 2");
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> ProxyConfigReader.read(folder.resolve("none.yaml"))).isInstanceOf(ConfigException.class).hasMessageContaining("none.yaml");
  }

  private static ProxyConfig read(String yaml) {
    return read(yaml, Map.of());
  }

  private static ProxyConfig read(String yaml, Map<String, String> environment) {
    return ProxyConfigReader.read(yaml, "test.yaml", environment);
  }

  /// Numbers that come out right when they are cut to 64 bits.
  @ParameterizedTest
  @ValueSource(strings = {"limits: { frame: 17179869185GiB }", "clients: { login_timeout: 213503982335d }", "limits: { plan_cache: 99999999999999999999 }"})
  void anAmountThatNothingCanBeIsRefused(String yaml) {
    assertThatThrownBy(() -> read(yaml)).isInstanceOf(ConfigException.class).hasMessageContaining("expected");
  }
}
