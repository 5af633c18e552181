package io.shardgate.oracle;

import io.shardgate.oracle.Ordering.Item;
import io.shardgate.oracle.Ordering.Ordered;
import io.shardgate.oracle.Sources.Source;
import io.shardgate.oracle.Table.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// SELECT of rows as they are. Not thread-safe; owned by one question.
final class Selects {
  private final Draft draft;
  private final Chance chance;
  private final Terms terms;
  private final Conditions conditions;
  private final Ordering ordering;

  Selects(Draft draft, Terms terms, Conditions conditions, Ordering ordering) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.conditions = conditions;
    this.ordering = ordering;
  }

  Query rows(Source from) {
    if (from.relations().size() == 1 && chance.percent(12)) {
      return star(from);
    }
    int way = chance.between(0, 99);
    if (way >= 94 && !from.order().isEmpty()) {
      return distinctOn(from);
    }
    if (way >= 82) {
      return distinct(from);
    }
    List<Item> items = items(from, false);
    return finished("SELECT " + list(items), from, items, Terms.all(from.relations()), from.order(), false);
  }

  /// For FROM: each column has a name of its own, the rows are the same each time.
  Query named(Source from) {
    List<Item> items = items(from, true);
    return finished("SELECT " + list(items), from, items, List.of(), from.order(), true);
  }

  private List<Item> items(Source from, boolean named) {
    List<Item> items = new ArrayList<>();
    int count = chance.between(1, 4);
    for (int i = 0; i < count; i++) {
      Term term = chance.percent(6) ? conditions.subquery(from.relations()) : terms.value(from.relations());
      items.add(new Item(term, named || chance.percent(40) ? "x" + (i + (named ? 0 : chance.between(0, 1))) : ""));
    }
    Relation first = from.relations().getFirst();
    if (first.table() != null && chance.percent(50)) {
      items.add(new Item(first.term(first.table().key()), named ? "xk" : ""));
    }
    if (first.unique().size() == 1 && (named || chance.percent(50))) {
      Column number = first.columns().stream().filter(column -> column.name().equals(first.unique().getFirst())).findFirst().orElseThrow();
      items.add(new Item(first.term(number), named ? "xn" : ""));
    }
    return items;
  }

  private Query finished(String select, Source from, List<Item> items, List<Term> others, List<String> total, boolean fixed) {
    String where = conditions.where(from);
    Ordered ordered = ordering.of(items, others, total, fixed);
    return new Query(
        select + " FROM " + from.sql() + where + ordered.sql(), items.stream().map(Item::column).toList(), ordered.order(), ordered.ordering(),
        numbers(from, items));
  }

  private static Map<String, Integer> numbers(Source from, List<Item> items) {
    Map<String, Integer> numbers = new HashMap<>();
    if (from.relations().size() == 1) {
      Relation only = from.relations().getFirst();
      for (int i = 0; i < items.size(); i++) {
        if (only.order().contains(items.get(i).term().sql())) {
          numbers.put(only.table() == null ? only.alias() : only.table().name(), i);
        }
      }
    }
    return numbers;
  }

  private Query star(Source from) {
    draft.uses("*");
    Relation only = from.relations().getFirst();
    List<Item> items = only.columns().stream().map(column -> new Item(only.term(column), column.name())).toList();
    return finished("SELECT " + chance.one("*", only.alias() + ".*"), from, items, List.of(), from.order(), false);
  }

  /// Without columns whose equal values don't look alike.
  private Query distinct(Source from) {
    draft.uses("DISTINCT");
    List<Item> items = new ArrayList<>();
    for (Term term : chance.some(Terms.all(from.relations(), Kind::oneSpelling), chance.between(1, 2))) {
      items.add(new Item(term, chance.percent(50) ? "d" + items.size() : ""));
    }
    List<String> total = new ArrayList<>();
    for (int i = 1; i <= items.size(); i++) {
      total.add(Integer.toString(i));
    }
    Query query = finished("SELECT DISTINCT " + list(items), from, items, List.of(), total, false);
    return new Query(query.sql(), query.columns(), query.order(), query.ordering(), Map.of());
  }

  private Query distinctOn(Source from) {
    draft.uses("DISTINCT ON");
    Term on = terms.column(from.relations());
    List<Item> items = items(from, false);
    String where = conditions.where(from);
    String sql = "SELECT DISTINCT ON (" + on.sql() + ") " + list(items) + " FROM " + from.sql() + where + " ORDER BY " + on.sql() + chance.one("", " DESC", " NULLS FIRST")
        + ", " + String.join(", ", from.order()) + (chance.percent(30) ? " LIMIT " + draft.count(1, 4) : "");
    return new Query(sql, items.stream().map(Item::column).toList(), Query.Order.WHOLE, List.of(), Map.of());
  }

  static String list(List<Item> items) {
    return items.stream().map(Item::sql).collect(Collectors.joining(", "));
  }
}
