package io.shardgate.router.analyze;

import java.util.List;
import java.util.regex.Pattern;

/// Names that stand in code behind the words that tables follow, without their schemas: `FROM a`, `INSERT INTO s.b`. Pure.
final class TablesInCode {
  private static final String NAME = "(\"[^\"]+\"|[\\w$\\x{80}-\\x{ffff}]+)";

  private static final Pattern TABLE = Pattern.compile("(?i)\\b(?:from|join|into|update|table|using)\\s+(?:only\\s+)?(?:" + NAME + "\\s*\\.\\s*)?" + NAME);

  private TablesInCode() {}

  static List<String> of(String code) {
    return Words.matching(TABLE, 2, code);
  }
}
