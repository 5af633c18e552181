package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who waits for whose locks, over all shards: a transaction over several shards is one node, whatever its connections; one that is on one shard is
/// a node of that shard.
/// Not thread-safe; owned by the look that made it.
final class WaitGraph {

  /// A wait that was seen.
  ///
  /// @param waiter a [CrossShardTransaction] or a [Backend]
  /// @param blocker likewise
  /// @param statement tells one statement of the waiter from its next on that shard
  record Edge(Object waiter, Object blocker, ShardId shard, long statement) {}

  /// A server process that belongs to no transaction over several shards known here.
  record Backend(ShardId shard, int processId) {}

  private final Map<Object, List<Edge>> from = new HashMap<>();

  WaitGraph(Collection<Edge> edges) {
    edges.forEach(edge -> from.computeIfAbsent(edge.waiter(), _ -> new ArrayList<>()).add(edge));
  }

  /// The waits of one deadlock that no single server can see, in order; none when there is no such deadlock. One that lies on one shard is
  /// that server's to find.
  List<Edge> deadlock() {
    Set<Object> ruledOut = new HashSet<>();
    for (Object start : from.keySet()) {
      List<Edge> cycle = cycleThrough(start, ruledOut);
      if (cycle.stream().map(Edge::shard).distinct().count() > 1) {
        return cycle;
      }
      ruledOut.add(start); // a longer cycle through it is found once its server has broken this one
    }
    return List.of();
  }

  /// The shortest way from a node back to itself: breadth first, so that a deep queue of waiters costs no stack.
  private List<Edge> cycleThrough(Object start, Set<Object> ruledOut) {
    Map<Object, Edge> reachedBy = new HashMap<>();
    ArrayDeque<Object> open = new ArrayDeque<>(List.of(start));
    while (!open.isEmpty()) {
      for (Edge edge : from.getOrDefault(open.removeFirst(), List.of())) {
        if (edge.blocker().equals(start)) {
          return wayBack(edge, reachedBy);
        }
        if (!ruledOut.contains(edge.blocker()) && reachedBy.putIfAbsent(edge.blocker(), edge) == null) {
          open.addLast(edge.blocker());
        }
      }
    }
    return List.of();
  }

  private static List<Edge> wayBack(Edge last, Map<Object, Edge> reachedBy) {
    ArrayDeque<Edge> cycle = new ArrayDeque<>(List.of(last));
    for (Edge edge = reachedBy.get(last.waiter()); edge != null; edge = reachedBy.get(edge.waiter())) {
      cycle.addFirst(edge); // the start was not reached by any
    }
    return List.copyOf(cycle);
  }
}
