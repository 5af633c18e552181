package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.SplittableRandom;

/// Draws, the same for the same seed. Not thread-safe; owned by what is made of it.
///
/// What was drawn can be given to another, changed: where all is nought, the simplest comes of it.
final class Chance {
  private final IntUnaryOperator source;
  private final List<Integer> drawn = new ArrayList<>();

  private Chance(IntUnaryOperator source) {
    this.source = source;
  }

  static Chance of(long seed) {
    return new Chance(new SplittableRandom(seed)::nextInt);
  }

  /// These draws again; noughts behind them.
  static Chance of(List<Integer> given) {
    int[] next = {0};
    return new Chance(bound -> next[0] < given.size() ? given.get(next[0]++) % bound : 0);
  }

  List<Integer> drawn() {
    return List.copyOf(drawn);
  }

  private int draw(int bound) {
    int value = source.applyAsInt(bound);
    drawn.add(value);
    return value;
  }

  boolean percent(int percent) {
    return draw(100) >= 100 - percent;
  }

  /// Both ends are among them.
  int between(int low, int high) {
    return low + draw(high - low + 1);
  }

  <T> T one(List<T> of) {
    return of.get(draw(of.size()));
  }

  @SafeVarargs
  final <T> T one(T... of) {
    return of[draw(of.length)];
  }

  /// So many of them at most, none twice, in any order.
  <T> List<T> some(List<T> of, int count) {
    List<T> left = new ArrayList<>(of);
    List<T> taken = new ArrayList<>();
    while (taken.size() < count && !left.isEmpty()) {
      taken.add(left.remove(draw(left.size())));
    }
    return taken;
  }
}
