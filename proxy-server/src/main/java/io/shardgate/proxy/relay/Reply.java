package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;

/// What a server is expected to say to one message that was sent to it. Confined to its conversation's event loop.
///
///     message             ends with
///     Parse               1
///     Bind                2
///     Close               3
///     Describe            T or n (a statement's t comes before)
///     Execute             C, I or s
///     Query, Sync         Z
///
/// An error ends every reply up to the next Sync: the first one has it ([#frame] with type `E`), the others are skipped.
public abstract class Reply {
  /// The frame that ends a reply.
  public enum Until {
    PARSED,
    BOUND,
    CLOSED,
    DESCRIBED,
    EXECUTED,
    READY;

    boolean endsWith(byte type) {
      return switch (this) {
        case PARSED -> type == '1';
        case BOUND -> type == '2';
        case CLOSED -> type == '3';
        case DESCRIBED -> type == 'T' || type == 'n';
        case EXECUTED -> type == 'C' || type == 'I' || type == 's';
        case READY -> type == 'Z';
      };
    }
  }

  /// How a reply ended.
  public enum Outcome {
    /// As expected.
    DONE,
    /// With an error, which was handed to [#frame].
    FAILED,
    /// The server did not look at the message because an earlier one of the batch had failed.
    SKIPPED,
    /// The server connection broke before the end.
    LOST
  }

  private final Until until;
  private boolean failed;

  protected Reply(Until until) {
    this.until = until;
  }

  /// A frame that belongs to this reply, the ending one included; never a ParameterStatus or NotificationResponse. Borrowed.
  protected abstract void frame(Conversation conversation, byte type, ByteBuf frame);

  /// Bytes of DataRow and CopyData messages that belong to this reply. Borrowed.
  protected abstract void run(Conversation conversation, ByteBuf run);

  /// The reply is over; nothing more comes for it.
  protected abstract void ended(Conversation conversation, Outcome outcome);

  /// Whether a settings change that the server reports meanwhile is of the proxy's own making.
  protected boolean isSilent() {
    return false;
  }

  final Until until() {
    return until;
  }

  final void markFailed() {
    failed = true;
  }

  final boolean takeFailed() {
    boolean was = failed;
    failed = false;
    return was;
  }
}
