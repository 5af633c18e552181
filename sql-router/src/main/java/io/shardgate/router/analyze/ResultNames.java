package io.shardgate.router.analyze;

import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgOperator;
import io.shardgate.router.grammar.tree.PgSelect;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;

/// How PostgreSQL calls a column of a result that has no alias (`FigureColname` in its parse_target.c). Pure.
final class ResultNames {
  private static final String NONE = "?column?";

  private ResultNames() {}

  /// The name; that of `*` is none that a column has; empty where it is not known.
  static Optional<String> of(SqlNode result) {
    return switch (result) {
      case SqlIdentifier name -> Optional.of(name.isStar() ? "" : name.names.getLast());
      case SqlLiteral _ -> Optional.of(NONE);
      case SqlCall as when as.getKind() == SqlKind.AS -> Optional.of(((SqlIdentifier) as.operand(1)).getSimple());
      case PgCast cast -> of(cast.operand()).filter(name -> !name.equals(NONE)); // else it is the type's
      case PgFunctionCall call -> call.syntax() == PgFunctionCall.Syntax.CALL ? Optional.of(call.name().names.getLast()) : Optional.empty();
      case PgSelect query -> query.getSelectList().size() == 1 ? of(query.getSelectList().get(0)).filter(name -> !name.isEmpty()) : Optional.empty();
      case SqlCall call when isNameless(call) -> Optional.of(NONE);
      default -> Optional.empty();
    };
  }

  private static boolean isNameless(SqlCall call) {
    return switch (call.getKind()) {
      case AND, OR, NOT, EQUALS, NOT_EQUALS, LESS_THAN, LESS_THAN_OR_EQUAL, GREATER_THAN, GREATER_THAN_OR_EQUAL, IN, NOT_IN, LIKE, IS_NULL, IS_NOT_NULL,
          PLUS, MINUS, TIMES, DIVIDE, MOD, PLUS_PREFIX, MINUS_PREFIX ->
          true;
      default -> call.getOperator() instanceof PgOperator;
    };
  }
}
