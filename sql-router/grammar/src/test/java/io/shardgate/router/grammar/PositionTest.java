package io.shardgate.router.grammar;

import io.shardgate.router.grammar.testing.Statements;
import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.grammar.tree.PgDelete;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.PgUpdate;
import io.shardgate.router.grammar.tree.SourceSpan;
import io.shardgate.router.grammar.tree.SqlParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Texts are spliced by position, so each node's span must be exactly its text.
@Timeout(60)
class PositionTest {
  private static final Set<String> SPELLED = Set.of("int4", "int2", "int8", "float4", "float8", "bool",
      "numeric", "bpchar", "varchar", "varbit", "timestamptz", "timetz");

  private static String text(String sql, SqlNode node) {
    return SourceSpan.of(node).text(sql);
  }

  private static List<String> texts(String sql, Iterable<? extends SqlNode> nodes) {
    List<String> texts = new ArrayList<>();
    nodes.forEach(node -> texts.add(text(sql, node)));
    return texts;
  }

  /// All nodes with a position, parents first.
  private static List<SqlNode> nodes(SqlNode root) {
    List<SqlNode> all = new ArrayList<>();
    collect(root, all);
    return all;
  }

  private static void collect(SqlNode node, List<SqlNode> all) {
    if (!node.getParserPosition().equals(SqlParserPos.ZERO)) {
      all.add(node);
    }
    List<SqlNode> children = switch (node) {
      case SqlCall call -> call.getOperandList();
      case SqlNodeList list -> list.getList();
      default -> List.of();
    };
    for (SqlNode child : children) {
      if (child != null) {
        collect(child, all);
      }
    }
  }

  @Test
  void partsOfAnInsertSpanTheirText() throws GrammarException {
    String sql = "-- x\nINSERT INTO  s.\"T\" AS x ( a , \"B\",c ) VALUES\n ( 1, E'a\\'b' , $2 ),(DEFAULT, -3, $$q$$)\n"
        + " ON CONFLICT (a) DO UPDATE SET a = 1  RETURNING a, x.\"B\" AS y  ;";
    PgInsert insert = (PgInsert) PostgresParser.parse(sql);
    assertThat(text(sql, insert)).startsWith("INSERT").endsWith("AS y");
    assertThat(text(sql, insert.target())).isEqualTo("s.\"T\" AS x");
    assertThat(text(sql, insert.target().name())).isEqualTo("s.\"T\"");
    SqlNodeList columns = Objects.requireNonNull(insert.columns());
    assertThat(text(sql, columns)).isEqualTo("a , \"B\",c");
    assertThat(texts(sql, columns)).containsExactly("a", "\"B\"", "c");
    SqlCall values = (SqlCall) Objects.requireNonNull(insert.source());
    assertThat(text(sql, values)).isEqualTo("VALUES\n ( 1, E'a\\'b' , $2 ),(DEFAULT, -3, $$q$$)");
    assertThat(texts(sql, values.getOperandList())).containsExactly("( 1, E'a\\'b' , $2 )", "(DEFAULT, -3, $$q$$)");
    assertThat(texts(sql, ((SqlCall) values.operand(0)).getOperandList())).containsExactly("1", "E'a\\'b'", "$2");
    assertThat(texts(sql, ((SqlCall) values.operand(1)).getOperandList())).containsExactly("DEFAULT", "-3", "$$q$$");
    assertThat(text(sql, Objects.requireNonNull(insert.onConflict()))).isEqualTo("CONFLICT (a) DO UPDATE SET a = 1");
    assertThat(text(sql, Objects.requireNonNull(insert.returning()))).isEqualTo("RETURNING a, x.\"B\" AS y");
    assertThat(texts(sql, insert.returning().items())).containsExactly("a", "x.\"B\" AS y");
  }

  @Test
  void tablesSpanTheirAliases() throws GrammarException {
    String sql = "SELECT * FROM ONLY (s.t) AS a (b, c) TABLESAMPLE system (1), u\tx JOIN v * ON true";
    SqlJoin comma = (SqlJoin) Objects.requireNonNull(((PgSelect) PostgresParser.parse(sql)).getFrom());
    SqlJoin join = (SqlJoin) comma.getRight();
    assertThat(text(sql, comma.getLeft())).isEqualTo("ONLY (s.t) AS a (b, c) TABLESAMPLE system (1)");
    assertThat(text(sql, join)).isEqualTo("u\tx JOIN v * ON true");
    assertThat(text(sql, join.getLeft())).isEqualTo("u\tx");
    assertThat(text(sql, join.getRight())).isEqualTo("v *");
    assertThat(text(sql, ((PgTableRef) join.getLeft()).name())).isEqualTo("u");
  }

  @Test
  void partsOfUpdateAndDeleteSpanTheirText() throws GrammarException {
    String sql = "UPDATE ONLY t x SET a = (a + 1), (b, c) = (1, 2) FROM u, v WHERE (x.a = u.a) AND b RETURNING  *";
    PgUpdate update = (PgUpdate) PostgresParser.parse(sql);
    assertThat(text(sql, update.target())).isEqualTo("ONLY t x");
    assertThat(texts(sql, update.assignments())).containsExactly("a = (a + 1)", "(b, c) = (1, 2)");
    assertThat(text(sql, Objects.requireNonNull(update.from()))).isEqualTo("u, v");
    assertThat(text(sql, Objects.requireNonNull(update.where()))).isEqualTo("(x.a = u.a) AND b");
    assertThat(text(sql, Objects.requireNonNull(update.returning()))).isEqualTo("RETURNING  *");
    String other = "DELETE FROM t AS x USING u WHERE a IN ( 1 , 2 )";
    PgDelete delete = (PgDelete) PostgresParser.parse(other);
    assertThat(text(other, delete.target())).isEqualTo("t AS x");
    assertThat(text(other, ((SqlCall) Objects.requireNonNull(delete.where())).operand(1))).isEqualTo("( 1 , 2 )");
  }

