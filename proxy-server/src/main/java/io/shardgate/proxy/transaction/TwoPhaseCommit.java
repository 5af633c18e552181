package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.observe.ProxyMetrics;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Two-phase commit: who decides, under which name, and the threads for what has to wait. Each commit is a [CommitRun].
///
/// Thread-safe: each commit keeps its state to itself, on its session's event loop; blocking work runs on virtual threads.
public final class TwoPhaseCommit implements CommitProtocol, AutoCloseable {
  private final String boot;
  private final Supplier<ShardMap> map;
  private final ProxyMetrics metrics;
  private final CommitTiming timing;
  private final ServerObjects objects;
  private final Recovery recovery;
  private final Sweeper sweeper;
  private final AtomicLong numbers = new AtomicLong();
  private final SecureRandom random = new SecureRandom();
  private final Set<GlobalId> active = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("commit-", 0).factory());

  private TwoPhaseCommit(
      String boot, Supplier<ShardMap> map, ServiceConnections service, ProxyMetrics metrics, CommitTiming timing) {
    this.boot = boot;
    this.map = map;
    this.metrics = metrics;
    this.timing = timing;
    this.objects = new ServerObjects(service, map);
    this.recovery = new Recovery(service, objects);
    this.sweeper = new Sweeper(map, service, objects, recovery, metrics, timing, active::contains);
  }

  /// Starts with the sweeper, which also makes the schema `shardgate` on every shard that can be reached.
  ///
  /// @param proxyId 8 hex digits, new for each run of a proxy
  public static TwoPhaseCommit start(
      String proxyId, Supplier<ShardMap> map, ServiceConnections service, ProxyMetrics metrics) {
    return start(proxyId, map, service, metrics, CommitTiming.DEFAULT);
  }

  static TwoPhaseCommit start(
      String proxyId, Supplier<ShardMap> map, ServiceConnections service, ProxyMetrics metrics, CommitTiming timing) {
    return new TwoPhaseCommit(proxyId, map, service, metrics, timing);
  }

  @Override
  public CompletableFuture<Verdict> commit(List<Participant> written, List<Participant> read) {
    Participant decider = decider(written);
    Executor loop = decider.conversation().server().eventLoop();
    ServerObjects.Place place = new ServerObjects.Place(decider.shard(), decider.conversation().server().key().database());
    if (objects.isReady(place)) {
      return run(decider, written, read, place, loop);
    }
    return CompletableFuture.runAsync(() -> prepareServer(place), threads)
        .handleAsync((_, failure) -> failure, loop)
        .thenCompose(
            failure -> {
              if (failure == null) {
                return run(decider, written, read, place, loop);
              }
              Throwable cause = failure.getCause() == null ? failure : failure.getCause();
              List<Participant> open = new ArrayList<>(written);
              open.addAll(read);
              Verdict verdict = new Verdict(false, Outcomes.notReady(decider.shard(), cause), null, List.of());
              return CommitRun.rollBackOpen(open).thenApply(_ -> verdict);
            });
  }

  private void prepareServer(ServerObjects.Place place) throws ServiceException {
    objects.install(place);
    objects.cluster();
  }

  private CompletableFuture<Verdict> run(
      Participant decider, List<Participant> written, List<Participant> read, ServerObjects.Place place, Executor loop) {
    byte[] bytes = new byte[16];
    random.nextBytes(bytes);
    String token = HexFormat.of().formatHex(bytes);
    GlobalId id = GlobalId.of(objects.cluster(), decider.shard(), boot, numbers.incrementAndGet(), token);
    active.add(id);
    return new CommitRun(this, id, token, decider, written, read, place, loop).start();
  }

  /// A participant that PREPARE TRANSACTION may refuse decides; else the home shard, whose connection is most often needed anyway.
  private Participant decider(List<Participant> written) {
    for (Participant participant : written) {
      if (participant.isPoisoned()) {
        return participant;
      }
    }
    ShardId home = map.get().home();
    for (Participant participant : written) {
      if (participant.shard().equals(home)) {
        return participant;
      }
    }
    return written.getFirst();
  }

  /// From now on a sweeper may settle what is left of it.
  void over(GlobalId id) {
    active.remove(id);
  }

  ServerObjects objects() {
    return objects;
  }

  Recovery recovery() {
    return recovery;
  }

  ProxyMetrics metrics() {
    return metrics;
  }

  CommitTiming timing() {
    return timing;
  }

  Executor threads() {
    return threads;
  }

  /// Removes verdicts that are old enough; the sweeper does so every hour.
  void removeOldVerdicts() {
    sweeper.removeVerdicts();
  }

  @Override
  public void close() {
    sweeper.close();
    threads.shutdownNow();
  }
}
