package io.shardgate.proxy.execute;

import io.netty.channel.EventLoop;
import io.shardgate.directory.KeyValue;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.UnreadText;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The rows of a COPY from the first one on whose key has to be read by the shards, or placed, before it can go on, in the order of the stream.
/// Confined to its channel's event loop.
///
/// The keys of all that are held are asked for and placed at the same time, so that many new keys share the directory's writes. Memory is bounded: when no
/// more rows fit, the client waits.
final class HeldRows {
  private static final int ROWS_MAX = 4096;
  private static final int BYTES_MAX = 1 << 20;

  private final CopyOwners owners;
  private final FieldTexts texts;
  private final PlacedKeys keys;
  private final EventLoop loop;
  private final ArrayDeque<Row> rows = new ArrayDeque<>();
  private long bytes;
  private @Nullable CompletableFuture<Void> emptied;

  HeldRows(CopyOwners owners, FieldTexts texts, PlacedKeys keys, EventLoop loop) {
    this.owners = owners;
    this.texts = texts;
    this.keys = keys;
    this.loop = loop;
  }

  /// One row. Confined to its channel's event loop.
  static final class Row {
    final byte[] bytes;
    final int contentEnd;

    /// How many lines of the stream stand before it, and how many it covers.
    final long line;
    final int lines;

    final List<@Nullable String> made;
    private @Nullable RowOwner owner;
    private @Nullable Throwable failure;

    private Row(byte[] bytes, int contentEnd, long line, int lines, List<@Nullable String> made) {
      this.bytes = bytes;
      this.contentEnd = contentEnd;
      this.line = line;
      this.lines = lines;
      this.made = made;
    }
  }

  /// Takes rows whose turn has come.
  interface Taker {
    void give(RowOwner owner, Row row);

    void refused(Throwable why, Row row);
  }

  /// Where a row would go if none were held before it.
  RowOwner ownerOf(byte[] row, int from, int contentEnd, List<@Nullable String> made) {
    return owners.ownerOf(row, from, contentEnd, made, Set.of(), Map.of());
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  boolean hasRoom() {
    return rows.size() < ROWS_MAX && bytes < BYTES_MAX;
  }

  /// Holds a row.
  ///
  /// @param line how many lines of the stream stand before it
  /// @param ready is told, later, when its owner is known: then [#drain]
  void add(byte[] buffer, int from, int contentEnd, int end, long line, int lines, List<@Nullable String> made, Runnable ready) {
    Row row = new Row(Arrays.copyOfRange(buffer, from, end), contentEnd - from, line, lines, made);
    rows.add(row);
    bytes += row.bytes.length;
    CompletableFuture<RowOwner> placed = settled(row, Map.of());
    boolean later = !placed.isDone();
    placed.whenComplete(
        (owner, why) -> {
          row.owner = owner;
          row.failure = why;
          if (later) {
            ready.run();
          }
        });
  }

  private CompletableFuture<RowOwner> settled(Row row, Map<UnreadText, Optional<KeyValue>> told) {
    return keys.settled(absent -> owners.ownerOf(row.bytes, 0, row.contentEnd, row.made, absent, told), HeldRows::missing, loop)
        .thenCompose(
            owner ->
                owner instanceof RowOwner.Unread(UnreadText text)
                    ? texts.meaning(text).thenCompose(meaning -> settled(row, Map.of(text, meaning)))
                    : CompletableFuture.completedFuture(owner));
  }

  private static List<UnplacedKey> missing(RowOwner owner) {
    return owner instanceof RowOwner.Unplaced(UnplacedKey key) ? List.of(key) : List.of();
  }

  /// Hands over the first rows, as far as their owners are known.
  void drain(Taker taker) {
    for (Row row = rows.peek(); row != null && (row.owner != null || row.failure != null); row = rows.peek()) {
      rows.remove();
      bytes -= row.bytes.length;
      RowOwner owner = row.owner;
      if (owner == null) {
        taker.refused(java.util.Objects.requireNonNull(row.failure), row);
      } else {
        taker.give(owner, row);
      }
    }
    tellEmptied();
  }

  /// Drops all: nobody wants them any more.
  void clear() {
    rows.clear();
    bytes = 0;
    tellEmptied();
  }

  /// Completes when no row is held.
  CompletableFuture<Void> emptied() {
    CompletableFuture<Void> waiting = emptied == null ? new CompletableFuture<>() : emptied;
    emptied = waiting;
    tellEmptied();
    return waiting;
  }

  private void tellEmptied() {
    CompletableFuture<Void> waiting = emptied;
    if (waiting != null && rows.isEmpty()) {
      emptied = null;
      waiting.complete(null);
    }
  }
}
