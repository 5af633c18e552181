package io.shardgate.proxy.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.shardgate.directory.ShardId;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/// Every meter of a proxy.
///
/// Thread-safe: adders and concurrent maps; hot methods neither lock nor allocate.
public final class ProxyMetrics {

  /// SQLSTATEs counted by name. RAISE can make any five characters a SQLSTATE; those past the limit count as `other`.
  private static final int SQL_STATES_MAX = 500;

  private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final LongAdder clientsConnected = new LongAdder();
  private final LongAdder clientsDisconnected = new LongAdder();
  private final Map<Class<?>, Counter> plansByKind = new ConcurrentHashMap<>();
  private final Map<String, Counter> refusalsById = new ConcurrentHashMap<>();
  private final Map<String, Counter> errorsByState = new ConcurrentHashMap<>();
  private final Map<ShardId, ShardMetrics> shards = new ConcurrentHashMap<>();
  private final Map<String, Counter> catalogLoads = new ConcurrentHashMap<>();
  private final Map<String, Counter> commitsOverShards = new ConcurrentHashMap<>();
  private final Counter deadlocks;
  private final Counter settledCommitted;
  private final Counter settledRolledBack;

  /// What meters read through weak references: held here as long as the meters live.
  private final List<LongSupplier> watched = new CopyOnWriteArrayList<>();

  private final Counter logins;
  private final Counter loginsPushedOut;
  private final Counter clientsStalled;
  private final Counter cancels;
  private final Counter catalogChanges;
  private final Counter otherErrors;

  public ProxyMetrics() {
    Gauge.builder("shardgate.clients", this, ProxyMetrics::clients).description("Clients connected now").register(registry);
    FunctionCounter.builder("shardgate.clients.accepted", clientsConnected, LongAdder::sum).description("Clients ever accepted").register(registry);
    logins = counter("shardgate.logins", "Logins that succeeded");
    loginsPushedOut = counter("shardgate.logins.pushed.out", "Connections that were ended before their login as too many others came");
    clientsStalled = counter("shardgate.clients.stalled", "Clients that were dropped as they took nothing of their result");
    cancels = counter("shardgate.cancels", "Cancel requests that named a client");
    catalogChanges = counter("shardgate.catalog.changes", "Catalog snapshots that differed from the one before");
    otherErrors = error("other");
    deadlocks = counter("shardgate.deadlocks", "Deadlocks over several shards that were broken");
    settledCommitted = settled("committed");
    settledRolledBack = settled("rolled back");
  }

  /// What `/metrics` shows.
  public String scrape() {
    return registry.scrape();
  }

  /// A client's connection was accepted.
  public void clientConnected() {
    clientsConnected.increment();
  }

  /// A connection that had not logged in made room for another.
  public void loginPushedOut() {
    loginsPushedOut.increment();
  }

  /// A client was dropped that took nothing of its result.
  public void clientStalled() {
    clientsStalled.increment();
  }

  /// A client's connection has ended.
  public void clientDisconnected() {
    clientsDisconnected.increment();
  }

  /// Clients connected now.
  public long clients() {
    return clientsConnected.sum() - clientsDisconnected.sum();
  }

  /// A client has logged in.
  public void loggedIn() {
    logins.increment();
  }

  /// A cancel request named a client of this proxy.
  public void cancelled() {
    cancels.increment();
  }

  /// A statement was decided on. Hot path: allocates nothing after the first of its kind.
  ///
  /// @param kind the plan's record class; its simple name is the label
  public void planned(Class<?> kind) {
    Counter known = plansByKind.get(kind);
    if (known == null) {
      known =
          plansByKind.computeIfAbsent(
              kind, k -> Counter.builder("shardgate.plans").tag("kind", k.getSimpleName()).description("Statements by plan").register(registry));
    }
    known.increment();
  }

  /// A statement was refused.
  ///
  /// @param refusal the id of the refusal, from the router's closed list
  public void refused(String refusal) {
    refusalsById
        .computeIfAbsent(refusal, id -> Counter.builder("shardgate.refusals").tag("id", id).description("Statements refused").register(registry))
        .increment();
  }

  /// A client was sent an error, a shard's or our own.
  public void errorSent(String sqlState) {
    Counter known = errorsByState.get(sqlState);
    if (known == null) {
      known = errorsByState.size() >= SQL_STATES_MAX ? otherErrors : errorsByState.computeIfAbsent(sqlState, this::error);
    }
    known.increment();
  }

  /// A transaction that wrote on several shards has ended.
  ///
  /// @param outcome `committed`, `rolled back` or `unknown`
  public void committedOverShards(String outcome) {
    commitsOverShards
        .computeIfAbsent(
            outcome, o -> Counter.builder("shardgate.commits.several.shards").tag("outcome", o).description("Two-phase commits").register(registry))
        .increment();
  }

  /// A prepared transaction that was in doubt was settled by this proxy's sweeper.
  public void settled(boolean committed) {
    (committed ? settledCommitted : settledRolledBack).increment();
  }

  /// A deadlock over several shards was found, and one of its transactions ended.
  public void deadlockBroken() {
    deadlocks.increment();
  }

  /// A load of the catalog has ended.
  public void catalogLoaded(boolean succeeded, boolean changed) {
    catalogLoads
        .computeIfAbsent(
            succeeded ? "ok" : "failed", o -> Counter.builder("shardgate.catalog.loads").tag("outcome", o).description("Loads of the catalog").register(registry))
        .increment();
    if (changed) {
      catalogChanges.increment();
    }
  }

  /// Shows a plan cache. Called once, at start.
  public void watchPlanCache(LongSupplier hits, LongSupplier misses, LongSupplier bytes) {
    watched.addAll(List.of(hits, misses, bytes));
    FunctionCounter.builder("shardgate.plan.cache.hits", hits, LongSupplier::getAsLong).description("Plans found in the cache").register(registry);
    FunctionCounter.builder("shardgate.plan.cache.misses", misses, LongSupplier::getAsLong).description("Plans made anew").register(registry);
    Gauge.builder("shardgate.plan.cache.bytes", bytes, LongSupplier::getAsLong).description("Memory of the plan cache").baseUnit("bytes").register(registry);
  }

  /// Shows any number as a gauge. Called once for each name, at start.
  public void watch(String name, String description, DoubleSupplier value) {
    Gauge.builder(name, value, DoubleSupplier::getAsDouble).description(description).strongReference(true).register(registry);
  }

  /// The meters of a shard, made at the first call. Keep the answer: it is meant to be held by whoever works with the shard.
  public ShardMetrics shard(ShardId shard) {
    ShardMetrics known = shards.get(shard);
    return known != null ? known : shards.computeIfAbsent(shard, id -> new ShardMetrics(registry, id));
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  private Counter settled(String verdict) {
    return Counter.builder("shardgate.indoubt.settled").tag("verdict", verdict).description("Prepared transactions in doubt that were settled").register(registry);
  }

  private Counter error(String sqlState) {
    return Counter.builder("shardgate.errors").tag("sqlstate", sqlState).description("Errors sent to clients").register(registry);
  }
}
