package io.shardgate.proxy.admin;

import io.shardgate.directory.ExistingTables;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.TableName;
import io.shardgate.directory.Topology;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Asks shards which tables exist there, and how many rows they have, over all databases of each.
final class TablesOnShards {
  private static final String DATABASES = "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname";

  private static final String TABLES =
      """
      SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'f') AND (n.nspname, c.relname) IN (SELECT * FROM unnest(?::text[], ?::text[]))""";

  private TablesOnShards() {}

  /// @param inUse whether clients are served meanwhile
  /// @param faults gets a line for each shard that can't say
  static ExistingTables look(ServiceConnections connections, Collection<ShardId> shards, Set<TableName> tables, boolean inUse, List<String> faults) {
    Map<TableName, Map<ShardId, Long>> rows = new TreeMap<>();
    if (tables.isEmpty()) {
      return new ExistingTables(rows, inUse);
    }
    for (ShardId shard : new TreeSet<>(shards)) {
      try {
        for (String database : databases(connections, shard)) {
          connections.<Map<TableName, Long>>call(shard, database, connection -> rowsOf(connection, tables))
              .forEach((table, count) -> rows.computeIfAbsent(table, _ -> new TreeMap<>()).merge(shard, count, Long::sum));
        }
      } catch (ServiceException e) {
        faults.add("shard " + shard + " can't say which of the tables " + tables + " exist there, which change their place (expected: an answer): " + e.getMessage());
      }
    }
    return new ExistingTables(rows, inUse);
  }

  /// The databases of a shard that clients can connect to.
  static List<String> databases(ServiceConnections connections, ShardId shard) {
    return connections.call(shard, connections.databaseOf(shard), connection -> {
      List<String> names = new ArrayList<>();
      try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(DATABASES)) {
        while (rows.next()) {
          names.add(rows.getString(1));
        }
      }
      return names;
    });
  }

  /// Which of these tables the connection's database has.
  static Set<TableName> existing(Connection connection, Set<TableName> wanted) throws SQLException {
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

  private static Map<TableName, Long> rowsOf(Connection connection, Set<TableName> wanted) throws SQLException {
    Map<TableName, Long> counts = new TreeMap<>();
    for (TableName table : existing(connection, wanted)) {
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(
              "SELECT count(*) FROM (SELECT FROM " + quoted(statement, table) + " LIMIT " + (ExistingTables.COUNTED_MAX + 1) + ") counted")) {
        row.next();
        counts.put(table, row.getLong(1));
      }
    }
    return counts;
  }

  /// A table's name for a statement's text.
  static String quoted(Statement statement, TableName table) throws SQLException {
    return statement.enquoteIdentifier(table.schema(), true) + "." + statement.enquoteIdentifier(table.name(), true);
  }

  /// A line for each reference table that has as many rows everywhere, but others.
  static List<String> unlikeReferences(ServiceConnections connections, Topology wanted, ExistingTables existing) {
    List<String> faults = new ArrayList<>();
    for (TableName table : wanted.reference()) {
      if (!existing.rows().containsKey(table)) {
        continue;
      }
      Set<String> contents = new HashSet<>();
      for (ShardId shard : existing.rows().getOrDefault(table, Map.of()).keySet()) {
        List<String> each = new ArrayList<>();
        for (String database : databases(connections, shard)) {
          each.add(database + " " + connections.<String>call(shard, database, connection -> contents(connection, table)));
        }
        contents.add(String.join(", ", each));
      }
      if (contents.size() > 1) {
        faults.add("reference table " + table + " has other rows on one shard than on another (expected: the same rows on every shard, or no such table)");
      }
    }
    return faults;
  }

  private static String contents(Connection connection, TableName table) throws SQLException {
    if (existing(connection, Set.of(table)).isEmpty()) {
      return "none";
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM " + quoted(statement, table) + " t")) {
      row.next();
      return row.getLong(1) + " " + row.getString(2);
    }
  }
}
