package io.shardgate.proxy.execute;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ServerErrorException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Whether a role may signal a session of another (PostgreSQL docs, "Server Signaling Functions"). The service role asks, so that whoever is to end what
/// holds all connections need not wait for one.
/// Thread-safe: keeps nothing.
final class SignalRights {
  private static final String SQL =
      "SELECT t.rolsuper AND NOT me.rolsuper, pg_has_role(me.oid, t.oid, 'USAGE') OR pg_has_role(me.oid, 'pg_signal_backend', 'USAGE')"
          + " FROM pg_roles t, pg_roles me WHERE t.rolname = ? AND me.rolname = ?";

  private final ServiceConnections service;

  SignalRights(ServiceConnections service) {
    this.service = service;
  }

  private enum Right {
    GIVEN,
    NOT_A_SUPERUSER,
    NOT_OF_THE_ROLE
  }

  /// Fails with PostgreSQL's words where the session's role may not signal one of `role`. Completes on the port's event loop.
  CompletableFuture<Void> check(String role, boolean terminate, ExecutionPort port) {
    String me = port.view().currentUser();
    CompletableFuture<Void> done = new CompletableFuture<>();
    service.run(port.view().map().home(), port.database(), connection -> right(connection, role, me))
        .whenComplete(
            (right, failure) ->
                port.eventLoop().execute(
                    () -> {
                      if (failure != null) {
                        done.completeExceptionally(unknown(failure));
                      } else if (right != Right.GIVEN) {
                        done.completeExceptionally(new ServerErrorException(denied(right, terminate)));
                      } else {
                        done.complete(null);
                      }
                    }));
    return done;
  }

  private static Right right(Connection connection, String role, String me) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      statement.setString(1, role);
      statement.setString(2, me);
      try (ResultSet result = statement.executeQuery()) {
        if (!result.next() || result.getBoolean(1)) {
          return Right.NOT_A_SUPERUSER; // of a role that was dropped nobody knows what it was
        }
        return result.getBoolean(2) ? Right.GIVEN : Right.NOT_OF_THE_ROLE;
      }
    }
  }

  private static ErrorFields denied(Right right, boolean terminate) {
    ErrorFields error =
        ErrorFields.error(SqlState.INSUFFICIENT_PRIVILEGE, "permission denied to " + (terminate ? "terminate process" : "cancel query"));
    if (right == Right.NOT_A_SUPERUSER) {
      String what = terminate ? "terminate processes" : "cancel queries";
      return error.withDetail("Only roles with the SUPERUSER attribute may " + what + " of roles with the SUPERUSER attribute.");
    }
    return error.withDetail(
        terminate
            ? "Only roles with privileges of the role whose process is being terminated or with privileges of the \"pg_signal_backend\" role"
                + " may terminate this process."
            : "Only roles with privileges of the role whose query is being canceled or with privileges of the \"pg_signal_backend\" role"
                + " may cancel this query.");
  }

  private static ServerErrorException unknown(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    return new ServerErrorException(SqlState.CONNECTION_FAILURE, "rights could not be looked up: " + cause.getMessage());
  }
}
