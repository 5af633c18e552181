/// The nodes of a parsed statement: Calcite's where Calcite has one, ours (`Pg…`) where not.
///
/// Comes in: nothing but Calcite's node classes. Goes out: the classes that the parser builds and the analyzer reads.
/// Never imported here: shards, plans, the parser.
///
/// **Positions.** [io.shardgate.router.grammar.tree.SourceSpan] of a node is its first to its last character. The position
/// of an expression in parentheses leaves them out; that of a row `(1, 2)`, a call, an ARRAY, a query's `VALUES` row
/// includes theirs; a list in parentheses (INSERT's columns, USING) spans its elements only, but the list of IN its
/// parentheses. What nobody wrote has `SqlParserPos.ZERO`: the 1 in `substring(s FOR n)` and in `FETCH FIRST ROW ONLY`.
///
/// **Queries** (in FROM, in expressions, in WITH, at the top)
///
/// | text | node |
/// |---|---|
/// | `SELECT …` | [PgSelect], a `SqlSelect` with DISTINCT ON and INTO |
/// | `VALUES (…), (…)` | call `VALUES` of `ROW` calls; DEFAULT is call `DEFAULT` |
/// | `TABLE t` | call `EXPLICIT_TABLE` of a [PgTableRef] |
/// | UNION, INTERSECT, EXCEPT [ALL] | call of `SqlStdOperatorTable`'s operator, two operands |
/// | … ORDER BY, LIMIT, OFFSET, FETCH, FOR UPDATE | [PgOrderBy], a `SqlOrderBy`, around the query; locks are [PgLock] |
/// | WITH … | `SqlWith` of [PgWithItem]s; its body is a query, or one of the four below |
/// | INSERT | [PgInsert] with [PgOnConflict], [PgReturning] |
/// | UPDATE | [PgUpdate] of [PgAssignment]s |
/// | DELETE | [PgDelete] |
/// | MERGE | [PgMerge] of [PgMergeBranch]es |
///
/// **FROM**: [PgTableRef] (with [PgTableSample]), [PgDerivedTable], [PgTableFunction] (with [PgColumnDefinition]), `SqlJoin`
/// (comma is a join too; conditions NONE, ON, USING), [PgJoin] for USING with an alias, [PgAliasedJoin]. Windows: [PgWindow].
///
/// **Expressions**
///
/// | text | node |
/// |---|---|
/// | `a`, `t.a`, `t.*`, `*` | `SqlIdentifier`, folded to lower case unless quoted |
/// | `1`, `1.5`, `'x'`, E'', U&'', $$…$$, B'', X'' | `SqlNumericLiteral`, `SqlCharStringLiteral` (decoded), [PgBitString] |
/// | TRUE, FALSE, NULL | `SqlLiteral` |
/// | `-1` | call `UNARY_MINUS` of `1`; `-1::int` is the minus of `1::int` |
/// | `$1` | [SqlParameter] |
/// | AND, OR, NOT, = <> < <= > >=, + - * / %, IS …, BETWEEN, LIKE, ILIKE, SIMILAR TO, EXISTS, ROW, CASE | Calcite's operators and `SqlCase` |
/// | `a IN (1, 2)`, `a IN (query)` | call `IN` / `NOT_IN` of `a` and a `SqlNodeList` or a query |
/// | any other operator symbol, OPERATOR(s.op) | call of a [PgOperator] |
/// | `a op ANY (…)`, `ALL (…)` | [PgQuantified] |
/// | `a::t`, CAST, `t 'x'` | [PgCast] to a [PgType] |
/// | `f(…)` in all its forms, EXTRACT, COALESCE, CURRENT_DATE, AT TIME ZONE, … | [PgFunctionCall] with [PgNamedArgument] |
/// | `ARRAY[…]`, `ARRAY(query)`, `a[1]`, `(a).b`, COLLATE | [PgArray], [PgArrayQuery], [PgSubscript], [PgField], [PgCollate] |
/// | `(query)` | the query itself: a scalar subquery |
/// | `a AND b AND c` | binary calls in a balanced tree, not left to right: long lists do not nest deep |
/// | CURRENT OF c | [PgCurrentOf], in WHERE of UPDATE and DELETE only |
///
/// All of ours but the subclasses of Calcite's nodes are permitted by the sealed [PgNode], so a switch over them is exhaustive.
@NullMarked
package io.shardgate.router.grammar.tree;

import org.jspecify.annotations.NullMarked;
