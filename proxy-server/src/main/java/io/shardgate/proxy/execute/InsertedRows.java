package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What RETURNING gives, kept until every shard has answered, then told in the order of the rows of VALUES.
/// Confined to its channel's event loop.
///
/// Where a statement returns fewer rows than it was given (DO UPDATE … WHERE, a trigger that drops rows), nothing says which ones:
/// that is an error when rows of another statement have to be put between them.
final class InsertedRows {
  /// Kept for one statement; nobody returns more than he sent but for generated columns.
  private static final int LIMIT_BYTES = 256 << 20;

  private static final int ROW_BYTES_MAX = (1 << 30) - 1;
  private static final int HEADER_BYTES = 5;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(int place, byte[] frame) {}

  private final ExecutionPort port;
  private final boolean announce;
  private final List<Row> rows = new ArrayList<>();
  private boolean described;
  private byte @Nullable [] description;
  private long bytes;

  /// @param announce whether the client is to get a RowDescription
  InsertedRows(ExecutionPort port, boolean announce) {
    this.port = port;
    this.announce = announce;
  }

  /// The rows of one shard.
  ///
  /// @param places where each row of the shard's statement stands among all rows
  Part part(int[] places) {
    return new Part(places);
  }

  /// Tells the client all of them.
  void tell() {
    byte[] announced = description;
    if (announce && announced != null) {
      port.output().stage().writeBytes(announced);
    }
    rows.sort((one, other) -> Integer.compare(one.place(), other.place()));
    for (Row row : rows) {
      port.output().stage().writeBytes(row.frame());
    }
  }

  /// One shard's part. Confined to its channel's event loop.
  final class Part {
    private final int[] places;
    private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
    private RowTranslation translation = RowTranslation.NONE;
    private int taken;

    private Part(int[] places) {
      this.places = places;
    }

    void described(Conversation conversation, ByteBuf frame) {
      OidTranslation toHome = port.oids().toHome(conversation.shard());
      translation = toHome.isIdentity() ? RowTranslation.NONE : translationFor(toHome, frame);
      if (!described) {
        described = true;
        toHome.rowDescription(frame);
        description = bytesOf(frame);
      }
    }

    void run(ByteBuf run) {
      cutter.cut(run, (_, frame) -> {
        translation.dataRow(frame);
        bytes += frame.readableBytes();
        if (bytes > LIMIT_BYTES) {
          rows.clear();
          return;
        }
        int place = taken < places.length ? places[taken] : Integer.MAX_VALUE;
        taken++;
        rows.add(new Row(place, bytesOf(frame)));
      });
    }

    /// @param ordered whether each row's place has to be known
    void ended(boolean ordered) {
      cutter.release();
      if (ordered && taken != 0 && taken != places.length) {
        throw ProxyRefusal.RETURNING_ORDER.error(taken, places.length);
      }
      if (bytes > LIMIT_BYTES) {
        throw new ServerErrorException(
            ErrorFields.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "rows returned by an INSERT over several shards exceed " + LIMIT_BYTES + " bytes")
                .withHint("Insert fewer rows with one statement."));
      }
    }
  }

  private static byte[] bytesOf(ByteBuf frame) {
    byte[] copy = new byte[frame.readableBytes()];
    frame.getBytes(frame.readerIndex(), copy);
    return copy;
  }

  private static RowTranslation translationFor(OidTranslation toHome, ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    int[] types = new int[frame.getUnsignedShort(at)];
    short[] formats = new short[types.length];
    at += 2;
    for (int i = 0; i < types.length; i++) {
      at = frame.indexOf(at, frame.writerIndex(), (byte) 0) + 1;
      types[i] = frame.getInt(at + 6);
      formats[i] = frame.getShort(at + 16);
      at += 18;
    }
    return toHome.rows(types, formats);
  }
}
