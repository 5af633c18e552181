package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.Plan;
import java.util.List;

/// The rows of one INSERT, by shard.
public sealed interface Split {
  /// One statement for each shard that gets rows, in the order in which shards are visited.
  record Pieces(List<Piece> pieces) implements Split {
    public Pieces {
      pieces = List.copyOf(pieces);
    }
  }

  /// No row may be written.
  record Refused(Plan.Refuse refuse) implements Split {}

  /// What one shard is told.
  ///
  /// @param text the INSERT in the client's encoding; parameters are numbered anew from `$1`
  /// @param rows which rows of the user's statement it holds, counted from 0, in order
  /// @param parameters for each parameter of `text` the number (from 1) it had in the user's statement
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Piece(ShardId shard, byte[] text, int[] rows, int[] parameters) {}
}
