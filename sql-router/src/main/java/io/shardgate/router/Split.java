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

  /// These keys have to be looked up or placed first, then it is split again.
  record Unplaced(List<UnplacedKey> keys) implements Split {
    public Unplaced {
      keys = List.copyOf(keys);
    }
  }

  /// What one shard is told.
  ///
  /// @param text the INSERT in the client's encoding; parameters are numbered anew from `$1`
  /// @param rows which rows of the user's statement it holds, counted from 0, in order
  /// @param parameters for each parameter of `text` the number (from 1) it had in the user's statement
  /// @param origins which bytes of `text` are the user's: triples of where they begin in `text`, where in his statement, and how many
  @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
  record Piece(ShardId shard, byte[] text, int[] rows, int[] parameters, int[] origins) {
    /// The same text on another shard.
    Piece on(ShardId other) {
      return new Piece(other, text, rows, parameters, origins);
    }

    /// The same text of another origin.
    Piece of(int[] otherOrigins) {
      return new Piece(shard, text, rows, parameters, otherOrigins);
    }

    /// Where a byte of `text` stands in the user's statement; −1 when it is not his.
    public int origin(int at) {
      for (int i = 0; i < origins.length; i += 3) {
        if (at >= origins[i] && at < origins[i] + origins[i + 2]) {
          return origins[i + 1] + at - origins[i];
        }
      }
      return -1;
    }
  }
}
