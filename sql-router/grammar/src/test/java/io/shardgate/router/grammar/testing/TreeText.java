package io.shardgate.router.grammar.testing;

import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.*;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.JoinType;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.SqlWith;
import org.apache.calcite.sql.fun.SqlCase;
import org.jspecify.annotations.Nullable;

/// Prints a tree as PostgreSQL's text with every operation in parentheses, names quoted, so that the tree can be read off it.
public final class TreeText {
  private static final Set<String> KEYWORD_FUNCTIONS = Set.of("coalesce", "greatest", "least", "nullif", "grouping",
      "merge_action", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role", "current_user",
      "session_user", "system_user", "user", "current_catalog", "current_schema");

  private TreeText() {}

  /// The tree of a statement.
  public static String ofStatement(String sql) throws GrammarException {
    return of(PostgresParser.parse(sql));
  }

  /// A tree.
  public static String of(SqlNode node) {
    return switch (node) {
      case SqlWith with -> "WITH " + (recursive(with) ? "RECURSIVE " : "") + list(with.withList) + " " + of(with.body);
      case PgWithItem item -> withItem(item);
      case PgOrderBy query -> ordered(query);
      case PgSelect select -> select(select);
      case PgNode own -> own(own);
      case SqlJoin join -> join(join);
      case SqlCase cases -> cases(cases);
      case SqlWindow window -> window((PgWindow) window);
      case SqlIdentifier id -> name(id);
      case SqlParameter parameter -> "$" + parameter.number();
      case SqlLiteral literal -> literal(literal);
      case SqlNodeList list -> "(" + values(list) + ")";
      case SqlBasicCall call -> call(call);
      default -> throw new IllegalArgumentException(node.getClass() + ": " + node);
    };
  }

  private static boolean recursive(SqlWith with) {
    return ((PgWithItem) with.withList.get(0)).recursive.booleanValue();
  }

  private static String list(List<? extends SqlNode> nodes) {
    return nodes.stream().map(TreeText::of).collect(Collectors.joining(", "));
  }

  private static String when(@Nullable SqlNode node, String before) {
    return node == null ? "" : before + of(node);
  }

  private static String whenValue(@Nullable SqlNode node, String before) {
    return node == null ? "" : before + value(node);
  }

  private static String whenList(@Nullable List<? extends SqlNode> nodes, String before) {
    return nodes == null || nodes.isEmpty() ? "" : before + values(nodes);
  }

  private static String alias(@Nullable SqlNode alias, @Nullable SqlNodeList columns) {
    return when(alias, " AS ") + (columns == null ? "" : of(columns));
  }

  private static String inParentheses(SqlNode query) {
    return "(" + of(query) + ")";
  }

  private static String name(SqlIdentifier id) {
    return id.names.stream()
        .map(name -> name.isEmpty() ? "*" : '"' + name.replace("\"", "\"\"") + '"')
        .collect(Collectors.joining("."));
  }

  private static String literal(SqlLiteral literal) {
    if (literal instanceof SqlCharStringLiteral) {
      String value = literal.getValueAs(String.class);
      String escaped = value.replace("'", "''");
      return value.matches("[^\\\\\\n\\r]*") ? "'" + escaped + "'" : "E'" + escaped.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r") + "'";
    }
    return literal instanceof PgBitString bits ? "B'" + bits.bits() + "'" : literal.toValue() == null ? "NULL" : literal.toValue();
  }

  private static String withItem(PgWithItem item) {
    String materialized = switch (item.materialized()) {
      case UNSAID -> "";
      case MATERIALIZED -> "MATERIALIZED ";
      case NOT_MATERIALIZED -> "NOT MATERIALIZED ";
    };
    return name(item.name) + (item.columnList == null ? "" : of(item.columnList)) + " AS " + materialized
        + inParentheses(item.query) + whenList(item.searchAndCycle(), " ADDS ");
  }

  private static String ordered(PgOrderBy query) {
    String body = query.query instanceof PgSelect || query.query instanceof SqlWith ? of(query.query) : setOperand(query.query);
    String fetch = query.withTies()
        ? whenValue(query.fetch, " FETCH FIRST (").concat(") ROWS WITH TIES")
        : whenValue(query.fetch, " LIMIT ");
    return body + whenList(query.orderList, " ORDER BY ") + whenValue(query.offset, " OFFSET ") + fetch
        + query.locks().stream().map(lock -> " " + of(lock)).collect(Collectors.joining());
  }

