package io.shardgate.pgwire.message;

/// One column of a RowDescription.
/// Immutable.
///
///     | name | 0 | table OID (int32) | column number (int16) | type OID (int32) | type size (int16) | typmod (int32) | format (int16) |
///
/// `tableOid` and `columnNumber` are 0 where the column is no table's; `typeSize` is negative for types of no fixed size;
/// `format` is 0 for text, 1 for binary.
public record FieldDescription(
    String name, int tableOid, int columnNumber, int typeOid, int typeSize, int typeModifier, int format) {
  /// A computed column in text format, of a type without modifier.
  public static FieldDescription text(String name, int typeOid, int typeSize) {
    return new FieldDescription(name, 0, 0, typeOid, typeSize, -1, 0);
  }
}
