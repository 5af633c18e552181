package io.shardgate.directory.etcd;

import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.options.PutOption;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps this process's proxies registered: their keys live as long as one lease, which the follower's beat renews.
/// Thread-safe: what is wanted is a concurrent map; all else belongs to the follower's thread.
final class Registrar {
  private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

  /// How long a proxy that died, or can't reach etcd, stays registered: several beats, so that one slow answer does not take it out.
  static final Duration LEASE = Duration.ofSeconds(15);

  private final EtcdConnection connection;
  private final Layout layout;
  private final Map<String, ProxyPresence> wanted = new ConcurrentHashMap<>();
  private final Map<String, ProxyPresence> written = new HashMap<>();
  private long lease;

  Registrar(EtcdConnection connection, Layout layout) {
    this.connection = connection;
    this.layout = layout;
  }

  void add(ProxyPresence proxy) {
    wanted.put(proxy.id(), proxy);
  }

  void remove(String id) {
    wanted.remove(id);
  }

  void acknowledge(String id, MapVersion version) {
    wanted.computeIfPresent(id, (_, proxy) -> proxy.acknowledging(version));
  }

  Collection<ProxyPresence> wanted() {
    return wanted.values();
  }

  /// The follower has connected anew: what was written may be gone.
  void forget() {
    written.clear();
  }

  /// Writes what has changed, and renews the lease when that is due.
  void beat(boolean renew) throws IOException {
    if (wanted.isEmpty() && written.isEmpty()) {
      return;
    }
    if (lease == 0 || (renew && !renewed())) {
      LeaseGrantResponse granted = connection.answer(connection.client().getLeaseClient().grant(LEASE.toSeconds()), "register in");
      lease = granted.getID();
      written.clear();
    }
    for (ProxyPresence proxy : wanted.values()) {
      if (!proxy.equals(written.get(proxy.id()))) {
        put(proxy);
      }
    }
    for (String id : List.copyOf(written.keySet())) {
      if (!wanted.containsKey(id)) {
        connection.answer(connection.client().getKVClient().delete(layout.key(Layout.PROXIES + id)), "deregister from");
        written.remove(id);
      }
    }
  }

  private boolean renewed() throws IOException {
    try {
      return connection.answer(connection.client().getLeaseClient().keepAliveOnce(lease), "renew the lease in").getTTL() > 0;
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("lease not found")) {
        return false;
      }
      throw e;
    }
  }

  private void put(ProxyPresence proxy) throws IOException {
    try {
      connection.answer(
          connection.client().getKVClient().put(
              layout.key(Layout.PROXIES + proxy.id()), Layout.bytes(PresenceText.write(proxy)), PutOption.builder().withLeaseId(lease).build()),
          "register in");
      written.put(proxy.id(), proxy);
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("lease not found")) {
        lease = 0;
      }
      throw e;
    }
  }

  /// Takes the proxies out at once; if that fails the lease does it later.
  void end() {
    if (lease == 0) {
      return;
    }
    try {
      connection.answer(connection.client().getLeaseClient().revoke(lease), "deregister from");
    } catch (IOException e) {
      LOG.info("{}; the lease ends within {} s", e.getMessage(), LEASE.toSeconds());
    }
  }
}
