package io.shardgate.proxy.listen;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.ServiceConnections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.postgresql.PGNotification;

/// Who listens to what, in all databases, and the connections that hear it on the other shards.
/// Thread-safe: everything is done in turn on one thread.
///
/// A lost connection may have missed something, so whoever listens in its database is told; PostgreSQL, too, ends the session then.
public final class Ears implements AutoCloseable {
  private final ServiceConnections service;
  private final Supplier<ShardMap> map;
  private final ExecutorService turn = Executors.newSingleThreadExecutor(Thread.ofVirtual().name("ears").factory());
  private final Map<String, Database> databases = new HashMap<>();

  public Ears(ServiceConnections service, Supplier<ShardMap> map) {
    this.service = service;
    this.map = map;
  }

  /// What is listened to in one database. Confined to the one thread.
  private static final class Database {
    final Map<String, Set<Hearer>> channels = new HashMap<>();
    final Map<ShardId, Ear> ears = new HashMap<>();
  }

  /// Has every shard but the home one listened to for a session. Completes, on any thread, when all shards have heard of it.
  public CompletableFuture<Void> listen(String database, String channel, Hearer hearer) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    turn.execute(
        () -> {
          Database of = databases.computeIfAbsent(database, _ -> new Database());
          of.channels.computeIfAbsent(channel, _ -> new LinkedHashSet<>()).add(hearer);
          everywhere(database, of);
          // Said again where it is known: its answer says that it is done.
          CompletableFuture<?>[] said = of.ears.values().stream().map(ear -> ear.say("LISTEN " + quoted(channel))).toArray(CompletableFuture<?>[]::new);
          CompletableFuture.allOf(said)
              .whenComplete(
                  (_, failure) -> {
                    if (failure == null) {
                      done.complete(null);
                    } else {
                      done.completeExceptionally(failure);
                    }
                  });
        });
    return done;
  }

  /// The session does not listen to the channel any more.
  public void unlisten(String database, String channel, Hearer hearer) {
    turn.execute(
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
    turn.execute(() -> databases.forEach(this::everywhere));
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
        Ear ear = Ear.open(service, shard, database, notification -> heard(database, notification), (lost, cause) -> lost(database, shard, lost, cause));
        of.ears.put(shard, ear);
        of.channels.keySet().forEach(channel -> ear.say("LISTEN " + quoted(channel)));
      }
    }
  }

  private static boolean isOther(ShardId shard, ShardMap map) {
    return map.allShards().contains(shard) && !shard.equals(map.home());
  }

  private void heard(String database, PGNotification notification) {
    turn.execute(
        () -> {
          Database of = databases.get(database);
          Set<Hearer> hearers = of == null ? Set.of() : of.channels.getOrDefault(notification.getName(), Set.of());
          hearers.forEach(hearer -> hearer.heard(notification.getName(), notification.getPID(), notification.getParameter()));
        });
  }

  private void lost(String database, ShardId shard, Ear ear, Throwable cause) {
    turn.execute(
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
    turn.execute(() -> {
      databases.values().forEach(of -> of.ears.values().forEach(Ear::close));
      databases.clear();
    });
    turn.shutdown();
  }
}
