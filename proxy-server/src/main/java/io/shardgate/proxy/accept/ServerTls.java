package io.shardgate.proxy.accept;

import com.ongres.scram.common.util.TlsServerEndpoint;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig.ClientCertificates;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.TlsLibrary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/// What clients are offered for TLS, and have to show. Immutable; the context is the owner's to release.
public final class ServerTls {

  private final SslContext context;
  private final byte[] endPoint;
  private final Instant validUntil;
  private final @Nullable ClientCertificates clients;

  private ServerTls(SslContext context, X509Certificate own, @Nullable ClientCertificates clients) throws CertificateEncodingException {
    this.context = context;
    this.endPoint = TlsServerEndpoint.getChannelBindingData(own);
    this.validUntil = own.getNotAfter().toInstant();
    this.clients = clients;
  }

  /// What the settings say; empty where TLS is off.
  ///
  /// @throws ConfigException when certificate or key cannot be used
  public static Optional<ServerTls> of(ProxyConfig config) {
    try {
      return switch (config.tls()) {
        case ProxyConfig.Tls.Off _ -> Optional.empty();
        case ProxyConfig.Tls.SelfMade _ -> Optional.of(selfMade(config.listen().host()));
        case ProxyConfig.Tls.Files files -> Optional.of(given(files));
      };
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new ConfigException("tls", List.of("certificate or key cannot be used: " + e.getMessage()));
    }
  }

  public SslContext context() {
    return context;
  }

  /// The hash of the certificate, to which a client can bind its login: `tls-server-end-point` of RFC 5929.
  byte[] endPoint() {
    return endPoint.clone();
  }

  /// When the certificate ends.
  Instant validUntil() {
    return validUntil;
  }

  /// Throws what PostgreSQL says to a client without a certificate where `clientcert` asks for one.
  ///
  /// @param handler null when the client came without TLS
  void requireCertificate(@Nullable SslHandler handler) {
    if (clients != null && shown(handler).filter(ServerTls::isValidNow).isEmpty()) {
      throw new LoginException(SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "connection requires a valid client certificate");
    }
  }

  /// Whether the role may log in with the certificate that was shown.
  boolean isRoles(@Nullable SslHandler handler, String role) {
    ClientCertificates wanted = clients;
    return wanted == null || !wanted.ofRole() || shown(handler).map(ServerTls::commonName).filter(role::equals).isPresent();
  }

  /// Java takes a certificate that stands among the authorities itself without a look at its dates; PostgreSQL does not.
  private static boolean isValidNow(X509Certificate certificate) {
    try {
      certificate.checkValidity();
      return true;
    } catch (CertificateExpiredException | CertificateNotYetValidException _) {
      return false;
    }
  }

  private static Optional<X509Certificate> shown(@Nullable SslHandler handler) {
    try {
      return handler == null ? Optional.empty() : Optional.of((X509Certificate) handler.engine().getSession().getPeerCertificates()[0]);
    } catch (SSLPeerUnverifiedException _) {
      return Optional.empty();
    }
  }

  private static String commonName(X509Certificate certificate) {
    RDN[] names = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()).getRDNs(BCStyle.CN);
    return names.length == 0 ? "" : IETFUtils.valueToString(names[0].getFirst().getValue());
  }

  private static ServerTls given(ProxyConfig.Tls.Files files) throws GeneralSecurityException, IOException {
    SslContextBuilder builder = SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile());
    ClientCertificates clients = files.clients();
    if (clients != null) {
      // Optional, so that one who has none is told so in the protocol's own words.
      builder.trustManager(clients.authorities().toFile()).clientAuth(ClientAuth.OPTIONAL);
    }
    try (InputStream chain = Files.newInputStream(files.certificate())) {
      X509Certificate own = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(chain);
      requireMatch(own, files.key());
      return new ServerTls(built(builder), own, clients);
    }
  }

  /// A pair of files that is renewed one after the other does not belong together for a moment: no handshake would succeed.
  private static void requireMatch(X509Certificate certificate, Path keyFile) throws GeneralSecurityException, IOException {
    try (PEMParser parser = new PEMParser(Files.newBufferedReader(keyFile))) {
      Object read = parser.readObject();
      PrivateKeyInfo info = read instanceof PEMKeyPair pair ? pair.getPrivateKeyInfo() : read instanceof PrivateKeyInfo plain ? plain : null;
      if (info == null) {
        throw new IllegalArgumentException(keyFile + " holds no private key");
      }
      PrivateKey key = new JcaPEMKeyConverter().getPrivateKey(info);
      Signature signature = Signature.getInstance(key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : key.getAlgorithm());
      signature.initSign(key);
      byte[] signed = signature.sign();
      signature.initVerify(certificate.getPublicKey());
      if (!signature.verify(signed)) {
        throw new IllegalArgumentException("the key is not the certificate's");
      }
    }
  }

  private static ServerTls selfMade(String host) throws GeneralSecurityException, IOException {
    SelfMadeCertificate made = SelfMadeCertificate.of(host, Instant.now());
    return new ServerTls(built(SslContextBuilder.forServer(made.key(), made.certificate())), made.certificate(), null);
  }

  /// TLS 1.2 at least, as PostgreSQL has it where nothing is set.
  private static SslContext built(SslContextBuilder builder) throws SSLException {
    return builder
        .sslProvider(TlsLibrary.provider())
        .protocols("TLSv1.3", "TLSv1.2")
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                AlpnCheck.PROTOCOL))
        .build();
  }
}
