package io.shardgate.proxy.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.shardgate.directory.ShardId;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// The meters of one shard.
///
/// Thread-safe: each meter is its own adder; hot methods neither lock nor allocate.
public final class ShardMetrics {

  private static final Duration[] LATENCY_BUCKETS = buckets(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000);

  private final MeterRegistry registry;
  private final String shard;
  private final Timer latency;
  private final Timer queueWait;
  private final Counter opened;
  private final Counter closed;
  private final Counter failed;
  private final Counter queueTimeouts;

  ShardMetrics(MeterRegistry registry, ShardId id) {
    this.registry = registry;
    this.shard = id.value();
    latency = timer("shardgate.shard.latency", "From a batch written to the shard to its ReadyForQuery");
    queueWait = timer("shardgate.pool.wait", "How long statements waited for a server connection where none was idle");
    opened = counter("shardgate.pool.opened", "Server connections opened");
    closed = counter("shardgate.pool.closed", "Server connections closed");
    failed = counter("shardgate.pool.failed", "Server connections that could not be opened");
    queueTimeouts = counter("shardgate.pool.rejected", "Statements that got no server connection: queue full or timeout");
  }

  /// A batch of statements was answered. Hot path: allocates nothing.
  public void answered(long nanos) {
    latency.record(nanos, TimeUnit.NANOSECONDS);
  }

  /// A statement got its server connection after this time. Hot path: allocates nothing.
  public void waited(long nanos) {
    queueWait.record(nanos, TimeUnit.NANOSECONDS);
  }

  /// A server connection is open and logged in.
  public void connectionOpened() {
    opened.increment();
  }

  /// A server connection that was open has ended.
  public void connectionClosed() {
    closed.increment();
  }

  /// A server connection could not be opened.
  public void connectionFailed() {
    failed.increment();
  }

  /// A statement got no server connection.
  public void rejected() {
    queueTimeouts.increment();
  }

  /// Shows the pool's numbers of now. Called once for each shard.
  public void watchPool(IntSupplier open, IntSupplier idle, IntSupplier waiting) {
    gauge("shardgate.pool.connections", "Server connections open", open);
    gauge("shardgate.pool.idle", "Server connections that no client uses", idle);
    gauge("shardgate.pool.waiting", "Statements waiting for a server connection", waiting);
  }

  private void gauge(String name, String description, IntSupplier value) {
    Gauge.builder(name, value, IntSupplier::getAsInt).tag("shard", shard).description(description).strongReference(true).register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).tag("shard", shard).description(description).register(registry);
  }

  private Timer timer(String name, String description) {
    return Timer.builder(name).tag("shard", shard).description(description).serviceLevelObjectives(LATENCY_BUCKETS).register(registry);
  }

  private static Duration[] buckets(long... micros) {
    Duration[] buckets = new Duration[micros.length];
    for (int i = 0; i < micros.length; i++) {
      buckets[i] = Duration.of(micros[i], java.time.temporal.ChronoUnit.MICROS);
    }
    return buckets;
  }
}
