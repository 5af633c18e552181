package io.shardgate.proxy.listen;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGNotification;

/// Who listens to what, in all databases, and the connections that hear it on the other shards.
/// Thread-safe: everything is done in turn on one thread.
///
/// A lost connection may have missed something, so whoever listens in its database is told; PostgreSQL, too, ends the session then.
public final class Ears implements AutoCloseable {
  /// The channels that are listened to in one database. It also limits what an [Ear] has to say.
  static final int CHANNELS_MAX = 10_000;

  private final Ear.Opening opening;
  private final Supplier<ShardMap> map;
  private final ExecutorService turn = Executors.newSingleThreadExecutor(Thread.ofVirtual().name("ears").factory());
  private final Map<String, Database> databases = new HashMap<>();

  public Ears(ServiceConnections service, Supplier<ShardMap> map) {
    this((shard, database) -> service.open(shard, database, BatchedSockets.class), map);
  }

  /// @param opening where connections come from
  Ears(Ear.Opening opening, Supplier<ShardMap> map) {
    this.opening = opening;
    this.map = map;
  }

  /// What is listened to in one database. Confined to the one thread.
  private static final class Database {
    final Map<String, Set<Hearer>> channels = new HashMap<>();
    final Map<ShardId, Ear> ears = new HashMap<>();
  }

  /// Has every shard but the home one listened to for a session. Completes, on any thread, when all shards have heard of it; fails with a [ServerErrorException]
  /// where there are too many channels.
  public CompletableFuture<Void> listen(String database, String channel, Hearer hearer) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    inTurn(
        () -> {
          Database of = databases.computeIfAbsent(database, _ -> new Database());
          if (of.channels.size() >= CHANNELS_MAX && !of.channels.containsKey(channel)) {
            done.completeExceptionally(
                new ServerErrorException(SqlState.PROGRAM_LIMIT_EXCEEDED, "too many channels are listened to in database \"" + database + "\" (at most: " + CHANNELS_MAX + ")"));
            return;
          }
          of.channels.computeIfAbsent(channel, _ -> new LinkedHashSet<>()).add(hearer);
          everywhere(database, of);
          // Said again where it is known: its answer says that it is done.
          CompletableFuture<?>[] said = of.ears.values().stream().map(ear -> ear.say("LISTEN " + quoted(channel))).toArray(CompletableFuture<?>[]::new);
          CompletableFuture.allOf(said)
              .whenComplete((_, failure) -> answer(done, failure));
        });
    return done;
  }

  /// The session does not listen to the channel any more.
  public void unlisten(String database, String channel, Hearer hearer) {
    inTurn(
        () -> {
          Database of = databases.get(database);
          Set<Hearer> hearers = of == null ? null : of.channels.get(channel);
          if (of == null || hearers == null || !hearers.remove(hearer) || !hearers.isEmpty()) {
            return;
          }
          of.channels.remove(channel);
          if (of.channels.isEmpty()) {
            of.ears.values().forEach(Ear::close);
            databases.remove(database);
          } else {
            of.ears.values().forEach(ear -> ear.say("UNLISTEN " + quoted(channel)));
          }
        });
  }

  /// Shards may have come or gone.
  public void shardsMayDiffer() {
    inTurn(() -> databases.forEach(this::everywhere));
  }

  private void everywhere(String database, Database of) {
    ShardMap now = map.get();
    of.ears.entrySet().removeIf(
        each -> {
          boolean gone = !isOther(each.getKey(), now);
          if (gone) {
            each.getValue().close();
          }
          return gone;
        });
    for (ShardId shard : now.allShards()) {
      if (isOther(shard, now) && !of.ears.containsKey(shard)) {
        Ear ear = Ear.open(opening, shard, database, notifications -> heard(database, notifications), (lost, cause) -> lost(database, shard, lost, cause));
        of.ears.put(shard, ear);
        of.channels.keySet().forEach(channel -> ear.say("LISTEN " + quoted(channel)));
      }
    }
  }

  private static boolean isOther(ShardId shard, ShardMap map) {
    return map.allShards().contains(shard) && !shard.equals(map.home());
  }

  /// Completes when each session has taken what is its own.
  private CompletableFuture<Void> heard(String database, PGNotification[] notifications) {
    CompletableFuture<Void> handedOn = new CompletableFuture<>();
    boolean willBe = inTurn(() -> handOn(databases.get(database), notifications, handedOn));
    return willBe ? handedOn : CompletableFuture.completedFuture(null);
  }

  private static void handOn(@Nullable Database of, PGNotification[] notifications, CompletableFuture<Void> handedOn) {
    try {
      Set<Hearer> told = tell(of, notifications);
      CompletableFuture.allOf(told.stream().map(Hearer::caughtUp).toArray(CompletableFuture<?>[]::new))
          .whenComplete((_, failure) -> answer(handedOn, failure));
    } catch (RuntimeException failure) {
      handedOn.completeExceptionally(failure); // a session's event loop has ended
    }
  }

  private static Set<Hearer> tell(@Nullable Database of, PGNotification[] notifications) {
    Set<Hearer> told = new LinkedHashSet<>();
    for (PGNotification each : notifications) {
      Set<Hearer> hearers = of == null ? Set.of() : of.channels.getOrDefault(each.getName(), Set.of());
      hearers.forEach(hearer -> hearer.heard(each.getName(), each.getPID(), each.getParameter()));
      told.addAll(hearers);
    }
    return told;
  }

  private static void answer(CompletableFuture<Void> answer, @Nullable Throwable failure) {
    if (failure == null) {
      answer.complete(null);
    } else {
      answer.completeExceptionally(failure);
    }
  }

  /// From the proxy's end on nothing is done any more: the sessions end, too.
  ///
  /// @return whether it will be done
  private boolean inTurn(Runnable work) {
    try {
      turn.execute(work);
      return true;
    } catch (RejectedExecutionException _) {
      return false;
    }
  }

  private void lost(String database, ShardId shard, Ear ear, Throwable cause) {
    inTurn(
        () -> {
          Database of = databases.get(database);
          if (of != null && of.ears.remove(shard, ear)) {
            Set<Hearer> deaf = new LinkedHashSet<>();
            of.channels.values().forEach(deaf::addAll);
            List.copyOf(deaf).forEach(hearer -> hearer.deafened(shard, cause));
          }
        });
  }

  private static String quoted(String channel) {
    return '"' + channel.replace("\"", "\"\"") + '"';
  }

  @Override
  public void close() {
    inTurn(() -> {
      databases.values().forEach(of -> of.ears.values().forEach(Ear::close));
      databases.clear();
    });
    turn.shutdown();
  }
}
