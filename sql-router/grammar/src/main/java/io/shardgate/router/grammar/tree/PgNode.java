package io.shardgate.router.grammar.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlWriter;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.util.Litmus;
import org.jspecify.annotations.Nullable;

/// A node of PostgreSQL's syntax that Calcite has no class for. Its operands are all its child nodes, in the order of
/// its accessors, absent ones null, so a visitor over operands misses nothing.
/// Immutable.
public abstract sealed class PgNode extends SqlCall
    permits PgTableRef,
        PgTableSample,
        PgDerivedTable,
        PgTableFunction,
        PgColumnDefinition,
        PgAliasedJoin,
        PgFunctionCall,
        PgNamedArgument,
        PgCast,
        PgType,
        PgArray,
        PgArrayQuery,
        PgSubscript,
        PgField,
        PgQuantified,
        PgCollate,
        PgLock,
        PgInsert,
        PgOnConflict,
        PgAssignment,
        PgUpdate,
        PgDelete,
        PgReturning,
        PgMerge,
        PgMergeBranch,
        PgCurrentOf {
  private final SqlOperator operator;
  private final List<SqlNode> operands; // absent children are null

  PgNode(SqlParserPos pos, SqlOperator operator, @Nullable SqlNode... operands) {
    super(pos);
    this.operator = operator;
    List<SqlNode> list = new ArrayList<>(operands.length);
    Collections.addAll(list, operands);
    this.operands = Collections.unmodifiableList(list);
  }

  /// What distinguishes this node beside its operands, as words that end in a space; part of its text and of equality.
  String marks() {
    return "";
  }

  @Override
  public SqlOperator getOperator() {
    return operator;
  }

  @Override
  public List<SqlNode> getOperandList() {
    return operands;
  }

  @Override
  public SqlNode clone(SqlParserPos pos) {
    throw new UnsupportedOperationException("a parsed node is not copied: " + operator.getName());
  }

  @Override
  public boolean equalsDeep(@Nullable SqlNode node, Litmus litmus) {
    if (node instanceof PgNode other && !marks().equals(other.marks())) {
      return litmus.fail("{} != {}", this, node);
    }
    return super.equalsDeep(node, litmus);
  }

  /// Writes the tree, not PostgreSQL's text: for messages of tests and debuggers. What a server gets is the user's own text.
  @Override
  public void unparse(SqlWriter writer, int leftPrec, int rightPrec) {
    writer.print(operator.getName() + "(" + marks());
    for (SqlNode operand : operands) {
      if (operand == null) {
        writer.print("-");
      } else {
        operand.unparse(writer, 0, 0);
      }
      writer.print(" ");
    }
    writer.print(")");
  }
}
