package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// How the rows of several shards become one result. Confined to its channel's event loop.
///
/// What a shard has sent before its rows' turn is held up to a limit; then the shard is not read any further.
interface StreamedRows {
  /// The shards, in the order in which they count.
  void begin(List<ScatterCall> all);

  /// A shard's RowDescription. Borrowed. Throws a [io.shardgate.proxy.relay.ServerErrorException] where its columns are others than another shard's.
  void described(ScatterCall call, ByteBuf frame);

  /// Bytes of a shard's rows. Borrowed.
  void came(ScatterCall call, ByteBuf run, int unfinishedBytes);

  /// A shard has sent all it has.
  void ended(ScatterCall call);

  /// The client takes bytes again.
  void proceed();

  /// No row is wanted any more. Shards are read to their end.
  void drop();

  /// How many rows the client was given, once that is all.
  CompletableFuture<Long> passed();
}
