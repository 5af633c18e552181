package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// What is wrong with one text, each fault with its line.
/// Not thread-safe; owned by the reader of one text.
final class TopologyFaults {
  /// A fault quotes the text, which may be anything; this is far above any that is meant.
  private static final int MAX_FAULT_CHARS = 500;

  /// Where a URL has its password, which may stand anywhere in a text that is wrong.
  private static final Pattern PASSWORD = Pattern.compile("(://[^\\s/:@]*:)\\S*@");

  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]");

  private record Fault(int line, String text) {}

  private final String sourceName;
  private final List<Fault> faults = new ArrayList<>();

  TopologyFaults(String sourceName) {
    this.sourceName = sourceName;
  }

  /// @param line counted from 1
  /// @param text what was found, and in brackets what was expected
  void add(int line, String text) {
    String masked = PASSWORD.matcher(text).replaceAll("$1***@");
    String shown = UNSEEN.matcher(masked).replaceAll(match -> String.format(Locale.ROOT, "\\\\u%04x", (int) match.group().charAt(0)));
    faults.add(new Fault(line, shown.length() <= MAX_FAULT_CHARS ? shown : shortened(shown)));
  }

  /// What was expected stands at the end.
  private static String shortened(String text) {
    int half = MAX_FAULT_CHARS / 2;
    return text.substring(0, half) + " … " + text.substring(text.length() - half);
  }

  boolean isEmpty() {
    return faults.isEmpty();
  }

  /// All faults in the order of their lines.
  TopologyException failure() {
    return new TopologyException(
        faults.stream()
            .sorted(Comparator.comparingInt(Fault::line))
            .map(fault -> sourceName + ":" + fault.line() + ": " + fault.text())
            .distinct()
            .toList());
  }
}
