package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import io.shardgate.oracle.Table.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// What stands in FROM. Not thread-safe; owned by one question.
final class Sources {
  /// @param sql without FROM
  record Source(String sql, List<Relation> relations) {
    Source {
      relations = List.copyOf(relations);
    }

    /// What orders its rows wholly; empty where nothing does.
    List<String> order() {
      if (relations.stream().anyMatch(relation -> relation.unique().isEmpty())) {
        return List.of();
      }
      return relations.stream().flatMap(relation -> relation.order().stream()).toList();
    }
  }

  private final Draft draft;
  private final Chance chance;
  private final Conditions conditions;
  private final Supplier<Query> nested;

  /// @param nested makes a query for FROM, of which each column has a name of its own
  Sources(Draft draft, Conditions conditions, Supplier<Query> nested) {
    this.draft = draft;
    this.chance = draft.chance;
    this.conditions = conditions;
    this.nested = nested;
  }

  /// One table or several, or something in the place of one.
  Source any() {
    Source source = first();
    while (source.relations().size() < 3 && chance.percent(30)) {
      source = joined(source);
    }
    return source;
  }

  private Source first() {
    int way = chance.between(0, 99);
    if (way < 74) {
      return table(chance.one(draft.world.sharded()));
    }
    if (way < 80) {
      draft.uses("reference table");
      return table(draft.world.only(Place.REFERENCE));
    }
    if (way < 86) {
      draft.uses("home table");
      return table(draft.world.only(Place.HOME));
    }
    return way < 96 ? derived("derived table", nested.get()) : made();
  }

  Source table(Table table) {
    String alias = draft.alias();
    return new Source(table.name() + chance.one(" ", " AS ") + alias, List.of(Relation.of(table, alias)));
  }

  Source derived(String feature, Query query) {
    draft.uses(feature);
    String alias = draft.alias();
    List<String> unique = query.numbers().values().stream().map(place -> query.columns().get(place).name()).toList();
    return new Source("(" + query.sql() + ") " + alias, List.of(new Relation(alias, query.columns(), unique, null)));
  }

  /// Rows that no table has.
  private Source made() {
    String alias = draft.alias();
    if (chance.percent(50)) {
      draft.uses("generate_series");
      return new Source("generate_series(1, 5) AS " + alias + " (g)", List.of(new Relation(alias, List.of(new Column("g", Kind.INT4)), List.of("g"), null)));
    }
    draft.uses("VALUES");
    String rows = "(1, 'a', 1.5), (2, NULL, 2.25), (3, 'c', NULL)";
    List<Column> columns = List.of(new Column("v", Kind.INT4), new Column("w", Kind.TEXT), new Column("x", Kind.NUMERIC));
    return new Source("(VALUES " + rows + ") AS " + alias + " (v, w, x)", List.of(new Relation(alias, columns, List.of("v"), null)));
  }

  private Source joined(Source left) {
    Source right = right(left);
    List<Relation> relations = new ArrayList<>(left.relations());
    relations.addAll(right.relations());
    Relation last = right.relations().getFirst();
    Relation before = chance.one(left.relations());
    String type = chance.one(" JOIN ", " JOIN ", " INNER JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ");
    draft.uses(type.strip().replace("INNER ", "").toLowerCase(Locale.ROOT));
    Table one = before.table();
    Table other = last.table();
    if (one != null && other != null && one.group().equals(other.group()) && one.place() == Place.SHARDED && chance.percent(70)) {
      draft.uses("join on the shard key");
      String key = one.key().name();
      // With USING a name that occurs twice on the left can't be said.
      boolean using = left.relations().size() == 1 && chance.percent(35);
      String on = using ? " USING (" + key + ")" : " ON " + before.term(one.key()).sql() + " = " + last.term(other.key()).sql();
      if (using) {
        draft.uses("USING");
      } else if (!type.contains("FULL") && chance.percent(20)) {
        on += " AND " + conditions.condition(List.of(before, last), 1);
      }
      return new Source(left.sql() + type + right.sql() + on, relations);
    }
    draft.uses("join on another column");
    Term[] pair = pair(before, last);
    if (pair.length == 0) {
      return left;
    }
    boolean equal = type.contains("FULL") || left.relations().size() > 1 || chance.percent(75);
    String comparison = equal ? " = " : chance.one(" < ", " <> ");
    return new Source(left.sql() + type + right.sql() + " ON " + pair[0].sql() + comparison + pair[1].sql(), relations);
  }

  private Source right(Source left) {
    Table first = left.relations().getFirst().table();
    if (first != null && first.place() == Place.SHARDED && chance.percent(60)) {
      return table(chance.one(draft.world.sharded().stream().filter(table -> table.group().equals(first.group())).toList()));
    }
    return first();
  }

  /// Two columns of the same kind; nothing where there are none.
  private Term[] pair(Relation one, Relation other) {
    List<Term[]> pairs = new ArrayList<>();
    for (Term left : one.terms(Kind::oneSpelling)) {
      for (Term right : other.terms(kind -> kind == left.kind())) {
        pairs.add(new Term[] {left, right});
      }
    }
    return pairs.isEmpty() ? new Term[0] : chance.one(pairs);
  }
}
