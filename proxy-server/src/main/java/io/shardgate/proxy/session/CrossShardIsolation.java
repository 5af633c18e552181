package io.shardgate.proxy.session;

import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerState;
import io.shardgate.proxy.relay.SnapshotSetting;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Whether the session's transaction may use more than one shard: they have a snapshot each, so REPEATABLE READ over both would be a promise that
/// nobody keeps. Confined to its channel's event loop.
///
/// The first shard is asked, once a transaction: the level, READ ONLY and the settings may come from anywhere. That takes its snapshot, so that
/// nothing but the end of a subtransaction can change the level or READ ONLY afterwards; then it is asked again.
final class CrossShardIsolation {
  private static final String QUESTION =
      "SELECT pg_catalog.current_setting('transaction_isolation'), pg_catalog.current_setting('transaction_read_only'),"
          + " pg_catalog.current_setting('" + SnapshotSetting.NAME + "', true),"
          + " pg_catalog.current_setting('shardgate.cross_shard_isolation', true)";

  private final TransactionBlock block;
  private long mayCross = -1;
  private boolean byChoice;

  CrossShardIsolation(TransactionBlock block) {
    this.block = block;
  }

  /// Whether it is known of this transaction that it may.
  boolean isSettled() {
    return mayCross == block.number();
  }

  /// A subtransaction has ended, and with it what was set in it.
  void subtransactionEnded() {
    if (byChoice) {
      mayCross = -1;
    }
  }

  /// Asks a shard that the transaction has come to; fails with what the client is to see where it may not come to another.
  CompletableFuture<Void> settle(Participant first) {
    return first.conversation().ask(QUESTION).thenAccept(answer -> take(answer.orThrow().rows().getFirst()));
  }

  /// The same of a statement that is a transaction of its own on each shard, where it is not known of the connection by now.
  CompletableFuture<Void> settleApart(Participant first) {
    ServerState state = first.conversation().state();
    long now = System.nanoTime();
    return state.mayCross(now)
        ? CompletableFuture.completedFuture(null)
        : first.conversation().ask(QUESTION).thenAccept(answer -> isOneSnapshot(answer.orThrow().rows().getFirst())).thenRun(() -> state.crosses(now));
  }

  private void take(List<@Nullable String> row) {
    byChoice = isOneSnapshot(row);
    block.snapshotAtOnce(byChoice, readsPerShard(row));
    mayCross = block.number();
  }

  /// Whether each shard has one snapshot for the whole transaction, because the client wants it so. Fails where it may not have several.
  private static boolean isOneSnapshot(List<@Nullable String> row) {
    String level = String.valueOf(row.get(0));
    boolean oneSnapshot = level.equals("repeatable read") || level.equals("serializable");
    if (oneSnapshot && !readsPerShard(row) && !"relaxed".equals(row.get(3))) {
      throw ProxyRefusal.CROSS_SHARD_ISOLATION.error(level.toUpperCase(Locale.ROOT));
    }
    return oneSnapshot;
  }

  private static boolean readsPerShard(List<@Nullable String> row) {
    return "repeatable read".equals(row.get(0)) && "on".equals(row.get(1)) && SnapshotSetting.PER_SHARD.equals(row.get(2));
  }
}
