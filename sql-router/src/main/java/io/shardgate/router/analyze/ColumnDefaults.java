package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Column;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a column is when a row does not give it.
final class ColumnDefaults {
  private ColumnDefaults() {}

  /// The default as SQL; null where it is NULL.
  static @Nullable String expression(Column column) {
    TableName sequence = column.ownedSequence();
    if (column.identity() != Column.Identity.NONE && sequence != null) {
      return "nextval('" + literal(quote(sequence.schema()) + "." + quote(sequence.name())) + "'::regclass)";
    }
    return column.defaultExpression();
  }

  private static String literal(String text) {
    return text.replace("'", "''");
  }

  /// An identifier in double quotes.
  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  static boolean usesSequence(String expression) {
    return Words.in(expression).contains("nextval");
  }

  /// The sequence, when the default is its next value and nothing else.
  static @Nullable TableName sequence(Column column) {
    String expression = expression(column);
    TableName sequence = column.ownedSequence();
    if (sequence == null || expression == null) {
      return null;
    }
    String text = expression.toLowerCase(Locale.ROOT);
    boolean alone = text.startsWith("nextval('") && text.endsWith("'::regclass)") && text.indexOf('(') == text.lastIndexOf('(');
    return alone ? sequence : null;
  }

  /// Whether two shards could make two values of it.
  static boolean differsBetweenShards(String expression, Catalog catalog) {
    Set<String> words = Words.in(expression);
    return words.stream()
        .anyMatch(
            word ->
                BuiltinFunctions.differsBetweenShards(word)
                    || catalog.functions(word).stream().anyMatch(function -> function.volatility() != 'i'));
  }
}
