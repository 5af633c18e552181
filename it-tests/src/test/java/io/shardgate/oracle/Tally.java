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
    /// Findings that are alike in this are likely to be one fault.
    String signature() {
      return difference.what() + (difference.what().equals("error") ? " " + difference.expected() + " / " + difference.actual() : "");
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

  private final Map<String, Count> features = new TreeMap<>();
  private final Map<String, Integer> refusals = new HashMap<>();
  private final Map<String, Question> examples = new HashMap<>();
  private final Map<String, Integer> errors = new TreeMap<>();
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

  /// Of each kind the shortest.
  List<Finding> shortest() {
    Map<String, Finding> shortest = new TreeMap<>();
    for (Finding finding : findings) {
      shortest.merge(finding.signature(), finding, (one, other) -> one.question().sql().length() <= other.question().sql().length() ? one : other);
    }
    return List.copyOf(shortest.values());
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
