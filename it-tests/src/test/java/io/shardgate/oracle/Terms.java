package io.shardgate.oracle;

import java.util.List;
import java.util.function.Predicate;

/// Expressions over the columns of what stands in FROM. None of them is volatile, none fails for the values there are.
/// Not thread-safe; owned by one question.
final class Terms {
  private final Draft draft;
  private final Chance chance;

  Terms(Draft draft) {
    this.draft = draft;
    this.chance = draft.chance;
  }

  static List<Term> all(List<Relation> from) {
    return from.stream().flatMap(relation -> relation.terms().stream()).toList();
  }

  static List<Term> all(List<Relation> from, Predicate<Kind> kinds) {
    return from.stream().flatMap(relation -> relation.terms(kinds).stream()).toList();
  }

  Term column(List<Relation> from) {
    return chance.one(all(from));
  }

  /// A column of these kinds, or else a number.
  Term column(List<Relation> from, Predicate<Kind> kinds, Kind otherwise) {
    List<Term> columns = all(from, kinds);
    return columns.isEmpty() ? new Term(draft.constant(otherwise), otherwise) : chance.one(columns);
  }

  /// Mostly a column, at times something made of one.
  Term value(List<Relation> from) {
    Term column = column(from);
    return chance.percent(35) ? expression(column, from) : column;
  }

  private Term expression(Term of, List<Relation> from) {
    draft.uses("expression");
    if (chance.percent(25)) {
      return general(of, from);
    }
    return switch (of.kind()) {
      case INT2, INT4, INT8, SMALL -> whole(of);
      case NUMERIC, PRICE -> numeric(of);
      case FLOAT8 -> of.as(Kind.FLOAT8, chance.one("abs(%s)", "(- %s)", "round(%s)"));
      case TEXT, TEXT_C, TEXT_ICU, VARCHAR -> text(of);
      case CHAR -> chance.percent(50) ? of.as(Kind.TEXT, "(%s || '.')") : of.as(Kind.INT4, "length(%s)");
      case BOOL -> of.as(Kind.BOOL, "(NOT %s)");
      case DATE -> chance.percent(50) ? of.as(Kind.DATE, "(%s + 1)") : of.as(Kind.NUMERIC, "extract(year FROM %s)");
      case TIMESTAMP -> chance.percent(50) ? of.as(Kind.TIMESTAMP, "date_trunc('month', %s)") : of.as(Kind.TIMESTAMP, "(%s + '1 day 02:00'::interval)");
      case TIMESTAMPTZ -> chance.percent(50) ? of.as(Kind.TIMESTAMP, "(%s AT TIME ZONE 'Asia/Tokyo')") : of.as(Kind.DATE, "%s::date");
      case INTERVAL -> of.as(Kind.INTERVAL, chance.one("(%s * 2)", "justify_days(%s)"));
      case UUID -> of.as(Kind.TEXT, "%s::text");
      case BYTEA -> chance.percent(50) ? of.as(Kind.INT4, "length(%s)") : of.as(Kind.TEXT, "encode(%s, 'base64')");
      case JSONB -> json(of);
      case INTS -> chance.percent(50) ? new Term("(SELECT sum(e) FROM unnest(" + of.sql() + ") e)", Kind.INT8) : chance.percent(50) ? of.as(Kind.INT4, "%s[1]") : of.as(Kind.INT4, "cardinality(%s)");
      case TEXTS -> chance.percent(50) ? of.as(Kind.TEXT, "%s[1]") : of.as(Kind.TEXT, "array_to_string(%s, ',', '-')");
      case MOOD -> of.as(Kind.TEXT, "%s::text");
    };
  }

  private Term whole(Term of) {
    return switch (chance.between(0, 5)) {
      case 0 -> of.as(Kind.INT8, "(%s::bigint %% 3)");
      case 1 -> of.as(Kind.NUMERIC, "(%s * 1.10)");
      case 2 -> of.as(Kind.NUMERIC, "(%s / 3.0)");
      case 3 -> of.as(Kind.TEXT, "to_char(%s, 'FM000')");
      case 4 -> of.as(Kind.INT8, "(%s::numeric %% 10)::bigint");
      default -> of.as(Kind.INT8, "(%s::bigint / 2)");
    };
  }

  private Term numeric(Term of) {
    return of.as(Kind.NUMERIC, chance.one("round(%s, 1)", "(%s * 2)", "(%s / 7)", "(- %s)", "trunc(%s)", "(%s + 0.001)"));
  }

  private Term text(Term of) {
    return switch (chance.between(0, 6)) {
      case 0 -> of.as(Kind.TEXT, "upper(%s)");
      case 1 -> of.as(Kind.TEXT, "(%s || '!')");
      case 2 -> of.as(Kind.TEXT, "left(%s, 2)");
      case 3 -> of.as(Kind.INT4, "length(%s)");
      case 4 -> of.as(Kind.TEXT, "quote_literal(%s)");
      case 5 -> of.as(Kind.TEXT, "format('<%%s>', %s)");
      default -> of.as(Kind.TEXT, "replace(%s, 'a', 'aa')");
    };
  }

  private Term json(Term of) {
    return switch (chance.between(0, 3)) {
      case 0 -> of.as(Kind.JSONB, "(%s -> 'a')");
      case 1 -> of.as(Kind.TEXT, "(%s ->> 'a')");
      case 2 -> of.as(Kind.TEXT, "jsonb_typeof(%s)");
      default -> of.as(Kind.JSONB, "jsonb_build_object('v', %s)");
    };
  }

  private Term general(Term of, List<Relation> from) {
    Kind kind = of.kind();
    return switch (chance.between(0, 7)) {
      case 6 -> stable();
      case 7 -> of.as(Kind.TEXT, "pg_typeof(%s)::text");
      case 0 -> new Term("coalesce(" + of.sql() + ", " + draft.constant(kind) + ")", kind);
      case 1 -> new Term("nullif(" + of.sql() + ", " + draft.constant(kind) + ")", kind);
      case 2 -> of.as(Kind.BOOL, "(%s IS NULL)");
      case 3 -> new Term("CASE WHEN " + of.sql() + " IS NULL THEN 'none' ELSE 'some' END", Kind.TEXT);
      case 4 -> {
        Term other = column(from, each -> each == kind, kind);
        yield new Term("greatest(" + of.sql() + ", " + other.sql() + ")", kind);
      }
      default -> new Term("(" + of.sql() + " = " + draft.constant(kind) + ")", Kind.BOOL);
    };
  }

  /// Calls that give other values each time, and something of them that is alike.
  private Term stable() {
    draft.uses("volatile or stable call");
    return switch (chance.between(0, 5)) {
      case 0 -> new Term("(random() < 2)", Kind.BOOL);
      case 1 -> new Term("(now() <= clock_timestamp())", Kind.BOOL);
      case 2 -> new Term("current_user::text", Kind.TEXT);
      case 3 -> new Term("current_setting('DateStyle')", Kind.TEXT);
      case 4 -> new Term("(now() = transaction_timestamp())", Kind.BOOL);
      default -> new Term("(gen_random_uuid() IS NULL)", Kind.BOOL);
    };
  }
}
