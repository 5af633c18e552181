package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.admin.TopologyChange.Remark;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.config.ProxyConfig;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Whether a shard is like the home shard in what makes answers alike, and allows what the proxy does there. Each difference comes with the line
/// that mends it.
final class ShardComparison {
  /// What a new session has of a setting. The service role's own sessions have some of them from the driver, so the places are read that
  /// they are set in: the database's own value, the configuration files', the built-in one.
  private static final String SETTING =
      """
      coalesce(
        (SELECT split_part(s, '=', 2) FROM pg_db_role_setting r, unnest(r.setconfig) s
         WHERE r.setrole = 0 AND r.setdatabase IN (0, d.oid) AND lower(split_part(s, '=', 1)) = lower('%1$s') ORDER BY r.setdatabase DESC LIMIT 1),
        (SELECT f.setting FROM pg_file_settings f WHERE lower(f.name) = lower('%1$s') AND f.applied),
        (SELECT p.boot_val FROM pg_settings p WHERE p.name = '%1$s'))""";

  private static final String FACTS =
      """
      SELECT current_setting('server_version_num')::int / 10000 AS "major version",
        pg_encoding_to_char(d.encoding) AS "encoding",
        CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END
          || ' ' || coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate) AS "collation",
        coalesce(pg_database_collation_actual_version(d.oid), 'none') AS "collation version",
        %s AS "TimeZone", %s AS "DateStyle", %s AS "IntervalStyle",
        current_setting('max_prepared_transactions') AS prepared, current_setting('wal_level') AS wal
      FROM pg_database d WHERE d.datname = current_database()"""
          .formatted(SETTING.formatted("TimeZone"), SETTING.formatted("DateStyle"), SETTING.formatted("IntervalStyle"));

  /// Asked first: nobody else is told what configuration files say.
  private static final String SERVICE_ROLE = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user";

  private static final List<String> FIXED = List.of("major version", "encoding", "collation", "collation version");
  private static final List<String> SETTABLE = List.of("TimeZone", "DateStyle", "IntervalStyle");

  private static final String EXTENSIONS = "SELECT extname, extversion FROM pg_extension";

  /// Roles that log in, with what proves them; only whether that is the same is looked at.
  private static final String ROLES = "SELECT rolname, md5(coalesce(rolpassword, '')) FROM pg_authid WHERE rolcanlogin AND NOT rolsuper";

  /// @param database the name of the compared database
  private record Facts(
      String database, Map<String, String> values, int prepared, String walLevel, String user, boolean superuser, Map<String, String> extensions,
      Map<String, String> roles) {}

  private ShardComparison() {}

  /// A line for each difference that would make answers differ, or forbids the proxy's own work.
  ///
  /// @param warnings gets what only keeps some statements from working
  static List<String> faults(ServiceConnections connections, ShardId home, Collection<ShardId> shards, ProxyConfig config, List<Remark> warnings) {
    List<String> faults = new ArrayList<>();
    Map<ShardId, Facts> all = new TreeMap<>();
    List<ShardId> asked = new ArrayList<>(shards);
    if (!asked.contains(home)) {
      asked.add(home);
    }
    for (ShardId shard : asked) {
      try {
        String database = connections.databaseOf(shard);
        all.put(shard, connections.<Facts>call(shard, database, connection -> facts(connection, database)));
      } catch (ServiceException e) {
        faults.add("shard " + shard + " can't say how it is set up (expected: an answer): " + e.getMessage());
      }
    }
    Facts model = all.get(home);
    if (model != null) {
      all.forEach((shard, facts) -> {
        if (!shard.equals(home) && facts.superuser() && model.superuser()) {
          compare(shard, facts, home, model, faults);
          compareRoles(shard, facts, home, model, warnings);
        }
        if (shards.contains(shard)) {
          check(shard, facts, config, faults, warnings);
        }
      });
    }
    return faults;
  }

