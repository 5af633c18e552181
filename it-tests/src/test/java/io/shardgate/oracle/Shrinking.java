package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/// Makes a question smaller while its answer stays wrong: by leaving out draws that it was made of, or by making them nought.
/// Not thread-safe; owned by [#of].
final class Shrinking {
  private static final int TRIES = 400;
  private static final List<Integer> PIECES = List.of(16, 8, 4, 2, 1);

  private final World world;
  private final Predicate<Question> wrong;
  private Question smallest;
  private int tries;

  private Shrinking(World world, Question found, Predicate<Question> wrong) {
    this.world = world;
    this.smallest = found;
    this.wrong = wrong;
  }

  static Question of(World world, Question found, Predicate<Question> wrong) {
    Shrinking shrinking = new Shrinking(world, found, wrong);
    while (shrinking.pass()) {
      // Each pass may make room for the next one.
    }
    return shrinking.smallest;
  }

  private boolean pass() {
    boolean smaller = false;
    for (int piece : PIECES) {
      for (int at = 0; at < smallest.draws().size() && tries < TRIES; at++) {
        int end = Math.min(at + piece, smallest.draws().size());
        smaller |= tried(without(at, end)) || tried(nought(at, end));
      }
    }
    return smaller && tries < TRIES;
  }

  private boolean tried(List<Integer> draws) {
    if (draws.equals(smallest.draws())) {
      return false;
    }
    tries++;
    Question question = Questions.of(world, smallest.seed(), Chance.of(draws));
    boolean smaller = weight(question) < weight(smallest) && wrong.test(question);
    if (smaller) {
      smallest = question;
    }
    return smaller;
  }

  private static int weight(Question question) {
    return question.sql().length() + 20 * question.parameters().size() + 40 * question.before().size() + 10 * question.manner().ordinal();
  }

  private List<Integer> without(int from, int to) {
    List<Integer> draws = new ArrayList<>(smallest.draws());
    draws.subList(from, to).clear();
    return draws;
  }

  private List<Integer> nought(int from, int to) {
    List<Integer> draws = new ArrayList<>(smallest.draws());
    Collections.fill(draws.subList(from, to), 0);
    return draws;
  }
}
