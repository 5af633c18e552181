package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.router.plan.GeneratedColumn;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Values of generated columns for rows whose number nobody knows yet, fetched in growing batches.
/// Confined to its channel's event loop.
final class GeneratedStock {
  private static final int BATCH_ROWS_MAX = 4096;

  private final TableName table;
  private final List<GeneratedColumn> columns;
  private final GeneratedValues values;
  private final ExecutionPort port;
  private final ArrayDeque<List<@Nullable String>> rows = new ArrayDeque<>();
  private @Nullable CompletableFuture<Void> fetching;
  private int batchRows = 1;

  GeneratedStock(TableName table, List<GeneratedColumn> columns, GeneratedValues values, ExecutionPort port) {
    this.table = table;
    this.columns = columns;
    this.values = values;
    this.port = port;
  }

  /// Whether a row would have to wait for its values.
  boolean isEmpty() {
    return !columns.isEmpty() && rows.isEmpty();
  }

  /// The next row's values; empty where no column is generated.
  List<@Nullable String> take() {
    return columns.isEmpty() ? List.of() : rows.removeFirst();
  }

  /// Gets more; one request at a time.
  CompletableFuture<Void> fetch() {
    CompletableFuture<Void> running = fetching;
    if (running != null) {
      return running;
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    fetching = done;
    int wanted = batchRows;
    batchRows = Math.min(2 * batchRows, BATCH_ROWS_MAX);
    values.make(table, columns, wanted, port)
        .whenComplete(
            (made, failure) -> {
              fetching = null;
              if (failure != null) {
                done.completeExceptionally(failure);
              } else {
                rows.addAll(made);
                done.complete(null);
              }
            });
    return done;
  }
}
