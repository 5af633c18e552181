package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ShardId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What all event loops share about one shard: where it is, its ledgers, its circuit, how many wait.
/// Thread-safe: immutable fields, atomics, and ledgers that only their own loop touches.
public final class ShardPool {

  /// One shard's numbers: connections that exist (`open`), those without a holder (`idle`), acquires that wait.
  public record View(ShardId shard, Endpoint endpoint, int maxConnections, int open, int idle, int waiting, boolean reachable) {}

  private final ShardId id;
  private final Endpoint endpoint;
  private final TlsClient tls;
  private final ServerPools pools;
  private final Ledger ledger;
  private final @Nullable Ledger reserved;
  private final Circuit circuit;
  private final AtomicInteger waiting = new AtomicInteger();

  ShardPool(ShardId id, Endpoint endpoint, TlsClient tls, EventLoop ledgerLoop, ServerPools pools) {
    this.id = id;
    this.endpoint = endpoint;
    this.tls = tls;
    this.pools = pools;
    int reserve = pools.settings().reservedConnections();
    this.ledger = new Ledger(ledgerLoop, pools.settings().maxConnections() - reserve);
    this.reserved = reserve == 0 ? null : new Ledger(ledgerLoop, reserve);
    this.circuit = new Circuit(pools.settings().connectTimeout());
  }

  ShardId id() {
    return id;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  TlsClient tls() {
    return tls;
  }

  ServerPools pools() {
    return pools;
  }

  /// The places for everybody.
  Ledger ledger() {
    return ledger;
  }

  /// The places for those admitted by [CrossShardTickets]; null when the cap is too small to set any apart.
  @Nullable Ledger reserved() {
    return reserved;
  }

  Circuit circuit() {
    return circuit;
  }

  /// Takes a place in the queue of the shard, unless it is full.
  boolean enqueue() {
    if (waiting.incrementAndGet() <= pools.settings().queueLimit()) {
      return true;
    }
    waiting.decrementAndGet();
    return false;
  }

  void dequeue() {
    waiting.decrementAndGet();
  }

  View view() {
    int open = ledger.used() + (reserved == null ? 0 : reserved.used());
    int idle = ledger.idle() + (reserved == null ? 0 : reserved.idle());
    return new View(id, endpoint, pools.settings().maxConnections(), open, idle, waiting.get(), circuit.isClosed());
  }

  CompletableFuture<Void> close() {
    return reserved == null ? ledger.close() : CompletableFuture.allOf(ledger.close(), reserved.close());
  }
}
