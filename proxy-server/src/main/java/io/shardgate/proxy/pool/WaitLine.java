package io.shardgate.proxy.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The acquires that wait in one bucket: first come first served, but those of transactions that hold connections of other shards first,
/// because others wait for what they hold.
/// Confined to its channel's event loop: that of its bucket.
final class WaitLine {
  private final ArrayDeque<Wait> holding = new ArrayDeque<>();
  private final ArrayDeque<Wait> plain = new ArrayDeque<>();

  void add(Wait wait) {
    lineOf(wait).addLast(wait);
  }

  private ArrayDeque<Wait> lineOf(Wait wait) {
    return wait.claim() == null ? plain : holding;
  }

  @Nullable Wait poll() {
    Wait first = holding.pollFirst();
    return first != null ? first : plain.pollFirst();
  }

  @Nullable Wait peek() {
    Wait first = holding.peekFirst();
    return first != null ? first : plain.peekFirst();
  }

  void remove(Wait wait) {
    lineOf(wait).remove(wait);
  }

  /// Takes out all that match.
  List<Wait> takeIf(Predicate<Wait> leaves) {
    List<Wait> taken = new ArrayList<>();
    for (ArrayDeque<Wait> line : List.of(holding, plain)) {
      line.removeIf(wait -> leaves.test(wait) && taken.add(wait));
    }
    return taken;
  }

  /// Those that match, in their places.
  List<Wait> which(Predicate<Wait> match) {
    return Stream.concat(holding.stream(), plain.stream()).filter(match).toList();
  }

  /// The shortest time left of any wait; less than or equal to zero when one is over. Looks at each: of those that hold connections, the ones without a ticket have less
  /// time than the ones with, whoever came first.
  long leastLeftNanos() {
    long least = Long.MAX_VALUE;
    for (Wait wait : holding) {
      least = Math.min(least, wait.leftNanos());
    }
    Wait first = plain.peekFirst(); // alike, and so in the order of their ends
    return first == null ? least : Math.min(least, first.leftNanos());
  }

  int size() {
    return holding.size() + plain.size();
  }

  boolean isEmpty() {
    return holding.isEmpty() && plain.isEmpty();
  }
}
