package io.shardgate.router.analyze;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Names that stand in code behind the words that tables follow, without their schemas: `FROM a`, `INSERT INTO s.b`. Pure.
final class TablesInCode {
  private static final String NAME = "(\"[^\"]+\"|[\\w$\\x{80}-\\x{ffff}]+)";

  private static final Pattern TABLE = Pattern.compile("(?i)\\b(?:from|join|into|update|table|using)\\s+(?:only\\s+)?(?:" + NAME + "\\s*\\.\\s*)?" + NAME);

  private TablesInCode() {}

  static List<String> of(String code) {
    List<String> names = new ArrayList<>();
    Matcher matcher = TABLE.matcher(code);
    while (matcher.find()) {
      String name = matcher.group(2);
      names.add(name.startsWith("\"") ? name.substring(1, name.length() - 1) : name.toLowerCase(Locale.ROOT));
    }
    return names;
  }
}
