package io.shardgate.oracle;

import io.shardgate.oracle.Ordering.Item;
import io.shardgate.oracle.Ordering.Ordered;
import io.shardgate.oracle.Sources.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// UNION, INTERSECT, EXCEPT. Not thread-safe; owned by one question.
final class SetOperations {
  private final Draft draft;
  private final Chance chance;
  private final Conditions conditions;
  private final Ordering ordering;

  SetOperations(Draft draft, Conditions conditions, Ordering ordering) {
    this.draft = draft;
    this.chance = draft.chance;
    this.conditions = conditions;
    this.ordering = ordering;
  }

  /// @param first what the first branch reads
  /// @param second what the others read
  /// @param named as in [Groups#grouped]
  Query of(Source first, Source second, boolean named) {
    List<Item> items = new ArrayList<>();
    for (Term term : chance.some(Terms.all(first.relations(), Kind::oneSpelling), chance.between(1, 2))) {
      items.add(new Item(term, named ? "u" + items.size() : chance.one("", "u0")));
    }
    if (items.isEmpty()) {
      items.add(new Item(new Term("1 + 1", Kind.INT4), named ? "u0" : ""));
    }
    List<Item> plain = items.stream().map(item -> new Item(item.term(), item.alias())).toList();
    StringBuilder sql = new StringBuilder("SELECT " + Selects.list(items) + " FROM " + first.sql() + conditions.where(first));
    for (int i = chance.percent(20) ? 2 : 1; i > 0; i--) {
      String word = chance.one("UNION", "UNION", "UNION ALL", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL");
      draft.uses(word);
      sql.append(" ").append(word).append(" ").append(branch(plain, i == 1 ? second : first));
    }
    List<String> total = new ArrayList<>();
    for (int i = 1; i <= items.size(); i++) {
      total.add(Integer.toString(i));
    }
    // Only columns of the result can be ordered by.
    List<Item> outside = items.stream().map(item -> new Item(new Term("(", item.term().kind()), item.alias())).toList();
    Ordered ordered = ordering.of(outside, List.of(), total, named);
    return new Query(sql + ordered.sql(), items.stream().map(Item::column).toList(), ordered.order(), ordered.ordering(), Map.of());
  }

  private String branch(List<Item> like, Source from) {
    List<String> values = new ArrayList<>();
    for (Item item : like) {
      List<Term> same = Terms.all(from.relations(), kind -> kind == item.term().kind());
      Kind kind = item.term().kind();
      values.add(same.isEmpty() ? "NULL::" + kind.sql : chance.one(same).sql());
    }
    String select = "SELECT " + String.join(", ", values) + " FROM " + from.sql() + conditions.where(from);
    return chance.percent(70) ? select : "(" + select + ")";
  }
}
