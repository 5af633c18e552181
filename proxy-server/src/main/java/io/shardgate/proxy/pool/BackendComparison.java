package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Compares a connection that has logged in with the home shard, before anybody gets it.
/// Confined to its channel's event loop; the home shard is asked elsewhere, and only when the other one is unlike what is known of it.
///
///     → Query [Likeness#QUERY]    ← RowDescription  DataRow…  CommandComplete  ReadyForQuery
final class BackendComparison {
  private static final byte[] QUERY = Likeness.QUERY.getBytes(StandardCharsets.UTF_8);
  private static final int COLUMNS = 2;

  private final ServerConnection connection;
  private final Connector connector;
  private final BackendLogin login;
  private final Map<String, String> facts = new LinkedHashMap<>();

  BackendComparison(ServerConnection connection, Connector connector, BackendLogin login) {
    this.connection = connection;
    this.connector = connector;
    this.login = login;
  }

  void begin() {
    ByteBuf query = connection.alloc().ioBuffer();
    FrontendWriter.query(query, QUERY);
    connection.write(query, 0);
    connection.flush();
  }

  /// Takes the next message of the answer.
  void takes(BackendMessage message) {
    switch (message) {
      case BackendMessage.RowDescription _, BackendMessage.CommandComplete _ -> {}
      case BackendMessage.DataRow row -> take(row.values());
      case BackendMessage.ReadyForQuery _ -> compare(new Likeness(facts));
      default -> login.decline("unexpected message in front of the first statement: " + message.getClass().getSimpleName());
    }
  }

  private void take(List<byte @Nullable []> values) {
    byte[] name = values.size() == COLUMNS ? values.getFirst() : null;
    byte[] value = values.size() == COLUMNS ? values.getLast() : null;
    if (name == null || value == null) {
      login.decline("the server's answer to what it is like has another shape");
    } else {
      facts.put(new String(name, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
    }
  }

  private void compare(Likeness likeness) {
    HomeModel model = connector.homeModel();
    if (connector.isHome()) {
      model.opened(connection, likeness);
      login.finish();
      return;
    }
    String database = connection.key().database();
    if (model.isKnownToBeLike(database, likeness)) {
      login.finish();
      return;
    }
    var _ = model.fault(database, likeness).whenComplete((fault, failure) -> connection.eventLoop().execute(() -> {
      if (failure != null) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        login.decline("it could not be compared with the home shard: " + cause.getMessage());
      } else if (fault != null) {
        login.decline(fault);
      } else {
        login.finish();
      }
    }));
  }
}
