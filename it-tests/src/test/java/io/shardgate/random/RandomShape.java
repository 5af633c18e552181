package io.shardgate.random;

import io.shardgate.random.RandomStatement.Col;
import io.shardgate.random.RandomStatement.Table;
import io.shardgate.random.RandomStatement.Type;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;

/// Queries in which the table, its key or the condition stands where they are seldom looked for. Not thread-safe; owned by the test.
final class RandomShape {
  private final Random random;

  RandomShape(Random random) {
    this.random = random;
  }

  /// @param condition of the table, which is called t there
  /// @param value of a type, as a literal or a parameter
  String select(Table table, Table other, Supplier<String> condition, Function<Type, String> value) {
    boolean alike = other.key().type() == table.key().type();
    return alike && random.nextBoolean() ? together(table, other, condition, value) : alone(table, condition, value);
  }

  private String alone(Table table, Supplier<String> condition, Function<Type, String> value) {
    String name = table.name();
    String key = table.key().name();
    Col last = table.columns().getLast();
    return switch (random.nextInt(16)) {
      case 0 -> "SELECT t." + key + " FROM " + name + " t TABLESAMPLE bernoulli (100) REPEATABLE (1) WHERE " + condition.get();
      case 1 -> "SELECT t." + key + ", g.x FROM " + name + " t, json_to_recordset('[{\"x\":1},{\"x\":2}]') AS g (x int) WHERE " + condition.get();
      case 2 -> "SELECT t." + key + ", g.x FROM " + name + " t, json_table('[1,2]', '$[*]' COLUMNS (i FOR ORDINALITY, x int PATH '$')) AS g WHERE " + key
          + " = " + value.apply(table.key().type()) + " AND " + condition.get();
      case 3 -> "SELECT t." + key + ", count(*) FROM " + name + " t WHERE " + condition.get() + " GROUP BY GROUPING SETS ((t." + key + "), ())";
      case 4 -> "SELECT t.count FROM " + name + " t WHERE " + condition.get();
      case 5 -> "SELECT t." + key + " FROM " + name + " t WHERE " + condition.get() + set() + "SELECT t." + key + " FROM " + name + " t WHERE " + condition.get();
      case 6 -> "SELECT t." + key + ", row_number() OVER (ORDER BY t." + key + ") FROM " + name + " t WHERE " + condition.get();
      case 7 -> "SELECT t." + key + ", t." + last.name() + " FROM (SELECT DISTINCT ON (" + key + ") * FROM " + name + " ORDER BY " + key + ", " + last.name() + ") t WHERE "
          + condition.get();
      case 8 -> "SELECT t." + key + " FROM (SELECT *, row_number() OVER (PARTITION BY " + key + " ORDER BY " + last.name() + ") AS r FROM " + name + ") t WHERE t.r = 1 AND "
          + condition.get();
      case 9 -> "WITH RECURSIVE r (k, d) AS (SELECT t." + key + ", 1 FROM " + name + " t WHERE " + condition.get()
          + " UNION ALL SELECT k, d + 1 FROM r WHERE d < 3) SEARCH DEPTH FIRST BY d SET " + key + "s CYCLE k, d SET c USING p SELECT k, d, c FROM r";
      case 10 -> "SELECT (SELECT max(v) FROM (VALUES (1), (2)) AS x (v)), t." + key + " FROM " + name + " t WHERE " + condition.get() + " ORDER BY t." + key
          + " LIMIT 100 OFFSET 0";
      case 11 -> "SELECT t." + key + " FROM " + name + " t WHERE (" + condition.get() + ") AND NOT EXISTS (SELECT t.count FROM " + name + " t WHERE "
          + condition.get() + ")";
      case 12 -> "SELECT (t)." + key + ", (ARRAY[t." + last.name() + "])[1] FROM ONLY " + name + " AS t WHERE " + condition.get();
      case 13 -> "WITH w AS MATERIALIZED (SELECT t." + key + " AS k FROM " + name + " t WHERE " + condition.get() + "), v AS (TABLE w) SELECT k, k IS NULL FROM v";
      case 14 -> "SELECT count(*) FILTER (WHERE " + condition.get() + ") FROM " + name + " t WHERE " + condition.get() + " HAVING count(*) >= 0";
      default -> "SELECT u." + key + " FROM (SELECT " + key + " FROM " + name + " t WHERE " + condition.get() + " LIMIT 100) u WHERE u." + key + " = "
          + value.apply(table.key().type());
    };
  }

  private String set() {
    return List.of(" UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " EXCEPT ALL ").get(random.nextInt(5));
  }

  private String together(Table table, Table other, Supplier<String> condition, Function<Type, String> value) {
    String key = table.key().name();
    String on = "o." + other.key().name() + " = t." + key;
    String tables = table.name() + " t " + List.of("JOIN ", "LEFT JOIN ", "RIGHT JOIN ", "FULL JOIN ").get(random.nextInt(4)) + other.name() + " o ON " + on;
    return switch (random.nextInt(7)) {
      case 0 -> "SELECT j.k FROM (" + tables + ") AS j (k) WHERE j.k = " + value.apply(table.key().type());
      case 1 -> "SELECT t." + key + ", l.n FROM " + table.name() + " t, LATERAL (SELECT count(*) AS n FROM " + other.name() + " o WHERE " + on + ") l WHERE "
          + condition.get();
      case 2 -> "SELECT t." + key + " FROM " + table.name() + " t WHERE EXISTS (SELECT o.count FROM " + other.name() + " o WHERE " + on + " AND o."
          + other.key().name() + " = " + value.apply(other.key().type()) + ") AND " + condition.get();
      case 3 -> "SELECT t." + key + " FROM " + table.name() + " t WHERE t." + key + " IN (SELECT o." + other.key().name() + " FROM " + other.name()
          + " o) AND " + condition.get();
      case 4 -> "SELECT t." + key + ", (SELECT max(o." + other.columns().getLast().name() + ") FROM " + other.name() + " o WHERE " + on + ") FROM "
          + table.name() + " t WHERE " + condition.get() + " GROUP BY t." + key;
      case 5 -> "SELECT t." + key + " FROM " + tables + " WHERE " + condition.get() + " AND o." + other.key().name() + " IS NOT NULL";
      default -> "SELECT t." + key + " FROM " + tables + " AND " + condition.get() + " WHERE t." + key + " = " + value.apply(table.key().type());
    };
  }
}
