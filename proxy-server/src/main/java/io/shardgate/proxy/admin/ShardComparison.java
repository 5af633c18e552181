package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.admin.TopologyChange.Remark;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.pool.Likeness;
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
      SELECT
        %s AS "TimeZone", %s AS "DateStyle", %s AS "IntervalStyle",
        current_setting('max_prepared_transactions') AS prepared, current_setting('wal_level') AS wal
      FROM pg_database d WHERE d.datname = current_database()"""
          .formatted(SETTING.formatted("TimeZone"), SETTING.formatted("DateStyle"), SETTING.formatted("IntervalStyle"));

  /// Asked first: nobody else is told what configuration files say.
  private static final String SERVICE_ROLE = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user";

  private static final List<String> SETTABLE = List.of("TimeZone", "DateStyle", "IntervalStyle");

  /// Roles, those that log in with what proves them; only whether that is the same is looked at.
  private static final String ROLES =
      "SELECT rolname, CASE WHEN rolcanlogin THEN md5(coalesce(rolpassword, '')) ELSE '' END FROM pg_authid WHERE NOT rolsuper AND NOT starts_with(rolname, 'pg_')";

  /// @param database the name of the compared database
  private record Facts(
      String database, Likeness likeness, Map<String, String> values, int prepared, String walLevel, String user, boolean superuser,
      Map<String, String> roles) {}

  private ShardComparison() {}

  /// A line for each difference that would make answers differ, or forbids the proxy's own work.
  ///
  /// @param makesRoles whether roles that a shard has not are made there ([JoiningRoles])
  /// @param warnings gets what only keeps some statements from working
  static List<String> faults(
      ServiceConnections connections, ShardId home, Collection<ShardId> shards, ProxyConfig config, boolean makesRoles, List<Remark> warnings) {
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
          compareRoles(shard, facts, home, model, makesRoles, warnings);
        }
        if (shards.contains(shard)) {
          check(shard, facts, config, faults, warnings);
        }
      });
    }
    return faults;
  }

  private static void compare(ShardId shard, Facts facts, ShardId home, Facts model, List<String> faults) {
    for (Likeness.Difference difference : model.likeness().differences(facts.likeness())) {
      faults.add("shard " + shard + " " + difference.words("the home shard " + home) + ": " + remedy(difference));
    }
    for (String name : SETTABLE) {
      String expected = model.values().getOrDefault(name, "");
      String found = facts.values().getOrDefault(name, "");
      if (!found.equalsIgnoreCase(expected)) {
        faults.add("shard " + shard + " has " + name + " " + found + " (expected: " + expected + ", as the home shard " + home + "): ALTER DATABASE "
            + name(facts.database()) + " SET " + name + " = '" + expected.replace("'", "''") + "';");
      }
    }
  }

  private static String remedy(Likeness.Difference difference) {
    if (difference.extension().isEmpty()) {
      return "set the server up, or create the database, alike";
    }
    return difference.found().isEmpty()
        ? "CREATE EXTENSION " + name(difference.extension()) + " VERSION '" + difference.expected() + "';"
        : "ALTER EXTENSION " + name(difference.extension()) + " UPDATE TO '" + difference.expected() + "';";
  }

  private static void compareRoles(ShardId shard, Facts facts, ShardId home, Facts model, boolean makesRoles, List<Remark> warnings) {
    List<String> missing = new ArrayList<>();
    List<String> unlike = new ArrayList<>();
    new TreeMap<>(model.roles()).forEach((role, proof) -> {
      String there = facts.roles().get(role);
      if (there == null && makesRoles) {
        missing.add(role);
      } else if (!proof.isEmpty() && !proof.equals(there)) {
        unlike.add(role);
      }
    });
    if (!missing.isEmpty()) {
      warnings.add(new Remark(
          "shard " + shard + " gets the roles that it has not, as they are on " + home + ": " + String.join(", ", missing),
          "Their privileges come with the tables and other objects that they are on: pg_dump --schema-only."));
    }
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
        return new Facts(database, new Likeness(Map.of()), Map.of(), 0, "", user, false, Map.of());
      }
    }
    try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(FACTS)) {
      row.next();
      Map<String, String> values = new LinkedHashMap<>();
      for (String name : SETTABLE) {
        values.put(name, String.valueOf(row.getString(name)));
      }
      return new Facts(
          database, ServiceConnections.likeness(connection), values, row.getInt("prepared"), row.getString("wal"), user, true, pairs(connection, ROLES));
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
