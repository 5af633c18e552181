package io.shardgate.cluster;

import io.shardgate.directory.Extent;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.ForeignMarks;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.OrderedKeys;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.postgresql.PGConnection;

/// Rows as a move that is under way leaves them: every shard holds those of all others, too, changed so that they show, and the map marks them foreign.
public final class ForeignCopies {
  private static final String COLUMNS = """
      SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
      """;

  private ForeignCopies() {}

  /// @param groups whose tables' rows are copied
  /// @param change of a table's rows as COPY writes them, one in a line
  public static void plant(TestCluster cluster, Predicate<String> groups, UnaryOperator<String> change) throws SQLException {
    ShardMap map = cluster.map();
    ForeignMarks marks = ForeignMarks.NONE;
    for (String group : map.groups().keySet()) {
      if (groups.test(group)) {
        marks = marks.with(group, marks(map, group));
        for (var table : map.groups().get(group).tables().keySet()) {
          copy(cluster, table.toString(), change);
        }
      }
    }
    if (!cluster.directory().compareAndSet(map.version(), map.withForeign(marks))) {
      throw new IllegalStateException("the map has changed meanwhile");
    }
  }

  /// All of each shard's own is foreign on all the others.
  public static List<ForeignMark> marks(ShardMap map, String group) {
    List<ForeignMark> marks = new ArrayList<>();
    for (ShardId shard : map.shards().keySet()) {
      switch (map.keySpaces().get(group)) {
        case KeyTable table -> table.forEach((key, owner) -> {
          if (!owner.equals(shard)) {
            marks.add(new ForeignMark(shard, new Extent.Single(key)));
          }
        });
        case HashRing ring -> add(marks, shard, ring.pieces().stream().filter(piece -> !piece.owner().equals(shard)).map(piece -> piece.extent()).toList());
        case OrderedKeys keys -> add(marks, shard, keys.pieces().stream().filter(piece -> !piece.owner().equals(shard)).map(piece -> piece.extent()).toList());
      }
    }
    return marks;
  }

  private static void add(List<ForeignMark> marks, ShardId shard, List<Extent> extents) {
    extents.forEach(extent -> marks.add(new ForeignMark(shard, extent)));
  }

  private static void copy(TestCluster cluster, String table, UnaryOperator<String> change) throws SQLException {
    Map<String, String> rows = new TreeMap<>();
    String columns = cluster.valueOn("s1", COLUMNS.formatted(table));
    for (String shard : cluster.shardNames()) {
      rows.put(shard, change.apply(copyOut(cluster.connectToShard(shard), "COPY (SELECT " + columns + " FROM " + table + ") TO STDOUT")));
    }
    for (String shard : cluster.shardNames()) {
      try (Connection connection = cluster.connectToShard(shard)) {
        for (String other : cluster.shardNames()) {
          if (!other.equals(shard)) {
            connection.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + table + " (" + columns + ") FROM STDIN", new StringReader(rows.get(other)));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// What a COPY TO STDOUT writes.
  ///
  /// @param opened is closed
  public static String copyOut(Connection opened, String sql) throws SQLException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Connection connection = opened) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }
}
