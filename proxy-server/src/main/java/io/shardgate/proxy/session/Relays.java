package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ClientOutput;
import java.nio.charset.StandardCharsets;

/// Errors and notices on their way from a server to a client: byte for byte, but for a position that counts from another beginning.
final class Relays {
  private static final int HEADER_BYTES = 5;

  private Relays() {}

  static void error(ClientOutput output, ByteBuf frame, int charsBefore, ShardId shard) {
    output.countError(sqlState(frame));
    if (charsBefore == 0) {
      output.retainBytes(frame);
      return;
    }
    ErrorFields fields = ErrorFields.read(frame, output.charset());
    BackendWriter.errorResponse(output.stage(), fields.withPositionShiftedBy(charsBefore), output.charset());
  }

  static void notice(ClientOutput output, ByteBuf frame, int charsBefore) {
    if (charsBefore == 0) {
      output.retainBytes(frame);
      return;
    }
    ErrorFields fields = ErrorFields.read(frame, output.charset());
    BackendWriter.notice(output.stage(), fields.withPositionShiftedBy(charsBefore), output.charset());
  }

  /// The SQLSTATE of an ErrorResponse, without reading the rest of it.
  static String sqlState(ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    while (at < frame.writerIndex() && frame.getByte(at) != 0) {
      int end = frame.indexOf(at + 1, frame.writerIndex(), (byte) 0);
      if (frame.getByte(at) == ErrorFields.CODE) {
        return frame.toString(at + 1, end - at - 1, StandardCharsets.US_ASCII);
      }
      at = end + 1;
    }
    return "XX000";
  }
}
