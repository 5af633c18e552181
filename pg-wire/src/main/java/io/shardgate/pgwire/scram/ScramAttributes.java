package io.shardgate.pgwire.scram;

/// Reads `a=value,b=value…` from left to right.
/// Not thread-safe; owned by the reader of one message.
final class ScramAttributes {
  private final String message;
  private int position;

  ScramAttributes(String message, int start) {
    this.message = message;
    this.position = start;
  }

  /// Where the next attribute begins; behind the end when there is none.
  int position() {
    return position;
  }

  boolean hasNext() {
    return position <= message.length();
  }

  /// The name of the next attribute, not moving on.
  char peekName() {
    if (position >= message.length()) {
      throw ScramException.malformed("Attribute expected, but found end of string.");
    }
    char name = message.charAt(position);
    boolean isLetter = (name >= 'A' && name <= 'Z') || (name >= 'a' && name <= 'z');
    if (!isLetter) {
      throw ScramException.malformed("Attribute expected, but found invalid character \"" + printable(name) + "\".");
    }
    if (position + 1 >= message.length() || message.charAt(position + 1) != '=') {
      throw ScramException.malformed("Expected character \"=\" for attribute \"" + name + "\".");
    }
    return name;
  }

  /// The value of the next attribute, whose name must be `name`.
  String read(char name) {
    if (position < message.length() && message.charAt(position) != name) {
      throw ScramException.malformed(
          "Expected attribute \"%c\" but found \"%s\".".formatted(name, printable(message.charAt(position))));
    }
    return readAny();
  }

  /// The value of the next attribute.
  String readAny() {
    char _ = peekName();
    int comma = message.indexOf(',', position);
    int end = comma < 0 ? message.length() : comma;
    String value = message.substring(position + 2, end);
    position = end + 1;
    return value;
  }

  static String printable(char found) {
    return found > 0x20 && found < 0x7f ? String.valueOf(found) : "0x%02x".formatted((int) found);
  }
}