  private static void compare(ShardId shard, Facts facts, ShardId home, Facts model, List<String> faults) {
    for (String name : FIXED) {
      String expected = model.values().getOrDefault(name, "");
      String found = facts.values().getOrDefault(name, "");
      if (!found.equals(expected)) {
        faults.add("shard " + shard + " has " + name + " " + found + " (expected: " + expected + ", as the home shard " + home
            + "; set the server up, or create the database, alike)");
      }
    }
    for (String name : SETTABLE) {
      String expected = model.values().getOrDefault(name, "");
      String found = facts.values().getOrDefault(name, "");
      if (!found.equalsIgnoreCase(expected)) {
        faults.add("shard " + shard + " has " + name + " " + found + " (expected: " + expected + ", as the home shard " + home + "): ALTER DATABASE "
            + name(facts.database()) + " SET " + name + " = '" + expected.replace("'", "''") + "';");
      }
    }
    model.extensions().forEach((extension, version) -> {
      String found = facts.extensions().get(extension);
      if (found == null) {
        faults.add("shard " + shard + " has no extension " + extension + " (expected: version " + version + ", as the home shard " + home + "): CREATE EXTENSION "
            + name(extension) + " VERSION '" + version + "';");
      } else if (!found.equals(version)) {
        faults.add("shard " + shard + " has extension " + extension + " in version " + found + " (expected: " + version + ", as the home shard " + home
            + "): ALTER EXTENSION " + name(extension) + " UPDATE TO '" + version + "';");
      }
    });
  }

  private static void compareRoles(ShardId shard, Facts facts, ShardId home, Facts model, List<Remark> warnings) {
    List<String> unlike = model.roles().entrySet().stream().filter(role -> !role.getValue().equals(facts.roles().get(role.getKey()))).map(Map.Entry::getKey).sorted().toList();
    if (!unlike.isEmpty()) {
      warnings.add(new Remark(
          "shard " + shard + " has no such role, or another password, for: " + String.join(", ", unlike) + "; their sessions can't use it",
          "Copy roles with their SCRAM verifiers from " + home + ": pg_dumpall --roles-only, or ALTER ROLE … PASSWORD through the proxy afterwards."));
    }
  }

  private static void check(ShardId shard, Facts facts, ProxyConfig config, List<String> faults, List<Remark> warnings) {
    if (!facts.superuser()) {
      faults.add("shard " + shard + " does not let the service role " + facts.user() + " read pg_authid or keep schema shardgate (expected: a superuser): ALTER ROLE "
          + name(facts.user()) + " SUPERUSER;");
      return;
    }
    if (facts.prepared() == 0) {
      warnings.add(new Remark(
          "shard " + shard + " has max_prepared_transactions 0: transactions that write on several shards are rolled back",
          "On " + shard + ": ALTER SYSTEM SET max_prepared_transactions = " + 2 * config.pool().maxConnections() + "; then restart it."));
    }
    if (!facts.walLevel().equals("logical")) {
      warnings.add(new Remark(
          "shard " + shard + " has wal_level " + facts.walLevel() + ": its rows can't be moved to other shards while clients write",
          "On " + shard + ": ALTER SYSTEM SET wal_level = 'logical'; then restart it."));
    }
  }

  private static String name(String identifier) {
    return identifier.matches("[a-z_][a-z0-9_]*") ? identifier : "\"" + identifier.replace("\"", "\"\"") + "\"";
  }

  private static Facts facts(Connection connection, String database) throws SQLException {
    String user;
    try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(SERVICE_ROLE)) {
      row.next();
      user = row.getString(1);
      if (!row.getBoolean(2)) {
        return new Facts(database, Map.of(), 0, "", user, false, Map.of(), Map.of());
      }
    }
    try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(FACTS)) {
      row.next();
      Map<String, String> values = new LinkedHashMap<>();
      for (List<String> names : List.of(FIXED, SETTABLE)) {
        for (String name : names) {
          values.put(name, String.valueOf(row.getString(name)));
        }
      }
      return new Facts(
          database, values, row.getInt("prepared"), row.getString("wal"), user, true, pairs(connection, EXTENSIONS), pairs(connection, ROLES));
    }
  }

  private static Map<String, String> pairs(Connection connection, String sql) throws SQLException {
    Map<String, String> pairs = new TreeMap<>();
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        pairs.put(rows.getString(1), rows.getString(2));
      }
    }
    return pairs;
  }
}
