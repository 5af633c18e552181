package io.shardgate.proxy.accept;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A certificate that this process makes, and its key: it encrypts and proves nothing. Immutable.
///
/// Written here (RFC 5280, in the DER of X.690) as the library that could do it comes in signed jars, whose signatures took a third of the time that a proxy needed to start
/// (docs/benchmarks.md).
///
///     Certificate = { TBSCertificate, algorithm, signature }
///     TBSCertificate = { [0] version, serial number, algorithm, issuer, { not before, not after }, subject, public key, [3] { extension … } }
record SelfMadeCertificate(PrivateKey key, X509Certificate certificate) {
  private static final Duration LIFE = Duration.ofDays(3650);
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);
  private static final int SERIAL_BITS = 127;

  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final int OBJECT_IDENTIFIER = 0x06;
  private static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final int SEQUENCE = 0x30;
  private static final int SET = 0x31;
  private static final int VERSION = 0xa0;
  private static final int EXTENSIONS = 0xa3;
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  private static final byte[] VERSION_3 = {2};
  private static final byte[] TRUE = {(byte) 0xff};
  private static final byte[] ECDSA_WITH_SHA256 = HexFormat.of().parseHex("2a8648ce3d040302"); // 1.2.840.10045.4.3.2
  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03}; // 2.5.4.3
  private static final byte[] BASIC_CONSTRAINTS = {0x55, 0x1d, 0x13}; // 2.5.29.19
  private static final byte[] SUBJECT_ALTERNATIVE_NAME = {0x55, 0x1d, 0x11}; // 2.5.29.17

  /// For `localhost`, the loopback addresses and the host that is listened on.
  ///
  /// @throws IOException when the host looks like an address and is none
  static SelfMadeCertificate of(String host, Instant now) throws GeneralSecurityException, IOException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair keys = generator.generateKeyPair();
    byte[] algorithm = der(SEQUENCE, der(OBJECT_IDENTIFIER, ECDSA_WITH_SHA256));
    byte[] body = body(host, now, keys, algorithm);
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate());
    signature.update(body);
    byte[] whole = der(SEQUENCE, body, algorithm, der(BIT_STRING, new byte[1], signature.sign()));
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    return new SelfMadeCertificate(keys.getPrivate(), (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(whole)));
  }

  private static byte[] body(String host, Instant now, KeyPair keys, byte[] algorithm) throws IOException {
    byte[] name =
        der(SEQUENCE, der(SET, der(SEQUENCE, der(OBJECT_IDENTIFIER, COMMON_NAME), der(UTF8_STRING, "shardgate".getBytes(StandardCharsets.UTF_8)))));
    return der(
        SEQUENCE,
        der(VERSION, der(INTEGER, VERSION_3)),
        der(INTEGER, new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE).toByteArray()),
        algorithm,
        name,
        der(SEQUENCE, time(now.minus(CLOCK_SKEW)), time(now.plus(LIFE))),
        name,
        keys.getPublic().getEncoded(),
        der(EXTENSIONS, der(SEQUENCE, notAnAuthority(), names(host))));
  }

  private static byte[] time(Instant at) {
    // The short form, of two digits for the year, is for years before 2050.
    boolean shortForm = at.atZone(ZoneOffset.UTC).getYear() < 2050;
    String text = DateTimeFormatter.ofPattern(shortForm ? "yyMMddHHmmss'Z'" : "yyyyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC).format(at);
    return der(shortForm ? UTC_TIME : GENERALIZED_TIME, text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] notAnAuthority() {
    return der(SEQUENCE, der(OBJECT_IDENTIFIER, BASIC_CONSTRAINTS), der(BOOLEAN, TRUE), der(OCTET_STRING, der(SEQUENCE)));
  }

  private static byte[] names(String host) throws IOException {
    Set<String> all = new LinkedHashSet<>(List.of("localhost", "127.0.0.1", "::1", host));
    ByteArrayOutputStream names = new ByteArrayOutputStream();
    for (String name : all) {
      boolean address = name.contains(":") || name.matches("[0-9.]+"); // which needs no name server
      names.writeBytes(address ? der(IP_ADDRESS, InetAddress.getByName(name).getAddress()) : der(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII)));
    }
    return der(SEQUENCE, der(OBJECT_IDENTIFIER, SUBJECT_ALTERNATIVE_NAME), der(OCTET_STRING, der(SEQUENCE, names.toByteArray())));
  }

  /// Tag, length, contents: the length in one byte up to 127, else behind a byte that says how many it takes.
  private static byte[] der(int tag, byte[]... parts) {
    ByteArrayOutputStream contents = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      contents.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = contents.size();
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> 8);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    out.writeBytes(contents.toByteArray());
    return out.toByteArray();
  }
}
