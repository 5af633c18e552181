package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.catalog.ServiceConnections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The transactions that had written something on the shards at one moment, prepared ones among them.
/// Not thread-safe; owned by one act.
final class OlderWriters {
  /// A snapshot reaches no further than the transaction that has ended last: after one that began now has ended, it has all that began before.
  private static final String MARK = "SELECT pg_current_xact_id()";

  /// A transaction that is being prepared is in a snapshot at every moment.
  private static final String RUNNING = "SELECT x::text FROM pg_snapshot_xip(pg_current_snapshot()) x";

  private static final String NAME =
      """
      SELECT coalesce(
        (SELECT 'process ' || a.pid FROM pg_stat_activity a WHERE a.backend_xid = t.id::xid8::xid LIMIT 1),
        (SELECT 'prepared transaction "' || p.gid || '"' FROM pg_prepared_xacts p WHERE p.transaction = t.id::xid8::xid LIMIT 1),
        'transaction ' || t.id)
      FROM (SELECT ?::text AS id) t""";

  private final ServiceConnections connections;
  private final Map<ShardId, Set<String>> running = new TreeMap<>();

  private OlderWriters(ServiceConnections connections) {
    this.connections = connections;
  }

  /// Those of now.
  static OlderWriters of(ServiceConnections connections, Collection<ShardId> shards) {
    OlderWriters writers = new OlderWriters(connections);
    for (ShardId shard : shards) {
      connections.<Boolean>call(shard, connections.databaseOf(shard), OlderWriters::mark);
      writers.running.put(shard, writers.ask(shard));
    }
    return writers;
  }

  private static boolean mark(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.execute(MARK);
    }
  }

  private Set<String> ask(ShardId shard) {
    return connections.call(shard, connections.databaseOf(shard), connection -> {
      Set<String> ids = new TreeSet<>();
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(RUNNING)) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
      return ids;
    });
  }

  /// Whether all of them have ended by now.
  boolean haveEnded() {
    running.forEach((shard, ids) -> {
      if (!ids.isEmpty()) {
        ids.retainAll(ask(shard));
      }
    });
    return running.values().stream().allMatch(Set::isEmpty);
  }

  /// `process 4711 on s1, prepared transaction "x" on s2`, for an operator.
  String remaining() {
    return running.entrySet().stream()
        .flatMap(entry -> entry.getValue().stream().map(id -> connections.<String>call(entry.getKey(), connections.databaseOf(entry.getKey()), connection -> name(connection, id))
            + " on " + entry.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static String name(Connection connection, String id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(NAME)) {
      statement.setString(1, id);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
