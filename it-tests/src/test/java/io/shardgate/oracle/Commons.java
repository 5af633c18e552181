package io.shardgate.oracle;

import io.shardgate.oracle.Sources.Source;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// WITH. Not thread-safe; owned by one question.
final class Commons {
  private final Draft draft;
  private final Chance chance;
  private final Conditions conditions;

  Commons(Draft draft, Conditions conditions) {
    this.draft = draft;
    this.chance = draft.chance;
    this.conditions = conditions;
  }

  /// @param common what stands in WITH
  /// @param body makes the query that reads it, of its name and itself
  Query plain(Query common, BiFunction<String, Relation, Query> body) {
    draft.uses("WITH");
    // It may hide a table.
    String name = chance.percent(10) ? chance.one(draft.world.tables()).name() : "x";
    Relation relation = new Relation(draft.alias(), common.columns(), List.of(), null);
    Query query = body.apply(name, relation);
    return query.with("WITH " + name + " AS " + chance.one("", "", "MATERIALIZED ", "NOT MATERIALIZED ") + "(" + common.sql() + ") " + query.sql());
  }

  Query recursive() {
    draft.uses("WITH RECURSIVE");
    Table table = chance.one(draft.world.sharded());
    Relation relation = Relation.of(table, "t");
    Source from = new Source(table.name() + " t", List.of(relation));
    Term number = chance.one(relation.terms(kind -> kind == Kind.INT4));
    String where = conditions.where(from);
    String sql = switch (chance.between(0, 2)) {
      case 0 -> "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT r.n, count(t." + table.number().name() + ") FROM r LEFT JOIN "
          + from.sql() + " ON " + number.sql() + " = r.n GROUP BY r.n";
      case 1 -> "WITH RECURSIVE r (v, d) AS (SELECT " + number.sql() + ", 1 FROM " + from.sql() + where + " UNION SELECT " + relation.order().getFirst()
          + ", r.d + 1 FROM r JOIN " + from.sql() + " ON " + number.sql() + " = r.v WHERE r.d < 3) SELECT * FROM r";
      default -> "WITH RECURSIVE r (v) AS (SELECT min(" + relation.order().getFirst() + ") FROM " + from.sql() + where + " UNION ALL SELECT (SELECT min("
          + relation.order().getFirst() + ") FROM " + from.sql() + " WHERE " + relation.order().getFirst() + " > r.v) FROM r WHERE r.v IS NOT NULL) SELECT r.v FROM r";
    };
    return new Query(sql, List.of(), Query.Order.ROWS, List.of(), Map.of());
  }
}
