package io.shardgate.proxy.execute;

import io.netty.channel.EventLoop;
import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.UnplacedKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way to the directory for keys whose owner nobody knows here: they are looked up, or placed for new rows.
/// Thread-safe: keeps nothing.
public final class PlacedKeys {
  private static final Logger LOG = LoggerFactory.getLogger(PlacedKeys.class);

  /// One is enough for nearly all, two where a row says too little to place its key; more where keys and map change all the while.
  private static final int ROUNDS_MAX = 4;

  private final ShardDirectory directory;

  public PlacedKeys(ShardDirectory directory) {
    this.directory = directory;
  }

  /// Tries until nothing is missing: what `attempt` makes of the keys that are known to be absent, `missing` says which keys it lacks, and
  /// between two attempts the directory is asked. Completes in this very turn when the first attempt lacks nothing, else on the loop.
  ///
  /// Fails with a [ServerErrorException] that the client is to see.
  public <T> CompletableFuture<T> settled(Function<Set<GroupKey>, T> attempt, Function<T, List<UnplacedKey>> missing, EventLoop loop) {
    return settled(attempt, missing, loop, Set.of(), 0);
  }

  private <T> CompletableFuture<T> settled(
      Function<Set<GroupKey>, T> attempt, Function<T, List<UnplacedKey>> missing, EventLoop loop, Set<GroupKey> absent, int round) {
    T made = attempt.apply(absent);
    List<UnplacedKey> keys = missing.apply(made);
    if (keys.isEmpty()) {
      return CompletableFuture.completedFuture(made);
    }
    if (round == ROUNDS_MAX) {
      return CompletableFuture.failedFuture(ProxyRefusal.MAP_CHANGED.error());
    }
    return settle(keys, loop)
        .thenCompose(
            more -> {
              Set<GroupKey> all = new HashSet<>(absent);
              all.addAll(more);
              return settled(attempt, missing, loop, all, round + 1);
            });
  }

  /// Has keys looked up, and placed where they have candidates; gives those that have no owner anywhere. Completes on the loop, or in this
  /// very turn.
  CompletableFuture<Set<GroupKey>> settle(List<UnplacedKey> keys, EventLoop loop) {
    Map<GroupKey, UnplacedKey> each = new LinkedHashMap<>();
    for (UnplacedKey key : keys) {
      each.merge(key.name(), key, (one, other) -> one.candidates().isEmpty() ? other : one);
    }
    Set<GroupKey> absent = ConcurrentHashMap.newKeySet();
    List<CompletableFuture<?>> asked = new ArrayList<>(each.size());
    for (UnplacedKey key : each.values()) {
      if (key.candidates().isEmpty()) {
        asked.add(told(directory.find(key.group(), key.key()), key.group()).thenAccept(owner -> note(owner, key.name(), absent)));
      } else {
        asked.add(told(directory.place(key.group(), key.key(), key.candidates()), key.group()));
      }
    }
    CompletableFuture<Set<GroupKey>> answer = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenApply(_ -> absent);
    return answer.isDone() && loop.inEventLoop() ? answer : on(loop, answer);
  }

  private static void note(Optional<ShardId> owner, GroupKey key, Set<GroupKey> absent) {
    if (owner.isEmpty()) {
      absent.add(key);
    }
  }

  private static <T> CompletableFuture<T> told(CompletableFuture<T> asked, Group group) {
    return asked.exceptionally(failure -> {
      throw error(failure, group);
    });
  }

  private static <T> CompletableFuture<T> on(EventLoop loop, CompletableFuture<T> answer) {
    return answer.handleAsync(
        (value, failure) -> {
          if (failure != null) {
            throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
          }
          return value;
        },
        loop);
  }

  private static ServerErrorException error(Throwable failure, Group group) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    if (!(cause instanceof DirectoryException known)) {
      throw new CompletionException(cause);
    }
    return switch (known.fault()) {
      case TOO_MANY_KEYS -> ProxyRefusal.TOO_MANY_KEYS.error(group.name(), ShardDirectory.MAX_KEYS_PER_GROUP);
      case KEY_TOO_LONG -> ProxyRefusal.KEY_TOO_LONG.error(group.name(), ShardDirectory.MAX_KEY_BYTES);
      case MAP_CHANGED -> ProxyRefusal.MAP_CHANGED.error();
      case STORE -> {
        LOG.warn("a shard key of group {} could not be found or placed", group.name(), known);
        yield ProxyRefusal.DIRECTORY_UNREACHABLE.error(String.valueOf(known.getMessage()));
      }
    };
  }

  /// For a statement that was planned before it waited: what it was planned for must still be so.
  static void requireSame(Group group, ShardMap now) {
    if (!group.equals(now.groups().get(group.name()))) {
      throw ProxyRefusal.MAP_CHANGED.error();
    }
  }
}
