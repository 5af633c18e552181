package io.shardgate.pgwire.message;

import java.util.OptionalLong;

/// What a CommandComplete says was done: `INSERT 0 3`, `UPDATE 3`, `CREATE TABLE`.
/// Immutable. `rows` is empty for commands that count none.
public record CommandTag(String command, OptionalLong rows) {
  /// Reads a tag as PostgreSQL writes it: a number at its end is a count of rows; INSERT's older number, an OID that is always 0
  /// now, is left out.
  public static CommandTag parse(String tag) {
    int space = tag.lastIndexOf(' ');
    if (space < 0 || !isCount(tag, space + 1)) {
      return new CommandTag(tag, OptionalLong.empty());
    }
    String command = tag.substring(0, space);
    OptionalLong rows = OptionalLong.of(Long.parseLong(tag, space + 1, tag.length(), 10));
    return new CommandTag(command.equals("INSERT 0") ? "INSERT" : command, rows);
  }

  /// A command that counts rows.
  public static CommandTag of(String command, long rows) {
    return new CommandTag(command, OptionalLong.of(rows));
  }

  /// The tag as PostgreSQL writes it.
  public String text() {
    if (rows.isEmpty()) {
      return command;
    }
    return (command.equals("INSERT") ? "INSERT 0 " : command + " ") + rows.getAsLong();
  }

  private static boolean isCount(String tag, int from) {
    int digits = tag.length() - from;
    return digits > 0 && digits <= 18 && tag.chars().skip(from).allMatch(c -> c >= '0' && c <= '9');
  }
}
