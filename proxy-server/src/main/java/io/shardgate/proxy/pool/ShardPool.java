package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ShardId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What all event loops share about one shard: where it is, its ledgers, its circuit, how many wait.
/// Thread-safe: immutable fields, atomics, and ledgers that only their own loop touches.
public final class ShardPool {

  /// One shard's numbers: connections that exist (`open`), those without a holder (`idle`), acquires that wait.
  public record View(ShardId shard, Endpoint endpoint, int maxConnections, int open, int idle, int waiting, boolean reachable) {}

  private final ShardId id;
  private final Endpoint endpoint;
  private final boolean isHome;
  private final TlsClient tls;
  private final ServerPools pools;
  private final Ledger ledger;
  private final @Nullable Ledger reserved;
  private final @Nullable Ledger brief;
  private final Circuit circuit;
  private final AtomicInteger waiting = new AtomicInteger();

  ShardPool(ShardId id, Endpoint endpoint, boolean isHome, TlsClient tls, EventLoop ledgerLoop, ServerPools pools) {
    this.id = id;
    this.endpoint = endpoint;
    this.isHome = isHome;
    this.tls = tls;
    this.pools = pools;
    int reserve = pools.settings().reservedConnections();
    int brief = isHome ? pools.settings().briefConnections() : 0;
    this.ledger = new Ledger(ledgerLoop, pools.settings().maxConnections() - reserve - brief);
    this.reserved = reserve == 0 ? null : new Ledger(ledgerLoop, reserve);
    this.brief = brief == 0 ? null : new Ledger(ledgerLoop, brief);
    this.circuit = new Circuit(pools.settings().connectTimeout());
  }

  boolean is(Endpoint where, boolean home) {
    return endpoint.equals(where) && isHome == home;
  }

  boolean isHome() {
    return isHome;
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

  /// The place for those who give it back at once; null when none is set apart here.
  @Nullable Ledger brief() {
    return brief;
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
    int open = ledgers().mapToInt(Ledger::used).sum();
    int idle = ledgers().mapToInt(Ledger::idle).sum();
    return new View(id, endpoint, pools.settings().maxConnections(), open, idle, waiting.get(), circuit.isClosed());
  }

  CompletableFuture<Void> close() {
    return CompletableFuture.allOf(ledgers().map(Ledger::close).toArray(CompletableFuture[]::new)).thenRun(tls::release);
  }

  private Stream<Ledger> ledgers() {
    return Stream.of(Optional.of(ledger), Optional.ofNullable(reserved), Optional.ofNullable(brief)).flatMap(Optional::stream);
  }
}
