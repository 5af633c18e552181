package io.shardgate.admin.proxy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLWarning;

/// A connection to a proxy, for statements one after another.
/// Not thread-safe; owned by one command.
public final class ProxyConnection implements AutoCloseable {
  private final Connection connection;

  private ProxyConnection(Connection connection) {
    this.connection = connection;
  }

  /// Throws [RefusedException] when the proxy can't be reached or lets nobody in.
  public static ProxyConnection open(ProxyPlace place) throws RefusedException {
    try {
      return new ProxyConnection(DriverManager.getConnection(place.jdbcUrl(), place.properties()));
    } catch (SQLException e) {
      Answer.Said said = RefusedException.of(e).said();
      throw new RefusedException(said.code().startsWith("08")
          ? new Answer.Said(said.severity(), said.code(), "the proxy at " + place + " can't be reached: " + said.message(), said.detail(), "Is it running? --proxy and " + ProxyPlace.VARIABLE + " say where it is.")
          : said);
    }
  }

  /// Has one statement carried out.
  public Answer ask(String sql) throws RefusedException {
    try (Statement statement = connection.createStatement()) {
      boolean rows = statement.execute(sql);
      return rows ? read(statement) : new Answer(List.of(), List.of(), notices(statement));
    } catch (SQLException e) {
      throw RefusedException.of(e);
    }
  }

  private static Answer read(Statement statement) throws SQLException {
    List<String> columns = new ArrayList<>();
    List<List<String>> rows = new ArrayList<>();
    try (ResultSet set = statement.getResultSet()) {
      int count = set.getMetaData().getColumnCount();
      for (int i = 1; i <= count; i++) {
        columns.add(set.getMetaData().getColumnLabel(i));
      }
      while (set.next()) {
        List<String> row = new ArrayList<>(count);
        for (int i = 1; i <= count; i++) {
          @Nullable String value = set.getString(i);
          row.add(value == null ? "" : value);
        }
        rows.add(row);
      }
    }
    return new Answer(columns, rows, notices(statement));
  }

  private static List<Answer.Said> notices(Statement statement) throws SQLException {
    List<Answer.Said> notices = new ArrayList<>();
    for (@Nullable SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
      if (warning instanceof PSQLWarning known) {
        notices.add(RefusedException.said(known.getServerErrorMessage()));
      }
    }
    return notices;
  }

  /// A text as a literal of SQL, whatever it holds and however the server reads backslashes.
  public static String literal(String text) {
    if (text.indexOf('\'') < 0 && text.indexOf('\\') < 0) {
      return "'" + text + "'";
    }
    String tag = "$t$";
    for (int n = 0; text.contains(tag) || (text + tag).indexOf(tag) < text.length(); n++) {
      tag = "$t" + n + "$";
    }
    return tag + text + tag;
  }

  /// A name as an identifier of SQL.
  public static String identifier(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException _) {
      // It is given up anyway.
    }
  }
}
