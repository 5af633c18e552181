package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlDynamicParam;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlWriter;
import org.apache.calcite.sql.parser.SqlParserPos;

/// A parameter `$n`. Calcite's index is `n - 1`.
/// Immutable.
public final class SqlParameter extends SqlDynamicParam {
  private final int number;

  public SqlParameter(int number, SqlParserPos pos) {
    super(number - 1, pos);
    this.number = number;
  }

  /// The `n` of `$n`, from 1.
  public int number() {
    return number;
  }

  @Override
  public SqlNode clone(SqlParserPos pos) {
    return new SqlParameter(number, pos);
  }

  @Override
  public void unparse(SqlWriter writer, int leftPrec, int rightPrec) {
    writer.print("$" + number);
  }
}
