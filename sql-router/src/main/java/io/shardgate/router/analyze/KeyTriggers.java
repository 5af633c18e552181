package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Function;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether a trigger's function may give a row another shard key, after the row has found its shard. More than do, never fewer:
/// plpgsql is searched for assignments to NEW and to the key, not understood. Compiled code is taken to leave the key alone.
final class KeyTriggers {
  private static final Pattern COMMENT = Pattern.compile("--[^\n]*|/\\*.*?\\*/", Pattern.DOTALL);
  private static final Pattern TARGETS = Pattern.compile("\\b(?:into(?:\\s+strict)?|for|foreach)\\s+([\\w.\"\\s,\\[\\]]+)");
  private static final Pattern WHOLE_ROW = Pattern.compile("\\bnew\\s*:=|(?:^|;|\\bthen\\b|\\bbegin\\b|\\belse\\b|\\bloop\\b)\\s*new\\s*=");
  private static final Pattern RETURN = Pattern.compile("\\breturn\\s+([^;]*)");
  private static final Set<String> OWN_ROWS = Set.of("new", "old", "null", "coalesce(new, old)", "coalesce(new,old)", "coalesce(old, new)");

  private KeyTriggers() {}

  static boolean mayChange(Function function, String key) {
    String body = function.body();
    if (function.internal()) {
      return false;
    }
    if (body == null || !function.language().equals("plpgsql")) {
      return true;
    }
    return assigns(body.toLowerCase(Locale.ROOT), key) || assigns(COMMENT.matcher(body).replaceAll(" ").toLowerCase(Locale.ROOT), key);
  }

  private static boolean assigns(String body, String key) {
    String field = "new\\s*\\.\\s*\"?" + Pattern.quote(key.toLowerCase(Locale.ROOT)) + "\"?\\s*";
    Pattern assigned = Pattern.compile("\\b" + field + ":=|(?:^|;|\\bthen\\b|\\bbegin\\b|\\belse\\b|\\bloop\\b)\\s*" + field + "=");
    return assigned.matcher(body).find() || WHOLE_ROW.matcher(body).find() || targets(body, Pattern.compile("\\b" + field)) || returnsOther(body);
  }

  /// SELECT … INTO NEW, FOR NEW IN, GET DIAGNOSTICS apart: that assigns.
  private static boolean targets(String body, Pattern field) {
    Matcher targets = TARGETS.matcher(body);
    while (targets.find()) {
      String list = targets.group(1);
      boolean whole = Pattern.compile("\\bnew\\b(?!\\s*\\.)").matcher(list).find();
      if (whole || field.matcher(list).find()) {
        return true;
      }
    }
    return false;
  }

  private static boolean returnsOther(String body) {
    Matcher returns = RETURN.matcher(body);
    while (returns.find()) {
      if (!OWN_ROWS.contains(returns.group(1).strip())) {
        return true;
      }
    }
    return false;
  }
}
