package io.shardgate.proxy.pool;

/// Whose connection: a role in a database, and what proves the role to the server.
/// Immutable.
///
/// Two keys are equal when role and database are: whoever proved to be the role may use a connection that was opened
/// with an older password of the same role.
public record PoolKey(String role, String database, Credential credential) {

  @Override
  public boolean equals(Object other) {
    return other instanceof PoolKey key && role.equals(key.role) && database.equals(key.database);
  }

  @Override
  public int hashCode() {
    return 31 * role.hashCode() + database.hashCode();
  }
}
