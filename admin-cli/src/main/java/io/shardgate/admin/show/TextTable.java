package io.shardgate.admin.show;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Rows as aligned text, under the names of their columns.
public final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  /// One line for the names, then one for each row.
  public static List<String> lines(List<String> columns, List<List<String>> rows) {
    int[] widths = columns.stream().mapToInt(TextTable::width).toArray();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    List<String> lines = new ArrayList<>();
    lines.add(line(columns.stream().map(name -> name.toUpperCase(Locale.ROOT)).toList(), widths));
    rows.forEach(row -> lines.add(line(row, widths)));
    return lines;
  }

  private static String line(List<String> values, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String value = oneLine(values.get(i));
      line.append(value).repeat(' ', widths[i] - width(value)).append(GAP);
    }
    return line.toString().stripTrailing();
  }

  private static int width(String text) {
    String line = oneLine(text);
    return line.codePointCount(0, line.length());
  }

  /// Control characters would break the lines, or the terminal.
  static String oneLine(String text) {
    return text.replaceAll("\\p{Cntrl}+", " ");
  }
}
