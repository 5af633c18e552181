package io.shardgate.proxy.execute;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.UnreadText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One server's word on what texts mean under settings. Thread-safe: keeps nothing.
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

  /// Asks for texts that are read as one type; empty where the server says that one of them is no value of it. Blocks.
  ///
  /// Both statements are one implicit transaction, so that the settings are gone before the server says that it is ready: the driver ends a
  /// connection whose DateStyle is reported to be another one.
  static Optional<List<Answer>> ask(Connection connection, List<UnreadText> texts, TextSettings settings, int timeoutSeconds) throws SQLException {
    UnreadText first = texts.getFirst();
    String set = "pg_catalog.set_config('TimeZone', ?, true), pg_catalog.set_config('DateStyle', ?, true)";
    String abbreviations = settings.abbreviations();
    String sql =
        "SELECT " + set + (abbreviations == null ? "" : ", pg_catalog.set_config('" + ABBREVIATIONS + "', ?, true)")
            + "; SELECT " + first.sendFunction() + "(a.t::" + first.typeName() + "), pg_catalog.current_setting('" + ABBREVIATIONS + "'), " + OF_ROLES
            + " FROM pg_catalog.unnest(?::pg_catalog.text[]) WITH ORDINALITY AS a(t, n) ORDER BY a.n";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setQueryTimeout(timeoutSeconds);
      int parameter = 1;
      statement.setString(parameter++, settings.timeZone());
      statement.setString(parameter++, settings.dateStyle());
      if (abbreviations != null) {
        statement.setString(parameter++, abbreviations);
      }
      statement.setArray(parameter, connection.createArrayOf("text", texts.stream().map(UnreadText::text).toArray()));
      statement.execute();
      statement.getMoreResults();
      return Optional.of(answers(statement, first));
    } catch (SQLException e) {
      if (isOfTheText(e)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static List<Answer> answers(PreparedStatement statement, UnreadText text) throws SQLException {
    List<Answer> answers = new ArrayList<>();
    try (ResultSet rows = statement.getResultSet()) {
      while (rows.next()) {
        answers.add(new Answer(Optional.ofNullable(text.meaning(rows.getBytes(1))), rows.getString(2), rows.getBoolean(3)));
      }
    }
    return answers;
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
