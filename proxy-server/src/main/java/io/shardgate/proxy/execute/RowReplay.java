package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Carries what one statement did to a reference table on the home shard over to another shard, row by row.
/// Confined to its channel's event loop; one for each statement and table.
///
/// For statements that would do something else on every shard: `now()`, `random()`, a subquery over a home table. The home shard has the
/// table locked against other writers, so the shards' rows are equal before.
///
///     watch     a cursor is opened on the table: it goes on seeing the rows from before the statement
///     (the user's statement runs on the home shard)
///     read      rows that this transaction made (by xmin), and, of the cursor's rows that something happened to (by xmax), the keys that
///               are there no more
///     apply     on each other shard: those keys are deleted, those rows inserted or overwritten; a trigger there that makes something
///               else of a row is found out by RETURNING, and the statement fails
///
/// Both tests let too many rows through at times, never too few; applying a row twice changes nothing.
final class RowReplay {
  /// Rows in one statement to a shard.
  private static final int CHUNK_ROWS = 500;

  private static final String CURSOR = "\"sg-before\"";

  private final RowShape shape;
  private List<String> rows = List.of();
  private List<String> gone = List.of();

  private RowReplay(RowShape shape) {
    this.shape = shape;
  }

  /// Opens the cursor, before the statement runs.
  static CompletableFuture<RowReplay> watch(Participant home, TableName table, ExecutionPort port) {
    RowReplay replay = new RowReplay(RowShape.of(table, port.view().catalog()));
    return ExactText.check(home, replay.shape.columns())
        .thenCompose(_ -> replay.declare(home, table));
  }

  private CompletableFuture<RowReplay> declare(Participant home, TableName table) {
    return home.conversation()
        .ask("DECLARE " + CURSOR + " CURSOR FOR SELECT " + shape.keyHex() + " FROM " + Sql.table(table)
            + " WHERE xmax <> '0'::pg_catalog.xid")
        .thenApply(
            answer -> {
              answer.orThrow();
              return this;
            });
  }

  /// Reads what the statement did.
  CompletableFuture<RowReplay> read(Participant home) {
    String sql =
        "SELECT " + shape.rowHex() + " FROM " + shape.table()
            + " WHERE pg_catalog.age(xmin) <= pg_catalog.age(pg_catalog.pg_current_xact_id()::pg_catalog.xid)";
    return home.conversation().ask(sql)
        .thenCompose(
            answer -> {
              rows = column(answer);
              return home.conversation().ask("FETCH ALL FROM " + CURSOR);
            })
        .thenCompose(answer -> stillThere(home, column(answer)))
        .thenCompose(_ -> home.conversation().ask("CLOSE " + CURSOR))
        .thenApply(
            answer -> {
              answer.orThrow();
              return this;
            });
  }

  private CompletableFuture<Void> stillThere(Participant home, List<String> touched) {
    if (touched.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return home.conversation().ask(shape.selectGone(touched)).thenAccept(answer -> gone = column(answer));
  }

  private static List<String> column(Answer answer) {
    return answer.orThrow().rows().stream().map(row -> Objects.requireNonNull(row.getFirst())).toList();
  }

  /// Does the same on another shard.
  CompletableFuture<@Nullable Void> apply(Participant other) {
    return deleted(other, 0).thenCompose(_ -> written(other, 0));
  }

  private CompletableFuture<@Nullable Void> deleted(Participant other, int from) {
    if (from >= gone.size()) {
      return CompletableFuture.completedFuture(null);
    }
    int to = Math.min(gone.size(), from + CHUNK_ROWS);
    other.conversation().wrote(true);
    return other.conversation().ask(shape.delete(gone.subList(from, to)))
        .thenCompose(
            answer -> {
              check(other, answer);
              return deleted(other, to);
            });
  }

  private CompletableFuture<@Nullable Void> written(Participant other, int from) {
    if (from >= rows.size()) {
      return CompletableFuture.completedFuture(null);
    }
    int to = Math.min(rows.size(), from + CHUNK_ROWS);
    List<String> chunk = rows.subList(from, to);
    other.conversation().wrote(true);
    return other.conversation().ask(shape.write(chunk))
        .thenCompose(
            answer -> {
              check(other, answer);
              if (!shape.isKeyOnly()) {
                compare(other, chunk, column(answer));
              }
              return written(other, to);
            });
  }

  private static void check(Participant other, Answer answer) {
    ErrorFields error = answer.error();
    if (error != null) {
      throw EveryShard.on(other, error);
    }
  }

  private void compare(Participant other, List<String> wanted, List<String> got) {
    Set<String> left = new HashSet<>(wanted);
    left.removeAll(new HashSet<>(got));
    if (!left.isEmpty()) {
      throw ProxyRefusal.REFERENCE_TRIGGER.error(shape.tableName(), other.shard());
    }
  }
}
