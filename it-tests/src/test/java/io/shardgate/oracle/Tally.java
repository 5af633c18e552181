package io.shardgate.oracle;

import io.shardgate.oracle.Comparison.Difference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What came of the questions, by feature. Not thread-safe; owned by the test.
final class Tally {
  /// A question that the proxy answered otherwise.
  record Finding(Question question, Difference difference) {
    /// Findings that are alike in this may be one fault.
    private String signature() {
      return difference.what() + (difference.what().equals("error") ? plain(difference.expected() + " / " + difference.actual()) : "");
    }

    /// Findings that are alike in this are one fault.
    private String skeleton() {
      return difference.what().equals("error") ? signature() + question.before().isEmpty() : signature() + plain(question.sql());
    }

    private static String plain(String text) {
      return text.replaceAll("'[^']*'", "''").replaceAll("\"[^\"]*\"", "x").replaceAll("\\d+", "");
    }

    boolean isLike(Finding other) {
      return signature().equals(other.signature());
    }

    @Override
    public String toString() {
      return difference.what() + ": " + question + "\n    PostgreSQL: " + difference.expected() + "\n    Shardgate:  " + difference.actual();
    }
  }

  /// Not thread-safe; owned by the tally.
  private static final class Count {
    int asked;
    int refused;
    int different;
  }

  private static final String EVERYTHING = "(all)";
  private static final int SHOWN_REFUSALS = 25;
  private static final int MADE_SMALLER = 10;

  private final Map<String, Count> features = new TreeMap<>();
  private final Map<String, Integer> refusals = new HashMap<>();
  private final Map<String, Question> examples = new HashMap<>();
  private final Map<String, Integer> errors = new TreeMap<>();
  private final Map<String, Finding> smallest = new TreeMap<>();
  private final List<Finding> findings = new ArrayList<>();
  private int failed;
  private int failedAndRefused;

  /// Counts a question.
  ///
  /// @return where the answers differ, of which one may be a refusal
  Optional<Finding> add(Question question, Answer expected, Answer actual) {
    if (expected.error() != null) {
      failed++;
      errors.merge(expected.error().state() + " " + expected.error().message(), 1, Integer::sum);
      if (actual.isRefusal()) {
        failedAndRefused++;
        return Optional.empty();
      }
    }
    boolean refused = expected.error() == null && actual.isRefusal();
    Optional<Finding> finding = refused ? Optional.empty() : Comparison.of(question, expected, actual).map(difference -> new Finding(question, difference));
    finding.ifPresent(findings::add);
    if (expected.error() == null) {
      count(EVERYTHING, refused, finding.isPresent());
      question.features().forEach(feature -> count(feature, refused, finding.isPresent()));
    }
    if (refused && actual.error() != null) {
      String why = actual.error().state() + " " + actual.error().message().replaceAll("\"[^\"]*\"(, \"[^\"]*\")*", "\"…\"");
      refusals.merge(why, 1, Integer::sum);
      examples.merge(why, question, (one, other) -> one.sql().length() <= other.sql().length() ? one : other);
    }
    return finding;
  }

  private void count(String feature, boolean refused, boolean different) {
    Count count = features.computeIfAbsent(feature, _ -> new Count());
    count.asked++;
    count.refused += refused ? 1 : 0;
    count.different += different ? 1 : 0;
  }

  int findings() {
    return findings.size();
  }

  /// Whether there are only few yet that are like it.
  boolean isNew(Finding finding) {
    return findings.stream().filter(finding::isLike).count() <= MADE_SMALLER;
  }

  /// The same fault with a smaller question.
  void add(Finding smaller) {
    smallest.merge(smaller.skeleton(), smaller, (one, other) -> one.question().sql().length() <= other.question().sql().length() ? one : other);
  }

  /// One of each kind, made small.
  List<Finding> smallest() {
    return smallest.values().stream().sorted(Comparator.comparing(finding -> finding.question().sql().length())).toList();
  }

  /// Of what one server answers.
  double refusedPercent() {
    Count all = features.getOrDefault(EVERYTHING, new Count());
    return all.asked == 0 ? 0 : 100.0 * all.refused / all.asked;
  }

  /// By feature and by reason.
  String table() {
    StringBuilder table = new StringBuilder("%-28s %8s %8s %8s %6s%n".formatted("feature", "answered", "differ", "refused", "%"));
    features.forEach((feature, count) -> table.append(
        "%-28s %8d %8d %8d %6.1f%n".formatted(feature, count.asked - count.refused, count.different, count.refused, 100.0 * count.refused / count.asked)));
    table.append("%-28s %8d, of these refused by the proxy %d%n".formatted("errors of one server", failed, failedAndRefused));
    refusals.entrySet().stream().sorted(Comparator.comparing((Map.Entry<String, Integer> each) -> -each.getValue())).limit(SHOWN_REFUSALS).forEach(each ->
        table.append("%6d × %s%n         %s%n".formatted(each.getValue(), each.getKey(), examples.get(each.getKey()))));
    table.append(errors);
    return table.toString();
  }
}
