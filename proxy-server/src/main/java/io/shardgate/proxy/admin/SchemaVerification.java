package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Compares declared tables on all shards with the home shard's: whether they are there, their columns in order with types, collations and
/// defaults, their indexes, their constraints.
final class SchemaVerification {
  static final List<String> COLUMNS = List.of("table", "shard", "kind", "name", "home", "here");

  private static final String PARTS =
      """
      WITH tables AS (
        SELECT c.oid, n.nspname, c.relname, c.relkind, c.relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'f') AND (n.nspname, c.relname) IN (SELECT * FROM unnest(?::text[], ?::text[])))
      SELECT nspname, relname, 'table', '', CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END
        || CASE WHEN relrowsecurity THEN ' with row security' ELSE '' END
      FROM tables
      UNION ALL
      SELECT nspname, relname, 'column', a.attname,
        row_number() OVER (PARTITION BY t.oid ORDER BY a.attnum) || ': ' || format_type(a.atttypid, a.atttypmod)
          || CASE WHEN a.attcollation <> 0 AND a.attcollation <> y.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END
          || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
          || CASE WHEN a.attidentity <> '' THEN ' IDENTITY ' || a.attidentity::text ELSE '' END
          || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ' || a.attgenerated::text ELSE '' END
          || coalesce(' DEFAULT ' || pg_get_expr(f.adbin, f.adrelid), '')
      FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type y ON y.oid = a.atttypid
        LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      UNION ALL
      SELECT nspname, relname, 'index', x.relname_of, pg_get_indexdef(x.indexrelid) || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
      FROM tables t JOIN (SELECT i.*, c.relname AS relname_of FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid) x ON x.indrelid = t.oid
      UNION ALL
      SELECT nspname, relname, 'constraint', k.conname, pg_get_constraintdef(k.oid)
      FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')""";

  /// What a table is made of.
  private record Part(TableName table, String kind, String name) implements Comparable<Part> {
    private static final List<String> ORDER = List.of("table", "column", "index", "constraint");

    @Override
    public int compareTo(Part other) {
      int byTable = table.compareTo(other.table);
      int byKind = byTable != 0 ? byTable : Integer.compare(ORDER.indexOf(kind), ORDER.indexOf(other.kind));
      return byKind != 0 ? byKind : name.compareTo(other.name);
    }
  }

  private SchemaVerification() {}

  /// Every difference, as rows of [#COLUMNS]; an empty text stands for what is not there. A shard that can't be asked is a row too.
  static List<List<String>> differences(ServiceConnections connections, ShardMap map, String database) {
    Set<TableName> tables = new TreeSet<>(map.reference());
    map.groups().values().forEach(group -> tables.addAll(group.tables().keySet()));
    return differences(connections, map.home(), map.allShards(), _ -> database, tables);
  }

  private static List<List<String>> differences(
      ServiceConnections connections, ShardId home, Collection<ShardId> shards, java.util.function.Function<ShardId, String> database, Set<TableName> tables) {
    List<List<String>> rows = new ArrayList<>();
    if (tables.isEmpty()) {
      return rows;
    }
    Map<Part, String> model = connections.call(home, database.apply(home), connection -> parts(connection, tables));
    for (ShardId shard : shards) {
      if (shard.equals(home)) {
        continue;
      }
      try {
        compare(shard, model, connections.<Map<Part, String>>call(shard, database.apply(shard), connection -> parts(connection, tables)), rows);
      } catch (ServiceException e) {
        rows.add(List.of("", shard.value(), "shard", "", "", String.valueOf(e.getMessage())));
      }
    }
    return rows;
  }

  /// A line for each column of a table, which is on the home shard and another one, that is not the same on both.
  static List<String> unlikeColumns(ServiceConnections connections, ShardId home, Collection<ShardId> shards, Set<TableName> tables) {
    List<String> faults = new ArrayList<>();
    List<List<String>> rows;
    try {
      rows = differences(connections, home, shards, connections::databaseOf, tables);
    } catch (ServiceException e) {
      return List.of("the home shard " + home + " can't say how its tables look (expected: an answer): " + e.getMessage());
    }
    for (List<String> row : rows) {
      String kind = row.get(2);
      if (kind.equals("column") || kind.equals("shard")) {
        faults.add(kind.equals("shard")
            ? "shard " + row.get(1) + " can't say how its tables look (expected: an answer): " + row.get(5)
            : "column " + row.get(3) + " of table " + row.get(0) + " is " + or(row.get(5)) + " on " + row.get(1) + " (expected: " + or(row.get(4)) + ", as on the home shard)");
      }
    }
    return faults;
  }

  private static String or(String definition) {
    return definition.isEmpty() ? "missing" : definition;
  }

  private static void compare(ShardId shard, Map<Part, String> model, Map<Part, String> found, List<List<String>> rows) {
    Set<Part> all = new TreeSet<>(model.keySet());
    all.addAll(found.keySet());
    for (Part part : all) {
      Part whole = new Part(part.table(), "table", "");
      boolean both = model.containsKey(whole) && found.containsKey(whole);
      String home = model.getOrDefault(part, "");
      String here = found.getOrDefault(part, "");
      if (!home.equals(here) && (both || part.kind().equals("table"))) {
        rows.add(List.of(part.table().toString(), shard.value(), part.kind(), part.name(), home, here));
      }
    }
  }

  private static Map<Part, String> parts(Connection connection, Set<TableName> tables) throws SQLException {
    Map<Part, String> parts = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(PARTS)) {
      statement.setArray(1, connection.createArrayOf("text", tables.stream().map(TableName::schema).toArray()));
      statement.setArray(2, connection.createArrayOf("text", tables.stream().map(TableName::name).toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TableName table = new TableName(rows.getString(1), rows.getString(2));
          parts.put(new Part(table, rows.getString(3), rows.getString(4)), rows.getString(5));
        }
      }
    }
    return parts;
  }
}
