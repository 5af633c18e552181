package io.shardgate.proxy.pool;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.Map;

/// Whose connection: a role in a database, what proves the role to the server, and what it found there when it logged in.
/// Immutable.
///
/// Two keys are equal when role, number, database and defaults are: whoever proved to be the role may use a connection that was opened
/// with another password of the same role. A role that was dropped and made again under its name is another one.
///
/// @param roleOid the role's number on the home shard, 0 when nobody asked
/// @param defaults ALTER ROLE … SET and ALTER DATABASE … SET in force at the login: a connection that began with others serves
///     those who logged in before the change, nobody who did after
public record PoolKey(String role, long roleOid, String database, Credential credential, Map<String, String> defaults) {
  /// Every statement looks its connection up by such a key: defaults are compared by reference.
  private static final Interner<Map<String, String>> DEFAULTS = Interner.newWeakInterner();

  public PoolKey {
    defaults = DEFAULTS.intern(Map.copyOf(defaults));
  }

  /// Of a role without defaults of its own.
  public PoolKey(String role, String database, Credential credential) {
    this(role, 0, database, credential, Map.of());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PoolKey key
        && roleOid == key.roleOid
        && role.equals(key.role)
        && database.equals(key.database)
        && defaults.equals(key.defaults);
  }

  @Override
  public int hashCode() {
    return 31 * role.hashCode() + database.hashCode();
  }
}
