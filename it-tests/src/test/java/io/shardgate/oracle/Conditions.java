package io.shardgate.oracle;

import io.shardgate.oracle.Sources.Source;
import io.shardgate.oracle.Table.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What WHERE, ON, HAVING and FILTER say. Not thread-safe; owned by one question.
final class Conditions {
  private static final int KEYS_MAX = 5;

  private final Draft draft;
  private final Chance chance;
  private final Terms terms;
  private final Subqueries subqueries;

  Conditions(Draft draft, Terms terms) {
    this.draft = draft;
    this.chance = draft.chance;
    this.terms = terms;
    this.subqueries = new Subqueries(draft, terms, this::condition);
  }

  /// ` WHERE …`, or nothing.
  String where(Source source) {
    List<Relation> from = source.relations();
    List<String> all = new ArrayList<>(source.conditions());
    all.addAll(keys(from));
    while (chance.percent(40)) {
      all.add(condition(from, 2));
    }
    if (chance.percent(12)) {
      all.add(subqueries.condition(from));
    }
    return all.isEmpty() ? "" : " WHERE " + String.join(" AND ", all);
  }

  /// What fixes the shards of these tables, if anything does.
  private List<String> keys(List<Relation> from) {
    List<String> said = new ArrayList<>();
    Map<String, List<String>> together = new HashMap<>();
    int way = 9 - chance.between(0, 9);
    for (Relation relation : from) {
      Table table = relation.table();
      if (table == null || table.place() != Place.SHARDED || way > 5 || (way == 1 || way == 4) && !said.isEmpty()) {
        continue;
      }
      Term key = relation.term(table.key());
      if (way <= 3) {
        draft.uses("key =");
        List<String> value = together.computeIfAbsent(table.group(), _ -> List.of(chance.one(table.keys())));
        said.add(key.sql() + " = " + draft.constant(key.kind(), from.size() == 1 ? table.keys() : value));
      } else {
        draft.uses("key IN several");
        said.add(in(key, table.keys()));
      }
    }
    return said;
  }

  private String in(Term key, List<String> values) {
    List<String> some = chance.some(values, chance.between(1, KEYS_MAX));
    if (chance.percent(25)) {
      draft.uses("key = ANY");
      if (chance.percent(40)) {
        return key.sql() + " = ANY (" + draft.array(key.kind(), some) + ")";
      }
      return key.sql() + " = ANY (ARRAY[" + some.stream().map(each -> draft.constant(key.kind(), List.of(each))).collect(Collectors.joining(", ")) + "]::"
          + key.kind().sql + "[])";
    }
    return key.sql() + " IN (" + some.stream().map(each -> draft.constant(key.kind(), List.of(each))).collect(Collectors.joining(", ")) + ")";
  }

  /// A value of a query's own.
  Term subquery(List<Relation> from) {
    return subqueries.value(from);
  }

  /// In parentheses where it has to stand beside AND.
  String condition(List<Relation> from, int depth) {
    if (depth > 0 && chance.percent(25)) {
      return switch (chance.between(0, 2)) {
        case 0 -> {
          draft.uses("OR");
          yield "(" + condition(from, depth - 1) + " OR " + condition(from, depth - 1) + ")";
        }
        case 1 -> {
          draft.uses("NOT");
          yield "NOT (" + condition(from, depth - 1) + ")";
        }
        default -> "(" + condition(from, depth - 1) + " AND " + condition(from, depth - 1) + ")";
      };
    }
    return chance.percent(20) ? special(from) : comparison(terms.value(from), from);
  }

  private String comparison(Term left, List<Relation> from) {
    Kind kind = left.kind();
    // Arrays have no arrays.
    return switch (chance.between(0, kind == Kind.INTS || kind == Kind.TEXTS ? 3 : 9)) {
      case 6 -> left.sql() + chance.one(" IS NULL", " IS NOT NULL");
      case 1 -> {
        draft.uses("IN list");
        yield left.sql() + chance.one(" IN (", " NOT IN (") + draft.constant(kind) + ", " + draft.constant(kind) + chance.one("", "", ", NULL") + ")";
      }
      case 2 -> {
        draft.uses("BETWEEN");
        yield left.sql() + chance.one(" BETWEEN ", " NOT BETWEEN ", " BETWEEN SYMMETRIC ") + draft.constant(kind) + " AND " + draft.constant(kind);
      }
      case 3 -> {
        draft.uses("IS DISTINCT FROM");
        yield left.sql() + chance.one(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + draft.constant(kind);
      }
      case 4 -> {
        draft.uses("= ANY, <> ALL");
        yield left.sql() + chance.one(" = ANY (ARRAY[", " <> ALL (ARRAY[", " < ANY (ARRAY[") + draft.constant(kind) + ", " + draft.constant(kind) + "]::" + kind.sql
            + "[])";
      }
      case 5 -> {
        Term other = terms.column(from, each -> each == kind, kind);
        yield left.sql() + chance.one(" = ", " <> ", " < ", " >= ") + other.sql();
      }
      default -> left.sql() + chance.one(" = ", " = ", " <> ", " < ", " <= ", " > ", " >= ", " != ") + draft.constant(kind);
    };
  }

  /// What only some types have; a comparison where no column is of such a type.
  private String special(List<Relation> from) {
    Term column = terms.column(from);
    return switch (column.kind()) {
      case TEXT, TEXT_C, TEXT_ICU, VARCHAR, CHAR -> {
        draft.uses("LIKE");
        if (chance.percent(10)) {
          draft.uses("full text");
          yield "to_tsvector('simple', " + column.sql() + ") @@ to_tsquery('simple', 'a | b')";
        }
        yield column.sql() + switch (chance.between(0, 5)) {
          case 0 -> " LIKE 'a%'";
          case 1 -> " NOT LIKE '%b'";
          case 2 -> " ILIKE '%A%'";
          case 3 -> " LIKE '10!%' ESCAPE '!'";
          case 4 -> " ~ '^[ab]'";
          default -> " SIMILAR TO '(a|b)%'";
        };
      }
      case BOOL -> chance.percent(50) ? column.sql() : column.sql() + chance.one(" IS TRUE", " IS NOT FALSE", " IS UNKNOWN");
      case JSONB -> column.sql() + chance.one(" @> '{\"a\": 1}'", " ? 'a'", " @? '$.b[*]'");
      case DATE -> "daterange('2000-01-01', NULL) @> " + column.sql();
      case INTS -> column.sql() + chance.one(" && '{1}'", " @> '{2}'", " <@ '{1,2,3}'");
      case TEXTS -> "'a' = ANY (" + column.sql() + ")";
      default -> {
        Term other = terms.column(from);
        draft.uses("row comparison");
        yield "(" + column.sql() + ", " + other.sql() + ")" + chance.one(" = ", " < ", " >= ", " <> ") + "(" + draft.constant(column.kind()) + ", "
            + draft.constant(other.kind()) + ")";
      }
    };
  }
}
