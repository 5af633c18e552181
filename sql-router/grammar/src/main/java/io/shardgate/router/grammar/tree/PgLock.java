package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;

/// One locking clause: `FOR UPDATE [OF tables] [NOWAIT | SKIP LOCKED]`.
/// Immutable.
public final class PgLock extends PgNode {
  /// What is locked against, weakest first.
  public enum Strength { KEY_SHARE, SHARE, NO_KEY_UPDATE, UPDATE }

  /// What to do where a row is locked already.
  public enum Wait { BLOCK, NOWAIT, SKIP_LOCKED }

  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_LOCK", SqlKind.OTHER);

  private final Strength strength;
  private final SqlNodeList tables;
  private final Wait waitPolicy;

  public PgLock(SqlParserPos pos, Strength strength, SqlNodeList tables, Wait waitPolicy) {
    super(pos, OPERATOR, tables);
    this.strength = strength;
    this.tables = tables;
    this.waitPolicy = waitPolicy;
  }

  public Strength strength() {
    return strength;
  }

  public SqlNodeList tables() {
    return tables;
  }

  public Wait waitPolicy() {
    return waitPolicy;
  }

  @Override
  String marks() {
    return strength + " " + waitPolicy + " ";
  }
}
