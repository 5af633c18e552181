package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.proxy.relay.Answer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The lock that puts writers of a reference table in one line: on the home shard, before any other shard is touched.
final class TableLock {
  private TableLock() {}

  /// Takes it for the transaction; nothing is done without a table.
  static CompletableFuture<Void> take(@Nullable TableName table, ExecutionPort port) {
    if (table == null) {
      return CompletableFuture.completedFuture(null);
    }
    String sql = "LOCK TABLE " + Sql.table(table) + " IN SHARE ROW EXCLUSIVE MODE";
    return port.join(port.view().map().home())
        .thenCompose(home -> home.conversation().ask(sql))
        .thenAccept(Answer::orThrow);
  }
}
