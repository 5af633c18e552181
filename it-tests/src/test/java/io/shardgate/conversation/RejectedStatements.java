package io.shardgate.conversation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// The statements of `rejected.txt`, told in several manners. Immutable.
///
///     sql ¦ values ¦ formats    a statement; with values it is for the extended protocol only
///     @ sql                     is carried out by both sides
final class RejectedStatements {
  /// How a client says them.
  enum Manner {
    SIMPLE,
    SIMPLE_AMONG_MANY,
    SIMPLE_IN_A_BLOCK_AT_HOME,
    SIMPLE_IN_A_BLOCK_ELSEWHERE,
    EXTENDED,
    EXTENDED_NAMED,
    EXTENDED_BEHIND_ANOTHER,
    EXTENDED_FIRST_IN_A_BLOCK,
    EXTENDED_IN_A_BLOCK_AT_HOME,
    EXTENDED_IN_A_BLOCK_ELSEWHERE
  }

  private RejectedStatements() {}

  /// One script of all statements.
  static Script read(Manner manner) {
    List<String> lines = new ArrayList<>();
    try (InputStream in = RejectedStatements.class.getResourceAsStream("/conversations/rejected.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> say(line, manner, lines));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Script(manner.name(), lines);
  }

  /// What was told, but for what comes before an error: the values of a statement over several shards are looked at by Execute, not by Bind.
  static String told(List<String> lines) {
    return lines.stream()
        .filter(line -> !line.startsWith("  < BindComplete") && !line.startsWith("  < NoData"))
        .collect(Collectors.joining("\n"));
  }

  private static void say(String line, Manner manner, List<String> lines) {
    if (line.startsWith("@")) {
      lines.add("Q " + line.substring(1).strip());
      return;
    }
    String[] parts = line.split(" ¦ ", -1);
    boolean simple = manner.name().startsWith("SIMPLE");
    if (simple && parts.length > 1) {
      return;
    }
    String before =
        manner.name().endsWith("AT_HOME") ? "Q BEGIN; SELECT count(*) FROM pg_class WHERE false"
            : manner == Manner.EXTENDED_FIRST_IN_A_BLOCK ? "Q BEGIN"
            : manner.name().endsWith("ELSEWHERE") ? "Q BEGIN; SELECT name FROM countries WHERE false"
            : "";
    if (!before.isEmpty()) {
      lines.add(before);
    }
    if (simple) {
      lines.add("Q " + (manner == Manner.SIMPLE_AMONG_MANY ? "SELECT 'ö'; " + parts[0] + "; SELECT 2" : parts[0]));
    } else {
      extended(parts, manner, lines);
    }
    if (!before.isEmpty()) {
      lines.add("Q ROLLBACK");
    }
  }

  private static void extended(String[] parts, Manner manner, List<String> lines) {
    String name = manner == Manner.EXTENDED_NAMED ? "named" : "";
    String values = parts.length > 1 ? parts[1] : "";
    String formats = parts.length > 2 ? parts[2] : "";
    if (manner == Manner.EXTENDED_BEHIND_ANOTHER) {
      lines.addAll(List.of("P |SELECT 1|", "B ", "E "));
    }
    lines.add("P " + name + "|" + parts[0] + "|");
    if (manner == Manner.EXTENDED_NAMED) {
      lines.addAll(List.of("D S named", "S"));
    }
    lines.add("B |" + name + "|" + values + "|" + formats);
    lines.addAll(List.of("D P", "E ", "S"));
    if (manner == Manner.EXTENDED_NAMED) {
      lines.addAll(List.of("C S named", "S"));
    }
  }
}
