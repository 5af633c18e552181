package io.shardgate.proxy.pool;

import java.util.Map;

/// Whose connection: a role in a database, what proves the role to the server, and what it found there when it logged in.
/// Immutable.
///
/// Two keys are equal when role, database and defaults are: whoever proved to be the role may use a connection that was opened
/// with an older password of the same role.
///
/// @param defaults ALTER ROLE … SET and ALTER DATABASE … SET in force at the login: a connection that began with others serves
///     those who logged in before the change, nobody who did after
public record PoolKey(String role, String database, Credential credential, Map<String, String> defaults) {
  public PoolKey {
    defaults = Map.copyOf(defaults);
  }

  /// Of a role without defaults of its own.
  public PoolKey(String role, String database, Credential credential) {
    this(role, database, credential, Map.of());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PoolKey key && role.equals(key.role) && database.equals(key.database) && defaults.equals(key.defaults);
  }

  @Override
  public int hashCode() {
    return 31 * role.hashCode() + database.hashCode();
  }
}
