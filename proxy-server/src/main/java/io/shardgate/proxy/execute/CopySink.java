package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/// Takes a client's COPY FROM STDIN stream. Confined to its channel's event loop.
public interface CopySink {
  /// Takes the payload of CopyData messages: pieces of the stream, cut anywhere. Borrowed.
  ///
  /// @return false when the client should be slowed down until [#whenWritable] completes
  boolean data(ByteBuf piece);

  /// Completes when the sink takes bytes again.
  CompletableFuture<Void> whenWritable();

  /// The stream ended as it should; completes when every row was taken by its shard.
  CompletableFuture<Void> done();

  /// Some shard takes bytes again.
  void shardWritable();

  /// The client gave up, with its reason: shards are told.
  void failed(String reason);
}
