package io.shardgate.oracle;

import io.shardgate.oracle.Query.Order;
import io.shardgate.oracle.Sources.Source;
import io.shardgate.oracle.Table.Column;
import java.util.List;
import java.util.Map;

/// Queries that are wrong, and those that have an unusual form. Not thread-safe; owned by one question.
final class Oddities {
  private final Draft draft;
  private final Chance chance;
  private final Conditions conditions;

  Oddities(Draft draft, Conditions conditions) {
    this.draft = draft;
    this.chance = draft.chance;
    this.conditions = conditions;
  }

  /// One server has an error to tell of it, mostly.
  Query wrong() {
    draft.uses("wrong query");
    Table table = chance.one(draft.world.sharded());
    Relation relation = Relation.of(table, "t");
    String key = "t." + table.key().name();
    String number = relation.order().getFirst();
    String from = " FROM " + table.name() + " t" + conditions.where(new Source("", List.of(relation)));
    String all = " FROM " + table.name() + " t";
    return rows(chance.one(
        "SELECT t.nothing" + from, "SELECT " + key + " FROM nowhere t", "SELECT " + key + ", count(*)" + from, "SELECT sum(t." + table.columns().get(3).name() + ")" + from,
        "SELECT " + number + " / 0" + all, "SELECT 10 / (" + number + " - 7)" + all, "SELECT sum(10 / (" + number + " - 7))" + all, "SELECT 10 / (" + number + " - " + number + ")" + all, "SELECT " + number + all + " WHERE 'x'::int > 0",
        "SELECT " + key + from + " ORDER BY 9", "SELECT " + key + from + " GROUP BY " + number, "SELECT DISTINCT " + key + from + " ORDER BY " + number,
        "SELECT " + key + from + " LIMIT -1", "SELECT " + key + all + " WHERE count(*) > 1", "SELECT " + key + all + " WHERE row_number() OVER () = 1",
        "SELECT (SELECT " + number + all + ")", "SELECT " + key + all + " WHERE " + key + " = (SELECT x" + all + ")", "SELECT " + key + from + " UNION SELECT 1, 2",
        "SELECT " + number + all + " UNION SELECT 'x'", "SELEC " + key + from, "SELECT no_function(" + key + ")" + from, "SELECT " + number + all + " JOIN " + table.name()
        + " u USING (nothing)", "SELECT " + table.key().name() + " FROM " + table.name() + " t, " + table.name() + " u", "SELECT t.*, count(*)" + from,
        "SELECT (2147483647 + " + number + ")" + all, "SELECT " + key + all + " WHERE " + number, "SELECT max(sum(" + number + "))" + from,
        "SELECT " + number + "::text::small" + all, "SELECT 'broken'::mood" + all, "SELECT " + number + all + " WHERE '' ~ '('"));
  }

  /// Without FROM, without SELECT, with locks.
  Query unusual() {
    draft.uses("unusual form");
    Table table = chance.one(draft.world.sharded());
    Relation relation = Relation.of(table, "t");
    String number = relation.order().getFirst();
    String from = " FROM " + table.name() + " t" + conditions.where(new Source("", List.of(relation)));
    return switch (chance.between(0, 15)) {
      case 7 -> rows("SELECT count(DISTINCT now()), max(now()) = min(now()), count(DISTINCT random()) = count(*)" + from);
      case 8 -> rows("SELECT " + number + from + (from.contains(" WHERE ") ? " AND" : " WHERE") + " now() = (SELECT max(now())" + from + ")");
      case 9 -> rows("SELECT " + number + ", e.n, e.v FROM " + table.name() + " t, unnest(ARRAY[" + number + ", 7]) WITH ORDINALITY AS e (v, n)");
      case 10 -> rows("SELECT j.key, count(*) FROM " + table.name() + " t CROSS JOIN jsonb_each(to_jsonb(t)) j GROUP BY j.key");
      case 11 -> rows("SELECT DISTINCT now() = (SELECT max(now()) FROM " + table.name() + ")" + from);
      case 12 -> new Query("SELECT 'a', 1 UNION ALL SELECT 'b', " + number + from + " ORDER BY 2, 1", List.of(), Order.WHOLE, List.of(1, 0), Map.of());
      case 0 -> rows("TABLE " + chance.one(draft.world.tables()).name());
      case 1 -> new Query("VALUES (1, 'a'), (2, NULL) ORDER BY 1 DESC", List.of(), Order.WHOLE, List.of(0), Map.of());
      case 2, 13, 14, 15 -> {
        draft.uses("row locks");
        String locks = chance.one(" FOR UPDATE", " FOR SHARE", " FOR NO KEY UPDATE", " FOR UPDATE SKIP LOCKED", " FOR KEY SHARE OF t", " FOR UPDATE NOWAIT");
        yield new Query("SELECT " + number + ", t.*" + from + " ORDER BY 1" + chance.one("", "", "", " LIMIT 3") + locks, List.of(), Order.WHOLE, List.of(0), Map.of());
      }
      case 3 -> rows("SELECT" + from);
      case 4 -> rows("SELECT t" + from);
      case 5 -> rows("SELECT ROW(" + number + ", t." + table.key().name() + ")" + from);
      case 6 -> new Query(
          "SELECT t.tableoid::regclass::text, " + number + from + " ORDER BY 2", List.of(new Column("", Kind.TEXT), new Column("", Kind.INT4)), Order.WHOLE, List.of(1),
          Map.of(table.name(), 1));
      default -> rows("SELECT generate_series(1, 2), " + number + from);
    };
  }

  private static Query rows(String sql) {
    return new Query(sql, List.of(), Order.ROWS, List.of(), Map.of());
  }
}
