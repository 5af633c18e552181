package io.shardgate.router.analyze;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.plan.Effects.SettingChange;
import io.shardgate.router.plan.KeySource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which settings a body of code may change, whatever its language: calls of `set_config`, and SET and RESET where statements begin, also in strings.
/// More than there are, never fewer: what is looked at without need has the value it had.
final class SettingsOfCode {
  private static final Pattern CALL = Pattern.compile("\\bset_config\"?\\s*\\(", Pattern.CASE_INSENSITIVE);

  private static final Pattern STATEMENT =
      Pattern.compile(
          "(?:^|[;'\"$]|\\b(?:begin|then|else|loop|atomic)\\b)\\s*(?:set|reset)\\s+(?:session\\s+|(local)\\s+)?(?:time\\s+zone\\b|([%'\"|]|[\\w$.]+))", Pattern.CASE_INSENSITIVE);

  private static final Pattern COMMENT = Pattern.compile("--[^\\n]*|/\\*.*?\\*/", Pattern.DOTALL);

  private static final Pattern NAME = Pattern.compile("'([\\w$.]+)'(?:\\s*::\\s*\\w+)?");

  /// What SET takes beside names of settings, and what is followed otherwise.
  private static final Set<String> NO_SETTINGS = Set.of("transaction", "constraints", "role", "session_authorization", "authorization", "characteristics", "session");

  /// One whose name can't be told.
  private static final SettingChange COMPUTED = new SettingChange(null, null, false);

  private static final Pattern CALLED = Pattern.compile("(\"[^\"]+\"|[\\p{L}_][\\p{L}\\d_$]*)\\s*\\(");

  private final Set<SettingChange> found = new LinkedHashSet<>();

  private SettingsOfCode() {}

  static List<SettingChange> in(String body) {
    SettingsOfCode code = new SettingsOfCode();
    code.calls(body);
    code.statements(body);
    code.statements(COMMENT.matcher(body).replaceAll(";")); // what stands behind one, but not what seems to be one in a string
    return List.copyOf(code.found);
  }

  /// The names that stand before a parenthesis.
  static List<String> callsIn(String body) {
    return Words.matching(CALLED, 1, body);
  }

  private void calls(String body) {
    Matcher call = CALL.matcher(body);
    while (call.find()) {
      List<String> arguments = arguments(body, call.end());
      Matcher name = NAME.matcher(arguments.isEmpty() ? "" : arguments.getFirst());
      String last = arguments.isEmpty() ? "" : arguments.getLast().toLowerCase(Locale.ROOT);
      boolean told = arguments.size() == 3 && name.matches() && (last.equals("true") || last.equals("false"));
      found.add(told ? change(name.group(1), last.equals("true")) : COMPUTED);
    }
  }

  private void statements(String body) {
    Matcher statement = STATEMENT.matcher(body);
    while (statement.find()) {
      String name = statement.group(2) == null ? "TimeZone" : statement.group(2);
      if ("%'\"|".contains(name) || name.equalsIgnoreCase("all")) {
        found.add(COMPUTED);
      } else if (!NO_SETTINGS.contains(name.toLowerCase(Locale.ROOT))) {
        found.add(change(name, statement.group(1) != null));
      }
    }
  }

  private static SettingChange change(String name, boolean local) {
    return new SettingChange(new KeySource.Constant(KeyValue.OfText.of(name)), null, local);
  }

  /// What stands between commas, up to the parenthesis that closes; empty where none does.
  private static List<String> arguments(String body, int from) {
    List<String> arguments = new ArrayList<>();
    int depth = 0;
    int begin = from;
    boolean quoted = false;
    for (int i = from; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c == '\'') {
        quoted = !quoted;
      } else if (!quoted && c == '(') {
        depth++;
      } else if (!quoted && depth == 0 && (c == ',' || c == ')')) {
        arguments.add(body.substring(begin, i).strip());
        begin = i + 1;
        if (c == ')') {
          return arguments;
        }
      } else if (!quoted && c == ')') {
        depth--;
      }
    }
    return List.of();
  }
}
