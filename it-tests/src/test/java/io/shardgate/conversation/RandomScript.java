package io.shardgate.conversation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Makes scripts of whatever a client may say, from a seed. Not thread-safe; owned by [#of].
final class RandomScript {
  private static final List<String> NAMES = List.of("", "", "s", "t");
  private static final List<String> PORTALS = List.of("", "", "p");
  private static final int SUBJECTS = 2;

  private final SplittableRandom random;
  private final List<String> statements = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();
  private boolean copies;

  private RandomScript(long seed) {
    random = new SplittableRandom(seed);
    subject(Vocabulary.DATA);
    subject(Vocabulary.TRANSACTIONS);
    Vocabulary[] all = Vocabulary.values();
    for (int i = 0; i < SUBJECTS; i++) {
      subject(all[2 + random.nextInt(all.length - 2)]);
    }
  }

  private void subject(Vocabulary subject) {
    statements.addAll(subject.statements());
    copies |= subject == Vocabulary.COPIES;
  }

  static Script of(long seed, int turns) {
    RandomScript script = new RandomScript(seed);
    // Otherwise a transaction of a higher isolation level is refused on its second shard.
    script.lines.add("@a shardgate.cross_shard_isolation=relaxed");
    for (int i = 0; i < turns; i++) {
      script.turn();
    }
    script.lines.add("Q ROLLBACK");
    script.lines.add("Q DISCARD ALL");
    script.lines.add("Q SELECT current_user, current_setting('work_mem'), current_setting('app.x', true)");
    return new Script("seed " + seed, script.lines);
  }

  private void turn() {
    if (random.nextInt(3) == 0) {
      query();
    } else {
      batch();
    }
  }

  private String pick(List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  private void query() {
    if (copies && random.nextInt(3) == 0) {
      lines.add("q COPY scratch FROM STDIN");
      copyData();
      lines.add("R 1");
      return;
    }
    List<String> said = new ArrayList<>();
    int count = random.nextInt(3) == 0 ? 2 + random.nextInt(3) : 1;
    for (int i = 0; i < count; i++) {
      said.add(pick(statements));
    }
    lines.add("Q " + String.join("; ", said));
  }

  private void batch() {
    int messages = 1 + random.nextInt(4);
    for (int i = 0; i < messages; i++) {
      message(pick(NAMES), pick(PORTALS));
    }
    lines.add("S ");
  }

  private void message(String name, String portal) {
    switch (random.nextInt(12)) {
      case 0 -> lines.add("C S " + name);
      case 1 -> lines.add("C P " + portal);
      case 2 -> lines.add("D S " + name);
      case 3 -> {
        lines.add("B " + portal + "|" + name);
        execute(portal);
      }
      case 4 -> execute("p");
      case 5 -> parameter(portal);
      case 6 -> copy();
      default -> statement(name, portal);
    }
  }

  private void statement(String name, String portal) {
    lines.add("P " + name + "|" + pick(statements) + "|");
    if (random.nextBoolean()) {
      lines.add("D S " + name);
    }
    lines.add("B " + portal + "|" + name);
    if (random.nextBoolean()) {
      lines.add("D P " + portal);
    }
    execute(portal);
  }

  private void execute(String portal) {
    lines.add("E " + portal + "|" + (random.nextInt(4) == 0 ? 2 : 0));
  }

  private void parameter(String portal) {
    lines.add("P |SELECT i, name FROM customers, generate_series(1, 4) i WHERE id = $1|20");
    lines.add("B " + portal + "||" + (1 + random.nextInt(4)));
    execute(portal);
  }

  /// The unnamed statement is another one afterwards: a COPY that nobody feeds would wait for ever.
  private void copy() {
    if (copies) {
      lines.add("P |COPY scratch FROM STDIN|");
      lines.add("B |");
      lines.add("E |");
      copyData();
      lines.add("P |SELECT 1|");
    }
  }

  private void copyData() {
    lines.add("d 7\\ty\\n");
    lines.add(random.nextInt(4) == 0 ? "f no more" : "c");
  }
}
