package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.MalformedMessageException;
import org.jspecify.annotations.Nullable;

/// The few things a connection reads of a server's frames while they pass. Leaves the frames' reader index where it was.
final class ServerFrames {
  /// ReadyForQuery: type, length, status.
  private static final int READY_BYTES = 6;

  private ServerFrames() {}

  /// The error when it ends the connection, else null.
  static @Nullable ErrorFields readFatal(ByteBuf frame) {
    if (!(read((byte) 'E', frame) instanceof BackendMessage.ErrorResponse error)) {
      return null;
    }
    return switch (error.fields().severity()) {
      case "FATAL", "PANIC" -> error.fields();
      default -> null;
    };
  }

  /// The transaction status of a ReadyForQuery; throws [MalformedMessageException] where it has none. Hot path: allocates nothing.
  static byte readStatus(ByteBuf frame) {
    byte status = frame.readableBytes() == READY_BYTES ? frame.getByte(frame.readerIndex() + READY_BYTES - 1) : 0;
    if (status != ServerConnection.IDLE && status != ServerConnection.IN_TRANSACTION && status != ServerConnection.FAILED_TRANSACTION) {
      throw new MalformedMessageException(SqlState.PROTOCOL_VIOLATION, "the server sent an invalid ReadyForQuery");
    }
    return status;
  }

  static void readParameterStatus(ByteBuf frame, ServerConnection into) {
    if (read((byte) 'S', frame) instanceof BackendMessage.ParameterStatus status) {
      into.parameter(status.name(), status.value());
    }
  }

  /// Whether a server may send this to a client that asked nothing: errors that end the connection, notices, changed parameters,
  /// notifications.
  static boolean mayComeUnasked(byte type) {
    return type == 'E' || type == 'N' || type == 'S' || type == 'A';
  }

  private static @Nullable BackendMessage read(byte type, ByteBuf frame) {
    int start = frame.readerIndex();
    try {
      return BackendReader.read(type, frame);
    } catch (MalformedMessageException _) {
      return null;
    } finally {
      frame.readerIndex(start);
    }
  }
}
