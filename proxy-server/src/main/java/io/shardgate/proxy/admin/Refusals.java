package io.shardgate.proxy.admin;

import io.shardgate.directory.Group;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;

/// Errors of admin statements, as their client sees them.
final class Refusals {
  private Refusals() {}

  static ServerErrorException error(SqlState state, String message, String hint) {
    return new ServerErrorException(ErrorFields.error(state, message).withHint(hint));
  }

  /// The group of that name.
  static Group group(ShardMap map, String name) {
    Group group = map.groups().get(name);
    if (group == null) {
      throw error(SqlState.UNDEFINED_OBJECT, "group \"" + name + "\" does not exist", "Groups: " + String.join(", ", map.groups().keySet()) + ".");
    }
    return group;
  }

  /// Somebody else changed the map first.
  static ServerErrorException mapChanged(String expected, String found) {
    return error(
        SqlState.SERIALIZATION_FAILURE, "the shard map was changed by somebody else: it has version " + found + ", not " + expected,
        "Look at what changed (SHARDGATE DIFF, SHARDGATE MAP), then run the statement again.");
  }
}
