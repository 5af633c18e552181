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

  /// Fails once the COPY failed and every shard has answered: what the client is told. What still comes of the stream is skipped.
  CompletableFuture<Void> broken();

  /// The stream ended as it should; completes when every row was taken by its shard, or fails as [#broken] does.
  CompletableFuture<Void> done();

  /// Some shard takes bytes again.
  void shardWritable();

  /// Where in the stream it is, as an error's context tells it: `COPY orders, line 4`.
  String where();

  /// The client gave up, with its reason: shards are told. Fails as [#broken] does.
  CompletableFuture<Void> failed(String reason);
}
