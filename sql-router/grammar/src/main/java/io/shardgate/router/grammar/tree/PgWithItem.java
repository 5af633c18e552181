package io.shardgate.router.grammar.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlWithItem;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// One common table expression; its query may be INSERT, UPDATE, DELETE or MERGE. `recursive` of the superclass says
/// whether the whole WITH is RECURSIVE.
/// Immutable, as far as nobody assigns the superclass's fields.
public final class PgWithItem extends SqlWithItem {
  /// What was said about materialization.
  public enum Materialized { UNSAID, MATERIALIZED, NOT_MATERIALIZED }

  private final Materialized materialized;
  private final SqlNodeList searchAndCycle;

  @SuppressWarnings("NullAway") // the superclass takes null for a column list that is absent
  public PgWithItem(
      SqlParserPos pos,
      SqlIdentifier name,
      @Nullable SqlNodeList columns,
      SqlNode query,
      SqlLiteral recursive,
      Materialized materialized,
      SqlNodeList searchAndCycle) {
    super(pos, name, columns, query, recursive);
    this.materialized = materialized;
    this.searchAndCycle = searchAndCycle;
  }

  public Materialized materialized() {
    return materialized;
  }

  /// The columns that SEARCH and CYCLE clauses add to the table, in order; mostly none.
  public SqlNodeList searchAndCycle() {
    return searchAndCycle;
  }

  @Override
  public List<SqlNode> getOperandList() {
    List<SqlNode> operands = new ArrayList<>(super.getOperandList());
    operands.add(searchAndCycle);
    return Collections.unmodifiableList(operands);
  }
}
