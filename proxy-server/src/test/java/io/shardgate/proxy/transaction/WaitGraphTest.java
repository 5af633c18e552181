package io.shardgate.proxy.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.transaction.WaitGraph.Backend;
import io.shardgate.proxy.transaction.WaitGraph.Edge;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitGraphTest {
  private static final ShardId S1 = new ShardId("s1");
  private static final ShardId S2 = new ShardId("s2");

  private static Edge edge(Object waiter, Object blocker, ShardId shard) {
    return new Edge(waiter, blocker, shard, 1);
  }

  @Test
  void twoThatWaitForEachOtherOnTwoShards() {
    List<Edge> edges = List.of(edge("a", "b", S1), edge("b", "a", S2));
    assertThat(new WaitGraph(edges).deadlock()).containsExactlyInAnyOrderElementsOf(edges);
  }

  @Test
  void aTransactionOfOneShardMayStandBetween() {
    Backend local = new Backend(S2, 7);
    List<Edge> edges = List.of(edge("a", "b", S1), edge("b", local, S2), edge(local, "a", S2), edge("c", "a", S1));
    assertThat(new WaitGraph(edges).deadlock()).containsExactlyInAnyOrderElementsOf(edges.subList(0, 3));
  }

  @Test
  void whoWaitsInALineIsNotInADeadlock() {
    assertThat(new WaitGraph(List.of(edge("a", "b", S1), edge("b", "c", S2), edge("d", "c", S1))).deadlock()).isEmpty();
  }

  @Test
  void whatOneServerSeesIsLeftToIt() {
    assertThat(new WaitGraph(List.of(edge("a", "b", S1), edge("b", "a", S1))).deadlock()).isEmpty();
  }

  @Test
  void aLongCycleIsFoundBehindALongLine() {
    List<Edge> edges = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      edges.add(edge("line " + i, "line " + (i + 1), S1));
    }
    edges.add(edge("line 10000", "a", S1));
    edges.add(edge("a", "b", S1));
    edges.add(edge("b", "c", S2));
    edges.add(edge("c", "a", S2));
    assertThat(new WaitGraph(edges).deadlock()).extracting(Edge::waiter).containsExactlyInAnyOrder("a", "b", "c");
  }
}
