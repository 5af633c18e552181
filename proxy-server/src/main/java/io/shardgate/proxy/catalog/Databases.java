package io.shardgate.proxy.catalog;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/// What the home shard says of a database to a role that wants to connect to it.
///
/// Thread-safe: keeps a short-lived copy in a [Remembered].
public final class Databases {

  private static final String DATABASE =
      """
      SELECT d.datallowconn, has_database_privilege(r.oid, d.oid, 'CONNECT'), pg_encoding_to_char(d.encoding)
      FROM pg_database d, pg_roles r WHERE d.datname = ? AND r.rolname = ?""";

  /// The more special setting wins: of the role in the database, of the role, of the database, of all. What the server's own configuration says
  /// counts only for `idle_session_timeout`, which the proxy's connections turn off. Custom settings (`app.user`) are not
  /// in `pg_settings`; everybody may set them.
  private static final String SETTINGS =
      """
      SELECT name || '=' || setting || unit, true, -1, 0 FROM pg_settings
      WHERE name = 'idle_session_timeout' AND setting <> '0' AND source IN ('configuration file', 'command line', 'environment variable')
      UNION ALL
      SELECT s.setting,
        COALESCE((SELECT p.context = 'user' FROM pg_settings p WHERE lower(p.name) = lower(split_part(s.setting, '=', 1))), true),
        (g.setrole <> 0)::int * 2 + (g.setdatabase <> 0)::int, s.position
      FROM pg_db_role_setting g CROSS JOIN LATERAL unnest(g.setconfig) WITH ORDINALITY s(setting, position)
      WHERE g.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = ?))
        AND g.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = ?))
      ORDER BY 3, 4""";

  private final ServiceConnections connections;
  private final Supplier<ShardMap> map;
  private final Remembered<Key, Optional<DatabaseFacts>> remembered = new Remembered<>(this::read);

  private record Key(String database, String role) {}

  /// One database, to one role.
  ///
  /// @param allowsConnections `datallowconn`
  /// @param mayConnect whether the role has the CONNECT privilege
  /// @param encoding the server encoding, PostgreSQL's name for it
  /// @param settings ALTER ROLE / ALTER DATABASE … SET in force for the role in the database, names as they were written
  /// @param settable those of them that the role may set by itself too
  public record DatabaseFacts(
      boolean allowsConnections, boolean mayConnect, String encoding, Map<String, String> settings, Map<String, String> settable) {
    public DatabaseFacts {
      settings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settings));
      settable = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(settable));
    }
  }

  public Databases(ServiceConnections connections, Supplier<ShardMap> map) {
    this.connections = connections;
    this.map = map;
  }

  /// Looks a database up.
  ///
  /// @return empty when there is no such database or role; completes on any thread, exceptionally with a [ServiceException]
  public CompletionStage<Optional<DatabaseFacts>> lookup(String database, String role) {
    return remembered.get(new Key(database, role));
  }

  /// Forgets all: after CREATE, ALTER and DROP of databases and roles, and GRANT.
  public void forget() {
    remembered.forget();
  }

  private CompletionStage<Optional<DatabaseFacts>> read(Key key) {
    ShardId home = map.get().home();
    return connections.run(home, connections.databaseOf(home), connection -> read(connection, key));
  }

  private static Optional<DatabaseFacts> read(Connection connection, Key key) throws SQLException {
    try (PreparedStatement statement = prepared(connection, DATABASE, key);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        return Optional.empty();
      }
      Map<String, String> settable = new LinkedHashMap<>();
      Map<String, String> settings = settings(connection, key, settable);
      return Optional.of(new DatabaseFacts(row.getBoolean(1), row.getBoolean(2), row.getString(3), settings, settable));
    }
  }

  private static Map<String, String> settings(Connection connection, Key key, Map<String, String> settable) throws SQLException {
    Map<String, String> settings = new LinkedHashMap<>();
    try (PreparedStatement statement = prepared(connection, SETTINGS, key);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        String setting = row.getString(1);
        int equals = setting.indexOf('=');
        String name = setting.substring(0, equals);
        settings.put(name, setting.substring(equals + 1));
        if (row.getBoolean(2)) {
          settable.put(name, setting.substring(equals + 1));
        }
      }
    }
    return settings;
  }

  private static PreparedStatement prepared(Connection connection, String sql, Key key) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setString(1, key.database());
    statement.setString(2, key.role());
    return statement;
  }
}
