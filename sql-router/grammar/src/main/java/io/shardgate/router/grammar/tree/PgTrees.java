package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;

/// Questions about parsed trees that are asked in many places.
public final class PgTrees {
  private PgTrees() {}

  /// Whether the node is a query: SELECT, VALUES, TABLE, a set operation, one with ORDER BY or WITH. In an expression
  /// such a node is a scalar subquery.
  public static boolean isQuery(SqlNode node) {
    return switch (node.getKind()) {
      case SELECT, VALUES, UNION, INTERSECT, EXCEPT, ORDER_BY, WITH, EXPLICIT_TABLE -> true;
      default -> false;
    };
  }
}
