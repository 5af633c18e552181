package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.rewrite.DateText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Makes the values of columns that have to be known before a row is routed.
/// Thread-safe: keeps nothing but the sequence blocks.
///
/// | default | made |
/// |---|---|
/// | `nextval` of a sequence and nothing else | from [SequenceBlocks]; inside a transaction that changed the catalog, on its own home connection |
/// | a random UUID | here |
/// | any other | on the home shard, one query for all rows |
final class GeneratedValues {
  private final SequenceBlocks sequences;

  GeneratedValues(SequenceBlocks sequences) {
    this.sequences = sequences;
  }

  /// Values for so many rows, as text; for each row one value per column. Completes on the port's loop.
  CompletableFuture<List<List<@Nullable String>>> make(
      TableName table, List<GeneratedColumn> columns, int rows, ExecutionPort port) {
    if (columns.isEmpty() || rows == 0) {
      return CompletableFuture.completedFuture(Collections.nCopies(rows, List.of()));
    }
    return column(table, columns, 0, rows, port, new ArrayList<>()).thenApply(made -> turned(made, rows));
  }

  private CompletableFuture<List<List<@Nullable String>>> column(
      TableName table, List<GeneratedColumn> columns, int index, int rows, ExecutionPort port, List<List<@Nullable String>> made) {
    if (index == columns.size()) {
      return CompletableFuture.completedFuture(made);
    }
    return values(table, columns.get(index), rows, port)
        .thenCompose(
            values -> {
              made.add(values);
              return column(table, columns, index + 1, rows, port, made);
            });
  }

  private static List<List<@Nullable String>> turned(List<List<@Nullable String>> columns, int rows) {
    List<List<@Nullable String>> turned = new ArrayList<>(rows);
    for (int row = 0; row < rows; row++) {
      List<@Nullable String> values = new ArrayList<>(columns.size());
      for (List<@Nullable String> column : columns) {
        values.add(column.get(row));
      }
      turned.add(values);
    }
    return turned;
  }

  private CompletableFuture<List<@Nullable String>> values(TableName table, GeneratedColumn column, int rows, ExecutionPort port) {
    TableName sequence = column.sequence();
    if (sequence != null && !port.changedCatalog()) {
      return fromBlocks(table, column, sequence, rows, port);
    }
    return isRandomUuid(column.expression())
        ? CompletableFuture.completedFuture(randomUuids(rows))
        : onHome(column, rows, port);
  }

  private CompletableFuture<List<@Nullable String>> fromBlocks(
      TableName table, GeneratedColumn column, TableName sequence, int rows, ExecutionPort port) {
    int oid = port.view().catalog().relation(sequence.schema(), sequence.name()).map(Relation::oid).orElse(0);
    CompletableFuture<Void> allowed =
        isIdentity(table, column, port)
            ? CompletableFuture.completedFuture(null)
            : sequences.checkRight(port.database(), port.view().currentUser(), sequence);
    return onLoop(port, allowed.thenCompose(_ -> sequences.take(port.database(), sequence, oid, rows)))
        .thenApply(values -> new ArrayList<>(Arrays.stream(values).mapToObj(Long::toString).toList()));
  }

  /// An identity column's sequence is used with the table's rights (PostgreSQL docs, "Identity Columns").
  private static boolean isIdentity(TableName table, GeneratedColumn column, ExecutionPort port) {
    Optional<Column> found =
        port.view().catalog().relation(table.schema(), table.name()).flatMap((Relation relation) -> relation.column(column.name()));
    return found.isPresent() && found.get().identity() != Column.Identity.NONE;
  }

  static <T> CompletableFuture<T> onLoop(ExecutionPort port, CompletableFuture<T> anywhere) {
    if (anywhere.isDone()) {
      return anywhere;
    }
    CompletableFuture<T> here = new CompletableFuture<>();
    anywhere.whenComplete(
        (value, failure) ->
            port.eventLoop()
                .execute(
                    () -> {
                      if (failure != null) {
                        here.completeExceptionally(failure);
                      } else {
                        here.complete(value);
                      }
                    }));
    return here;
  }

  private static boolean isRandomUuid(String expression) {
    return expression.equals("gen_random_uuid()") || expression.equals("uuidv4()");
  }

  private static List<@Nullable String> randomUuids(int rows) {
    List<@Nullable String> made = new ArrayList<>(rows);
    for (int i = 0; i < rows; i++) {
      made.add(UUID.randomUUID().toString());
    }
    return made;
  }

  private static CompletableFuture<List<@Nullable String>> onHome(GeneratedColumn column, int rows, ExecutionPort port) {
    String value =
        DateText.concerns(column.typeName())
            ? DateText.BEFORE + "(" + column.expression() + ")::" + Sql.type(column.typeName()) + DateText.AFTER
            : "(" + column.expression() + ")::pg_catalog.text";
    String sql = "SELECT " + value + " FROM pg_catalog.generate_series(1, " + rows + ")";
    return port.join(port.view().map().home())
        .thenCompose(
            (Participant home) -> {
              home.conversation().wrote(true);
              return home.conversation().ask(sql);
            })
        .thenApply(
            answer -> {
              List<@Nullable String> made = new ArrayList<>(rows);
              answer.orThrow().rows().forEach(row -> made.add(row.getFirst()));
              return made;
            });
  }
}
