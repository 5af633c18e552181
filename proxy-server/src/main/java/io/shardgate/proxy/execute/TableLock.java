package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ReferenceLock;
import io.shardgate.proxy.relay.SettingsVector;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The lock that puts writers of a reference table in one line: on the home shard, before any other shard is touched, so that each shard
/// sees their writes in the same order.
///
/// An advisory lock of the transaction. A lock of the table itself would stop whoever only *parses* a write of it (Parse takes ROW
/// EXCLUSIVE and keeps it to the end of the transaction): two clients that prepare in their transactions and then write would wait for each
/// other, and it asks for more rights than INSERT. See docs/decisions/0011-reference-writes-take-turns.md.
final class TableLock {
  private TableLock() {}

  /// Takes it for the transaction; nothing is done without a table.
  static CompletableFuture<Void> take(@Nullable TableName table, ExecutionPort port) {
    if (table == null) {
      return CompletableFuture.completedFuture(null);
    }
    return port.join(port.view().map().home()).thenCompose(home -> take(home.conversation(), List.of(table)));
  }

  /// Takes those of several tables, in the order of their names, so that nobody takes them the other way round.
  static CompletableFuture<Void> take(Conversation home, List<TableName> tables) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (TableName table : tables.stream().sorted((a, b) -> a.toString().compareTo(b.toString())).toList()) {
      String sql =
          "SELECT pg_catalog.pg_advisory_xact_lock("
              + ReferenceLock.CLASS_ID
              + ", "
              + SettingsVector.literal(Sql.table(table))
              + "::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int4)";
      done = done.thenCompose(_ -> home.ask(sql)).thenAccept(Answer::orThrow);
    }
    return done;
  }
}
