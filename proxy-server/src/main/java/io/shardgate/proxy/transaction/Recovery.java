package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.relay.SettingsVector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Settles transactions beside the data path, as the service role.
///
/// Whoever asks, decides: an asker writes `abort` where no verdict stands yet, and then reads what stands. That insert waits for a commit
/// in flight and makes a later one fail; so the answer is final, whatever clocks say and whoever else is alive.
///
/// Thread-safe: stateless. Every method blocks: virtual threads only.
final class Recovery {
  /// How long an asker waits for a commit in flight; then it asks again later.
  private static final Duration ASK_LIMIT = Duration.ofSeconds(10);

  private static final String UNDEFINED_TABLE = "42P01";
  private static final String UNDEFINED_SCHEMA = "3F000";
  private static final String UNDEFINED_OBJECT = "42704";

  private static final String DURABLY =
      "SELECT set_config('synchronous_commit', CASE WHEN s IN ('on', 'remote_apply') THEN s ELSE 'on' END, true),"
          + " set_config('statement_timeout', '" + ASK_LIMIT.toMillis() + "', true)"
          + " FROM current_setting('synchronous_commit') s";

  private final ServiceConnections service;
  private final ServerObjects objects;

  Recovery(ServiceConnections service, ServerObjects objects) {
    this.service = service;
    this.objects = objects;
  }

  /// The verdict on a transaction; from now on at the latest there is one.
  ///
  /// @return whether it is committed
  /// @throws ServiceException when the decider can't be asked
  boolean ask(GlobalId transaction, String database) {
    ShardId decider = transaction.decider();
    try {
      return service.call(decider, database, connection -> ask(connection, transaction));
    } catch (ServiceException failure) {
      if (!failure.sqlState().equals(UNDEFINED_TABLE) && !failure.sqlState().equals(UNDEFINED_SCHEMA)) {
        throw failure;
      }
      ServerObjects.Place place = new ServerObjects.Place(decider, database);
      objects.forget(place);
      objects.install(place);
      return service.call(decider, database, connection -> ask(connection, transaction));
    }
  }

  private static boolean ask(Connection connection, GlobalId transaction) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement setup = connection.createStatement()) {
      setup.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE");
      setup.execute(DURABLY);
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO shardgate.commit_log (gid, verdict) VALUES (?, 'abort') ON CONFLICT DO NOTHING")) {
      insert.setString(1, transaction.toString());
      insert.executeUpdate();
    }
    connection.commit();
    connection.setAutoCommit(true);
    try (PreparedStatement select = connection.prepareStatement("SELECT verdict FROM shardgate.commit_log WHERE gid = ?")) {
      select.setString(1, transaction.toString());
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("the verdict on " + transaction + " is gone", "XX000");
        }
        return row.getString(1).equals("commit");
      }
    }
  }

  /// Carries a verdict out on one shard, as the prepared transaction's owner. Does nothing where somebody else was first.
  ///
  /// @throws ServiceException when the shard can't be reached or is not ready for it
  void finish(GlobalId.Prepared prepared, String database, boolean commit) {
    String gid = prepared.transaction().on(prepared.participant());
    service.call(prepared.participant(), database, connection -> {
      Owner owner = owner(connection, gid);
      if (owner.exists()) {
        finish(connection, gid, owner.role(), commit);
      }
      return true;
    });
  }

  /// @param role null when it was dropped
  private record Owner(boolean exists, @Nullable String role) {}

  private static Owner owner(Connection connection, String gid) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("SELECT owner FROM pg_prepared_xacts WHERE gid = ?")) {
      select.setString(1, gid);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? new Owner(true, row.getString(1)) : new Owner(false, null);
      }
    }
  }

  private static void finish(Connection connection, String gid, @Nullable String owner, boolean commit) throws SQLException {
    boolean clean = false;
    try (Statement statement = connection.createStatement()) {
      if (owner != null) {
        statement.execute("SET ROLE " + quoted(owner));
      }
      try {
        statement.execute((commit ? "COMMIT" : "ROLLBACK") + " PREPARED " + SettingsVector.literal(gid));
      } catch (SQLException failure) {
        if (!UNDEFINED_OBJECT.equals(failure.getSQLState())) {
          throw failure;
        }
      }
      statement.execute("RESET ROLE");
      clean = true;
    } finally {
      if (!clean) {
        connection.abort(Runnable::run); // whoever gets it next must not be the owner
      }
    }
  }

  private static String quoted(String role) {
    return '"' + role.replace("\"", "\"\"") + '"';
  }
}
