package io.shardgate.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Calls of aggregates whose results don't depend on the order in which rows come, or that fix it. Not thread-safe; owned by one question.
final class Aggregates {
  private final Draft draft;
  private final Chance chance;
  private final Terms terms;
  private final Conditions conditions;

  Aggregates(Draft draft, Terms terms, Conditions conditions) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.conditions = conditions;
  }

  /// @param order what orders the rows wholly; empty where nothing does
  Term any(List<Relation> from, List<String> order) {
    Term aggregate = switch (chance.between(0, 13)) {
      case 0, 1 -> named("count", Kind.INT8, "*");
      case 2 -> named("count", Kind.INT8, terms.value(from).sql());
      case 3 -> distinct(from);
      case 4, 5 -> sum(from);
      case 6 -> average(from);
      case 7, 8 -> smallest(from);
      case 9 -> named(chance.one("bool_and", "bool_or", "every"), Kind.BOOL, conditions.condition(from, 0));
      case 10 -> spread(from);
      case 11 -> collected(from, order);
      case 12 -> ordered(from);
      default -> bits(from);
    };
    if (chance.percent(15)) {
      draft.uses("FILTER");
      return new Term(aggregate.sql() + " FILTER (WHERE " + conditions.condition(from, 1) + ")", aggregate.kind());
    }
    return aggregate;
  }

  private Term named(String function, Kind kind, String arguments) {
    draft.uses(function);
    return new Term(function + "(" + arguments + ")", kind);
  }

  private Term distinct(List<Relation> from) {
    draft.uses("aggregate DISTINCT");
    if (chance.percent(60)) {
      return named("count", Kind.INT8, "DISTINCT " + terms.column(from).sql());
    }
    if (chance.percent(30)) {
      return named("count", Kind.INT8, "DISTINCT (" + terms.column(from).sql() + ", " + terms.column(from).sql() + ")");
    }
    Term number = number(from, Kind::isExactNumber);
    return named("sum", number.kind() == Kind.INT2 || number.kind() == Kind.INT4 ? Kind.INT8 : Kind.NUMERIC, "DISTINCT " + sameScale(number));
  }

  /// Of 1.0 and 1.00 either is left by DISTINCT.
  private static String sameScale(Term number) {
    return number.kind() == Kind.NUMERIC ? "trim_scale(" + number.sql() + ")" : number.sql();
  }

  private Term number(List<Relation> from, Predicate<Kind> kinds) {
    return terms.column(from, kinds, Kind.INT4);
  }

  private Term sum(List<Relation> from) {
    if (chance.percent(10)) {
      Term interval = terms.column(from, kind -> kind == Kind.INTERVAL, Kind.INT4);
      return named("sum", interval.kind() == Kind.INTERVAL ? Kind.INTERVAL : Kind.INT8, interval.sql());
    }
    Term number = number(from, Kind::isExactNumber);
    Kind kind = number.kind() == Kind.INT8 || !number.kind().isWhole() ? Kind.NUMERIC : Kind.INT8;
    return named("sum", kind, chance.percent(25) && number.kind().isWhole() ? number.sql() + "::numeric * 2" : number.sql());
  }

  private Term average(List<Relation> from) {
    return named("avg", Kind.NUMERIC, number(from, Kind::isExactNumber).sql());
  }

  private Term smallest(List<Relation> from) {
    Term column = terms.column(from, Kind.MINIMAL::contains, Kind.INT4);
    return named(chance.one("min", "max"), column.kind(), column.sql());
  }

  private Term spread(List<Relation> from) {
    return named(
        chance.one("stddev", "variance", "stddev_pop", "var_pop", "stddev_samp", "var_samp"), Kind.NUMERIC, number(from, Kind::isExactNumber).sql());
  }

  private Term bits(List<Relation> from) {
    Term number = number(from, kind -> kind == Kind.INT2 || kind == Kind.INT4 || kind == Kind.INT8);
    return named(chance.one("bit_and", "bit_or", "bit_xor"), number.kind(), number.sql());
  }

  private Term collected(List<Relation> from, List<String> order) {
    Term of = order.isEmpty() ? terms.column(from, Kind::oneSpelling, Kind.INT4) : terms.column(from);
    List<String> keys = new ArrayList<>();
    if (order.isEmpty() || chance.percent(50)) {
      keys.add(of.sql() + chance.one("", " DESC", " NULLS FIRST"));
    }
    keys.addAll(order);
    String by = " ORDER BY " + String.join(", ", keys);
    return switch (chance.between(0, 2)) {
      // Arrays of one size only can be collected.
      case 0 -> named("array_agg", Kind.JSONB, (of.kind() == Kind.INTS || of.kind() == Kind.TEXTS ? of.sql() + "::text" : of.sql()) + by);
      case 1 -> named("jsonb_agg", Kind.JSONB, of.sql() + by);
      default -> named("string_agg", Kind.TEXT, of.sql() + "::text, " + chance.one("','", "' '", "''") + by);
    };
  }

  /// What is computed of the rows in an order of the call's own.
  private Term ordered(List<Relation> from) {
    draft.uses("WITHIN GROUP");
    Term column = terms.column(from, Kind::oneSpelling, Kind.INT4);
    Supplier<Term> number = () -> number(from, kind -> kind == Kind.INT4 || kind == Kind.INT2);
    return switch (chance.between(0, 3)) {
      case 3 -> new Term("rank(2) WITHIN GROUP (ORDER BY " + number.get().sql() + ")", Kind.INT8);
      case 0 -> new Term("percentile_cont(0.5) WITHIN GROUP (ORDER BY " + number.get().sql() + ")", Kind.FLOAT8);
      case 1 -> new Term("percentile_disc(0.3) WITHIN GROUP (ORDER BY " + column.sql() + ")", column.kind());
      default -> new Term("mode() WITHIN GROUP (ORDER BY " + column.sql() + ")", column.kind());
    };
  }
}
