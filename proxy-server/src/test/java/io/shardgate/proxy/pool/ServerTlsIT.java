package io.shardgate.proxy.pool;

import static io.shardgate.proxy.pool.Borrower.get;
import static io.shardgate.proxy.pool.Borrower.refusal;
import static io.shardgate.proxy.pool.PoolFixture.S1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.Endpoint;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS to a server, by the words of `sslmode`.
@Timeout(60)
class ServerTlsIT {
  @TempDir private static Path folder;
  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    writeCertificate("server");
    writeCertificate("stranger");
    server = PostgresServer.start(Map.of(
        "ssl", "on",
        "ssl_cert_file", folder.resolve("server.crt").toString(),
        "ssl_key_file", folder.resolve("server.key").toString()));
    server.execute("CREATE ROLE app LOGIN PASSWORD 'app'");
    server.execute("CREATE DATABASE app OWNER app");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /// A certificate that signs itself, for `localhost` only.
  private static void writeCertificate(String name) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Name subject = new X500Name("CN=" + name);
    Instant now = Instant.now();
    var certificate = new JcaX509v3CertificateBuilder(
            subject, BigInteger.valueOf(now.toEpochMilli()), Date.from(now.minusSeconds(3600)), Date.from(now.plusSeconds(3600)),
            subject, keys.getPublic())
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
        .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.dNSName, "localhost")))
        .build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
    write(name + ".crt", "CERTIFICATE", certificate.getEncoded());
    write(name + ".key", "PRIVATE KEY", keys.getPrivate().getEncoded());
  }

  private static void write(String file, String label, byte[] der) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Path path = Files.writeString(folder.resolve(file), "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
  }

  private static PoolFixture pools(String host, String query) {
    return new PoolFixture(
        Transport.best(), 1, PoolFixture.settings(1),
        Map.of(S1, "postgresql://" + host + ":" + server.port() + "/app?" + query));
  }

  private static String encrypted(PoolFixture fixture) {
    return fixture.ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").value();
  }

  @Test
  void preferAndRequireEncryptAndDisableDoesNot() {
    for (String mode : new String[] {"allow", "prefer", "require"}) {
      try (PoolFixture fixture = pools("127.0.0.1", "sslmode=" + mode)) {
        assertThat(encrypted(fixture)).as(mode).isEqualTo("t");
      }
    }
    try (PoolFixture fixture = pools("127.0.0.1", "sslmode=disable")) {
      assertThat(encrypted(fixture)).isEqualTo("f");
    }
  }

  @Test
  void verifyCaWantsTheRightRootAndVerifyFullTheRightHostToo() {
    String right = "&sslrootcert=" + folder.resolve("server.crt");
    String wrong = "&sslrootcert=" + folder.resolve("stranger.crt");
    try (PoolFixture fixture = pools("127.0.0.1", "sslmode=verify-ca" + right)) {
      assertThat(encrypted(fixture)).isEqualTo("t");
    }
    try (PoolFixture fixture = pools("localhost", "sslmode=verify-full" + right)) {
      assertThat(encrypted(fixture)).isEqualTo("t");
    }
    for (String refused : new String[] {"verify-ca" + wrong, "verify-full" + wrong, "require" + wrong, "verify-full" + right, "verify-ca"}) {
      try (PoolFixture fixture = pools("127.0.0.1", "sslmode=" + refused)) {
        assertThat(refusal(fixture.acquire())).as(refused).hasMessageContaining("could not connect to shard \"s1\"");
      }
    }
  }

  @Test
  void aCancelGoesThroughTlsToo() {
    try (PoolFixture fixture = pools("127.0.0.1", "sslmode=require")) {
      ServerConnection connection = get(fixture.acquire());
      CompletableFuture<Borrower.Answer> answer = Borrower.query(connection, "SELECT pg_sleep(60)");
      connection.eventLoop().execute(() -> fixture.pools.cancel(connection));
      assertThat(get(answer, 5_000).error().code()).isEqualTo("57014");
      fixture.release(connection);
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
    }
  }

  @Test
  void aCertificateThatIsNotThereIsToldWhenTheShardIsSet() {
    Endpoint endpoint = Endpoint.parse("postgresql://127.0.0.1:1/app?sslmode=verify-ca&sslrootcert=/nowhere/root.crt");
    assertThatThrownBy(() -> TlsClient.of(endpoint)).hasMessageContaining("/nowhere/root.crt");
  }
}
