package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.RunCutter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Rows on their way to the client: untouched, unless their columns hold type numbers of another shard.
/// Confined to its channel's event loop.
final class RowRelay {
  /// A row that has to be looked into is held whole; PostgreSQL makes none longer than this.
  private static final int ROW_BYTES_MAX = (1 << 30) - 1;

  private static final int HEADER_BYTES = 5;

  private final ClientSession session;
  private RowTranslation translation = RowTranslation.NONE;
  private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);

  /// The beginning of a row whose rest has not come: kept back, so that an error can still be told if it never comes.
  private @Nullable ByteBuf held;

  private byte @Nullable [] originsOfNext;
  private byte @Nullable [] origins;

  /// Where the last rows came from.
  private @Nullable Conversation source;

  /// Whether the client has a part of a row that has not ended: one that did not fit in two reads.
  private boolean begun;

  RowRelay(ClientSession session) {
    this.session = session;
  }

  /// Rows that follow have these columns, in these formats. Changes the frame to the home shard's numbers.
  void described(Conversation conversation, ByteBuf frame) {
    OidTranslation toHome = session.oids().toHome(conversation.shard());
    translation = toHome.isIdentity() ? RowTranslation.NONE : translationFor(toHome, frame);
    if (!toHome.tryRowDescription(frame)) {
      session.sessionView().lookAgain();
      toHome.rowDescription(frame);
    }
    byte[] known = origins;
    origins = null; // of one statement only
    if (known != null) {
      RowDescriptions.copyOrigins(known, frame);
    }
  }

  /// Rows that follow need nothing.
  void none() {
    translation = RowTranslation.NONE;
    origins = originsOfNext;
    originsOfNext = null;
  }

  /// The next statement's rows are of a cursor over gathered rows.
  ///
  /// @param columns which tables and columns they come from, as a RowDescription; null: the server knows it
  void originsOfNext(byte @Nullable [] columns) {
    originsOfNext = columns;
    origins = null;
  }

  RowTranslation translation() {
    return translation;
  }

  void translation(RowTranslation next) {
    translation = next;
  }

  void relay(Conversation conversation, ByteBuf run) {
    relay(conversation, run, conversation.unfinishedRunBytes());
  }

  /// The same for bytes that came earlier.
  ///
  /// @param unfinished bytes at their end that belong to a message whose rest had not come
  void relay(Conversation conversation, ByteBuf run, int unfinished) {
    source = conversation;
    if (!translation.hasWork()) {
      relayUntouched(run, unfinished);
      return;
    }
    cutter.cut(run, (type, frame) -> {
      if (type == 'D') {
        translation.dataRow(frame);
      }
      session.output().retainBytes(frame);
    });
  }

  /// Hot path: copies nothing.
  private void relayUntouched(ByteBuf run, int unfinished) {
    int whole = run.readableBytes() - unfinished;
    boolean goesOn = held != null || begun;
    passHeld();
    if (whole == 0 && goesOn) {
      session.output().retainBytes(run);
      begun = true;
      return;
    }
    begun = false;
    if (whole > 0) {
      session.output().retainBytes(unfinished == 0 ? run : run.slice(run.readerIndex(), whole));
    }
    if (unfinished > 0) {
      held = run.retainedSlice(run.readerIndex() + whole, unfinished);
    }
  }

  private void passHeld() {
    ByteBuf beginning = held;
    held = null;
    if (beginning != null) {
      session.output().retainBytes(beginning);
      beginning.release();
    }
  }

  /// A connection broke: if these rows came from it, the rest of one will never come.
  void lost(Conversation conversation) {
    if (source == conversation) {
      abandon();
    }
  }

  /// The rest of a row will never come.
  void abandon() {
    cutter.release();
    ByteBuf beginning = held;
    held = null;
    if (beginning != null) {
      beginning.release();
    }
  }

  /// Whether the client has a part of a row that has not ended.
  boolean isInsideRow() {
    return begun;
  }

  private static RowTranslation translationFor(OidTranslation toHome, ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    int columns = frame.getUnsignedShort(at);
    at += 2;
    if (!hasBinary(frame, at, columns)) {
      return RowTranslation.NONE;
    }
    int[] types = new int[columns];
    short[] formats = new short[columns];
    for (int i = 0; i < columns; i++) {
      at = frame.indexOf(at, frame.writerIndex(), (byte) 0) + 1;
      types[i] = frame.getInt(at + 6);
      formats[i] = frame.getShort(at + 16);
      at += 18;
    }
    return toHome.rows(types, formats);
  }

  private static boolean hasBinary(ByteBuf frame, int from, int columns) {
    int at = from;
    for (int i = 0; i < columns; i++) {
      at = frame.indexOf(at, frame.writerIndex(), (byte) 0) + 1;
      if (frame.getShort(at + 16) == 1) {
        return true;
      }
      at += 18;
    }
    return false;
  }

  /// The names and types of a RowDescription as one number, formats left out; in whatever numbers the frame has.
  static long shape(ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    int columns = frame.getUnsignedShort(at);
    at += 2;
    long hash = columns;
    for (int i = 0; i < columns; i++) {
      int end = frame.indexOf(at, frame.writerIndex(), (byte) 0);
      hash = hash * 1_000_003 + frame.toString(at, end - at, StandardCharsets.ISO_8859_1).hashCode();
      at = end + 1;
      hash = (hash * 1_000_003 + frame.getInt(at + 6)) * 1_000_003 + frame.getInt(at + 12);
      at += 18;
    }
    return hash;
  }
}
