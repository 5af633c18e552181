package io.shardgate.directory.etcd;

import io.etcd.jetcd.Client;
import io.shardgate.directory.testing.EtcdCluster;
import java.util.concurrent.atomic.AtomicInteger;

/// A three-node etcd that lives as long as the JVM, for tests that leave it whole; each test takes a prefix of its own.
final class SharedEtcd {
  static final EtcdCluster CLUSTER = EtcdCluster.start(3);

  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private SharedEtcd() {}

  static EtcdPlace place() {
    return CLUSTER.place("tests/t" + PREFIXES.incrementAndGet());
  }

  /// A client that looks at, and into, what the directory wrote.
  static Client client() {
    return Client.builder().endpoints(CLUSTER.place("t").members().stream().map(member -> java.net.URI.create("http://" + member)).toList()).build();
  }
}
