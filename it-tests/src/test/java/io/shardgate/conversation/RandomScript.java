package io.shardgate.conversation;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Makes scripts of whatever a client may say, from a seed. Pure.
final class RandomScript {
  private static final List<String> STATEMENTS =
      List.of(
          "SELECT 1", "SELECT 1/0", "SELECT nothing", "SELEC 1", 
          "INSERT INTO scratch VALUES (1, 'x')", "SELECT count(*) FROM scratch", "DELETE FROM scratch",
          "BEGIN", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO b", "RELEASE a",
          "COMMIT AND CHAIN", "ROLLBACK AND CHAIN",
          "SET application_name = 'one'", "SET LOCAL application_name = 'two'", "RESET application_name",
          "SET work_mem = '6MB'", "SET LOCAL work_mem = '5MB'", "SHOW work_mem", "RESET ALL",
          "SELECT set_config('work_mem', '7MB', true)", "SELECT set_config('work_mem', '8MB', false)",
          "SELECT current_setting('app.x', true)", "SET app.x = '1'",
          "SELECT name FROM customers WHERE id = 1", "SELECT name FROM customers WHERE id = 2", "SELECT name FROM customers WHERE id = 3",
          "SELECT name, current_setting('work_mem') FROM customers WHERE id = 4",
          "SELECT name, current_setting('application_name') FROM customers WHERE id = 5",
          "UPDATE customers SET name = name || 'x' WHERE id = 1", "SELECT nothing FROM customers WHERE id = 2",
          "SELECT i FROM generate_series(1, 3) i", "SELECT i FROM customers, generate_series(1, 3) i WHERE id = 3",
          "PREPARE u AS SELECT 5", "EXECUTE u", "DEALLOCATE u",
          "DECLARE c CURSOR FOR SELECT i FROM generate_series(1, 5) i", "FETCH 2 FROM c", "CLOSE c", "DISCARD ALL");
  private static final List<String> NAMES = List.of("", "", "s", "t");
  private static final List<String> PORTALS = List.of("", "", "p");

  private RandomScript() {}

  static Script of(long seed, int turns) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      if (random.nextInt(3) == 0) {
        query(random, lines);
      } else {
        batch(random, lines);
      }
    }
    lines.add("Q ROLLBACK");
    lines.add("Q DISCARD ALL");
    lines.add("Q DELETE FROM scratch");
    return new Script("seed " + seed, lines);
  }

  private static String pick(SplittableRandom random, List<String> from) {
    return from.get(random.nextInt(from.size()));
  }

  private static void query(SplittableRandom random, List<String> lines) {
    List<String> statements = new ArrayList<>();
    int count = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
    for (int i = 0; i < count; i++) {
      statements.add(pick(random, STATEMENTS));
    }
    lines.add("Q " + String.join("; ", statements));
  }

  private static void batch(SplittableRandom random, List<String> lines) {
    int messages = 1 + random.nextInt(4);
    for (int i = 0; i < messages; i++) {
      String name = pick(random, NAMES);
      String portal = pick(random, PORTALS);
      switch (random.nextInt(8)) {
        case 0 -> lines.add("C S " + name);
        case 1 -> lines.add("C P " + portal);
        case 2 -> lines.add("D S " + name);
        case 3 -> {
          lines.add("B " + portal + "|" + name);
          lines.add("E " + portal + "|");
        }
        default -> {
          lines.add("P " + name + "|" + pick(random, STATEMENTS) + "|");
          if (random.nextBoolean()) {
            lines.add("D S " + name);
          }
          lines.add("B " + portal + "|" + name);
          if (random.nextBoolean()) {
            lines.add("D P " + portal);
          }
          lines.add("E " + portal + "|" + (random.nextInt(4) == 0 ? 2 : 0));
        }
      }
    }
    lines.add("S ");
  }
}
