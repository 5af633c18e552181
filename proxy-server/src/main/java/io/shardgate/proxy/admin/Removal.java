package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceConnections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Takes away what the proxy made on servers: schema `shardgate` in each database (docs/server-objects.md). What users put into that schema, and
/// everything outside it, is left alone.
///
/// The order keeps invariant 8. First the tables of verdicts are locked, one database after another, so that no transaction over several shards can be
/// decided any more; only then it is asked whether one that was decided is still being ended somewhere. One that comes later finds no function
/// to record its commit with, and is rolled back.
final class Removal {
  static final List<String> COLUMNS = List.of("shard", "database", "object", "state");

  private static final Set<String> OURS =
      Set.of("table shardgate.cluster", "table shardgate.commit_log", "function shardgate.record_commit(gid text, token text)");

  private static final String OBJECTS =
      """
      SELECT CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'relation' END || ' shardgate.' || quote_ident(c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'shardgate' AND c.relkind NOT IN ('i', 't', 'c')
      UNION ALL
      SELECT 'function shardgate.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')'
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'shardgate'
      UNION ALL
      SELECT 'schema shardgate' FROM pg_namespace WHERE nspname = 'shardgate'
      ORDER BY 1""";

  private static final String DROP =
      """
      DROP FUNCTION IF EXISTS shardgate.record_commit(text, text);
      DROP TABLE IF EXISTS shardgate.commit_log, shardgate.cluster;
      DROP SCHEMA shardgate RESTRICT""";

  private static final String IN_DOUBT = "SELECT count(*) FROM pg_prepared_xacts WHERE starts_with(gid, 'sg:')";

  /// How long a transaction that is being committed may keep the removal waiting.
  private static final String LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'";

  private final ShardDirectory directory;
  private final ServiceConnections connections;

  Removal(ShardDirectory directory, ServiceConnections connections) {
    this.directory = directory;
    this.connections = connections;
  }

  private record Place(ShardId shard, String database) {}

  /// What has to be said to have it removed: it names the shards, so nobody says it by accident.
  private String sentence() {
    return "remove schema shardgate from " + directory.current().shards().keySet().stream().map(ShardId::value).collect(Collectors.joining(", "));
  }

  /// What is there.
  AdminAnswer list() {
    List<List<String>> rows = new ArrayList<>();
    objects().forEach((place, objects) -> objects.forEach(object -> rows.add(row(place, object, OURS.contains(object) || object.equals("schema shardgate") ? "there" : "not ours"))));
    ErrorFields notice = ErrorFields.notice(SqlState.SUCCESSFUL_COMPLETION, "nothing was removed")
        .withHint("To remove these: SHARDGATE UNINSTALL CONFIRM '" + sentence() + "'. Stop all other proxies first, and this one right after: it makes them again.");
    return new AdminAnswer(rows, rows.isEmpty() ? List.of() : List.of(notice));
  }

  private Map<Place, List<String>> objects() {
    Map<Place, List<String>> found = new TreeMap<>(java.util.Comparator.comparing(Place::shard).thenComparing(Place::database));
    for (ShardId shard : directory.current().allShards()) {
      for (String database : TablesOnShards.databases(connections, shard)) {
        List<String> objects = connections.call(shard, database, connection -> strings(connection, OBJECTS));
        if (!objects.isEmpty()) {
          found.put(new Place(shard, database), objects);
        }
      }
    }
    return found;
  }

  private static List<String> row(Place place, String object, String state) {
    return List.of(place.shard().value(), place.database(), object, state);
  }

  /// Removes it, from all databases of all shards or from none that can't follow.
  AdminAnswer remove(String confirmation) {
    if (!confirmation.equals(sentence())) {
      throw Refusals.error(SqlState.INVALID_PARAMETER_VALUE, "that is not the sentence which removes schema shardgate", "It is: CONFIRM '" + sentence() + "'.");
    }
    if (directory.proxies().size() > 1) {
      throw Refusals.error(
          SqlState.OBJECT_IN_USE, "other proxies are running: " + (directory.proxies().size() - 1), "Stop them first (SHARDGATE PROXIES lists them): they need what is to be removed.");
    }
    Map<Place, List<String>> found = objects();
    found.forEach((place, objects) -> objects.stream().filter(object -> !OURS.contains(object) && !object.equals("schema shardgate")).findFirst().ifPresent(foreign -> {
      throw Refusals.error(
          SqlState.DEPENDENT_OBJECTS_STILL_EXIST, foreign + " in database " + place.database() + " of shard " + place.shard() + " is not ours", "Move it out of schema shardgate, or drop it.");
    }));
    lockThenDrop(new ArrayList<>(found.keySet()), 0);
    List<List<String>> rows = new ArrayList<>();
    found.forEach((place, objects) -> objects.forEach(object -> rows.add(row(place, object, "removed"))));
    ErrorFields notice = ErrorFields.notice(SqlState.SUCCESSFUL_COMPLETION, "stop this proxy now: it makes schema shardgate again when a transaction over several shards needs it");
    return new AdminAnswer(rows, List.of(notice));
  }

  /// One connection inside the other: all locks are held when the last one asks who is in doubt, and nothing is dropped before.
  private boolean lockThenDrop(List<Place> places, int at) {
    if (at == places.size()) {
      refuseInDoubt();
      return true;
    }
    Place place = places.get(at);
    return connections.<Boolean>call(place.shard(), place.database(), connection -> {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute(LOCK_TIMEOUT);
        if (!strings(connection, "SELECT 1 FROM pg_tables WHERE schemaname = 'shardgate' AND tablename = 'commit_log'").isEmpty()) {
          statement.execute("LOCK TABLE shardgate.commit_log IN ACCESS EXCLUSIVE MODE");
        }
        boolean nobodyIsInDoubt = lockThenDrop(places, at + 1);
        statement.execute(DROP);
        connection.commit();
        return nobodyIsInDoubt;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    });
  }

  private void refuseInDoubt() {
    for (ShardId shard : directory.current().allShards()) {
      String count = connections.call(shard, connections.databaseOf(shard), connection -> strings(connection, IN_DOUBT).getFirst());
      if (!count.equals("0")) {
        throw Refusals.error(
            SqlState.OBJECT_IN_USE, "transactions over several shards are being ended on shard " + shard + ": " + count, "Wait some seconds: the proxy settles them. Then try again.");
      }
    }
  }

  private static List<String> strings(Connection connection, String sql) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        strings.add(rows.getString(1));
      }
    }
    return strings;
  }
}
