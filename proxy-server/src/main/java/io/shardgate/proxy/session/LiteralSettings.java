package io.shardgate.proxy.session;

import com.github.benmanes.caffeine.cache.Interner;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.relay.ClientOutput;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The settings that the literals of a statement are read under. Immutable; equal ones are mostly the same object.
///
/// PostgreSQL reads a literal when it parses the statement (`'01/02/2026'::date` is a date from then on), and a prepared statement keeps what
/// it was read as (PostgreSQL docs, "String Constants", "Constants of Other Types", "Client Connection Defaults").
///
/// @param text the values, a line for each; empty where a setting is as the servers have it
record LiteralSettings(String text) {
  /// Of a statement that reads the same under all settings.
  static final LiteralSettings NONE = new LiteralSettings("");

  private static final Interner<LiteralSettings> KNOWN = Interner.newWeakInterner();

  /// Input functions of PostgreSQL's own types go by the first ones, its lexer by the last three. `search_path` counts by itself.
  private static final List<String> NAMES =
      List.of(
          "TimeZone", "DateStyle", "IntervalStyle", "timezone_abbreviations", "lc_monetary", "array_nulls", "xmloption",
          "standard_conforming_strings", "backslash_quote", "client_encoding");

  /// How statements begin that PostgreSQL analyses when they are parsed. Of others it reads literals when they run.
  private static final List<String> ANALYSED =
      List.of("select", "insert", "update", "delete", "merge", "with", "values", "table", "declare", "explain", "create", "call");

  /// Those of a session.
  ///
  /// @param usualAbbreviations whether zone abbreviations that nobody set are the usual ones
  static LiteralSettings of(SettingsVector settings, ClientOutput told, boolean usualAbbreviations) {
    StringBuilder text = new StringBuilder();
    for (String name : NAMES) {
      String set = settings.value(name);
      boolean asUnset = usualAbbreviations && name.equals("timezone_abbreviations") && TextSettings.USUAL_ABBREVIATIONS.equals(set);
      String value = set == null || asUnset ? told.initial(name) : set;
      text.append(value == null ? "" : value).append('\n');
    }
    return KNOWN.intern(new LiteralSettings(text.toString()));
  }

  /// Whether a statement may be read otherwise under other settings. Hot path: allocates nothing.
  ///
  /// @param lexed null when the text holds no statement or several
  static boolean matterTo(byte[] sql, @Nullable Lexed lexed) {
    for (byte each : sql) {
      if (each < 0 || each == '\\') {
        return true;
      }
    }
    return lexed != null && hasString(lexed) && isAnalysed(lexed);
  }

  private static boolean isAnalysed(Lexed lexed) {
    for (String word : ANALYSED) {
      if (lexed.is(0, word)) {
        return true;
      }
    }
    return lexed.is(0, TokenKind.OPEN);
  }

  private static boolean hasString(Lexed lexed) {
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isString()) {
        return true;
      }
    }
    return false;
  }
}
