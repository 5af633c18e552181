package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.DerivationCount;
import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.TlsPeer;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.NegotiateProtocolVersion;
import io.shardgate.pgwire.message.BackendMessage.ParameterStatus;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramKeys;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.config.ProxyConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// From the first byte to the first ReadyForQuery.
final class LoginIT {
  private static final TestCluster CLUSTER = TestCluster.shared();

  private static ErrorFields refused(TestCluster cluster, String password, Map<String, String> parameters) {
    try (WireClient client = cluster.tcp()) {
      ErrorFields fields = client.startup(parameters, password).orElseThrow(() -> new AssertionError("let in"));
      assertThat(client.readToEnd()).as("after a FATAL the connection is closed").isEmpty();
      assertThat(fields.severity()).isEqualTo("FATAL");
      return fields;
    }
  }

  private static Map<String, String> as(String role, String... more) {
    Map<String, String> parameters = new java.util.LinkedHashMap<>(Map.of("user", role, "database", CLUSTER.database()));
    for (int i = 0; i < more.length; i += 2) {
      parameters.put(more[i], more[i + 1]);
    }
    return parameters;
  }

  @Test
  void aWrongPasswordAndAnUnknownRoleAreToldApartByNobody() {
    ErrorFields wrong = refused(CLUSTER, "nonsense", as("app"));
    assertThat(wrong.code()).isEqualTo("28P01");
    assertThat(wrong.message()).isEqualTo("password authentication failed for user \"app\"");
    ErrorFields unknown = refused(CLUSTER, "nonsense", as("nobody_of_that_name"));
    assertThat(unknown.code()).isEqualTo("28P01");
    assertThat(unknown.message()).isEqualTo("password authentication failed for user \"nobody_of_that_name\"");
    assertThat(unknown.byType().keySet()).isEqualTo(wrong.byType().keySet());
  }

  @Test
  void anUnknownDatabaseIsNamed() {
    ErrorFields fields = refused(CLUSTER, "app", Map.of("user", "app", "database", "no_such_base"));
    assertThat(fields.code()).isEqualTo("3D000");
    assertThat(fields.message()).isEqualTo("database \"no_such_base\" does not exist");
  }

  @Test
  void withoutADatabaseTheRolesNameIsMeant() {
    ErrorFields fields = refused(CLUSTER, "app", Map.of("user", "app"));
    assertThat(fields.message()).isEqualTo("database \"app\" does not exist");
  }

  @Test
  void aRoleThatMayNotLogInIsRefused() {
    CLUSTER.shard("s1").execute("CREATE ROLE locked_out PASSWORD 'app'");
    try {
      ErrorFields fields = refused(CLUSTER, "app", as("locked_out"));
      assertThat(fields.code()).isEqualTo("28000");
      assertThat(fields.message()).isEqualTo("role \"locked_out\" is not permitted to log in");
    } finally {
      CLUSTER.shard("s1").execute("DROP ROLE locked_out");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "client_encoding, nonsense, 22023, invalid value for parameter \"client_encoding\": \"nonsense\"",
    "client_encoding, SJIS, 0A000, client_encoding \"SJIS\" is not supported",
    "DateStyle, nonsense, 22023, invalid value for parameter \"DateStyle\": \"nonsense\"",
    "no_such_setting, 1, 42704, unrecognized configuration parameter \"no_such_setting\"",
    "options, -Z, 42601, invalid command-line argument for server process: -Z",
    "replication, database, 0A000, replication connections are not supported by the proxy",
  })
  void aSettingThatPostgresWouldRefuseIsRefusedAtLogin(String name, String value, String code, String message) {
    ErrorFields fields = refused(CLUSTER, "app", as("app", name, value));
    assertThat(fields.message()).isEqualTo(message);
    assertThat(fields.code()).isEqualTo(code);
  }

  @Test
  void settingsOfTheStartupPacketAreInForceAndTold() {
    try (WireClient client = CLUSTER.tcp()) {
      Map<String, String> parameters =
          as("app", "application_name", "who", "client_encoding", "LATIN1", "options", "-c work_mem=123kB -c search_path=a,\\ b");
      assertThat(client.startup(parameters, "app")).isEmpty();
      assertThat(client.greeting())
          .contains(new ParameterStatus("application_name", "who"), new ParameterStatus("client_encoding", "LATIN1"));
      assertThat(client.value("SHOW work_mem")).isEqualTo("123kB");
      assertThat(client.value("SHOW client_encoding")).isEqualTo("LATIN1");
    }
  }

