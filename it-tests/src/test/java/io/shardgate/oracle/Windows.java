package io.shardgate.oracle;

import io.shardgate.oracle.Ordering.Item;
import io.shardgate.oracle.Ordering.Ordered;
import io.shardgate.oracle.Sources.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// SELECT of window functions, over frames that are the same each time. Not thread-safe; owned by one question.
final class Windows {
  private final Draft draft;
  private final Chance chance;
  private final Terms terms;
  private final Conditions conditions;
  private final Ordering ordering;

  Windows(Draft draft, Terms terms, Conditions conditions, Ordering ordering) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.conditions = conditions;
    this.ordering = ordering;
  }

  Query rows(Source from) {
    draft.uses("window function");
    List<Item> items = new ArrayList<>();
    items.add(new Item(terms.column(from.relations()), ""));
    String named = chance.percent(20) ? partition(from.relations()) : "";
    for (int i = chance.between(1, 2); i > 0; i--) {
      items.add(new Item(call(from, named), chance.percent(40) ? "w" + i : ""));
    }
    String where = conditions.where(from);
    String window = named.isEmpty() ? "" : " WINDOW w AS (" + named + ")";
    Ordered ordered = ordering.of(items, Terms.all(from.relations()), from.order(), false);
    String sql = "SELECT " + Selects.list(items) + " FROM " + from.sql() + where + window + ordered.sql();
    return new Query(sql, items.stream().map(Item::column).toList(), ordered.order(), ordered.ordering(), Map.of());
  }

  private String partition(List<Relation> from) {
    Table first = from.getFirst().table();
    if (first != null && chance.percent(50)) {
      draft.uses("PARTITION BY key");
      return "PARTITION BY " + from.getFirst().term(first.key()).sql();
    }
    return "PARTITION BY " + terms.column(from).sql();
  }

  private Term call(Source from, String named) {
    List<Relation> relations = from.relations();
    String partition = !named.isEmpty() && chance.percent(70) ? "w" : chance.percent(60) ? partition(relations) : "";
    Term number = terms.column(relations, Kind::isExactNumber, Kind.INT4);
    Term column = terms.column(relations);
    String order = String.join(", ", from.order());
    if (order.isEmpty() || chance.percent(40)) {
      // Those that are alike in the order are treated alike.
      String by = partition + " ORDER BY " + column.sql() + chance.one("", " DESC", " NULLS FIRST");
      return switch (chance.between(0, 5)) {
        case 0 -> new Term("rank() OVER (" + by + ")", Kind.INT8);
        case 1 -> new Term("dense_rank() OVER (" + by + ")", Kind.INT8);
        case 2 -> new Term("cume_dist() OVER (" + by + ")", Kind.FLOAT8);
        case 3 -> new Term("sum(" + number.sql() + ") OVER (" + by + ")", Kind.NUMERIC);
        case 4 -> new Term("count(*) OVER (" + partition + ")", Kind.INT8);
        default -> new Term("count(" + column.sql() + ") OVER (" + by + " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)", Kind.INT8);
      };
    }
    String by = partition + " ORDER BY " + chance.one(order, column.sql() + ", " + order, column.sql() + " DESC, " + order);
    String frame = chance.one(" ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS UNBOUNDED PRECEDING", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW");
    return switch (chance.between(0, 6)) {
      case 0 -> new Term("row_number() OVER (" + by + ")", Kind.INT8);
      case 1 -> new Term("ntile(3) OVER (" + by + ")", Kind.INT4);
      case 2 -> new Term("lag(" + column.sql() + ") OVER (" + by + ")", column.kind());
      case 3 -> new Term("lead(" + column.sql() + ", 2) OVER (" + by + ")", column.kind());
      case 4 -> new Term("sum(" + number.sql() + ") OVER (" + by + frame + ")", Kind.NUMERIC);
      case 5 -> new Term("first_value(" + column.sql() + ") OVER (" + by + frame + ")", column.kind());
      default -> new Term("avg(" + number.sql() + ") OVER (" + by + frame + ")", Kind.NUMERIC);
    };
  }
}
