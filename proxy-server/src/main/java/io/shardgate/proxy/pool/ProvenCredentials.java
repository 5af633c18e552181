package io.shardgate.proxy.pool;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/// What each role proved itself with last, so that sessions from before a change of its password can go on opening server connections, as
/// PostgreSQL's go on working.
/// Thread-safe: a concurrent cache of immutable records; never printed. A role that has left it is tried with what the session came with.
///
/// Only for sessions that have proved to be the very same role: one that was dropped and made again is another (its number differs).
final class ProvenCredentials {

  private record Proven(long roleOid, Credential credential) {}

  private static final int ROLES_MAX = 10_000;

  private final Cache<String, Proven> byRole = Caffeine.newBuilder().maximumSize(ROLES_MAX).build();

  /// The role has logged in with this, or was given it.
  void put(String role, long roleOid, Credential credential) {
    @Nullable Proven known = byRole.getIfPresent(role);
    if (known == null || known.roleOid != roleOid || !known.credential.equals(credential)) {
      byRole.put(role, new Proven(roleOid, credential));
    }
  }

  /// The newest of the role, or what the session itself came with.
  Credential newest(PoolKey key) {
    @Nullable Proven known = byRole.getIfPresent(key.role());
    return known != null && known.roleOid == key.roleOid() ? known.credential : key.credential();
  }
}
