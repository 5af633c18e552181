package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardId;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.UnreadText;

/// Where a row of a COPY goes.
sealed interface RowOwner {
  /// To every shard: the table is a reference table.
  record Everywhere() implements RowOwner {
    static final Everywhere INSTANCE = new Everywhere();
  }

  record One(ShardId shard) implements RowOwner {}

  /// The shards have to be asked first what the text of the row's key means.
  record Unread(UnreadText text) implements RowOwner {}

  /// The row's key has to be looked up or placed first.
  record Unplaced(UnplacedKey key) implements RowOwner {}
}
