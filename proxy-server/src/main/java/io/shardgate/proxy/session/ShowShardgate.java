package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.Group;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.PgType;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.FieldDescription;
import io.shardgate.proxy.pool.ShardPool;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// `SHOW SHARDGATE …`: rows of text about the cluster.
final class ShowShardgate {
  private ShowShardgate() {}

  static List<String> columns(Topic topic) {
    return switch (topic) {
      case SHARDS -> List.of("shard", "address", "database", "weight", "home");
      case TABLES -> List.of("table", "kind", "group", "key");
      case MAP -> List.of("group", "from", "shard");
      case POOLS -> List.of("shard", "open", "idle", "waiting", "max");
      case CLIENTS -> List.of("id", "role", "database", "connected", "state");
      case VERSION -> List.of("version", "map_version");
    };
  }

  static CompletableFuture<Void> run(ClientSession session, Topic topic, boolean describe) {
    List<List<String>> rows =
        switch (topic) {
          case SHARDS -> shards(session.map());
          case TABLES -> tables(session.map());
          case MAP -> map(session.map());
          case POOLS -> pools(session);
          case CLIENTS -> session.services().registry().sessions().stream().map(ClientSession::row).toList();
          case VERSION -> List.of(List.of("Shardgate " + version(), session.map().version().toString()));
        };
    write(session, columns(topic), rows, "SHOW", describe);
    return CompletableFuture.completedFuture(null);
  }

  /// Sends rows of text, and CommandComplete.
  static void write(ClientSession session, List<String> columns, List<List<String>> rows, String tag, boolean describe) {
    if (describe) {
      describe(session, columns);
    }
    for (List<String> row : rows) {
      List<byte[]> values = new ArrayList<>(row.size());
      row.forEach(value -> values.add(value.getBytes(StandardCharsets.UTF_8)));
      BackendWriter.dataRow(session.output().stage(), new ArrayList<>(values));
    }
    BackendWriter.commandComplete(session.output().stage(), tag);
  }

  /// Announces columns of text.
  static void describe(ClientSession session, List<String> columns) {
    ByteBuf out = session.output().stage();
    BackendWriter.rowDescription(
        out, columns.stream().map(name -> new FieldDescription(name, 0, (short) 0, PgType.TEXT, (short) -1, -1, (short) 0)).toList());
  }

  private static String version() {
    String version = ShowShardgate.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static List<List<String>> shards(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    for (Shard shard : map.shards().values()) {
      rows.add(
          List.of(
              shard.id().value(), shard.primary().host() + ":" + shard.primary().port(), shard.primary().database(),
              Integer.toString(shard.weight()), shard.id().equals(map.home()) ? "t" : "f"));
    }
    return rows;
  }

  private static List<List<String>> tables(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    for (Group group : map.groups().values()) {
      group.tables().forEach(
          (table, key) -> rows.add(List.of(table.toString(), "sharded", group.name(), key)));
    }
    for (TableName table : map.reference()) {
      rows.add(List.of(table.toString(), "reference", "", ""));
    }
    return rows;
  }

  private static List<List<String>> map(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    map.keySpaces().forEach(
        (group, space) ->
            space.pieces().forEach(piece -> rows.add(List.of(group, piece.from() == null ? "" : piece.from(), piece.owner().value()))));
    return rows;
  }

  private static List<List<String>> pools(ClientSession session) {
    List<List<String>> rows = new ArrayList<>();
    for (ShardPool.View view : session.services().pools().views()) {
      rows.add(
          List.of(
              view.shard().value(), Integer.toString(view.open()), Integer.toString(view.idle()),
              Integer.toString(view.waiting()), Integer.toString(view.maxConnections())));
    }
    return rows;
  }
}
