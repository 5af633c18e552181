package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ShardId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/// What all event loops share about one shard: where it is, its ledger, its circuit, how many wait.
/// Thread-safe: immutable fields, atomics, and a ledger that only its own loop touches.
public final class ShardPool {

  /// One shard's numbers: connections that exist (`open`), those without a holder (`idle`), acquires that wait.
  public record View(ShardId shard, Endpoint endpoint, int maxConnections, int open, int idle, int waiting, boolean reachable) {}

  private final ShardId id;
  private final Endpoint endpoint;
  private final TlsClient tls;
  private final ServerPools pools;
  private final Ledger ledger;
  private final Circuit circuit;
  private final AtomicInteger waiting = new AtomicInteger();

  ShardPool(ShardId id, Endpoint endpoint, TlsClient tls, EventLoop ledgerLoop, ServerPools pools) {
    this.id = id;
    this.endpoint = endpoint;
    this.tls = tls;
    this.pools = pools;
    this.ledger = new Ledger(ledgerLoop, pools.settings().maxConnections());
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

  Ledger ledger() {
    return ledger;
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
    return new View(
        id, endpoint, pools.settings().maxConnections(), ledger.used(), ledger.idle(), waiting.get(), circuit.isClosed());
  }

  CompletableFuture<Void> close() {
    return ledger.close();
  }
}
