package io.shardgate.router.grammar.tree;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// What follows a whole query, in any order PostgreSQL allows: ORDER BY, LIMIT or FETCH (`fetch`), OFFSET (`offset`),
/// locking. The query may be a [org.apache.calcite.sql.SqlWith]: `WITH … SELECT … ORDER BY` is the order of the WITH.
/// Order items are expressions under `DESC`, `NULLS FIRST`, `NULLS LAST` calls of Calcite's standard operators;
/// `USING <` is a [PgOperator] call. LIMIT ALL leaves `fetch` null.
/// Immutable.
public final class PgOrderBy extends SqlOrderBy {
  private final boolean withTies;
  private final SqlNodeList locks;

  @SuppressWarnings("NullAway") // the superclass takes null for clauses that are absent
  public PgOrderBy(
      SqlParserPos pos,
      SqlNode query,
      SqlNodeList orderList,
      @Nullable SqlNode offset,
      @Nullable SqlNode fetch,
      boolean withTies,
      SqlNodeList locks) {
    super(pos, query, orderList, offset, fetch);
    this.withTies = withTies;
    this.locks = locks;
  }

  /// Whether it is `FETCH … WITH TIES`.
  public boolean withTies() {
    return withTies;
  }

  /// The locking clauses, [PgLock]s; mostly none.
  public SqlNodeList locks() {
    return locks;
  }

  @Override
  public List<SqlNode> getOperandList() {
    List<SqlNode> operands = new ArrayList<>(super.getOperandList());
    operands.add(locks);
    return Collections.unmodifiableList(operands);
  }
}
