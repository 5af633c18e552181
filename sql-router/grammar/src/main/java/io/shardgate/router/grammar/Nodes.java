package io.shardgate.router.grammar;

import io.shardgate.router.grammar.tree.PgBitString;
import io.shardgate.router.grammar.tree.PgCast;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgJoin;
import io.shardgate.router.grammar.tree.PgOperator;
import io.shardgate.router.grammar.tree.PgType;
import io.shardgate.router.grammar.tree.SqlParameter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// How the parser makes nodes out of what it read.
final class Nodes {
  /// `^`, which Calcite has only as a function.
  static final PgOperator POWER = PgOperator.of("^");

  /// Digits that a number may have: PostgreSQL reads longer ones, at a cost that grows faster than their length.
  private static final int MAX_DIGITS = 20_000;

  private Nodes() {}

  static SqlNode call(SqlParserPos pos, SqlOperator operator, SqlNode... operands) {
    return new SqlBasicCall(operator, Arrays.asList(operands), pos);
  }

  static SqlNode not(SqlParserPos pos, boolean not, SqlNode test) {
    return not ? call(pos, SqlStdOperatorTable.NOT, test) : test;
  }

  /// A call that SQL spells by keywords.
  static SqlNode sqlCall(SqlParserPos pos, String name, SqlNode... arguments) {
    return sqlCall(pos, name, Arrays.asList(arguments));
  }

  static SqlNode sqlCall(SqlParserPos pos, String name, List<SqlNode> arguments) {
    return PgFunctionCall.of(pos, PgFunctionCall.Syntax.SQL, new SqlIdentifier(name, pos), list(arguments));
  }

  /// A call in the plain form, which has a name, or in SQL's form.
  static SqlNode callOrSql(SqlParserPos pos, @Nullable SqlIdentifier name, String sqlName, List<SqlNode> arguments) {
    return name == null
        ? sqlCall(pos, sqlName, arguments)
        : PgFunctionCall.of(pos, PgFunctionCall.Syntax.CALL, name, list(arguments));
  }

  /// `(a, b) OVERLAPS (c, d)` is a call with four arguments.
  static SqlNode overlaps(SqlParserPos pos, SqlNode left, SqlNode right) {
    List<SqlNode> arguments = new ArrayList<>();
    for (SqlNode side : List.of(left, right)) {
      arguments.addAll(side.getKind() == SqlKind.ROW ? ((SqlCall) side).getOperandList() : List.of(side));
    }
    return sqlCall(pos, "overlaps", arguments);
  }

  /// A list that spans its elements.
  static SqlNodeList list(List<? extends SqlNode> nodes) {
    return nodes.isEmpty() ? SqlNodeList.EMPTY : new SqlNodeList(nodes, around(nodes));
  }

  private static SqlParserPos around(List<? extends SqlNode> nodes) {
    int begin = Integer.MAX_VALUE;
    int end = 0;
    for (SqlNode node : nodes) {
      SqlParserPos pos = node.getParserPosition();
      if (pos.getLineNum() > 0) {
        begin = Math.min(begin, pos.getColumnNum());
        end = Math.max(end, pos.getEndColumnNum());
      }
    }
    return end == 0 ? SqlParserPos.ZERO : new SqlParserPos(1, begin, 1, end);
  }

