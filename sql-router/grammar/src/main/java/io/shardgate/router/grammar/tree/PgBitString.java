package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlWriter;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.util.BitString;

/// A bit string `B'101'` or `X'1F'`, of any number of bits: Calcite's binary literals hold whole bytes only.
/// Immutable.
public final class PgBitString extends SqlLiteral {
  private final String bits;

  /// @param bits only `0` and `1`
  public PgBitString(String bits, SqlParserPos pos) {
    super(BitString.createFromBitString(bits), SqlTypeName.BINARY, pos);
    this.bits = bits;
  }

  /// The bits as `0` and `1`.
  public String bits() {
    return bits;
  }

  @Override
  public SqlLiteral clone(SqlParserPos pos) {
    return new PgBitString(bits, pos);
  }

  @Override
  public void unparse(SqlWriter writer, int leftPrec, int rightPrec) {
    writer.print("B'" + bits + "'");
  }
}
