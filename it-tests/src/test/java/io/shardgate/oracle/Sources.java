package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import io.shardgate.oracle.Table.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// What stands in FROM. Not thread-safe; owned by one question.
final class Sources {
  /// @param sql without FROM
  /// @param conditions for WHERE
  record Source(String sql, List<Relation> relations, List<String> conditions) {
    Source {
      relations = List.copyOf(relations);
      conditions = List.copyOf(conditions);
    }

    Source(String sql, List<Relation> relations) {
      this(sql, relations, List.of());
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
    return source.relations().size() < 3 && chance.percent(6) ? listed(source) : source;
  }

  /// Joined by WHERE.
  private Source listed(Source left) {
    draft.uses("join by WHERE");
    Source right = right(left);
    Relation before = left.relations().getFirst();
    Relation last = right.relations().getFirst();
    List<Relation> relations = new ArrayList<>(left.relations());
    relations.add(last);
    String on = near(before, last) && chance.percent(70) ? keys(before, last) : "";
    Term[] pair = pair(before, last);
    if (on.isEmpty() && pair.length == 0) {
      return left;
    }
    return new Source(left.sql() + ", " + right.sql(), relations, List.of(on.isEmpty() ? pair[0].sql() + " = " + pair[1].sql() : on));
  }

  /// Whether rows with the same key are on the same shard.
  private static boolean near(Relation one, Relation other) {
    return one.table() != null && other.table() != null && one.table().group().equals(other.table().group());
  }

  private static String keys(Relation one, Relation other) {
    return one.terms().getFirst().sql() + " = " + other.terms().getFirst().sql();
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
    return way < 91 ? derived("derived table", nested.get()) : way < 97 ? view() : made();
  }

  private Source view() {
    draft.uses("view");
    World.View view = chance.one(draft.world.views());
    String alias = draft.alias();
    return new Source(view.name() + " " + alias, List.of(new Relation(alias, view.columns(), view.unique(), null)));
  }

  Source table(Table table) {
    String alias = draft.alias();
    String name = chance.percent(5) ? "public." + table.name() : chance.percent(4) ? "ONLY " + table.name() : table.name();
    if (chance.percent(4)) {
      draft.uses("column aliases");
      List<Column> columns = new ArrayList<>();
      table.columns().forEach(column -> columns.add(new Column("z" + columns.size(), column.kind())));
      String list = columns.stream().map(Column::name).collect(Collectors.joining(", ", " (", ")"));
      return new Source(name + " AS " + alias + list, List.of(new Relation(alias, columns, List.of("z1"), null)));
    }
    return new Source(name + chance.one(" ", " AS ") + alias, List.of(Relation.of(table, alias)));
  }

  /// What stands in WITH under this name.
  Source common(String name, Relation common) {
    Source source = new Source(name + " " + common.alias(), List.of(common));
    return chance.percent(50) ? joined(source) : source;
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
    int way = chance.between(0, 99);
    if (way < 12) {
      return lateral(left);
    }
    return way < 18 ? crossed(left) : way < 23 ? natural(left) : joinedOn(left);
  }

  private Source joinedOn(Source left) {
    Source right = right(left);
    List<Relation> relations = new ArrayList<>(left.relations());
    relations.addAll(right.relations());
    Relation last = right.relations().getFirst();
    Relation before = chance.one(left.relations());
    String type = chance.one(" JOIN ", " JOIN ", " INNER JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ");
    draft.uses(type.strip().replace("INNER ", "").toLowerCase(Locale.ROOT));
    if (near(before, last) && chance.percent(70)) {
      draft.uses("join on the shard key");
      String key = before.columns().getFirst().name();
      // With USING a name that occurs twice on the left can't be said.
      boolean using = left.relations().size() == 1 && chance.percent(35);
      String on = using ? " USING (" + key + ")" : " ON " + keys(before, last);
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

  private Source with(Source left, String sql, Relation right) {
    List<Relation> relations = new ArrayList<>(left.relations());
    relations.add(right);
    return new Source(left.sql() + sql, relations);
  }

  /// A query that looks at the row on its left.
  private Source lateral(Source left) {
    draft.uses("LATERAL");
    Relation before = chance.one(left.relations());
    Table table = chance.one(draft.world.sharded());
    Relation inner = Relation.of(table, draft.alias());
    Term[] pair = pair(before, inner);
    String alias = draft.alias();
    String on = near(before, inner) && chance.percent(60) ? keys(inner, before) : pair.length == 0 ? "true" : pair[1].sql() + " = " + pair[0].sql();
    String from = " FROM " + table.name() + " " + inner.alias() + " WHERE " + on;
    String number = inner.order().getFirst();
    String joined = chance.one(" CROSS JOIN LATERAL ", " LEFT JOIN LATERAL ");
    String end = joined.contains("LEFT") ? " ON true" : "";
    if (chance.percent(50)) {
      List<Column> columns = List.of(new Column("ln", Kind.INT8), new Column("lm", Kind.INT4));
      String query = "(SELECT count(*) AS ln, max(" + number + ") AS lm" + from + ") " + alias;
      return with(left, joined + query + end, new Relation(alias, columns, List.of("lm"), null));
    }
    String query = "(SELECT " + inner.alias() + ".*" + from + " ORDER BY " + number + " LIMIT 2) " + alias;
    return with(left, joined + query + end, new Relation(alias, table.columns(), List.of(table.number().name()), null));
  }

  private Source crossed(Source left) {
    draft.uses("cross join");
    Source right = chance.percent(50) ? made() : table(draft.world.only(Place.REFERENCE));
    return with(left, " CROSS JOIN " + right.sql(), right.relations().getFirst());
  }

  /// By the one name that both have: the key's.
  private Source natural(Source left) {
    Table table = left.relations().getFirst().table();
    if (left.relations().size() > 1 || table == null) {
      return joinedOn(left);
    }
    draft.uses("NATURAL");
    String alias = draft.alias();
    Table other = chance.one(draft.world.sharded().stream().filter(each -> each.group().equals(table.group()) || each.key().equals(table.key())).findFirst().orElse(table), table);
    String query = "(SELECT " + other.key().name() + ", " + other.number().name() + " AS nn FROM " + other.name() + ")";
    List<Column> columns = List.of(other.key(), new Column("nn", Kind.INT4));
    return with(left, chance.one(" NATURAL JOIN ", " NATURAL LEFT JOIN ", " NATURAL FULL JOIN ") + query + " " + alias, new Relation(alias, columns, List.of("nn"), null));
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
