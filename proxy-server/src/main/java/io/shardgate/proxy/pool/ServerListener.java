package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import org.jspecify.annotations.Nullable;

/// Hears what a server says while a session holds its connection. Called on the connection's event loop only.
///
/// A buffer is borrowed: valid during the call, `retainedSlice` to keep it. A listener may write, release or close
/// the connection from inside any call; after a release it hears nothing more of that connection.
public interface ServerListener {

  /// One whole message with its header; the reader index is at the type byte. Never `D` (DataRow) or `d` (CopyData).
  void onFrame(byte type, ByteBuf frame);

  /// Bytes of DataRow and CopyData messages, in order with the frames; whole messages or pieces of them.
  ///
  /// @param startedFrames how many messages begin in these bytes
  void onRun(ByteBuf run, int startedFrames);

  /// All that arrived in this turn of the event loop was handed over: the moment to flush to the client.
  void onReadComplete();

  /// The connection's outbound buffer passed its high mark (`false`) or fell below its low mark (`true`).
  void onWritable(boolean writable);

  /// The connection is gone. The last call; the connection must not be released any more (nor does it harm).
  ///
  /// @param fatal what the server said last, when it said why (57P01, 57P02, XX000 …)
  void onClosed(Throwable cause, @Nullable ErrorFields fatal);
}