  /// `a.b.c` with the position of each part.
  static SqlIdentifier name(List<SqlIdentifier> parts) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    List<String> names = new ArrayList<>(parts.size());
    List<SqlParserPos> positions = new ArrayList<>(parts.size());
    for (SqlIdentifier part : parts) {
      names.add(part.getSimple());
      positions.add(part.getParserPosition());
    }
    return new SqlIdentifier(names, null, around(parts), positions);
  }

  /// `t.*`.
  static SqlIdentifier star(List<SqlIdentifier> parts, SqlParserPos star) {
    List<SqlIdentifier> all = new ArrayList<>(parts);
    all.add(SqlIdentifier.star(star));
    List<String> names = new ArrayList<>(all.size());
    List<SqlParserPos> positions = new ArrayList<>(all.size());
    for (SqlIdentifier part : all) {
      names.add(part.isStar() ? "" : part.getSimple());
      positions.add(part.getParserPosition());
    }
    return new SqlIdentifier(names, null, around(all), positions);
  }

  /// `(a)` is `a`; `(a, b)` and `()` are rows.
  static SqlNode rowOrSingle(SqlParserPos pos, List<SqlNode> items) {
    return items.size() == 1 ? items.getFirst() : SqlStdOperatorTable.ROW.createCall(pos, items);
  }

  static SqlNode parameter(Token token) throws ParseException {
    try {
      return new SqlParameter(Integer.parseInt(token.image.substring(1)), position(token));
    } catch (NumberFormatException e) {
      throw refuse("parameter number too large", token);
    }
  }

  static SqlNode number(Token token) throws ParseException {
    String text = token.image.replace("_", "");
    if (text.length() > MAX_DIGITS) {
      throw refuse("number of more than " + MAX_DIGITS + " digits", token);
    }
    try {
      if (token.kind == GeneratedParserConstants.APPROX_NUMERIC_LITERAL) {
        return SqlLiteral.createApproxNumeric(text, position(token));
      }
      return SqlLiteral.createExactNumeric(decimal(text), position(token));
    } catch (NumberFormatException e) {
      throw refuse("number out of range", token);
    }
  }

  private static String decimal(String text) {
    int radix = text.length() < 2 || text.charAt(0) != '0' ? 10 : switch (text.charAt(1)) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 10;
    };
    if (radix != 10) {
      return new BigInteger(text.substring(2), radix).toString();
    }
    return new BigDecimal(text).toPlainString();
  }

  /// `B'101'` or `X'1F'`. PostgreSQL refuses other digits when it analyses, not when it parses; it comes to the same.
  static SqlNode bits(Token token) throws ParseException {
    String digits = ((LexedToken) token).value();
    boolean hex = token.image.charAt(0) == 'x' || token.image.charAt(0) == 'X';
    StringBuilder bits = new StringBuilder();
    for (int i = 0; i < digits.length(); i++) {
      int digit = Character.digit(digits.charAt(i), hex ? 16 : 2);
      if (digit < 0) {
        throw refuse("digits of a bit string", token);
      }
      String binary = Integer.toBinaryString(hex ? digit | 16 : digit | 2);
      bits.append(binary, 1, binary.length());
    }
    return new PgBitString(bits.toString(), position(token));
  }

  /// `date '2020-01-01'`: a type by its name before a string.
  static SqlNode typed(SqlParserPos pos, SqlIdentifier name, SqlNode text) {
    PgType type = new PgType(name.getParserPosition(), name, false, SqlNodeList.EMPTY, 0, false);
    return new PgCast(pos, text, type, PgCast.Style.PREFIX);
  }

  static String floatName(String precision) {
    return precision.length() > 2 || Integer.parseInt(precision) > 24 ? "float8" : "float4";
  }

  /// The name of a function that has a keyword of its own.
  static SqlIdentifier callName(Token keyword) {
    return new SqlIdentifier(lower(keyword.image), position(keyword));
  }

  static PgType integerType() {
    SqlIdentifier name = new SqlIdentifier("int4", SqlParserPos.ZERO);
    return new PgType(SqlParserPos.ZERO, name, true, SqlNodeList.EMPTY, 0, false);
  }

  static String lower(String word) {
    return word.toLowerCase(Locale.ROOT);
  }

  static SqlOperator between(boolean not, boolean symmetric) {
    if (symmetric) {
      return not ? SqlStdOperatorTable.SYMMETRIC_NOT_BETWEEN : SqlStdOperatorTable.SYMMETRIC_BETWEEN;
    }
    return not ? SqlStdOperatorTable.NOT_BETWEEN : SqlStdOperatorTable.BETWEEN;
  }

  /// The operator of a symbol: standard SQL's where it is one.
  static SqlOperator standard(String symbol) {
    return switch (symbol) {
      case "=" -> SqlStdOperatorTable.EQUALS;
      case "<>", "!=" -> SqlStdOperatorTable.NOT_EQUALS;
      case "<" -> SqlStdOperatorTable.LESS_THAN;
      case ">" -> SqlStdOperatorTable.GREATER_THAN;
      case "<=" -> SqlStdOperatorTable.LESS_THAN_OR_EQUAL;
      case ">=" -> SqlStdOperatorTable.GREATER_THAN_OR_EQUAL;
      default -> PgOperator.of(symbol);
    };
  }

  static SqlNode join(
      SqlParserPos pos,
      SqlNode left,
      boolean natural,
      SqlLiteral type,
      SqlNode right,
      @Nullable JoinConditionType conditionType,
      @Nullable SqlNode condition,
      @Nullable SqlIdentifier alias) {
    SqlLiteral isNatural = SqlLiteral.createBoolean(natural, SqlParserPos.ZERO);
    JoinConditionType kind = conditionType == null ? JoinConditionType.NONE : conditionType;
    SqlLiteral symbol = kind.symbol(SqlParserPos.ZERO);
    return alias == null
        ? new SqlJoin(pos, left, isNatural, type, right, symbol, condition)
        : new PgJoin(pos, left, isNatural, type, right, symbol, condition, alias);
  }

  static SqlParserPos position(Token token) {
    return new SqlParserPos(1, token.beginColumn, 1, token.endColumn);
  }

  static ParseException refuse(String message, Token at) {
    ParseException e = new ParseException(message);
    Token before = new Token();
    before.next = at;
    e.currentToken = before;
    return e;
  }

  /// Collects the operands of `a AND b AND c` and makes a balanced tree of them.
  static final class Chain {
    private final SqlOperator operator;
    private final List<SqlNode> operands = new ArrayList<>();
    private final List<Integer> begins = new ArrayList<>();
    private final List<Integer> ends = new ArrayList<>();

    Chain(SqlOperator operator, int begin, SqlNode first) {
      this.operator = operator;
      operands.add(first);
      begins.add(begin);
    }

    /// The first operand ends before the first operator, which was just read.
    void endFirst(Token operatorToken) {
      ends.add(((LexedToken) operatorToken).endOfPrevious());
    }

    void add(int begin, SqlNode operand, int end) {
      operands.add(operand);
      begins.add(begin);
      ends.add(end);
    }

    SqlNode tree() {
      return tree(0, operands.size());
    }

    private SqlNode tree(int from, int to) {
      if (to - from == 1) {
        return operands.get(from);
      }
      int middle = (from + to + 1) / 2;
      SqlParserPos pos = new SqlParserPos(1, begins.get(from), 1, ends.get(to - 1));
      return call(pos, operator, tree(from, middle), tree(middle, to));
    }
  }
}