  private static String select(PgSelect select) {
    StringBuilder text = new StringBuilder("SELECT ");
    if (select.isDistinct()) {
      text.append("DISTINCT ");
    }
    if (select.distinctOn() != null) {
      text.append("DISTINCT ON ").append(of(select.distinctOn())).append(' ');
    }
    return text.append(values(select.getSelectList()))
        .append(when(select.into(), select.intoTemporary() ? " INTO TEMPORARY " : " INTO "))
        .append(when(select.getFrom(), " FROM "))
        .append(whenValue(select.getWhere(), " WHERE "))
        .append(select.getGroup() == null || select.getGroup().isEmpty() ? "" : (select.groupByDistinct() ? " GROUP BY DISTINCT " : " GROUP BY ") + groups(select.getGroup()))
        .append(whenValue(select.getHaving(), " HAVING "))
        .append(whenList(select.getWindowList(), " WINDOW "))
        .toString();
  }

  private static String join(SqlJoin join) {
    String left = of(join.getLeft());
    String right = of(join.getRight());
    if (join.getJoinType() == JoinType.COMMA) {
      return left + ", " + right;
    }
    String type = (join.isNatural() ? "NATURAL " : "") + (join.getJoinType() == JoinType.INNER ? "" : join.getJoinType() + " ");
    String condition = join.getConditionType() == JoinConditionType.ON ? whenValue(join.getCondition(), " ON ") : when(join.getCondition(), " USING ");
    String alias = join instanceof PgJoin named ? " AS " + of(named.usingAlias()) : "";
    return "(" + left + " " + type + "JOIN " + right + condition + alias + ")";
  }

  private static String cases(SqlCase cases) {
    StringBuilder text = new StringBuilder("CASE").append(cases.getValueOperand() == null ? "" : " " + value(cases.getValueOperand()));
    for (int i = 0; i < cases.getWhenOperands().size(); i++) {
      text.append(" WHEN ").append(value(cases.getWhenOperands().get(i)));
      text.append(" THEN ").append(value(cases.getThenOperands().get(i)));
    }
    return text.append(cases.getElseOperand() == null ? "" : " ELSE " + value(cases.getElseOperand())).append(" END").toString();
  }

  private static String window(PgWindow window) {
    String frame = "";
    if (window.frame() != PgWindow.Frame.UNSAID) {
      frame = " " + window.frame() + " " + (window.getUpperBound() == null
          ? bound(window.getLowerBound())
          : "BETWEEN " + bound(window.getLowerBound()) + " AND " + bound(window.getUpperBound()));
      String exclude = window.getExclude().toValue();
      frame += exclude.equals("EXCLUDE NO OTHER") ? "" : " " + exclude;
    }
    return when(window.getDeclName(), "").concat(window.getDeclName() == null ? "" : " AS ")
        + "(" + when(window.getRefName(), "") + whenList(window.getPartitionList(), " PARTITION BY ")
        + whenList(window.getOrderList(), " ORDER BY ") + frame + ")";
  }

  private static String bound(@Nullable SqlNode bound) {
    return switch (bound) {
      case null -> "";
      case SqlLiteral literal -> String.valueOf(literal.toValue());
      case SqlCall call -> value(call.operand(0)) + " " + call.getOperator().getName();
      default -> of(bound);
    };
  }

