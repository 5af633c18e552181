package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds deadlocks over the caps of several shards: transactions that hold connections of some shards and wait for one of another.
/// Confined to its channel's event loop: the first of the group; other loops send it messages.
///
/// The net under [CrossShardTickets]: only waits of transactions without a ticket come here, and `cap` counts a shard's places that are not set apart.
///
/// A transaction that waits for shard *s* waits for *any* of the connections of *s*. So it waits for ever exactly when all places of *s* are held
/// by transactions that wait for ever themselves. A waiting transaction holds one connection of each of its shards; when
/// `cap` waiting ones hold *s*, nobody else does. The set of stuck shards is therefore what is left after striking out, again and
/// again, each shard that fewer than `cap` waiting transactions hold, and those that are held by a transaction
/// whose own wait is for a shard already struck out. If anything is left, the youngest transaction that holds one of these
/// shards and waits for one of them is refused (40001); then we look again.
final class HoldAndWait {
  private final EventLoop loop;
  private final Set<Wait> waits = new LinkedHashSet<>();

  HoldAndWait(EventLoop loop) {
    this.loop = loop;
  }

  void began(Wait wait) {
    loop.execute(() -> {
      waits.add(wait);
      breakDeadlock();
    });
  }

  void ended(Wait wait) {
    loop.execute(() -> waits.remove(wait));
  }

  private void breakDeadlock() {
    Set<ShardId> stuck = stuckShards();
    while (!stuck.isEmpty()) {
      Wait youngest = youngestOf(stuck);
      if (youngest == null) {
        return;
      }
      waits.remove(youngest);
      youngest.bucket().breakDeadlock(youngest);
      stuck = stuckShards();
    }
  }

  private Set<ShardId> stuckShards() {
    Map<ShardId, Integer> caps = new HashMap<>();
    for (Wait wait : waits) {
      caps.put(awaited(wait), wait.bucket().cap());
    }
    Set<ShardId> stuck = new HashSet<>(caps.keySet());
    boolean struckOut = true;
    while (struckOut && !stuck.isEmpty()) {
      Map<ShardId, Integer> stuckHolders = new HashMap<>();
      for (Wait wait : waits) {
        if (stuck.contains(awaited(wait))) {
          held(wait).forEach(shard -> stuckHolders.merge(shard, 1, Integer::sum));
        }
      }
      struckOut = stuck.removeIf(shard -> stuckHolders.getOrDefault(shard, 0) < caps.getOrDefault(shard, 0));
    }
    return stuck;
  }

  private @Nullable Wait youngestOf(Set<ShardId> stuck) {
    Wait youngest = null;
    long latest = Long.MIN_VALUE;
    for (Wait wait : waits) {
      CrossShardClaim claim = wait.claim();
      if (claim != null && stuck.contains(awaited(wait)) && claim.transaction() >= latest
          && claim.holds().stream().anyMatch(stuck::contains)) {
        youngest = wait;
        latest = claim.transaction();
      }
    }
    return youngest;
  }

  private static ShardId awaited(Wait wait) {
    return wait.bucket().shard().id();
  }

  private static Set<ShardId> held(Wait wait) {
    CrossShardClaim claim = wait.claim();
    return claim == null ? Set.of() : claim.holds();
  }
}
