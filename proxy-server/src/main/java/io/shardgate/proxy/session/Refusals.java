package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.Collection;
import java.util.stream.Collectors;

/// What a session declines by itself: not for the statement's shape, which the router judges, but for the moment it comes in.
final class Refusals {
  private Refusals() {}

  static ServerErrorException isolation(String level) {
    return with(
        "a " + level.toUpperCase(java.util.Locale.ROOT) + " transaction cannot use more than one shard",
        "Use READ COMMITTED, or SET shardgate.cross_shard_isolation = 'relaxed' to accept one snapshot per shard.");
  }

  /// What a server remembers of the last `nextval` is another client's by the next transaction.
  static ServerErrorException sequenceState() {
    return with(
        "currval() and lastval() are not supported, as server connections are shared",
        "Use INSERT … RETURNING, or keep what nextval() returned.");
  }

  static ServerErrorException manyShards(Collection<ShardId> shards) {
    return with(
        "statement needs rows of several shards: "
            + shards.stream().map(ShardId::value).sorted().collect(Collectors.joining(", ")),
        "Add a condition that fixes the shard key to one value, or run one statement for each key.");
  }

  static ServerErrorException with(String message, String hint) {
    return new ServerErrorException(ErrorFields.error(SqlState.FEATURE_NOT_SUPPORTED, message).withHint(hint));
  }
}
