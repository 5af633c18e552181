package io.shardgate.proxy.admin;

import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.statement.AdminStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Places a key of strategy *directory* that nobody has placed, before its first row comes.
final class KeyAssignment {
  private KeyAssignment() {}

  /// Records the owner; does nothing where it is that shard's already.
  static ShardId assign(AdminStatement.Assign assign, ShardDirectory directory, ServiceConnections connections) {
    ShardMap map = directory.current();
    Group group = Refusals.group(map, assign.group());
    if (!(group.strategy() instanceof Strategy.Directory(var place))) {
      throw Refusals.error(
          SqlState.WRONG_OBJECT_TYPE, "group \"" + group.name() + "\" is of strategy " + group.strategy().word() + ", which tells each key's shard",
          "Keys are assigned in groups of strategy directory.");
    }
    if (place.rule() != null) {
      throw Refusals.error(
          SqlState.FEATURE_NOT_SUPPORTED, "keys of group \"" + group.name() + "\" go to the shards with the label that their first row asks for",
          "Insert a row of the key: its column \"" + place.rule().column() + "\" decides.");
    }
    ShardId shard = map.shards().keySet().stream().filter(id -> id.value().equals(assign.shard())).findFirst()
        .orElseThrow(() -> Refusals.error(SqlState.UNDEFINED_OBJECT, "shard \"" + assign.shard() + "\" does not exist", "Shards: " + map.shards().keySet() + "."));
    KeyValue key = MapEdits.key(group, assign.key());
    if (wait(directory.find(group, key)).isEmpty()) {
      refuseRowsElsewhere(assign, group, shard, map, connections);
    }
    ShardId owner = wait(directory.place(group, key, Set.of(shard)));
    if (!owner.equals(shard)) {
      throw Refusals.error(
          SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "key " + assign.key() + " of group \"" + group.name() + "\" is on shard " + owner + " already",
          "A key that was placed stays until its rows are moved.");
    }
    return owner;
  }

  private static <T> T wait(CompletableFuture<T> asked) {
    try {
      return asked.join();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof DirectoryException known)) {
        throw e;
      }
      SqlState state =
          switch (known.fault()) {
            case TOO_MANY_KEYS -> SqlState.CONFIGURATION_LIMIT_EXCEEDED;
            case KEY_TOO_LONG -> SqlState.PROGRAM_LIMIT_EXCEEDED;
            case MAP_CHANGED -> SqlState.SERIALIZATION_FAILURE;
            case STORE -> SqlState.IO_ERROR;
          };
      throw new ServerErrorException(state, "the key could not be placed: " + known.getMessage());
    }
  }

  private static void refuseRowsElsewhere(AdminStatement.Assign assign, Group group, ShardId target, ShardMap map, ServiceConnections connections) {
    Map<TableName, ShardId> elsewhere = new TreeMap<>();
    for (ShardId shard : map.allShards()) {
      if (!shard.equals(target)) {
        for (String database : TablesOnShards.databases(connections, shard)) {
          connections.<Boolean>call(shard, database, connection -> look(connection, group, assign.key(), shard, elsewhere));
        }
      }
    }
    if (!elsewhere.isEmpty()) {
      throw Refusals.error(
          SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "key " + assign.key() + " of group \"" + group.name() + "\" has rows elsewhere: " + elsewhere,
          "Assign it to that shard.");
    }
  }

  private static boolean look(Connection connection, Group group, String key, ShardId shard, Map<TableName, ShardId> elsewhere) throws SQLException {
    for (TableName table : TablesOnShards.existing(connection, group.tables().keySet())) {
      try (var statement = connection.createStatement()) {
        String column = statement.enquoteIdentifier(group.keyColumn(table).orElseThrow(), true);
        String sql = "SELECT EXISTS (SELECT FROM " + TablesOnShards.quoted(statement, table) + " WHERE " + column + " = CAST(?::text AS " + group.keyType().word() + "))";
        try (PreparedStatement ask = connection.prepareStatement(sql)) {
          ask.setString(1, key);
          try (ResultSet row = ask.executeQuery()) {
            if (row.next() && row.getBoolean(1)) {
              elsewhere.put(table, shard);
            }
          }
        }
      }
    }
    return !elsewhere.isEmpty();
  }
}
