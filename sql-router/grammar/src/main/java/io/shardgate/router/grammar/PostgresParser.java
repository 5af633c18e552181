package io.shardgate.router.grammar;

import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParseException;
import org.apache.calcite.sql.parser.SqlParser;

/// Reads one query or data change of PostgreSQL.
public final class PostgresParser {
  private PostgresParser() {}

  /// Parses the text of one statement, with or without a final semicolon.
  ///
  /// @throws GrammarException where the text is not read to its end
  public static SqlNode parse(String sql) throws GrammarException {
    try {
      return SqlParser.create(sql, SqlParser.config().withUnquotedCasing(Casing.TO_LOWER)).parseStmt();
    } catch (SqlParseException e) {
      throw new GrammarException("this statement is not read", 0);
    }
  }
}
