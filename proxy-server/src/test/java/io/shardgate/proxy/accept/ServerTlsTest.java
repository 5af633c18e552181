package io.shardgate.proxy.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.TlsLibrary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTlsTest {

  @TempDir Path folder;

  @Test
  void aSelfMadeCertificateServesTheHostListenedOn() throws Exception {
    SslContext server = ServerTls.of(ProxyConfig.defaults().withListen(new ProxyConfig.Address("db.example", 1))).orElseThrow().context();
    SSLEngine engine = server.newEngine(ByteBufAllocator.DEFAULT);
    SSLEngine client =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).trustManager(InsecureTrustManagerFactory.INSTANCE).build()
            .newEngine(ByteBufAllocator.DEFAULT);

    handshake(client, engine);
    ReferenceCountUtil.release(engine);
    TlsLibrary.release(server);

    X509Certificate certificate = (X509Certificate) client.getSession().getPeerCertificates()[0];
    certificate.checkValidity();
    assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactlyInAnyOrder("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1", "db.example");
  }

  @Test
  void aSelfMadeCertificateIsSignedByItsOwnKeyAndIsNoAuthority() throws Exception {
    for (String host : List.of("127.0.0.1", "::1", "localhost", "10.1.2.3", "a".repeat(250) + ".example")) {
      SelfMadeCertificate made = SelfMadeCertificate.of(host, Instant.now());
      X509Certificate certificate = made.certificate();
      certificate.verify(certificate.getPublicKey());
      certificate.checkValidity();
      assertThat(certificate.getVersion()).isEqualTo(3);
      assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=shardgate").isEqualTo(certificate.getIssuerX500Principal().getName());
      assertThat(certificate.getBasicConstraints()).as("no authority").isEqualTo(-1);
      assertThat(certificate.getCriticalExtensionOIDs()).containsExactly("2.5.29.19");
      assertThat(certificate.getSerialNumber()).isPositive().isNotEqualTo(SelfMadeCertificate.of(host, Instant.now()).certificate().getSerialNumber());
      assertThat(certificate.getNotAfter().toInstant()).isBetween(Instant.now().plus(Duration.ofDays(3649)), Instant.now().plus(Duration.ofDays(3650)));
      assertThat(certificate.getSubjectAlternativeNames()).extracting(name -> (Object) name.get(1)).contains("localhost", "127.0.0.1").doesNotHaveDuplicates();
      assertThat(certificate.getSubjectAlternativeNames()).extracting(name -> (Object) name.get(1)).contains(host.equals("::1") ? "0:0:0:0:0:0:0:1" : host);
    }
  }

  @Test
  void onLinuxTheHandshakeIsNative() {
    assertThat(OpenSsl.unavailabilityCause()).isNull();
    assertThat(TlsLibrary.provider()).isEqualTo(SslProvider.OPENSSL_REFCNT);
  }

  @Test
  void offMeansNone() {
    assertThat(ServerTls.of(ProxyConfig.defaults().withTls(new ProxyConfig.Tls.Off()))).isEmpty();
  }

  @Test
  void filesThatAreNoCertificateAreOneClearError() throws IOException {
    Path junk = Files.writeString(folder.resolve("junk.pem"), "junk");
    ProxyConfig config = ProxyConfig.defaults().withTls(new ProxyConfig.Tls.Files(junk, junk));
    assertThatThrownBy(() -> ServerTls.of(config)).isInstanceOf(ConfigException.class).hasMessageStartingWith("tls: certificate or key cannot be used");
  }

  private static void handshake(SSLEngine client, SSLEngine server) throws Exception {
    client.beginHandshake();
    server.beginHandshake();
    ByteBuffer toServer = ByteBuffer.allocate(64 << 10);
    ByteBuffer toClient = ByteBuffer.allocate(64 << 10);
    for (int i = 0; i < 100 && handshaking(List.of(client, server)); i++) {
      step(client, toServer, toClient);
      step(server, toClient, toServer);
    }
    assertThat(handshaking(List.of(client, server))).isFalse();
  }

  private static boolean handshaking(List<SSLEngine> engines) {
    return engines.stream().anyMatch(engine -> engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING);
  }

  private static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in) throws Exception {
    switch (engine.getHandshakeStatus()) {
      case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
      case NEED_TASK -> engine.getDelegatedTask().run();
      default -> {
        in.flip();
        engine.unwrap(in, ByteBuffer.allocate(64 << 10));
        in.compact();
      }
    }
  }
}
