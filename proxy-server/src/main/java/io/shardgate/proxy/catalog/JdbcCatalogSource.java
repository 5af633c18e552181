package io.shardgate.proxy.catalog;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The catalog over JDBC: every query at once, on the calling thread.
///
/// Not thread-safe; owned by the work that holds the connection.
final class JdbcCatalogSource implements CatalogSource {

  private static final int FETCH_ALL = 0;

  private final Connection connection;

  JdbcCatalogSource(Connection connection) {
    this.connection = connection;
  }

  @Override
  public CompletionStage<List<List<@Nullable String>>> query(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(FETCH_ALL);
      try (ResultSet result = statement.executeQuery(sql)) {
        return CompletableFuture.completedFuture(rows(result));
      }
    } catch (SQLException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static List<List<@Nullable String>> rows(ResultSet result) throws SQLException {
    int columns = result.getMetaData().getColumnCount();
    List<List<@Nullable String>> rows = new ArrayList<>();
    while (result.next()) {
      List<@Nullable String> row = new ArrayList<>(columns);
      for (int i = 1; i <= columns; i++) {
        row.add(result.getString(i));
      }
      rows.add(row);
    }
    return rows;
  }
}
