package io.shardgate.router.grammar.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// `left JOIN right USING (columns) AS alias`: the alias names the joined columns only. Other joins are plain
/// [SqlJoin]s.
/// Immutable, as far as nobody calls the superclass's setters.
public final class PgJoin extends SqlJoin {
  private final SqlIdentifier usingAlias;

  public PgJoin(
      SqlParserPos pos,
      SqlNode left,
      SqlLiteral natural,
      SqlLiteral joinType,
      SqlNode right,
      SqlLiteral conditionType,
      @Nullable SqlNode condition,
      SqlIdentifier usingAlias) {
    super(pos, left, natural, joinType, right, conditionType, condition);
    this.usingAlias = usingAlias;
  }

  public SqlIdentifier usingAlias() {
    return usingAlias;
  }

  @Override
  public List<SqlNode> getOperandList() {
    List<SqlNode> operands = new ArrayList<>(super.getOperandList());
    operands.add(usingAlias);
    return Collections.unmodifiableList(operands);
  }
}
