package io.shardgate.proxy.pool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What each role proved itself with last, so that sessions from before a change of its password can go on opening server connections, as
/// PostgreSQL's go on working.
/// Thread-safe: a concurrent map of immutable records. One entry for each role that ever logged in; never printed.
///
/// Only for sessions that have proved to be the very same role: one that was dropped and made again is another (its number differs).
final class ProvenCredentials {

  private record Proven(long roleOid, Credential credential) {}

  private final Map<String, Proven> byRole = new ConcurrentHashMap<>();

  /// The role has logged in with this, or was given it.
  void put(String role, long roleOid, Credential credential) {
    Proven known = byRole.get(role);
    if (known == null || known.roleOid != roleOid || !known.credential.equals(credential)) {
      byRole.put(role, new Proven(roleOid, credential));
    }
  }

  /// The newest of the role, or what the session itself came with.
  Credential newest(PoolKey key) {
    @Nullable Proven known = byRole.get(key.role());
    return known != null && known.roleOid == key.roleOid() ? known.credential : key.credential();
  }
}
