package io.shardgate.router.grammar.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// SELECT without what may follow it (see [PgOrderBy]). Every SELECT that the parser yields is one. Order, offset, fetch,
/// qualify and hints of the superclass are never set; an empty select list is allowed.
/// Immutable, as far as nobody calls the superclass's setters.
public final class PgSelect extends SqlSelect {
  private final @Nullable SqlNodeList distinctOn;
  private final @Nullable SqlIdentifier into;
  private final boolean intoTemporary;
  private final boolean groupByDistinct;

  @SuppressWarnings("NullAway") // the superclass takes null for clauses that are absent
  public PgSelect(
      SqlParserPos pos,
      SqlNodeList keywords,
      @Nullable SqlNodeList distinctOn,
      SqlNodeList selectList,
      @Nullable SqlIdentifier into,
      boolean intoTemporary,
      @Nullable SqlNode from,
      @Nullable SqlNode where,
      @Nullable SqlNodeList groupBy,
      boolean groupByDistinct,
      @Nullable SqlNode having,
      @Nullable SqlNodeList windows) {
    super(pos, keywords, selectList, from, where, groupBy, having, windows, null, null, null, null, null);
    this.distinctOn = distinctOn;
    this.into = into;
    this.intoTemporary = intoTemporary;
    this.groupByDistinct = groupByDistinct;
  }

  /// The expressions of `DISTINCT ON (…)`; then [#isDistinct()] is false.
  public @Nullable SqlNodeList distinctOn() {
    return distinctOn;
  }

  /// The table that `SELECT … INTO table` creates.
  public @Nullable SqlIdentifier into() {
    return into;
  }

  /// Whether that table was said to be TEMPORARY.
  public boolean intoTemporary() {
    return intoTemporary;
  }

  /// Whether it is `GROUP BY DISTINCT`.
  public boolean groupByDistinct() {
    return groupByDistinct;
  }

  @Override
  public List<SqlNode> getOperandList() {
    List<SqlNode> operands = new ArrayList<>(super.getOperandList());
    operands.add(distinctOn);
    operands.add(into);
    return Collections.unmodifiableList(operands);
  }
}
