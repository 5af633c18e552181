package io.shardgate.oracle;

import io.shardgate.oracle.Query.Order;
import io.shardgate.oracle.Table.Column;
import java.util.ArrayList;
import java.util.List;

/// ORDER BY, LIMIT and their kin, and what they fix. Not thread-safe; owned by one question.
final class Ordering {
  /// An item of the select list.
  ///
  /// @param alias empty where there is none
  record Item(Term term, String alias) {
    String sql() {
      return alias.isEmpty() ? term.sql() : term.sql() + " AS " + alias;
    }

    Column column() {
      return new Column(alias, term.kind());
    }
  }

  /// @param sql of ORDER BY and LIMIT
  /// @param ordering as in [Query]
  record Ordered(String sql, Order order, List<Integer> ordering) {
    Ordered {
      ordering = List.copyOf(ordering);
    }
  }

  private final Draft draft;
  private final Chance chance;

  Ordering(Draft draft) {
    this.draft = draft;
    this.chance = draft.chance;
  }

  /// @param items of the select list; null when they are not known
  /// @param others what may be ordered by beside the items; empty under DISTINCT
  /// @param total what orders the rows wholly when it is added; empty when there is no such thing
  /// @param fixed whether the rows have to be the same each time
  Ordered of(List<Item> items, List<Term> others, List<String> total, boolean fixed) {
    if (!chance.percent(65)) {
      return unordered(fixed);
    }
    draft.uses("ORDER BY");
    List<String> keys = new ArrayList<>();
    List<Integer> ordering = new ArrayList<>();
    boolean told = true;
    boolean oneSpelling = true;
    for (int i = chance.between(1, 3); i > 0; i--) {
      if (!others.isEmpty() && (items.isEmpty() || chance.percent(25))) {
        keys.add(chance.one(others).sql() + direction());
        told = false;
        continue;
      }
      int place = chance.between(0, items.size() - 1);
      keys.add(key(items, place) + direction());
      oneSpelling &= items.get(place).term().kind().oneSpelling();
      if (told) {
        ordering.add(place);
      }
    }
    if (!total.isEmpty() && chance.percent(70)) {
      total.forEach(each -> keys.add(each + chance.one("", "", " DESC")));
      return limited(" ORDER BY " + String.join(", ", keys), Order.WHOLE, ordering, fixed);
    }
    // Values that are equal and don't look alike come in any order.
    Order order = told && oneSpelling ? Order.KEYS : Order.ROWS;
    return limited(" ORDER BY " + String.join(", ", keys), order, order == Order.KEYS ? ordering : List.of(), fixed);
  }

  private Ordered unordered(boolean fixed) {
    if (fixed || !chance.percent(20)) {
      return new Ordered("", Order.ROWS, List.of());
    }
    draft.uses("LIMIT without ORDER BY");
    return new Ordered(" LIMIT " + draft.count(0, 6), Order.COUNT, List.of());
  }

  private String key(List<Item> items, int place) {
    Item item = items.get(place);
    boolean unique = items.stream().filter(each -> each.alias().equals(item.alias())).count() == 1;
    if (!item.alias().isEmpty() && unique && chance.percent(60)) {
      return item.alias();
    }
    // A bare $1 or a bare literal is no expression to order by.
    return !chance.percent(50) || item.term().sql().matches("[$'(0-9-].*") ? Integer.toString(place + 1) : item.term().sql();
  }

  private String direction() {
    if (chance.percent(4)) {
      draft.uses("ORDER BY USING");
      return chance.one(" USING >", " USING <");
    }
    String direction = chance.one("", "", " ASC", " DESC", " DESC");
    return direction + switch (chance.between(0, 5)) {
      case 5 -> {
        draft.uses("NULLS FIRST/LAST");
        yield " NULLS FIRST";
      }
      case 4 -> {
        draft.uses("NULLS FIRST/LAST");
        yield " NULLS LAST";
      }
      default -> "";
    };
  }

  private Ordered limited(String sql, Order order, List<Integer> ordering, boolean fixed) {
    if (!chance.percent(45)) {
      return new Ordered(sql, order, ordering);
    }
    if (order != Order.WHOLE && chance.percent(40)) {
      draft.uses("FETCH WITH TIES");
      return new Ordered(sql + " FETCH FIRST " + chance.between(1, 5) + " ROWS WITH TIES", order, ordering);
    }
    if (order != Order.WHOLE && fixed) {
      return new Ordered(sql, order, ordering);
    }
    draft.uses("LIMIT");
    Order left = switch (order) {
      case WHOLE -> Order.WHOLE;
      case KEYS -> Order.ONLY_KEYS;
      case ROWS, ONLY_KEYS, COUNT -> Order.COUNT;
    };
    if (chance.percent(5)) {
      draft.uses("LIMIT of an odd kind");
      return new Ordered(sql + chance.one(" LIMIT NULL", " LIMIT 9223372036854775807 OFFSET 2", " LIMIT 2.5", " LIMIT (1 + 2)", " OFFSET 1000000", " LIMIT '3'"), left, ordering);
    }
    if (chance.percent(30)) {
      draft.uses("OFFSET");
      String limit = chance.percent(50) ? " LIMIT " + draft.count(1, 6) : "";
      return new Ordered(sql + limit + " OFFSET " + draft.count(0, 5), left, ordering);
    }
    return new Ordered(sql + (chance.percent(60) ? " LIMIT " + draft.count(0, 6) : chance.one(" FETCH FIRST 3 ROWS ONLY", " LIMIT ALL")), left, ordering);
  }
}
