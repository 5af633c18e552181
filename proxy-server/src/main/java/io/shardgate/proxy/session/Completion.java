package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.proxy.relay.ClientOutput;
import org.jspecify.annotations.Nullable;

/// CommandComplete on its way to the client; kept back where the statement is done only when its transaction is committed.
/// Confined to its channel's event loop.
final class Completion {
  private static final int TAG_BYTES = 64;

  private final ClientOutput output;
  private boolean withholding;
  private byte @Nullable [] withheld;

  Completion(ClientOutput output) {
    this.output = output;
  }

  /// From now on it is kept back until [#settled].
  void withhold() {
    withholding = true;
  }

  /// Tells what was kept back, if its transaction was committed.
  void settled(boolean committed) {
    byte[] frame = withheld;
    withholding = false;
    withheld = null;
    if (frame != null && committed) {
      output.stage().writeBytes(frame);
    }
  }

  /// Passes a server's on, or keeps it back. Borrowed.
  void relay(ByteBuf frame) {
    if (withholding) {
      withheld = ByteBufUtil.getBytes(frame);
    } else {
      output.retainBytes(frame);
    }
  }

  /// Tells a command's tag, or keeps it back.
  void tell(String tag) {
    ByteBuf frame = output.stage().alloc().buffer(TAG_BYTES);
    try {
      BackendWriter.commandComplete(frame, tag);
      relay(frame);
    } finally {
      frame.release();
    }
  }
}
