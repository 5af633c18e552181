package io.shardgate.proxy.gather;

import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// What all queries of a proxy may hold of gathered rows.
/// Thread-safe: one counter.
final class GatherBudget {
  private final int queryBytes;
  private final long totalBytes;
  private final AtomicLong held = new AtomicLong();

  GatherBudget(int queryBytes, long totalBytes) {
    this.queryBytes = queryBytes;
    this.totalBytes = totalBytes;
  }

  /// Takes some more for one query, or says why not.
  ///
  /// @param before what the query holds already
  /// @param table says of which it has most
  void take(int before, int more, Supplier<String> table) throws ServerErrorException {
    if (more > queryBytes - before) {
      throw ProxyRefusal.GATHER_TOO_LARGE.error(queryBytes, table.get());
    }
    if (held.addAndGet(more) > totalBytes) {
      held.addAndGet(-more);
      throw ProxyRefusal.GATHER_TOO_MANY.error(totalBytes);
    }
  }

  void giveBack(int bytes) {
    held.addAndGet(-bytes);
  }
}
