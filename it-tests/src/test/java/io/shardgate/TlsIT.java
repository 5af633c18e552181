package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.TlsPeer;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.config.ProxyConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// TLS to the client: by request and direct, with a certificate of ours or a given one.
final class TlsIT {
  private static final TestCluster CLUSTER = TestCluster.start("");

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static Map<String, String> app(TestCluster cluster) {
    return Map.of("user", "app", "database", cluster.database());
  }

  private static void request(WireClient client) {
    assertThat(TlsPeer.request(client)).isTrue();
  }

  @Test
  void aSelfMadeCertificateIsOffered() throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      request(client);
      SSLSocket tls = TlsPeer.handshake(client);
      assertThat(tls.getSession().getProtocol()).isEqualTo("TLSv1.3");
      assertThat(client.startup(app(CLUSTER), "app")).isEmpty();
      assertThat(client.value("SELECT repeat('x', 100000)")).hasSize(100_000);
    }
  }

  @Test
  void tlsMayBeginWithoutARequestAsPostgres17HasIt() throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      SSLSocket tls = TlsPeer.handshake(client, "postgresql");
      assertThat(tls.getApplicationProtocol()).isEqualTo("postgresql");
      assertThat(client.startup(app(CLUSTER), "app")).isEmpty();
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void withoutNamingTheProtocolDirectTlsIsClosedWithoutAWord() throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      TlsPeer.handshake(client);
      client.send(out -> FrontendWriter.startup(out, app(CLUSTER)));
      assertThat(client.readToEnd()).isEmpty();
    } catch (java.io.UncheckedIOException | IOException closed) {
      assertThat(closed).isNotNull(); // the close came before our packet
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientOfAnotherProtocolIsTurnedAwayInTheHandshake(boolean asked) {
    try (WireClient client = CLUSTER.tcp()) {
      if (asked) {
        request(client);
      }
      assertThatThrownBy(() -> TlsPeer.handshake(client, "h2", "http/1.1")).hasMessageContaining("no_application_protocol");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientOfSeveralProtocolsIsToldWhichOneIsSpoken(boolean asked) throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      if (asked) {
        request(client);
      }
      assertThat(TlsPeer.handshake(client, "h2", "postgresql").getApplicationProtocol()).isEqualTo("postgresql");
      assertThat(client.startup(app(CLUSTER), "app")).isEmpty();
    }
  }

  @Test
  void bytesThatRideBehindTheSslRequestAreNeverTakenForEncrypted() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(
          out -> {
            FrontendWriter.sslRequest(out);
            FrontendWriter.startup(out, app(CLUSTER));
          });
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(fields.message()).isEqualTo("received unencrypted data after SSL request");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void encryptionIsAskedForOnceOnly(boolean ssl) throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      request(client);
      TlsPeer.handshake(client);
      client.send(ssl ? FrontendWriter::sslRequest : FrontendWriter::gssEncRequest);
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.code()).isEqualTo("0A000");
      assertThat(fields.message()).startsWith("unsupported frontend protocol 1234.56");
    }
  }

  @Test
  void gssEncryptionIsRefusedAndThenTlsMayBeAskedFor() throws Exception {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(FrontendWriter::gssEncRequest);
      assertThat(client.readByte()).isEqualTo('N');
      request(client);
      TlsPeer.handshake(client);
      assertThat(client.startup(app(CLUSTER), "app")).isEmpty();
    }
  }

  @Test
  void aCancelRequestOverTlsIsHeard() throws Exception {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("SELECT pg_sleep(60) /* over tls */");
      await().until(() -> CLUSTER.valueOn("s1", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%/* over tls */'").equals("1"));
      try (WireClient cancel = CLUSTER.tcp()) {
        request(cancel);
        TlsPeer.handshake(cancel);
        cancel.send(out -> FrontendWriter.cancel(out, client.key().processId(), client.key().key()));
        assertThat(cancel.readToEnd()).isEmpty();
      }
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("57014");
    }
  }

  @Test
  void aHandshakeThatIsNoneEndsTheConnectionAndNothingElse() throws IOException {
    try (WireClient client = CLUSTER.tcp()) {
      request(client);
      client.sendBytes(new byte[200]);
      client.socket().getInputStream().readAllBytes();
    } catch (java.net.SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
    assertThat(CLUSTER.value("SELECT 1")).isEqualTo("1");
  }

  @Test
  void aGivenCertificateSatisfiesAClientThatChecksTheHostsName(@TempDir Path folder) throws Exception {
    Path certificate = keyTool(folder);
    try (TestCluster given =
        TestCluster.start("", config -> config.withTls(new ProxyConfig.Tls.Files(certificate, folder.resolve("server.key"))))) {
      for (String negotiation : new String[] {"postgres", "direct"}) {
        String options = "sslmode=verify-full&sslrootcert=" + certificate + "&sslNegotiation=" + negotiation;
        try (Connection connection = connect(given, "localhost", options)) {
          assertThat(connection.isValid(5)).isTrue();
        }
        assertThatThrownBy(() -> connect(given, "127.0.0.1", options)).as("the certificate is for localhost").isInstanceOf(SQLException.class);
      }
      assertThatThrownBy(() -> connect(CLUSTER, "localhost", "sslmode=verify-ca&sslrootcert=" + certificate)).as("another's certificate").isInstanceOf(SQLException.class);
      try (Connection connection = connect(CLUSTER, "localhost", "sslmode=require")) {
        assertThat(connection.isValid(5)).isTrue();
      }
    }
  }

  @Test
  void aLoginCanBeBoundToTheCertificate(@TempDir Path folder) throws Exception {
    Path certificate = keyTool(folder);
    try (TestCluster given =
        TestCluster.start("", config -> config.withTls(new ProxyConfig.Tls.Files(certificate, folder.resolve("server.key"))))) {
      for (TestCluster cluster : new TestCluster[] {CLUSTER, given}) {
        try (Connection connection = connect(cluster, "localhost", "sslmode=require&channelBinding=require")) {
          assertThat(connection.isValid(5)).isTrue();
        }
      }
    }
    assertThatThrownBy(() -> connect(CLUSTER, "localhost", "sslmode=disable&channelBinding=require")).isInstanceOf(SQLException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientHasToShowACertificateWhereOneIsAskedFor(boolean ofRole, @TempDir Path folder) throws Exception {
    Path certificate = keyTool(folder);
    Path app = Files.createDirectory(folder.resolve("app"));
    Path other = Files.createDirectory(folder.resolve("other"));
    Path stranger = Files.createDirectory(folder.resolve("stranger"));
    String known = Files.readString(keyTool(app, "CN=app,O=test")) + Files.readString(keyTool(other, "CN=other"));
    keyTool(stranger, "CN=app");
    Path authorities = Files.writeString(folder.resolve("clients.crt"), known);
    ProxyConfig.Tls.Files files =
        new ProxyConfig.Tls.Files(certificate, folder.resolve("server.key"), new ProxyConfig.ClientCertificates(authorities, ofRole));
    try (TestCluster asking = TestCluster.start("", config -> config.withTls(files))) {
      for (String negotiation : new String[] {"postgres", "direct"}) {
        String options = "sslmode=require&sslNegotiation=" + negotiation;
        connect(asking, "localhost", options + shown(app)).close();
        assertThatThrownBy(() -> connect(asking, "localhost", options)).hasMessageContaining("connection requires a valid client certificate");
        assertThatThrownBy(() -> connect(asking, "localhost", options + shown(stranger))).isInstanceOf(SQLException.class);
        if (ofRole) {
          assertThatThrownBy(() -> connect(asking, "localhost", options + shown(other)))
              .hasMessageContaining("password authentication failed for user \"app\"");
        } else {
          connect(asking, "localhost", options + shown(other)).close();
        }
      }
      assertThatThrownBy(() -> connect(asking, "localhost", "sslmode=disable")).hasMessageContaining("connection requires a valid client certificate");
    }
  }

  /// The clients' authorities are files like the others; an expired certificate is none.
  @Test
  void aCertificateOfAClientThatHasExpiredIsRefused(@TempDir Path folder) throws Exception {
    Path certificate = keyTool(folder);
    Path late = Files.createDirectory(folder.resolve("late"));
    Path authorities = Files.writeString(folder.resolve("clients.crt"), Files.readString(expired(late, "CN=app")));
    ProxyConfig.Tls.Files files = new ProxyConfig.Tls.Files(certificate, folder.resolve("server.key"), new ProxyConfig.ClientCertificates(authorities, false));
    try (TestCluster asking = TestCluster.start("", config -> config.withTls(files))) {
      assertThatThrownBy(() -> connect(asking, "localhost", "sslmode=require" + shown(late))).hasMessageContaining("connection requires a valid client certificate");
      Path app = Files.createDirectory(folder.resolve("app"));
      Files.writeString(authorities, Files.readString(keyTool(app, "CN=app")));
      await().ignoreExceptions().untilAsserted(() -> connect(asking, "localhost", "sslmode=require" + shown(app)).close());
    }
  }

  /// As a renewal does it: the files change one after the other, and nothing is restarted.
  @Test
  void aCertificateIsRenewedWithoutARestart(@TempDir Path folder) throws Exception {
    Path served = Files.createDirectory(folder.resolve("served"));
    Path next = Files.createDirectory(folder.resolve("next"));
    Path certificate = expired(served, "CN=first");
    keyTool(next, "CN=second");
    int logged = LogWatch.lines().size();
    try (TestCluster given = TestCluster.start("", config -> config.withTls(new ProxyConfig.Tls.Files(certificate, served.resolve("server.key"))));
        Connection before = connect(given, "localhost", "sslmode=require&channelBinding=require")) {
      assertThat(given.http("/health/ready").body()).contains("tls: the certificate was valid until ");
      assertThat(given.metrics().sum("shardgate_tls_valid_until")).isLessThan(System.currentTimeMillis() / 1_000.0);
      Files.copy(next.resolve("server.crt"), certificate, StandardCopyOption.REPLACE_EXISTING);
      await().untilAsserted(() -> assertThat(given.http("/health/ready").body()).contains("the key is not the certificate's"));
      connect(given, "localhost", "sslmode=require").close();
      Files.copy(next.resolve("server.key"), served.resolve("server.key"), StandardCopyOption.REPLACE_EXISTING);
      String renewed = "sslmode=verify-full&channelBinding=require&sslrootcert=" + next.resolve("server.crt");
      await().ignoreExceptions().untilAsserted(() -> connect(given, "localhost", renewed).close());
      assertThat(given.http("/health/ready").body()).doesNotContain("tls:");
      assertThat(given.metrics().sum("shardgate_tls_valid_until")).isGreaterThan(System.currentTimeMillis() / 1_000.0);
      assertThat(before.isValid(5)).as("who was there goes on").isTrue();
    }
    assertThat(LogWatch.linesSince(logged)).isNotEmpty().allMatch(line -> line.contains("TLS: "));
    LogWatch.forgetSince(logged);
  }

  private static String shown(Path folder) {
    return "&sslkey=" + folder.resolve("store.p12") + "&sslpassword=secret";
  }

  @Test
  void whereTlsIsOffTheRequestIsRefusedAndPlainTextServed() throws Exception {
    try (TestCluster plain = TestCluster.start("", config -> config.withTls(new ProxyConfig.Tls.Off()))) {
      try (WireClient client = plain.tcp()) {
        client.send(FrontendWriter::sslRequest);
        assertThat(client.readByte()).isEqualTo('N');
        assertThat(client.startup(app(plain), "app")).isEmpty();
      }
      try (WireClient direct = plain.tcp()) {
        assertThatThrownBy(() -> TlsPeer.handshake(direct, "postgresql")).isInstanceOf(IOException.class);
      }
      assertThatThrownBy(() -> connect(plain, "localhost", "sslmode=require")).isInstanceOf(SQLException.class);
    }
  }

  private static Connection connect(TestCluster cluster, String host, String options) throws SQLException {
    return java.sql.DriverManager.getConnection(
        "jdbc:postgresql://" + host + ":" + cluster.port() + "/" + cluster.database() + "?" + options, TestCluster.ROLE, TestCluster.PASSWORD);
  }

  /// A certificate for `localhost` and its key as PEM, made by the JDK's own tool.
  private static Path keyTool(Path folder) throws Exception {
    return keyTool(folder, "CN=test");
  }

  /// One that was valid for a day, two days ago.
  private static Path expired(Path folder, String name) throws Exception {
    return keyTool(folder, name, "-startdate", "-2d", "-validity", "1");
  }

  private static Path keyTool(Path folder, String name, String... more) throws Exception {
    Path store = folder.resolve("store.p12");
    Process tool =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of(
                            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair", "-alias", "user", "-keyalg", "EC", "-dname", name,
                            "-ext", "san=dns:localhost", "-storetype", "PKCS12", "-keystore", store.toString(), "-storepass", "secret"),
                        Stream.of(more))
                    .toList())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(tool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, "secret".toCharArray());
    }
    pem(folder.resolve("server.key"), "PRIVATE KEY", keys.getKey("user", "secret".toCharArray()).getEncoded());
    return pem(folder.resolve("server.crt"), "CERTIFICATE", keys.getCertificate("user").getEncoded());
  }

  private static Path pem(Path file, String what, byte[] content) throws IOException {
    return Files.writeString(file, "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + what + "-----\n");
  }
}
