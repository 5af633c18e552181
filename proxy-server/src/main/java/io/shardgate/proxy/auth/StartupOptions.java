package io.shardgate.proxy.auth;

import io.shardgate.pgwire.SqlState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The `options` of a startup packet: command-line words of a server, of which `-c name=value` and `--name=value` make sense
/// (PostgreSQL docs, libpq "options").
final class StartupOptions {
  private StartupOptions() {}

  static void read(String options, Map<String, String> settings) {
    List<String> words = words(options);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("-c") && i + 1 < words.size()) {
        set(words.get(++i), settings);
      } else if (word.startsWith("-c")) {
        set(word.substring(2), settings);
      } else if (word.startsWith("--")) {
        set(word.substring(2), settings);
      } else {
        throw new LoginException(SqlState.SYNTAX_ERROR, "invalid command-line argument for server process: " + word);
      }
    }
  }

  private static void set(String assignment, Map<String, String> settings) {
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new LoginException(SqlState.SYNTAX_ERROR, "-c " + assignment + " requires a value");
    }
    String name = assignment.substring(0, equals).replace('-', '_').toLowerCase(Locale.ROOT);
    settings.put(name, assignment.substring(equals + 1));
  }

  /// Words are parted by white space; a backslash takes the next character as it is.
  private static List<String> words(String options) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inside = false;
    for (int i = 0; i < options.length(); i++) {
      char c = options.charAt(i);
      if (c == '\\' && i + 1 < options.length()) {
        word.append(options.charAt(++i));
        inside = true;
      } else if (Character.isWhitespace(c)) {
        if (inside) {
          words.add(word.toString());
          word.setLength(0);
          inside = false;
        }
      } else {
        word.append(c);
        inside = true;
      }
    }
    if (inside) {
      words.add(word.toString());
    }
    return words;
  }
}
