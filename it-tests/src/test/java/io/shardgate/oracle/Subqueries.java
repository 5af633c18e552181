package io.shardgate.oracle;

import io.shardgate.oracle.Table.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// Queries inside of expressions, which mostly look at the row outside. Not thread-safe; owned by one question.
final class Subqueries {
  private final Draft draft;
  private final Chance chance;
  private final Terms terms;

  /// A condition without queries in it.
  private final BiFunction<List<Relation>, Integer, String> plain;

  Subqueries(Draft draft, Terms terms, BiFunction<List<Relation>, Integer, String> plain) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.plain = plain;
  }

  /// As a condition.
  String condition(List<Relation> from) {
    Relation inner = inner(from);
    Term left = terms.column(from, kind -> !inner.terms(each -> each == kind).isEmpty() && kind.oneSpelling(), Kind.INT4);
    List<Term> right = inner.terms(kind -> kind == left.kind());
    if (right.isEmpty() || chance.percent(40)) {
      draft.uses("EXISTS");
      return chance.one("EXISTS (SELECT ", "EXISTS (SELECT ", "NOT EXISTS (SELECT ") + chance.one("1", "*", inner.alias() + ".*") + " FROM " + table(inner) + where(inner, from, 85) + ")";
    }
    String query = "(SELECT " + chance.one(right).sql() + " FROM " + table(inner) + where(inner, from, 40) + ")";
    return switch (chance.between(0, 4)) {
      case 0, 1 -> {
        draft.uses("IN (SELECT)");
        yield left.sql() + " IN " + query;
      }
      case 2 -> {
        draft.uses("NOT IN (SELECT)");
        yield left.sql() + " NOT IN " + query;
      }
      case 3 -> {
        draft.uses("ANY, ALL (SELECT)");
        yield left.sql() + chance.one(" = ANY ", " <> ALL ", " >= ALL ", " < ANY ") + query;
      }
      default -> {
        Term least = chance.one(right);
        draft.uses("scalar subquery");
        yield Kind.MINIMAL.contains(least.kind())
            ? left.sql() + chance.one(" = ", " > ", " <= ") + "(SELECT " + chance.one("min(", "max(") + least.sql() + ") FROM " + table(inner) + where(inner, from, 50) + ")"
            : left.sql() + " IN " + query;
      }
    };
  }

  /// As a value.
  Term value(List<Relation> from) {
    Relation inner = inner(from);
    Term column = chance.one(inner.terms());
    String rest = " FROM " + table(inner) + where(inner, from, 70);
    if (chance.percent(20)) {
      draft.uses("ARRAY(SELECT)");
      Term whole = terms.column(List.of(inner), kind -> kind == Kind.INT4, Kind.INT4);
      return new Term("ARRAY(SELECT " + whole.sql() + rest + " ORDER BY 1)", Kind.INTS);
    }
    draft.uses("scalar subquery");
    return switch (chance.between(0, 2)) {
      case 0 -> new Term("(SELECT count(*)" + rest + ")", Kind.INT8);
      case 1 -> new Term("(SELECT max(" + inner.order().getFirst() + ")" + rest + ")", Kind.INT4);
      default -> new Term("(SELECT " + column.sql() + rest + " ORDER BY " + inner.order().getFirst() + " LIMIT 1)", column.kind());
    };
  }

  private Relation inner(List<Relation> from) {
    int way = chance.between(0, 99);
    Table outer = from.getFirst().table();
    List<Table> near = draft.world.sharded().stream().filter(table -> outer != null && table.group().equals(outer.group())).toList();
    Table table = way < 50 && !near.isEmpty() ? chance.one(near) : way < 80 ? chance.one(draft.world.sharded()) : draft.world.only(way < 90 ? Place.REFERENCE : Place.HOME);
    return Relation.of(table, draft.alias());
  }

  private static String table(Relation inner) {
    return (inner.table() == null ? inner.alias() : inner.table().name()) + " " + inner.alias();
  }

  /// @param percent how often it looks at the row outside
  private String where(Relation inner, List<Relation> from, int percent) {
    List<String> said = new ArrayList<>();
    if (chance.percent(percent)) {
      said.add(correlation(inner, from));
    }
    if (chance.percent(30)) {
      said.add(plain.apply(List.of(inner), 1));
    }
    return said.isEmpty() ? "" : " WHERE " + String.join(" AND ", said);
  }

  private String correlation(Relation inner, List<Relation> from) {
    Relation outer = from.getFirst();
    Table one = outer.table();
    Table other = inner.table();
    if (one != null && other != null && one.group().equals(other.group()) && chance.percent(60)) {
      draft.uses("correlated on the shard key");
      return inner.term(other.key()).sql() + " = " + outer.term(one.key()).sql();
    }
    draft.uses("correlated on another column");
    Term seen = terms.column(from, kind -> !inner.terms(each -> each == kind).isEmpty(), Kind.INT4);
    List<Term> same = inner.terms(kind -> kind == seen.kind());
    return same.isEmpty() ? "true" : chance.one(same).sql() + chance.one(" = ", " = ", " < ") + seen.sql();
  }
}