  @Test
  void aNewerMinorProtocolIsTalkedDown() {
    try (WireClient client = CLUSTER.tcp()) {
      byte[] user = "user\0app\0_pq_.novelty\0on\0\0".getBytes(StandardCharsets.US_ASCII);
      client.send(out -> out.writeInt(8 + user.length).writeInt(3 << 16 | 2).writeBytes(user));
      assertThat(client.read(NegotiateProtocolVersion.class)).isEqualTo(new NegotiateProtocolVersion(3 << 16 | 2, List.of("_pq_.novelty")));
    }
  }

  @Test
  void anotherMajorProtocolIsRefused() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(out -> out.writeInt(9).writeInt(2 << 16).writeByte(0));
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.severity()).isEqualTo("FATAL");
      assertThat(fields.code()).isEqualTo("0A000");
      assertThat(fields.message()).startsWith("unsupported frontend protocol 2.0");
    }
  }

  @Test
  void gssEncryptionIsRefusedPolitelyAndThenTheLoginGoesOn() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(FrontendWriter::gssEncRequest);
      assertThat(client.readByte()).isEqualTo('N');
      assertThat(client.startup(as("app"), "app")).isEmpty();
    }
  }

  /// Not even at the level at which the proxy tells everything.
  @Test
  void aPortCheckLogsNothing() {
    var proxy = (ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("io.shardgate");
    proxy.setLevel(ch.qos.logback.classic.Level.TRACE);
    int before = LogWatch.lines().size();
    try {
      for (int i = 0; i < 20; i++) {
        CLUSTER.tcp().close();
        CLUSTER.tcp().reset();
      }
      double accepted = CLUSTER.metrics().sum("shardgate_clients_accepted_total");
      assertThat(LogWatch.linesSince(before)).noneMatch(line -> line.contains(".accept."));
      assertThat(CLUSTER.metrics().sum("shardgate_clients_accepted_total")).as("nor does it count as a client").isEqualTo(accepted);
    } finally {
      proxy.setLevel(null);
      LogWatch.forgetSince(before);
    }
  }

  /// RFC 5802, section 3.
  private static ScramKeys derived(String password, byte[] salt, int iterations) throws GeneralSecurityException {
    byte[] salted =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, 256)).getEncoded();
    return new ScramKeys(hmac(salted, "Client Key"), hmac(salted, "Server Key"));
  }

  private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void theKernelLooksAfterPeersThatVanish() throws IOException {
    try (WireClient client = CLUSTER.wire()) {
      client.query("SELECT 1");
      int theirs = client.socket().getLocalPort();
      await().untilAsserted(() -> assertThat(keepAliveSeconds(CLUSTER.port(), theirs)).isBetween(0.0, 31.0));
      for (String backend : backendPorts()) {
        int ours = Integer.parseInt(backend);
        await().untilAsserted(
            () -> assertThat(keepAliveSeconds(ours, CLUSTER.shard("s1").port())).as("a server connection").isBetween(0.0, 31.0));
      }
    }
  }

  private static List<String> backendPorts() {
    return List.of(
        CLUSTER.valueOn("s1", "SELECT string_agg(client_port::text, ',') FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database()")
            .split(","));
  }

  /// When the kernel will next probe an idle connection of this machine, as /proc says: `timer` 02 is keep-alive, its time in hundredths of a second.
  private static double keepAliveSeconds(int localPort, int remotePort) throws IOException {
    String local = "0100007F:%04X".formatted(localPort);
    String remote = "0100007F:%04X".formatted(remotePort);
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(table))) {
        String[] columns = line.strip().split("\\s+");
        if (columns[1].endsWith(local) && columns[2].endsWith(remote)) {
          String[] timer = columns[5].split(":");
          return timer[0].equals("02") ? Long.parseLong(timer[1], 16) / 100.0 : -1;
        }
      }
    }
    throw new AssertionError("no connection from " + localPort + " to " + remotePort);
  }

  @Test
  void aClientThatDoesNotLogInIsDroppedAndTooManyAreRefused() {
    try (TestCluster strict = TestCluster.start("", config -> config.withClients(config.clients().withMax(3).withLoginTimeout(Duration.ofMillis(700))))) {
      try (WireClient silent = strict.tcp();
          WireClient halfway = strict.tcp();
          WireClient in = strict.wire()) {
        halfway.send(out -> FrontendWriter.startup(out, Map.of("user", "app")));
        assertThat(halfway.read(BackendMessage.AuthenticationSasl.class).mechanisms()).containsExactly("SCRAM-SHA-256");
        assertThat(silent.readToEnd()).isEmpty();
        assertThat(halfway.readToEnd()).isEmpty();
        assertThat(in.value("SELECT 1")).as("who is in stays in").isEqualTo("1");
        try (WireClient second = strict.wire(); WireClient third = strict.wire()) {
          ErrorFields fields = refused(strict, "app", Map.of("user", "app", "database", strict.database()));
          assertThat(fields.code()).isEqualTo("53300");
          assertThat(fields.message()).isEqualTo("sorry, too many clients already");
          assertThat(second.value("SELECT 2") + third.value("SELECT 3")).isEqualTo("23");
        }
        await().ignoreExceptions().untilAsserted(() -> strict.wire().close());
      }
    }
  }

  /// The clients come with keys that are derived already: whoever derives this role's keys again is the proxy.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ofAThousandLoginsAndTheirServerConnectionsNoneDerivesKeys(boolean encrypted) throws Exception {
    String role = "many_" + encrypted; // and its password
    byte[] salt = new byte[ScramVerifier.SALT_BYTES];
    ScramKeys keys = derived(role, salt, 4096);
    String verifier = ScramVerifier.of(role, salt, 4096).text();
    CLUSTER.shardNames().forEach(shard -> CLUSTER.shard(shard).execute("CREATE ROLE " + role + " LOGIN PASSWORD '" + verifier + "'"));
    double before = CLUSTER.metrics().sum("shardgate_logins_total");
    try (DerivationCount derivations = DerivationCount.of(role)) {
      loginsFromManySides(1_000, encrypted, Map.of("user", role, "database", CLUSTER.database()), keys);
      assertThat(CLUSTER.metrics().sum("shardgate_logins_total") - before).isEqualTo(1_000);
      assertThat(backendsOf(role)).as("server connections, each of which was logged in").isPositive();
      assertThat(derivations.count()).isZero();
      WireClient.login(CLUSTER.port(), role, role, CLUSTER.database()).close();
      assertThat(derivations.count()).as("a client that has the password only derives them").isOne();
    }
    await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_clients")).isZero());
  }

  private static int backendsOf(String role) {
    return CLUSTER.shardNames().stream()
        .mapToInt(shard -> Integer.parseInt(CLUSTER.valueOn(shard, "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + role + "'")))
        .sum();
  }

  private static void loginsFromManySides(int logins, boolean encrypted, Map<String, String> parameters, ScramKeys keys) throws Exception {
    try (var threads = Executors.newFixedThreadPool(32)) {
      List<Future<String>> answers = new ArrayList<>();
      for (int i = 0; i < logins; i++) {
        String mine = Integer.toString(i);
        Callable<String> login =
            () -> {
              try (WireClient client = CLUSTER.tcp()) {
                if (encrypted) {
                  assertThat(TlsPeer.request(client)).isTrue();
                  TlsPeer.handshake(client);
                }
                assertThat(client.startup(parameters, ScramClient.withKeys(keys))).isEmpty();
                return client.value("SELECT " + mine);
              }
            };
        answers.add(threads.submit(login));
      }
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get()).isEqualTo(Integer.toString(i));
      }
    }
  }

  @Test
  void thePasswordMayChangeWhileTheProxyRuns() throws SQLException {
    CLUSTER.shard("s1").execute("CREATE ROLE fickle LOGIN PASSWORD 'first'");
    try {
      WireClient.login(CLUSTER.port(), "fickle", "first", CLUSTER.database()).close();
      CLUSTER.shard("s1").execute("ALTER ROLE fickle PASSWORD 'second'");
      await()
          .atMost(Duration.ofSeconds(15))
          .ignoreExceptions()
          .untilAsserted(() -> WireClient.login(CLUSTER.port(), "fickle", "second", CLUSTER.database()).close());
      assertThatThrownBy(() -> WireClient.login(CLUSTER.port(), "fickle", "first", CLUSTER.database()))
          .hasMessageContaining("password authentication failed");
    } finally {
      CLUSTER.shard("s1").execute("DROP ROLE fickle");
    }
  }
}
