package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the home shard's `pg_authid` says of the roles that log in. No password is ever seen, only verifiers.
///
/// Thread-safe: keeps a short-lived copy in a [Remembered].
public final class RoleVerifiers {

  private static final String ROLE =
      """
      SELECT oid, rolpassword, rolcanlogin, rolsuper, rolvaliduntil < statement_timestamp(), extract(epoch FROM rolvaliduntil)::text
      FROM pg_authid WHERE rolname = ?""";

  private final ServiceConnections connections;
  private final Supplier<ShardMap> map;
  private final BiConsumer<String, Optional<LoginRole>> heard;
  private final Remembered<String, Optional<LoginRole>> remembered = new Remembered<>(this::read);

  /// A role.
  ///
  /// @param oid its number: another for a role that is dropped and made again under the name
  /// @param verifier empty where the role has no password, or one that is not SCRAM-SHA-256
  /// @param canLogin `rolcanlogin`
  /// @param expired whether `VALID UNTIL` has passed: then its password does not count
  /// @param validUntil when it passes, in seconds since 1970; null for never
  public record LoginRole(
      String name, long oid, Optional<ScramVerifier> verifier, boolean canLogin, boolean superuser, boolean expired, @Nullable String validUntil) {}

  /// @param heard is told each answer of the home shard; must not block
  public RoleVerifiers(ServiceConnections connections, Supplier<ShardMap> map, BiConsumer<String, Optional<LoginRole>> heard) {
    this.connections = connections;
    this.map = map;
    this.heard = heard;
  }

  /// With the directory's records kept up ([RoleRecording]).
  public RoleVerifiers(ServiceConnections connections, Supplier<ShardMap> map, RoleRecording recording) {
    this(connections, map, recording::heard);
  }

  /// The verifier to check a login against.
  ///
  /// @return empty when no password can be right: unknown role, no SCRAM password, expired. Completes on any thread, exceptionally with a
  ///     [ServiceException] when the home shard cannot be asked and was not asked lately
  public CompletionStage<Optional<ScramVerifier>> lookup(String role) {
    return role(role).thenApply(found -> found.filter(known -> !known.expired()).flatMap(LoginRole::verifier));
  }

  /// All that a login needs to know of a role; empty for an unknown one. Completes as [#lookup] does.
  public CompletionStage<Optional<LoginRole>> role(String name) {
    return remembered.get(name);
  }

  /// Forgets all: after CREATE, ALTER and DROP ROLE.
  public void forget() {
    remembered.forget();
  }

  /// The same of one role: its record in the directory has changed.
  public void forget(String role) {
    remembered.forget(role);
  }

  private CompletionStage<Optional<LoginRole>> read(String name) {
    ShardId home = map.get().home();
    return connections.run(home, connections.databaseOf(home), connection -> read(connection, name)).whenComplete((said, _) -> {
      if (said != null) {
        heard.accept(name, said);
      }
    });
  }

  /// Asks the home shard, on a thread that may block. Throws [ServiceException].
  static Optional<LoginRole> ask(ServiceConnections connections, ShardId home, String name) {
    return connections.call(home, connections.databaseOf(home), connection -> read(connection, name));
  }

  private static Optional<LoginRole> read(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ROLE)) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        @Nullable String password = row.getString(2);
        Optional<ScramVerifier> verifier = password == null ? Optional.empty() : ScramVerifier.parse(password);
        return Optional.of(new LoginRole(name, row.getLong(1), verifier, row.getBoolean(3), row.getBoolean(4), row.getBoolean(5), row.getString(6)));
      }
    }
  }
}
