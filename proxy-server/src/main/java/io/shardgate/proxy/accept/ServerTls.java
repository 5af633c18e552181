package io.shardgate.proxy.accept;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.TlsLibrary;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Makes what clients are offered for TLS from the settings.
public final class ServerTls {

  private static final Duration SELF_MADE_LIFE = Duration.ofDays(3650);
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  private ServerTls() {}

  /// The TLS context of the client port, the caller's to release; empty where TLS is off.
  ///
  /// @throws ConfigException when certificate or key cannot be used
  public static Optional<SslContext> of(ProxyConfig config) {
    try {
      return switch (config.tls()) {
        case ProxyConfig.Tls.Off _ -> Optional.empty();
        case ProxyConfig.Tls.SelfMade _ -> Optional.of(selfMade(config.listen().host()));
        case ProxyConfig.Tls.Files files ->
            Optional.of(built(SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile())));
      };
    } catch (IOException | GeneralSecurityException | OperatorCreationException | IllegalArgumentException e) {
      throw new ConfigException("tls", List.of("certificate or key cannot be used: " + e.getMessage()));
    }
  }

  private static SslContext selfMade(String host) throws GeneralSecurityException, OperatorCreationException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    Instant now = Instant.now();
    X500Name name = new X500Name("CN=shardgate");
    JcaX509v3CertificateBuilder certificate =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(127, new SecureRandom()),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(now.plus(SELF_MADE_LIFE)),
            name,
            keys.getPublic());
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
    certificate.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names(host)));
    X509Certificate made =
        new JcaX509CertificateConverter().getCertificate(certificate.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    return built(SslContextBuilder.forServer(keys.getPrivate(), made));
  }

  private static GeneralName[] names(String host) {
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.dNSName, "localhost"));
    names.add(new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    names.add(new GeneralName(GeneralName.iPAddress, "::1"));
    boolean address = host.contains(":") || host.matches("[0-9.]+");
    if (!host.equals("localhost") && !host.equals("127.0.0.1") && !host.equals("::1")) {
      names.add(new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host));
    }
    return names.toArray(new GeneralName[0]);
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
