package io.shardgate.admin.proxy;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What a proxy answered to one statement. Immutable.
///
/// @param rows of text, each as long as `columns`
public record Answer(List<String> columns, List<List<String>> rows, List<Said> notices) {
  /// What the server says beside its rows, or instead of them.
  ///
  /// @param severity ERROR, WARNING, NOTICE …
  /// @param code SQLSTATE
  /// @param detail empty for none; so the hint
  public record Said(String severity, String code, String message, String detail, String hint) {}

  public Answer {
    columns = List.copyOf(columns);
    rows = List.copyOf(rows);
    notices = List.copyOf(notices);
  }

  /// The rows with their columns' names.
  public List<Map<String, String>> records() {
    return rows.stream().map(this::named).toList();
  }

  private Map<String, String> named(List<String> row) {
    return IntStream.range(0, row.size()).boxed().collect(Collectors.toMap(columns::get, row::get, (one, _) -> one, java.util.LinkedHashMap::new));
  }
}
