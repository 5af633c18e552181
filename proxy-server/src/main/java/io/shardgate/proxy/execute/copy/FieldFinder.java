package io.shardgate.proxy.execute.copy;

/// Finds one field of a row. Not thread-safe; owned by one COPY.
public interface FieldFinder {
  /// What was found.
  enum Found {
    VALUE,
    NULL,
    /// The row has not so many fields, or is broken: PostgreSQL says how.
    MISSING
  }

  /// Looks at a row; the value is in [#value] afterwards.
  Found find(byte[] row, int from, int contentEnd);

  /// The field's value as the type's input function gets it: escapes resolved, text in UTF-8; of the binary format the bytes as they are.
  byte[] value();

  /// How many fields a row has.
  int count(byte[] row, int from, int contentEnd);
}
