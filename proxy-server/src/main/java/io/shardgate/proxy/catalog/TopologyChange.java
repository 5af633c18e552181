package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.proxy.config.ProxyConfig.ServiceRole;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// A topology takes the place of a directory's: before a proxy serves, on a thread that may block.
///
/// What a table is may change while it exists on no shard. Whether it does is asked of the shards themselves, in every database that a client
/// can connect to: the map is the same for all of them.
/// Not thread-safe; owned by the start of a proxy.
public final class TopologyChange implements AutoCloseable {
  private static final String DATABASES = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";

  private static final String TABLES =
      """
      SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f') AND (n.nspname, c.relname) IN (SELECT * FROM unnest(?::text[], ?::text[]))""";

  /// How often the map may change under the topology that is applied.
  private static final int ATTEMPTS_MAX = 20;

  private final Topology wanted;
  private final ServiceConnections connections;

  private TopologyChange(Topology wanted, ShardMap reachable, ServiceRole role, Duration connectTimeout) {
    this.wanted = wanted;
    this.connections = new ServiceConnections(() -> reachable, role, connectTimeout);
  }

  /// Makes the directory's map that of `wanted`, if it is not.
  ///
  /// @param role used where a shard's endpoint names no user
  /// Throws what [ShardDirectory#compareAndSet] does when the map can't be recorded.
  ///
  /// @throws TopologyException when rows would be left behind, or a shard can't say whether; when the map was another one at each attempt, or a
  ///     shard that has keys would go
  public static void apply(Topology wanted, ShardDirectory directory, ServiceRole role, Duration connectTimeout) throws TopologyException {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      ShardMap current = directory.current();
      ShardMap next = after(wanted, current, role, connectTimeout);
      if (next.equals(current) || directory.compareAndSet(current.version(), next)) {
        return;
      }
    }
    throw new TopologyException(
        List.of("the topology could not be recorded in " + ATTEMPTS_MAX + " attempts: each time the shard map had changed meanwhile, or a shard had keys that is to go"));
  }

  private static ShardMap after(Topology wanted, ShardMap current, ServiceRole role, Duration connectTimeout) throws TopologyException {
    Map<TableName, Set<ShardId>> existing = new TreeMap<>();
    Set<TableName> replaced = wanted.replaced(current);
    if (!replaced.isEmpty()) {
      try (TopologyChange change = new TopologyChange(wanted, wanted.toMap(current.version()), role, connectTimeout)) {
        change.look(replaced, existing);
      }
    }
    return wanted.after(current, existing);
  }

  private void look(Set<TableName> tables, Map<TableName, Set<ShardId>> existing) throws TopologyException {
    List<String> faults = new ArrayList<>();
    for (ShardId shard : wanted.shards().keySet()) {
      try {
        for (String database : connections.call(shard, connections.databaseOf(shard), TopologyChange::databases)) {
          connections.<Set<TableName>>call(shard, database, connection -> tables(connection, tables))
              .forEach(table -> existing.computeIfAbsent(table, _ -> new TreeSet<>()).add(shard));
        }
      } catch (ServiceException e) {
        faults.add("shard " + shard + " can't say which of the tables " + tables + " exist there, which change their place (expected: an answer): " + e.getMessage());
      }
    }
    if (!faults.isEmpty()) {
      throw new TopologyException(faults);
    }
  }

  private static List<String> databases(Connection connection) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(DATABASES)) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static Set<TableName> tables(Connection connection, Set<TableName> wanted) throws SQLException {
    Set<TableName> found = new TreeSet<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      statement.setArray(1, connection.createArrayOf("text", wanted.stream().map(TableName::schema).toArray()));
      statement.setArray(2, connection.createArrayOf("text", wanted.stream().map(TableName::name).toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(new TableName(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return found;
  }

  @Override
  public void close() {
    connections.close();
  }
}