  @Test
  void anOperationBeginsAtTheParenthesisOfItsLeftSide() throws GrammarException {
    String sql = "SELECT ((a) + b) * -(c), (a)::int, ((a = 1) OR (b = 2) OR (c)) AND d, (f((x))).y[1]";
    PgSelect select = (PgSelect) PostgresParser.parse(sql);
    assertThat(texts(sql, select.getSelectList()))
        .containsExactly("((a) + b) * -(c)", "(a)::int", "((a = 1) OR (b = 2) OR (c)) AND d", "(f((x))).y[1]");
    SqlCall and = (SqlCall) select.getSelectList().get(2);
    assertThat(text(sql, and.operand(0))).isEqualTo("(a = 1) OR (b = 2) OR (c)");
  }

  @Test
  void aLongConditionIsInSourceOrder() throws GrammarException {
    String sql = "SELECT 1 WHERE " + "(a) AND b AND ".repeat(20) + "c";
    SqlNode where = Objects.requireNonNull(((PgSelect) PostgresParser.parse(sql)).getWhere());
    assertThat(text(sql, where)).isEqualTo(sql.substring(15));
    for (SqlNode node : nodes(where)) {
      if (node.getKind() == SqlKind.AND) {
        SourceSpan left = SourceSpan.of(((SqlCall) node).operand(0));
        SourceSpan right = SourceSpan.of(((SqlCall) node).operand(1));
        assertThat(left.end()).isLessThan(right.start());
        assertThat(sql.substring(left.end(), right.start())).matches("\\)? AND \\(?");
      }
    }
  }

  @Test
  void everyOperandLiesInItsParent() throws GrammarException {
    for (String statement : Statements.all()) {
      for (SqlNode node : nodes(PostgresParser.parse(statement))) {
        SourceSpan span = SourceSpan.of(node);
        List<SqlNode> children = new ArrayList<>();
        collect(node, children);
        for (SqlNode child : children) {
          SourceSpan inner = SourceSpan.of(child);
          assertThat(inner.start() >= span.start() && inner.end() <= span.end())
              .as("%s in %s", inner.text(statement), span.text(statement))
              .isTrue();
        }
      }
    }
  }

  @Test
  void everyLiteralParameterAndNameSpansItsToken() throws GrammarException {
    for (String statement : Statements.all()) {
      for (SqlNode node : nodes(PostgresParser.parse(statement))) {
        String text = text(statement, node);
        switch (node) {
          case SqlParameter parameter -> assertThat(text).isEqualTo("$" + parameter.number());
          case SqlIdentifier name when name.isSimple() && !name.isStar() && !text.startsWith("U&") -> assertName(name, text);
          case SqlLiteral literal when literal.getTypeName() == SqlTypeName.SYMBOL -> assertThat(text).isNotBlank();
          case SqlLiteral literal -> assertLiteral(literal, text);
          default -> assertThat(text).isEqualTo(text.strip());
        }
      }
    }
  }

  /// An identifier reads as it was written, but for the names of types and functions that SQL spells in other words.
  private static void assertName(SqlIdentifier name, String text) {
    String folded = text.startsWith("\"") ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text.toLowerCase(Locale.ROOT);
    if (!text.matches("(?s).*[ (].*") && folded.chars().allMatch(c -> c < 0x80) && !SPELLED.contains(name.getSimple())) {
      assertThat(folded).isEqualTo(name.getSimple());
    }
  }

  /// What a literal spans is a literal of the same value, or the field of EXTRACT, which is a word.
  private static void assertLiteral(SqlLiteral literal, String text) throws GrammarException {
    SqlNode again = ((PgSelect) PostgresParser.parse("SELECT " + text)).getSelectList().get(0);
    if (again instanceof SqlLiteral same) {
      assertThat(same).isEqualTo(literal);
    } else {
      assertThat(text).matches("\\w+");
    }
  }

  @Test
  void positionsAreCharactersWhateverTheLineEndsAndTabs() throws GrammarException {
    String sql = "SELECT\r\n\t'é\n日本', \uD83D\uDE00 ,\r\t$1 /* \n */ , x";
    PgSelect select = (PgSelect) PostgresParser.parse(sql);
    assertThat(texts(sql, select.getSelectList())).containsExactly("'é\n日本'", "\uD83D\uDE00", "$1", "x");
  }

  @Test
  void aQueryInParenthesesLeavesThemOut() throws GrammarException {
    String sql = "(( SELECT a FROM t ) UNION SELECT 1) ORDER BY 1 LIMIT $1";
    PgOrderBy ordered = (PgOrderBy) PostgresParser.parse(sql);
    assertThat(text(sql, ordered)).isEqualTo(sql);
    assertThat(text(sql, ordered.query)).isEqualTo("( SELECT a FROM t ) UNION SELECT 1");
    assertThat(text(sql, ((SqlCall) ordered.query).operand(0))).isEqualTo("SELECT a FROM t");
    assertThat(text(sql, ordered.fetch)).isEqualTo("$1");
  }

  @Test
  void aCallSpansWhatFollowsIt() throws GrammarException {
    String sql = "SELECT  s.count ( * )  FILTER (WHERE a) OVER (PARTITION BY b) AS x";
    SqlCall as = (SqlCall) ((PgSelect) PostgresParser.parse(sql)).getSelectList().get(0);
    PgFunctionCall call = as.operand(0);
    assertThat(text(sql, call)).isEqualTo("s.count ( * )  FILTER (WHERE a) OVER (PARTITION BY b)");
    assertThat(text(sql, call.name())).isEqualTo("s.count");
  }
}
