package io.shardgate.oracle;

import io.shardgate.oracle.Ordering.Item;
import io.shardgate.oracle.Ordering.Ordered;
import io.shardgate.oracle.Sources.Source;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// SELECT of aggregates, with GROUP BY and without. Not thread-safe; owned by one question.
final class Groups {
  private final Draft draft;
  private final Chance chance;
  private final Terms terms;
  private final Conditions conditions;
  private final Ordering ordering;
  private final Aggregates aggregates;

  Groups(Draft draft, Terms terms, Conditions conditions, Ordering ordering, Aggregates aggregates) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.conditions = conditions;
    this.ordering = ordering;
    this.aggregates = aggregates;
  }

  /// All rows in one.
  Query whole(Source from) {
    draft.uses("aggregates alone");
    List<Item> items = aggregated(from, false);
    String having = chance.percent(10) ? having(from) : "";
    String sql = "SELECT " + Selects.list(items) + " FROM " + from.sql() + conditions.where(from) + having;
    return new Query(sql, items.stream().map(Item::column).toList(), Query.Order.WHOLE, List.of(), Map.of());
  }

  /// @param named whether each column has to have a name of its own, and the rows have to be the same each time
  Query grouped(Source from, boolean named) {
    Table only = from.relations().size() == 1 ? from.relations().getFirst().table() : null;
    if (only != null && !named && chance.percent(8)) {
      return byPrimaryKey(from, only);
    }
    draft.uses("GROUP BY");
    List<Item> items = new ArrayList<>();
    List<String> by = new ArrayList<>();
    List<String> total = new ArrayList<>();
    int count = chance.between(1, 2);
    for (int i = 0; i < count; i++) {
      Term key = draft.withoutParameters(() -> key(from.relations()));
      items.add(new Item(key, named || chance.percent(30) ? "g" + i : ""));
      // Where a name is both a column of FROM and one of the result, GROUP BY means the first.
      by.add(chance.percent(70) ? key.sql() : Integer.toString(i + 1));
      total.add(Integer.toString(i + 1));
    }
    String grouping = String.join(", ", by);
    if (new HashSet<>(items.stream().map(item -> item.term().sql()).toList()).size() == count && chance.percent(15)) {
      grouping = sets(items);
      items.add(new Item(new Term("grouping(" + String.join(", ", items.stream().map(item -> item.term().sql()).toList()) + ")", Kind.INT4), "s"));
      total.add(Integer.toString(items.size()));
    }
    List<Term> others = List.copyOf(items.stream().map(Item::term).toList());
    items.addAll(aggregated(from, named));
    String where = conditions.where(from);
    String having = chance.percent(20) ? having(from) : "";
    Ordered ordered = ordering.of(items, others, total, named);
    String sql = "SELECT " + Selects.list(items) + " FROM " + from.sql() + where + " GROUP BY " + grouping + having + ordered.sql();
    return new Query(sql, items.stream().map(Item::column).toList(), ordered.order(), ordered.ordering(), Map.of());
  }

  /// Which fixes all columns.
  private Query byPrimaryKey(Source from, Table table) {
    draft.uses("GROUP BY primary key");
    Relation relation = from.relations().getFirst();
    Term other = terms.column(from.relations());
    String key = relation.term(table.key()).sql() + ", " + relation.order().getFirst();
    String sql = "SELECT " + other.sql() + ", count(*), " + relation.order().getFirst() + " FROM " + from.sql() + conditions.where(from) + " GROUP BY " + key + " ORDER BY 3";
    return new Query(sql, List.of(), Query.Order.WHOLE, List.of(2), Map.of(table.name(), 2));
  }

  /// Of one spelling: else it is open which of two equal values stands for the group.
  private Term key(List<Relation> from) {
    Term column = terms.column(from, Kind::oneSpelling, Kind.INT4);
    if (Terms.all(from, Kind::oneSpelling).isEmpty()) {
      return new Term("1 + 1", Kind.INT4);
    }
    return switch (chance.between(0, 9)) {
      case 0 -> column.kind().isText() ? column.as(Kind.TEXT, "upper(%s)") : column;
      case 1 -> column.kind().isWhole() ? column.as(Kind.INT8, "(%s::bigint %% 2)") : column;
      case 2 -> column.as(Kind.BOOL, "(%s IS NULL)");
      default -> column;
    };
  }

  private String sets(List<Item> keys) {
    List<String> all = keys.stream().map(item -> item.term().sql()).toList();
    String list = String.join(", ", all);
    return switch (chance.between(0, 2)) {
      case 0 -> {
        draft.uses("ROLLUP");
        yield "ROLLUP (" + list + ")";
      }
      case 1 -> {
        draft.uses("CUBE");
        yield "CUBE (" + list + ")";
      }
      default -> {
        draft.uses("GROUPING SETS");
        yield "GROUPING SETS ((" + list + "), (" + all.getFirst() + "), ())";
      }
    };
  }

  private List<Item> aggregated(Source from, boolean named) {
    List<Item> items = new ArrayList<>();
    for (int i = chance.between(1, 3); i > 0; i--) {
      items.add(new Item(aggregates.any(from.relations(), from.order()), named || chance.percent(30) ? "a" + i : ""));
    }
    return items;
  }

  private String having(Source from) {
    draft.uses("HAVING");
    return " HAVING " + switch (chance.between(0, 2)) {
      case 0 -> "count(*) " + chance.one("> ", "= ", "<= ") + draft.constant(Kind.INT4, List.of("1", "2", "3"));
      case 1 -> {
        Term least = terms.column(from.relations(), Kind.MINIMAL::contains, Kind.INT4);
        yield "min(" + least.sql() + ") IS NOT NULL";
      }
      default -> "count(" + terms.column(from.relations()).sql() + ") < count(*) OR count(*) > 4";
    };
  }
}
