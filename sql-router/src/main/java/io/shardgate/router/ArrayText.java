package io.shardgate.router;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cuts an array of one dimension as `array_in` does: `{1,2,NULL,"a b"}`. White space around an element is not part of it, unless it
/// stands in quotes or behind a backslash. What versions read in other ways is not read here.
/// Not thread-safe; owned by the reading of one text.
final class ArrayText {
  private final String text;
  private final List<@Nullable String> elements = new ArrayList<>();
  private int at;

  private ArrayText(String text) {
    this.text = text;
  }

  /// The elements, null for NULL; null in their place where that is not certain.
  static @Nullable List<@Nullable String> elements(String text) {
    ArrayText array = new ArrayText(text);
    return array.read() ? array.elements : null;
  }

  private boolean read() {
    skipSpace();
    if (!take('{')) {
      return false;
    }
    skipSpace();
    if (!take('}')) {
      do {
        skipSpace();
        if (!(isAt('"') ? quoted() : plain())) {
          return false;
        }
        skipSpace();
      } while (take(','));
      if (!take('}')) {
        return false;
      }
    }
    skipSpace();
    return at == text.length();
  }

  private boolean quoted() {
    StringBuilder element = new StringBuilder();
    at++;
    while (at < text.length() && !isAt('"')) {
      if (isAt('\\') && ++at == text.length()) {
        return false;
      }
      element.append(text.charAt(at++));
    }
    elements.add(element.toString());
    return take('"');
  }

  private boolean plain() {
    StringBuilder element = new StringBuilder();
    int kept = 0;
    boolean escaped = false;
    while (at < text.length() && !isAt(',') && !isAt('}')) {
      if (isAt('{') || isAt('"')) {
        return false;
      }
      boolean escapes = isAt('\\');
      if (escapes && ++at == text.length()) {
        return false;
      }
      escaped |= escapes;
      char c = text.charAt(at++);
      element.append(c);
      kept = escapes || !isSpace(c) ? element.length() : kept;
    }
    element.setLength(kept);
    elements.add(!escaped && element.toString().equalsIgnoreCase("null") ? null : element.toString());
    return kept > 0;
  }

  private void skipSpace() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  private boolean take(char c) {
    boolean there = isAt(c);
    at += there ? 1 : 0;
    return there;
  }

  private boolean isAt(char c) {
    return at < text.length() && text.charAt(at) == c;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }
}
