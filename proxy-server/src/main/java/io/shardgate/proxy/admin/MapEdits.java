package io.shardgate.proxy.admin;

import io.shardgate.directory.Group;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.OrderedKeys;
import io.shardgate.directory.ShardFunction;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.statement.AdminStatement.Place;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Ranges that are cut and joined in place: no key changes its owner.
final class MapEdits {
  private MapEdits() {}

  /// The next map, with the range that holds a place cut there.
  static ShardMap split(ShardMap map, String name, Place at) {
    Group group = Refusals.group(map, name);
    KeySpace space = map.keySpace(group);
    if (space.pieces().size() >= KeySpace.MAX_PIECES) {
      throw Refusals.error(
          SqlState.PROGRAM_LIMIT_EXCEEDED, "group \"" + name + "\" has " + KeySpace.MAX_PIECES + " ranges already", "Merge ranges of one owner first.");
    }
    Optional<? extends KeySpace> cut =
        switch (space) {
          case HashRing ring -> ring.cutAt(position(group, at));
          case OrderedKeys ordered -> ordered.cutAt(orderedKey(group, at));
          case KeyTable _ -> throw withoutRanges(name);
        };
    return map.withKeySpace(name, cut.orElseThrow(() ->
        Refusals.error(SqlState.DUPLICATE_OBJECT, "a range of group \"" + name + "\" begins there already", "SHARDGATE MAP shows the ranges.")));
  }

  /// The next map, with the range that begins at a place joined to the one before it.
  static ShardMap merge(ShardMap map, String name, Place at) {
    Group group = Refusals.group(map, name);
    return switch (map.keySpace(group)) {
      case HashRing ring -> {
        long position = position(group, at);
        yield joined(map, name, ring.joinedAt(position), position != Long.MIN_VALUE && ring.beginsAt(position));
      }
      case OrderedKeys ordered -> {
        KeyValue key = orderedKey(group, at);
        yield joined(map, name, ordered.joinedAt(key), ordered.beginsAt(key));
      }
      case KeyTable _ -> throw withoutRanges(name);
    };
  }

  private static ShardMap joined(ShardMap map, String name, Optional<? extends KeySpace> joined, boolean begins) {
    if (joined.isPresent()) {
      return map.withKeySpace(name, joined.get());
    }
    throw begins
        ? Refusals.error(
            SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "the range that begins there and the one before it are on different shards",
            "Only ranges of one owner can be merged in place; SHARDGATE MAP shows the owners.")
        : Refusals.error(
            SqlState.UNDEFINED_OBJECT, "no range of group \"" + name + "\" begins there, behind another one", "SHARDGATE MAP shows where ranges begin.");
  }

  private static ServerErrorException withoutRanges(String group) {
    return Refusals.error(
        SqlState.WRONG_OBJECT_TYPE, "group \"" + group + "\" is of strategy directory and has no ranges", "SHARDGATE ASSIGN places a key that nobody has placed.");
  }

  private static long position(Group group, Place at) {
    return switch (at) {
      case Place.Position(long value) -> value;
      case Place.Key(String text) -> ShardFunction.hash(key(group, text));
    };
  }

  private static KeyValue orderedKey(Group group, Place at) {
    return switch (at) {
      case Place.Position _ -> throw Refusals.error(
          SqlState.WRONG_OBJECT_TYPE, "group \"" + group.name() + "\" is of strategy range and has no positions", "Give a key: AT KEY '…'.");
      case Place.Key(String text) -> key(group, text);
    };
  }

  /// A key of the group's type.
  static KeyValue key(Group group, String text) {
    if (KeyText.read(group.keyType(), text.getBytes(StandardCharsets.UTF_8)) instanceof KeyText.Reading.Key(KeyValue value)) {
      return value;
    }
    throw Refusals.error(
        SqlState.INVALID_TEXT_REPRESENTATION, "invalid input syntax for shard key of type " + group.keyType().word() + ": \"" + text + "\"",
        "Write dates and times as in 2026-01-31 and 2026-01-31 10:00:00 (timestamptz with a zone: 10:00:00+00), numbers in decimal digits.");
  }
}
