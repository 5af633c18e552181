package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Draws, the same for the same seed. Not thread-safe; owned by what is made of it.
final class Chance {
  private final SplittableRandom random;

  Chance(long seed) {
    random = new SplittableRandom(seed);
  }

  boolean percent(int percent) {
    return random.nextInt(100) < percent;
  }

  /// Both ends are among them.
  int between(int low, int high) {
    return random.nextInt(low, high + 1);
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  @SafeVarargs
  final <T> T one(T... of) {
    return of[random.nextInt(of.length)];
  }

  /// So many of them at most, none twice, in any order.
  <T> List<T> some(List<T> of, int count) {
    List<T> left = new ArrayList<>(of);
    List<T> taken = new ArrayList<>();
    while (taken.size() < count && !left.isEmpty()) {
      taken.add(left.remove(random.nextInt(left.size())));
    }
    return taken;
  }
}
