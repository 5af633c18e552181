package io.shardgate.router.analyze;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.Optional;
import java.util.Set;

/// What chooses rows or depends on their order, perhaps another one on every shard, or tells numbers that each server counts by itself. Told by
/// tokens, so that it holds wherever it stands. Pure.
final class RowChoice {
  private static final Set<String> WORDS =
      Set.of(
          "limit", "fetch", "offset", "tablesample", "over", "array_agg", "string_agg", "json_agg", "json_agg_strict", "jsonb_agg", "jsonb_agg_strict",
          "json_object_agg", "json_object_agg_strict", "json_object_agg_unique", "json_object_agg_unique_strict", "jsonb_object_agg",
          "jsonb_object_agg_strict", "jsonb_object_agg_unique", "jsonb_object_agg_unique_strict", "json_arrayagg", "json_objectagg", "xmlagg",
          "any_value", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid", "regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator",
          "regnamespace", "regrole", "regcollation", "regconfig", "regdictionary", "to_regclass", "to_regtype", "to_regproc", "to_regprocedure",
          "to_regoper", "to_regoperator", "to_regnamespace", "to_regrole", "to_regcollation");

  private RowChoice() {}

  /// Whether a name is one of them.
  static boolean isChoice(String name) {
    return WORDS.contains(name);
  }

  /// The first of it, as it is called in a message.
  static Optional<String> in(Lexed lexed) {
    boolean query = false;
    boolean conflict = false;
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName()) {
        String name = lexed.identifier(token);
        if (WORDS.contains(name)) {
          return Optional.of(name);
        }
        if (lexed.is(token, "distinct") && lexed.is(token + 1, "on")) {
          return Optional.of("distinct on");
        }
        if (isArrayOfRows(lexed, token)) {
          return Optional.of(name);
        }
        query |= lexed.is(token, "select") || lexed.is(token, "table");
        conflict |= lexed.is(token, "on") && lexed.is(token + 1, "conflict");
      }
    }
    // Of two rows with one key the first to come stays.
    return query && conflict ? Optional.of("on conflict") : Optional.empty();
  }

  /// `ARRAY(SELECT …)`, `JSON_ARRAY(SELECT …)`.
  private static boolean isArrayOfRows(Lexed lexed, int token) {
    if (!lexed.is(token + 1, TokenKind.OPEN)) {
      return false;
    }
    boolean query = lexed.is(token + 2, "select") || lexed.is(token + 2, "with") || lexed.is(token + 2, "values") || lexed.is(token + 2, "table");
    return lexed.is(token, "array") || (lexed.is(token, "json_array") && query);
  }
}
