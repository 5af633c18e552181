package io.shardgate.directory.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.auth.Permission;
import io.etcd.jetcd.options.OptionsUtil;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.testing.EtcdCluster;
import io.shardgate.directory.testing.NeedsEtcd;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import org.awaitility.Awaitility;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A three-node etcd that speaks TLS only, wants client certificates, and asks for a login.
@NeedsEtcd
final class EtcdSecurityIT {
  private static final EtcdPlace.Login SHARDGATE = new EtcdPlace.Login("shardgate", new Password("open sesame"));

  @TempDir Path folder;

  /// A certificate authority of the test's own, and what it signs.
  private static final class Authority {
    private final KeyPair keys;
    private final X500Name name;
    private final Path folder;
    final Path certificate;

    Authority(Path folder, String name) throws Exception {
      this.folder = folder;
      this.name = new X500Name("CN=" + name);
      this.keys = keys();
      JcaX509v3CertificateBuilder builder = builder(this.name, keys);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      certificate = pem(name + ".crt", sign(builder));
    }

    private static KeyPair keys() throws Exception {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      return generator.generateKeyPair();
    }

    private JcaX509v3CertificateBuilder builder(X500Name subject, KeyPair subjectKeys) {
      Instant now = Instant.now();
      return new JcaX509v3CertificateBuilder(
          name, BigInteger.valueOf(System.nanoTime()), Date.from(now.minus(1, ChronoUnit.HOURS)), Date.from(now.plus(1, ChronoUnit.DAYS)),
          subject, subjectKeys.getPublic());
    }

    private X509CertificateHolder sign(JcaX509v3CertificateBuilder builder) throws Exception {
      return builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()));
    }

    private Path pem(String file, Object content) throws IOException {
      StringWriter text = new StringWriter();
      try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
        writer.writeObject(content);
      }
      return Files.writeString(folder.resolve(file), text.toString());
    }

    EtcdPlace.Identity issue(String subject, int nameType, String subjectName) throws Exception {
      KeyPair subjectKeys = keys();
      JcaX509v3CertificateBuilder builder = builder(new X500Name("CN=" + subject), subjectKeys);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(nameType, subjectName)));
      return new EtcdPlace.Identity(
          pem(subject + ".crt", sign(builder)), pem(subject + ".key", new JcaPKCS8Generator(subjectKeys.getPrivate(), null)));
    }
  }

  private static ShardMap map() throws TopologyException {
    return TopologyReader.read("home: s1\nshards: { s1: { primary: \"postgresql://127.0.0.1:55431/app\" } }\n", "t.yaml").toMap(MapVersion.FIRST);
  }

  private static EtcdCluster start(Authority authority, EtcdPlace.Identity server) {
    return EtcdCluster.start(3, new EtcdCluster.Security(authority.certificate, server.certificate(), server.key()));
  }

  private static EtcdPlace place(EtcdCluster etcd, EtcdPlace.Login login, EtcdPlace.Tls tls) {
    return new EtcdPlace(etcd.place("secure").members(), "secure", login, tls);
  }

  private static void requireLogins(EtcdPlace place) throws Exception {
    try (EtcdConnection admin = EtcdConnection.to(place)) {
      Client client = admin.client();
      Auth auth = client.getAuthClient();
      ByteSequence root = Layout.bytes("root");
      auth.userAdd(root, Layout.bytes("root's")).get();
      auth.userGrantRole(root, root).get();
      ByteSequence user = Layout.bytes(SHARDGATE.user());
      auth.userAdd(user, Layout.bytes(SHARDGATE.password().reveal())).get();
      auth.roleAdd(user).get();
      ByteSequence prefix = Layout.bytes(place.prefix() + "/");
      auth.roleGrantPermission(user, prefix, OptionsUtil.prefixEndOf(prefix), Permission.Type.READWRITE).get();
      auth.userGrantRole(user, user).get();
      auth.authEnable().get();
    }
  }

  private static void assertRefused(EtcdPlace place, String reason) throws IOException {
    try (EtcdStore store = EtcdStore.at(place)) {
      assertThatThrownBy(store::read).isInstanceOf(IOException.class).hasMessageContaining(reason).hasMessageNotContaining("sesame");
    }
  }

  @Test
  void tlsClientCertificatesAndLoginsAreUsedAndAskedFor() throws Exception {
    Authority authority = new Authority(folder, "authority");
    Authority other = new Authority(folder, "stranger");
    EtcdPlace.Identity server = authority.issue("server", GeneralName.iPAddress, "127.0.0.1");
    EtcdPlace.Identity mine = authority.issue("proxy", GeneralName.dNSName, "proxy");
    EtcdPlace.Tls tls = new EtcdPlace.Tls(authority.certificate, mine);
    try (EtcdCluster etcd = start(authority, server)) {
      requireLogins(place(etcd, null, tls));
      EtcdPlace place = place(etcd, SHARDGATE, tls);
      try (EtcdStore store = EtcdStore.at(place); EtcdStore second = EtcdStore.at(place)) {
        assertThat(store.create(map())).isTrue();
        try (EtcdDirectory directory = store.follow(); EtcdDirectory follower = second.follow()) {
          directory.register(new ProxyPresence("p", "h:1", MapVersion.FIRST));
          assertThat(directory.compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(2)))).isTrue();
          Awaitility.await().until(() -> follower.current().version().equals(new MapVersion(2)) && follower.proxies().size() == 1);
          assertThat(directory.fault()).isEmpty();
        }
      }
      assertRefused(place(etcd, null, tls), "permission denied");
      assertRefused(place(etcd, new EtcdPlace.Login("shardgate", new Password("open barley, not sesame")), tls), "authentication failed");
      assertRefused(new EtcdPlace(place.members(), "elsewhere", SHARDGATE, tls), "permission denied");
      assertRefused(place(etcd, SHARDGATE, new EtcdPlace.Tls(other.certificate, mine)), "certificat");
      assertRefused(place(etcd, SHARDGATE, new EtcdPlace.Tls(authority.certificate, null)), "could not read");
      assertRefused(place(etcd, SHARDGATE, null), "could not read");
      assertThatThrownBy(() -> EtcdStore.at(place(etcd, SHARDGATE, new EtcdPlace.Tls(mine.key(), null))))
          .isInstanceOf(IOException.class).hasMessageContaining("TLS to etcd can't be set up");
    }
    EtcdPlace.Identity otherName = authority.issue("elsewhere", GeneralName.dNSName, "etcd.elsewhere.example");
    try (EtcdCluster etcd = start(authority, otherName)) {
      assertRefused(place(etcd, null, tls), "127.0.0.1");
    }
  }

  @Test
  void noSecretIsShown() {
    EtcdPlace place = new EtcdPlace(List.of(new EtcdPlace.Member("h", 1)), "p", SHARDGATE, null);
    assertThat(place.toString() + place.login()).doesNotContain("sesame");
  }
}
