package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOperator;
import org.apache.calcite.sql.SqlSpecialOperator;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A function call with everything that may follow it: DISTINCT, ORDER BY, VARIADIC, WITHIN GROUP, FILTER, OVER. SQL's
/// own spellings become the call that PostgreSQL makes of them: `a AT TIME ZONE z` is `timezone(z, a)`, `substring(s
/// FROM 1)` is `substring(s, 1)`, `CURRENT_DATE` is `current_date`; those have `Syntax.SQL`.
/// Immutable.
public final class PgFunctionCall extends PgNode {
  /// How the call was written.
  public enum Syntax {
    /// `name(…)`.
    CALL,
    /// By keywords of its own (EXTRACT, COALESCE, CURRENT_USER, JSON_OBJECT, …): the name is PostgreSQL's, never the user's.
    SQL
  }

  private static final SqlOperator OPERATOR = new SqlSpecialOperator("PG_CALL", SqlKind.OTHER_FUNCTION);

  private final Syntax syntax;
  private final SqlIdentifier name;
  private final SqlNodeList arguments;
  private final boolean star;
  private final boolean distinct;
  private final boolean variadic;
  private final @Nullable SqlNodeList orderBy;
  private final @Nullable SqlNodeList withinGroup;
  private final @Nullable SqlNode filter;
  private final @Nullable SqlNode over;

  public PgFunctionCall(
      SqlParserPos pos,
      Syntax syntax,
      SqlIdentifier name,
      SqlNodeList arguments,
      boolean star,
      boolean distinct,
      boolean variadic,
      @Nullable SqlNodeList orderBy,
      @Nullable SqlNodeList withinGroup,
      @Nullable SqlNode filter,
      @Nullable SqlNode over) {
    super(pos, OPERATOR, name, arguments, orderBy, withinGroup, filter, over);
    this.syntax = syntax;
    this.name = name;
    this.arguments = arguments;
    this.star = star;
    this.distinct = distinct;
    this.variadic = variadic;
    this.orderBy = orderBy;
    this.withinGroup = withinGroup;
    this.filter = filter;
    this.over = over;
  }

  public Syntax syntax() {
    return syntax;
  }

  public SqlIdentifier name() {
    return name;
  }

  /// The arguments; `name => value` is a [PgNamedArgument].
  public SqlNodeList arguments() {
    return arguments;
  }

  /// Whether it is `f(*)`.
  public boolean star() {
    return star;
  }

  public boolean distinct() {
    return distinct;
  }

  /// Whether the last argument was marked VARIADIC.
  public boolean variadic() {
    return variadic;
  }

  public @Nullable SqlNodeList orderBy() {
    return orderBy;
  }

  public @Nullable SqlNodeList withinGroup() {
    return withinGroup;
  }

  public @Nullable SqlNode filter() {
    return filter;
  }

  /// An [org.apache.calcite.sql.SqlWindow], or a window's name as identifier.
  public @Nullable SqlNode over() {
    return over;
  }

  /// A plain call `name(arguments)`.
  public static PgFunctionCall of(SqlParserPos pos, Syntax syntax, SqlIdentifier name, SqlNodeList arguments) {
    return new PgFunctionCall(pos, syntax, name, arguments, false, false, false, null, null, null, null);
  }

  @Override
  String marks() {
    return syntax + " " + (star ? "star " : "") + (distinct ? "distinct " : "") + (variadic ? "variadic " : "");
  }
}
