package io.shardgate.oracle;

import io.shardgate.oracle.Query.Order;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the proxy's answer has to have in common with that of one PostgreSQL.
final class Comparison {
  private static final int SHOWN_ROWS = 12;

  /// @param what in one word
  record Difference(String what, String expected, String actual) {}

  private Comparison() {}

  /// Neither is a refusal.
  ///
  /// @return the first difference; empty where there is none
  static Optional<Difference> of(Question question, Answer expected, Answer actual) {
    if (expected.error() != null || actual.error() != null) {
      return errors(expected, actual);
    }
    if (!expected.columns().equals(actual.columns())) {
      return Optional.of(new Difference("columns", expected.columns().toString(), actual.columns().toString()));
    }
    Optional<Difference> rows = rows(question, expected.rows(), actual.rows());
    if (rows.isPresent()) {
      return rows;
    }
    if (!expected.ends().equals(actual.ends())) {
      return Optional.of(new Difference("tag", expected.ends().toString(), actual.ends().toString()));
    }
    return expected.status() == actual.status() ? Optional.empty()
        : Optional.of(new Difference("status", String.valueOf(expected.status()), String.valueOf(actual.status())));
  }

  private static Optional<Difference> errors(Answer expected, Answer actual) {
    Answer.Fault theirs = expected.error();
    Answer.Fault ours = actual.error();
    if (theirs != null && ours != null && theirs.state().equals(ours.state())) {
      return theirs.equals(ours) ? Optional.empty() : Optional.of(new Difference("message", theirs.toString(), ours.toString()));
    }
    return Optional.of(new Difference("error", theirs == null ? "no error" : theirs.toString(), ours == null ? "no error" : ours.toString()));
  }

  private static Optional<Difference> rows(Question question, List<List<@Nullable String>> expected, List<List<@Nullable String>> actual) {
    Query query = question.query();
    Order order = query.order();
    if (expected.size() != actual.size()) {
      return Optional.of(different("number of rows", expected, actual));
    }
    if (order == Order.WHOLE && !expected.equals(actual)) {
      return Optional.of(different(sorted(expected).equals(sorted(actual)) ? "order" : "rows", expected, actual));
    }
    if ((order == Order.KEYS || order == Order.ONLY_KEYS) && !keys(query, expected).equals(keys(query, actual))) {
      return Optional.of(different("order", expected, actual));
    }
    if ((order == Order.ROWS || order == Order.KEYS) && !sorted(expected).equals(sorted(actual))) {
      return Optional.of(different("rows", expected, actual));
    }
    return Optional.empty();
  }

  private static List<List<@Nullable String>> keys(Query query, List<List<@Nullable String>> rows) {
    List<List<@Nullable String>> keys = new ArrayList<>();
    for (List<@Nullable String> row : rows) {
      List<@Nullable String> key = new ArrayList<>();
      query.ordering().forEach(place -> key.add(row.get(place)));
      keys.add(key);
    }
    return keys;
  }

  private static List<String> sorted(List<List<@Nullable String>> rows) {
    return rows.stream().map(List::toString).sorted(Comparator.naturalOrder()).toList();
  }

  private static Difference different(String what, List<List<@Nullable String>> expected, List<List<@Nullable String>> actual) {
    return new Difference(what, shown(expected), shown(actual));
  }

  private static String shown(List<List<@Nullable String>> rows) {
    return rows.size() + " rows " + rows.stream().limit(SHOWN_ROWS).toList();
  }
}
