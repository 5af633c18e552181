package io.shardgate.router.analyze;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The identifiers that may stand in a body of code, whatever its language: every word, also in strings and comments.
/// More than there are, never fewer.
final class Words {
  private Words() {}

  /// Each word as written and folded to lower case.
  static Set<String> in(String body) {
    Set<String> words = new HashSet<>();
    int i = 0;
    while (i < body.length()) {
      if (!starts(body.charAt(i))) {
        i++;
        continue;
      }
      int from = i;
      while (i < body.length() && continues(body.charAt(i))) {
        i++;
      }
      String word = body.substring(from, i);
      words.add(word);
      words.add(word.toLowerCase(Locale.ROOT));
    }
    addQuoted(body, words);
    return words;
  }

  /// The names that a pattern's group finds, as PostgreSQL folds them: quoted ones as they are.
  static List<String> matching(Pattern pattern, int group, String body) {
    List<String> names = new ArrayList<>();
    Matcher matcher = pattern.matcher(body);
    while (matcher.find()) {
      String name = matcher.group(group);
      names.add(name.startsWith("\"") ? name.substring(1, name.length() - 1) : name.toLowerCase(Locale.ROOT));
    }
    return names;
  }

  /// Names in double quotes may hold any character, so what stands between any two quotes is one too.
  private static void addQuoted(String body, Set<String> words) {
    int open = body.indexOf('"');
    while (open >= 0) {
      int close = body.indexOf('"', open + 1);
      if (close < 0) {
        return;
      }
      words.add(body.substring(open + 1, close));
      open = close;
    }
  }

  private static boolean starts(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean continues(char c) {
    return starts(c) || (c >= '0' && c <= '9') || c == '$';
  }
}
