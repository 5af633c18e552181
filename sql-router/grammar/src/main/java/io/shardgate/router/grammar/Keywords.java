package io.shardgate.router.grammar;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// PostgreSQL's keywords: which word is which token, and where a keyword may be a name.
/// Immutable.
final class Keywords {
  private static final Map<String, Integer> KINDS = new HashMap<>();
  private static final char[] CATEGORIES = new char[GeneratedParserConstants.tokenImage.length];
  private static final boolean[] BARE_LABELS = new boolean[CATEGORIES.length];

  static {
    Map<String, Integer> tokens = new HashMap<>();
    for (int kind = 0; kind < CATEGORIES.length; kind++) {
      tokens.putIfAbsent(GeneratedParserConstants.tokenImage[kind].toUpperCase(Locale.ROOT), kind);
    }
    try (InputStream in = Objects.requireNonNull(Keywords.class.getResourceAsStream("keywords.txt"));
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
        String[] fields = line.split(" ");
        int kind = Objects.requireNonNull(tokens.get('"' + fields[0].toUpperCase(Locale.ROOT) + '"'), line);
        KINDS.put(fields[0], kind);
        CATEGORIES[kind] = fields[1].charAt(0);
        BARE_LABELS[kind] = fields[2].equals("bare");
      });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Keywords() {}

  /// The token of a word in lower case; IDENTIFIER where it is no keyword.
  static int kind(String word) {
    return KINDS.getOrDefault(word, GeneratedParserConstants.IDENTIFIER);
  }

  /// May name anything.
  static boolean isUnreserved(int kind) {
    return CATEGORIES[kind] == 'U';
  }

  /// May name columns and tables, not functions or types.
  static boolean isColumnName(int kind) {
    return CATEGORIES[kind] == 'C';
  }

  /// May name functions and types, not columns or tables.
  static boolean isTypeOrFunction(int kind) {
    return CATEGORIES[kind] == 'T';
  }

  /// May be a column's label without AS.
  static boolean isBareLabel(int kind) {
    return BARE_LABELS[kind];
  }
}
