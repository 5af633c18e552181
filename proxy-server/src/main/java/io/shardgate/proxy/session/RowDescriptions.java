package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.router.statement.SessionStatement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// RowDescription bodies that were kept from an earlier Describe.
final class RowDescriptions {
  private static final int HEADER_BYTES = 5;

  /// int32 table | int16 column, of what is behind a column's name.
  private static final int ORIGIN_BYTES = 6;

  private static final int COLUMN_BYTES = 18;

  private RowDescriptions() {}

  /// Sends a kept body with the formats that a Bind asked for.
  static void write(ByteBuf out, byte[] body, short[] formats) {
    int start = out.writerIndex();
    out.writeByte('T').writeInt(4 + body.length).writeBytes(body);
    ByteBuf frame = out.slice(start + 5, body.length);
    int columns = frame.getUnsignedShort(0);
    int at = 2;
    for (int i = 0; i < columns; i++) {
      at = frame.indexOf(at, body.length, (byte) 0) + 1;
      frame.setShort(at + 16, format(formats, i));
      at += 18;
    }
  }

  /// Whether formats are for as many columns as a statement that was described gives.
  static boolean fits(ClientStatement statement, short[] formats) {
    byte[] body = statement.rowDescription();
    return body != null && (formats.length < 2 || formats.length == Unpooled.wrappedBuffer(body).getUnsignedShort(0));
  }

  /// Answers Describe of a portal by what its statement is known to give.
  static void describe(ClientSession session, ClientStatement statement, short[] formats) {
    byte[] body = statement.rowDescription();
    if (body == null) {
      BackendWriter.noData(session.output().stage());
    } else {
      write(session.output().stage(), body, formats);
    }
  }

  /// Takes each column's table and number from another description of the same columns. Both are whole messages.
  static void copyOrigins(byte[] from, ByteBuf to) {
    ByteBuf source = Unpooled.wrappedBuffer(from);
    int columns = to.getUnsignedShort(to.readerIndex() + HEADER_BYTES);
    if (columns != source.getUnsignedShort(HEADER_BYTES)) {
      return;
    }
    int at = HEADER_BYTES + 2;
    int there = to.readerIndex() + HEADER_BYTES + 2;
    for (int i = 0; i < columns; i++) {
      at = source.indexOf(at, from.length, (byte) 0) + 1;
      there = to.indexOf(there, to.writerIndex(), (byte) 0) + 1;
      to.setBytes(there, source, at, ORIGIN_BYTES);
      at += COLUMN_BYTES;
      there += COLUMN_BYTES;
    }
  }

  static short format(short[] formats, int column) {
    return formats.length == 0 ? 0 : formats.length == 1 ? formats[0] : column < formats.length ? formats[column] : 0;
  }

  /// Whether rows may need something done to them, and nobody knows yet what.
  static boolean areUnknown(ClientSession session, ShardId shard, ClientStatement statement, short[] formats) {
    return !statement.isDescribed() && hasBinary(formats) && !session.oids().toHome(shard).isIdentity();
  }

  private static boolean hasBinary(short[] formats) {
    for (short format : formats) {
      if (format == 1) {
        return true;
      }
    }
    return false;
  }

  /// What has to be done to rows of a statement that was described in the home shard's numbers, when `shard` sends them.
  static RowTranslation translation(ClientSession session, ShardId shard, ClientStatement statement, short[] formats) {
    OidTranslation toHome = session.oids().toHome(shard);
    byte[] body = statement.rowDescription();
    if (toHome.isIdentity() || body == null || !hasBinary(formats)) {
      return RowTranslation.NONE;
    }
    OidTranslation fromHome = session.oids().fromHome(shard);
    ByteBuf frame = Unpooled.wrappedBuffer(body);
    int[] types = new int[frame.getUnsignedShort(0)];
    int at = 2;
    for (int i = 0; i < types.length; i++) {
      at = frame.indexOf(at, body.length, (byte) 0) + 1;
      types[i] = fromHome.type(frame.getInt(at + 6));
      at += 18;
    }
    return toHome.rows(types, formats);
  }

  /// The columns of EXECUTE; null when it is another statement, or brings no rows.
  static byte @Nullable [] ofExecute(ClientSession session, ClientPortal.Local local) {
    ClientStatement named =
        local.parsed() instanceof SessionStatement.Execute execute ? session.extended().names().find(execute.name()) : null;
    return named == null ? null : named.rowDescription();
  }

  /// Describes what the proxy answers itself.
  static void describe(ClientSession session, ClientPortal.Local local) {
    byte[] body = ofExecute(session, local);
    if (body != null) {
      write(session.output().stage(), body, new short[0]);
      return;
    }
    List<String> columns = session.local().columns(local.parsed());
    if (columns.isEmpty()) {
      BackendWriter.noData(session.output().stage());
    } else {
      ShowShardgate.describe(session, columns);
    }
  }
}
