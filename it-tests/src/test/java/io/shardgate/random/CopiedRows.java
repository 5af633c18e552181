package io.shardgate.random;

import io.shardgate.pgwire.message.BackendMessage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Binary COPY streams cut into header, rows and trailer: where one message ends and the next begins means nothing.
final class CopiedRows {
  private static final int HEADER_BYTES = 19;

  private CopiedRows() {}

  /// The same messages with one CopyData for the header, one for each row, one for the trailer.
  static List<BackendMessage> apart(List<BackendMessage> messages) {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    List<BackendMessage> rest = new ArrayList<>();
    for (BackendMessage message : messages) {
      if (message instanceof BackendMessage.CopyData(byte[] data)) {
        stream.writeBytes(data);
      } else {
        rest.add(message);
      }
    }
    byte[] all = stream.toByteArray();
    if (all.length > 0) {
      cut(all, rest);
    }
    return rest;
  }

  private static void cut(byte[] all, List<BackendMessage> rest) {
    ByteBuffer in = ByteBuffer.wrap(all);
    int start = 0;
    in.position(HEADER_BYTES);
    while (in.hasRemaining()) {
      rest.add(new BackendMessage.CopyData(Arrays.copyOfRange(all, start, in.position())));
      start = in.position();
      int fields = in.getShort();
      for (int i = 0; i < fields; i++) {
        int length = Math.max(0, in.getInt());
        in.position(in.position() + length);
      }
    }
    rest.add(new BackendMessage.CopyData(Arrays.copyOfRange(all, start, all.length)));
  }
}
