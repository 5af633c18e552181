package io.shardgate.proxy.execute;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.UnreadText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// One server's word on what one text means under settings. Thread-safe: keeps nothing.
final class TextQuestion {
  private static final String ABBREVIATIONS = "timezone_abbreviations";

  /// Nobody reports this setting: where a role has one of its own, a session's is not known.
  private static final String OF_ROLES =
      "EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c"
          + " WHERE s.setrole <> 0 AND pg_catalog.starts_with(pg_catalog.lower(c), '" + ABBREVIATIONS + "='))";

  private TextQuestion() {}

  /// @param meaning empty where the server takes no such text
  /// @param abbreviations `timezone_abbreviations` that it was read under; empty like the meaning
  /// @param ofRoles whether some role has abbreviations of its own there
  record Answer(Optional<KeyValue> meaning, String abbreviations, boolean ofRoles) {
    static final Answer NONE = new Answer(Optional.empty(), "", false);
  }

  /// Asks. Blocks.
  ///
  /// Both statements are one implicit transaction, so that the settings are gone before the server says that it is ready: the driver ends a
  /// connection whose DateStyle is reported to be another one.
  static Answer ask(Connection connection, UnreadText text, TextSettings settings, int timeoutSeconds) throws SQLException {
    String set = "pg_catalog.set_config('TimeZone', ?, true), pg_catalog.set_config('DateStyle', ?, true)";
    String abbreviations = settings.abbreviations();
    String sql =
        "SELECT " + set + (abbreviations == null ? "" : ", pg_catalog.set_config('" + ABBREVIATIONS + "', ?, true)")
            + "; SELECT " + text.sendFunction() + "((?::pg_catalog.text)::" + text.typeName() + "), pg_catalog.current_setting('"
            + ABBREVIATIONS + "'), " + OF_ROLES;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(timeoutSeconds);
      int parameter = 1;
      statement.setString(parameter++, settings.timeZone());
      statement.setString(parameter++, settings.dateStyle());
      if (abbreviations != null) {
        statement.setString(parameter++, abbreviations);
      }
      statement.setString(parameter, text.text());
      statement.execute();
      statement.getMoreResults();
      return answer(statement, text);
    } catch (SQLException e) {
      if (isOfTheText(e)) {
        return Answer.NONE;
      }
      throw e;
    }
  }

  private static Answer answer(PreparedStatement statement, UnreadText text) throws SQLException {
    try (ResultSet row = statement.getResultSet()) {
      row.next();
      byte[] binary = row.getBytes(1);
      return new Answer(Optional.ofNullable(text.meaning(binary)), row.getString(2), row.getBoolean(3));
    }
  }

  /// Class 22, data exception: no such date, zone, number.
  private static boolean isOfTheText(SQLException e) {
    return e.getSQLState() != null && e.getSQLState().startsWith("22");
  }

  /// What all of them say; empty when they differ, or when the session's abbreviations are not known to be theirs.
  static Optional<KeyValue> agreed(List<Answer> answers, TextSettings settings) {
    Answer first = answers.getFirst();
    boolean alike = answers.stream().allMatch(first::equals);
    boolean known = settings.abbreviations() != null || (first.abbreviations().equals(TextSettings.USUAL_ABBREVIATIONS) && !first.ofRoles());
    return alike && known ? first.meaning() : Optional.empty();
  }
}