  private static String call(SqlBasicCall call) {
    List<String> operands = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      operands.add(PgTrees.isQuery(operand) ? inParentheses(operand) : of(operand));
    }
    String operator = symbol(call.getOperator());
    return switch (call.getKind()) {
      case AND, OR -> "(" + String.join(" " + operator + " ", flat(call)) + ")";
      case UNION, INTERSECT, EXCEPT -> setOperand(call.operand(0)) + " " + operator + " " + setOperand(call.operand(1));
      case AS -> operands.get(0) + " AS " + operands.get(1);
      case VALUES -> "VALUES " + call.getOperandList().stream().map(row -> of(row).substring(3)).collect(Collectors.joining(", "));
      case EXPLICIT_TABLE -> "TABLE " + operands.get(0);
      case DEFAULT -> "DEFAULT";
      case ROW -> "ROW(" + String.join(", ", operands) + ")";
      case ROLLUP, CUBE, GROUPING_SETS -> operator + "(" + groups(call.getOperandList()) + ")";
      case EXISTS, UNIQUE -> operator + operands.get(0);
      case DESCENDING, NULLS_FIRST, NULLS_LAST -> operands.get(0) + " " + operator;
      case IN, NOT_IN -> "(" + operands.get(0) + " " + operator + " " + operands.get(1) + ")";
      case BETWEEN -> "(" + operands.get(0) + " " + operator.replace(" ASYMMETRIC", "") + " " + operands.get(1) + " AND " + operands.get(2) + ")";
      case IS_NULL, IS_NOT_NULL, IS_TRUE, IS_NOT_TRUE, IS_FALSE, IS_NOT_FALSE, IS_UNKNOWN -> "(" + operands.get(0) + " " + operator + ")";
      case LIKE, SIMILAR -> "(" + operands.get(0) + " " + operator + " " + operands.get(1)
          + (operands.size() > 2 ? " ESCAPE " + operands.get(2) : "") + ")";
      default -> operator.startsWith("USING ")
          ? operands.get(0) + " " + operator
          : operator.startsWith("IS ") && operands.size() == 1
              ? "(" + operands.get(0) + " " + operator + ")"
              : operands.size() == 1
                  ? "(" + operator + " " + operands.get(0) + ")"
                  : "(" + operands.get(0) + " " + operator + " " + operands.get(1) + ")";
    };
  }

  /// A row among them is a group of several columns, or of none.
  private static String groups(List<? extends SqlNode> groups) {
    return groups.stream().map(group -> group.getKind() == SqlKind.ROW ? value(group).substring(3) : value(group)).collect(Collectors.joining(", "));
  }

  private static String symbol(SqlOperator operator) {
    return operator instanceof PgOperator own && own.schema() != null ? "OPERATOR(" + own.schema() + "." + own.symbol() + ")" : operator.getName();
  }

  private static List<String> flat(SqlCall call) {
    List<String> operands = new ArrayList<>();
    for (SqlNode operand : call.getOperandList()) {
      if (operand.getKind() == call.getKind()) {
        operands.addAll(flat((SqlCall) operand));
      } else {
        operands.add(PgTrees.isQuery(operand) ? inParentheses(operand) : of(operand));
      }
    }
    return operands;
  }

  private static String setOperand(SqlNode query) {
    return query instanceof PgSelect || query.getKind() == SqlKind.VALUES || query.getKind() == SqlKind.EXPLICIT_TABLE
        ? of(query)
        : inParentheses(query);
  }

  private static String value(SqlNode node) {
    return PgTrees.isQuery(node) ? inParentheses(node) : of(node);
  }

  private static String values(List<? extends SqlNode> nodes) {
    return nodes.stream().map(TreeText::value).collect(Collectors.joining(", "));
  }

  private static String own(PgNode node) {
    return switch (node) {
      case PgTableRef table -> (table.only() ? "ONLY " : "") + of(table.name()) + alias(table.alias(), table.columnAliases()) + when(table.sample(), " ");
      case PgTableSample sample -> "TABLESAMPLE " + of(sample.method()) + "(" + values(sample.arguments()) + ")" + (sample.repeatable() == null ? "" : " REPEATABLE (" + value(sample.repeatable()) + ")");
      case PgDerivedTable table -> (table.lateral() ? "LATERAL " : "") + inParentheses(table.query()) + alias(table.alias(), table.columnAliases());
      case PgTableFunction table -> tableFunction(table);
      case PgColumnDefinition column -> of(column.name()) + " " + of(column.type()) + when(column.collation(), " COLLATE ");
      case PgAliasedJoin join -> of(join.join()) + alias(join.alias(), join.columnAliases());
      case PgFunctionCall call -> functionCall(call);
      case PgNamedArgument argument -> of(argument.name()) + " => " + value(argument.value());
      case PgCast cast -> "CAST(" + value(cast.operand()) + " AS " + of(cast.type()) + ")";
      case PgType type -> (type.setOf() ? "SETOF " : "") + (type.builtin() ? "pg_catalog." : "") + of(type.name())
          + (type.modifiers().isEmpty() ? "" : of(type.modifiers())) + "[]".repeat(type.arrayDimensions());
      case PgArray array -> "ARRAY[" + values(array.elements()) + "]";
      case PgArrayQuery array -> "ARRAY" + inParentheses(array.query());
      case PgSubscript subscript -> base(subscript.base(), true) + "[" + whenValue(subscript.lower(), "") + (subscript.slice() ? ":" : "") + whenValue(subscript.upper(), "") + "]";
      case PgField field -> base(field.base(), false) + "." + of(field.field());
      case PgQuantified test -> "(" + value(test.left()) + " " + symbol(test.comparison()) + (test.all() ? " ALL (" : " ANY (") + of(test.right()) + "))";
      case PgCollate collate -> "(" + value(collate.operand()) + " COLLATE " + of(collate.collation()) + ")";
      case PgLock lock -> "FOR " + lock.strength().name().replace('_', ' ') + whenList(lock.tables(), " OF ")
          + (lock.waitPolicy() == PgLock.Wait.BLOCK ? "" : " " + lock.waitPolicy().name().replace('_', ' '));
      case PgInsert insert -> insert(insert);
      case PgOnConflict conflict -> conflict(conflict);
      case PgAssignment assignment -> (assignment.multiple() ? "(" + targets(assignment.targets()) + ")" : targets(assignment.targets())) + " = " + value(assignment.source());
      case PgUpdate update -> "UPDATE " + of(update.target()) + " SET " + list(update.assignments()) + when(update.from(), " FROM ")
          + whenValue(update.where(), " WHERE ") + when(update.returning(), " ");
      case PgDelete delete -> "DELETE FROM " + of(delete.target()) + when(delete.using(), " USING ") + whenValue(delete.where(), " WHERE ") + when(delete.returning(), " ");
      case PgReturning returning -> "RETURNING " + (returning.oldAlias() == null && returning.newAlias() == null ? "" : "WITH ("
          + when(returning.oldAlias(), "OLD AS ") + (returning.oldAlias() != null && returning.newAlias() != null ? ", " : "") + when(returning.newAlias(), "NEW AS ") + ") ")
          + values(returning.items());
      case PgMerge merge -> "MERGE INTO " + of(merge.target()) + " USING " + of(merge.source()) + " ON " + value(merge.condition()) + " "
          + merge.branches().stream().map(TreeText::of).collect(Collectors.joining(" ")) + when(merge.returning(), " ");
      case PgMergeBranch branch -> branch(branch);
      case PgCurrentOf current -> "CURRENT OF " + of(current.cursor());
    };
  }

  private static String base(SqlNode base, boolean subscript) {
    return base instanceof PgSubscript || base instanceof PgField || (subscript && base instanceof SqlIdentifier) ? of(base) : "(" + value(base) + ")";
  }

  /// A column that is set: `a.b[1]` has no parentheses there.
  private static String target(SqlNode target) {
    return of(target).replaceAll("[()]", "");
  }

  private static String targets(List<? extends SqlNode> targets) {
    return targets.stream().map(TreeText::target).collect(Collectors.joining(", "));
  }

  private static String tableFunction(PgTableFunction table) {
    String functions = list(table.functions());
    return (table.lateral() ? "LATERAL " : "") + (table.rowsFrom() ? "ROWS FROM (" + functions + ")" : functions)
        + (table.ordinality() ? " WITH ORDINALITY" : "") + alias(table.alias(), table.columnAliases())
        + (table.columnDefinitions() == null ? "" : (table.alias() == null ? " AS " : "") + of(table.columnDefinitions()));
  }

  private static String functionCall(PgFunctionCall call) {
    List<String> arguments = new ArrayList<>();
    for (SqlNode argument : call.arguments()) {
      arguments.add(value(argument));
    }
    if (call.variadic()) {
      arguments.add("VARIADIC " + arguments.removeLast());
    }
    String name = of(call.name());
    if (call.syntax() == PgFunctionCall.Syntax.SQL) {
      String sql = call.name().getSimple();
      String spelled = spelled(sql, arguments);
      if (spelled != null) {
        return spelled;
      }
      name = KEYWORD_FUNCTIONS.contains(sql) ? sql.toUpperCase(Locale.ROOT) : "pg_catalog." + name;
      if (arguments.isEmpty() && !name.equals("MERGE_ACTION")) {
        return name;
      }
    }
    return name + "(" + (call.star() ? "*" : (call.distinct() ? "DISTINCT " : "") + String.join(", ", arguments)
        + whenList(call.orderBy(), " ORDER BY ")) + ")"
        + (call.withinGroup() == null ? "" : " WITHIN GROUP (ORDER BY " + values(call.withinGroup()) + ")")
        + (call.filter() == null ? "" : " FILTER (WHERE " + value(call.filter()) + ")") + when(call.over(), " OVER ");
  }

  /// The calls that SQL spells with words between the arguments; null where it does not.
  private static @Nullable String spelled(String function, List<String> a) {
    String first = a.isEmpty() ? "" : a.getFirst();
    return switch (function) {
      case "is_json", "is_document", "is_normalized" -> "(" + first + " " + function.replace('_', ' ').toUpperCase(Locale.ROOT) + ")";
      case "timezone" -> a.size() == 1 ? "(" + first + " AT LOCAL)" : "(" + a.get(1) + " AT TIME ZONE " + first + ")";
      case "btrim" -> trim("BOTH", a);
      case "ltrim" -> trim("LEADING", a);
      case "rtrim" -> trim("TRAILING", a);
      case "extract" -> "EXTRACT(" + first + " FROM " + a.get(1) + ")";
      case "position" -> "POSITION((" + a.get(1) + ") IN (" + first + "))";
      case "substring" -> "SUBSTRING(" + first + " FROM " + a.get(1) + (a.size() > 2 ? " FOR " + a.get(2) : "") + ")";
      case "overlay" -> "OVERLAY(" + first + " PLACING " + a.get(1) + " FROM " + a.get(2) + (a.size() > 3 ? " FOR " + a.get(3) : "") + ")";
      case "overlaps" -> "((" + first + ", " + a.get(1) + ") OVERLAPS (" + a.get(2) + ", " + a.get(3) + "))";
      case "pg_collation_for" -> "COLLATION FOR (" + first + ")";
      case "normalize" -> "NORMALIZE(" + first + ")";
      default -> null;
    };
  }

  private static String trim(String side, List<String> a) {
    return "TRIM(" + side + " " + (a.size() > 1 ? a.get(1) + " " : "") + "FROM " + a.getFirst() + ")";
  }

  private static String insert(PgInsert insert) {
    return "INSERT INTO " + of(insert.target()) + (insert.columns() == null ? "" : " (" + targets(insert.columns()) + ")")
        + (insert.overriding() == PgInsert.Overriding.NONE ? "" : " OVERRIDING " + insert.overriding() + " VALUE")
        + (insert.source() == null ? " DEFAULT VALUES" : " " + of(insert.source())) + when(insert.onConflict(), " ") + when(insert.returning(), " ");
  }

  private static String conflict(PgOnConflict conflict) {
    return "ON CONFLICT" + (conflict.target() == null ? "" : " " + of(conflict.target())) + whenValue(conflict.targetWhere(), " WHERE ")
        + when(conflict.constraint(), " ON CONSTRAINT ")
        + (conflict.update() ? " DO UPDATE SET " + list(conflict.assignments()) + whenValue(conflict.where(), " WHERE ") : " DO NOTHING");
  }

  private static String branch(PgMergeBranch branch) {
    String match = branch.match().name().replace('_', ' ').replace(" BY TARGET", "");
    String action = switch (branch.action()) {
      case INSERT -> "INSERT" + (branch.columns() == null ? "" : " " + of(branch.columns()))
          + (branch.overriding() == PgInsert.Overriding.NONE ? "" : " OVERRIDING " + branch.overriding() + " VALUE")
          + (branch.values() == null ? " DEFAULT VALUES" : " VALUES " + of(branch.values()).substring(3));
      case UPDATE -> "UPDATE SET " + list(branch.assignments());
      case DELETE -> "DELETE";
      case DO_NOTHING -> "DO NOTHING";
    };
    return "WHEN " + match + whenValue(branch.condition(), " AND ") + " THEN " + action;
  }
}
