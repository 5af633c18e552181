package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.TopologyException;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Roles that a shard has not which joins: they are made there as they are on the home shard, with their SCRAM verifiers, settings and
/// memberships, in one transaction. A role that is there stays as it is, and superusers are nobody's to copy. Thread-safe: keeps nothing.
///
/// The verifiers go from server to server as the service role reads them: they are no passwords, and nothing shows them.
final class JoiningRoles {
  /// What makes a role: its name, and a statement. In the order in which they can run.
  private static final List<String> STATEMENTS =
      List.of(
          """
          SELECT rolname, '', format('CREATE ROLE %I %s %s %s %s %s %s CONNECTION LIMIT %s', rolname,
              CASE WHEN rolcanlogin THEN 'LOGIN' ELSE 'NOLOGIN' END, CASE WHEN rolinherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
              CASE WHEN rolcreaterole THEN 'CREATEROLE' ELSE 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' ELSE 'NOCREATEDB' END,
              CASE WHEN rolreplication THEN 'REPLICATION' ELSE 'NOREPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END, rolconnlimit)
            || coalesce(' VALID UNTIL ' || quote_literal(rolvaliduntil), '') || coalesce(' PASSWORD ' || quote_literal(rolpassword), '')
          FROM pg_authid WHERE NOT rolsuper AND NOT starts_with(rolname, 'pg_') ORDER BY rolname""",
          // Lists are kept as they are to be written.
          """
          SELECT r.rolname, '', format('ALTER ROLE %I SET %I = ', r.rolname, split_part(c, '=', 1))
            || CASE WHEN lower(split_part(c, '=', 1)) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries')
                 THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, '=') + 1)) END
          FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) WITH ORDINALITY u(c, n)
          WHERE s.setdatabase = 0 AND NOT r.rolsuper ORDER BY r.rolname, n""",
          """
          SELECT m.rolname, g.rolname, format('GRANT %I TO %I', g.rolname, m.rolname)
            || CASE WHEN jsonb_exists(to_jsonb(a), 'set_option')
                 THEN format(' WITH ADMIN %s, INHERIT %s, SET %s', to_jsonb(a) ->> 'admin_option', to_jsonb(a) ->> 'inherit_option', to_jsonb(a) ->> 'set_option')
                 WHEN a.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END
          FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
          WHERE NOT g.rolsuper AND NOT m.rolsuper ORDER BY 1, 2""");

  /// @param role whom it is about
  /// @param group what it becomes a member of; empty for no membership
  private record Step(String role, String group, String sql) {
    /// Whether it is about a role that is made, on either side.
    boolean concerns(Set<String> made) {
      return made.contains(role) || made.contains(group);
    }
  }

  private JoiningRoles() {}

  /// Makes what is missing. Blocks.
  ///
  /// @throws TopologyException when a shard can't be asked, or does not make them; that shard is as it was then
  static void make(ServiceConnections connections, ShardId home, Set<ShardId> joining) throws TopologyException {
    try {
      List<Step> steps = connections.call(home, connections.databaseOf(home), JoiningRoles::steps);
      for (ShardId shard : joining) {
        if (!shard.equals(home)) {
          connections.<Boolean>call(shard, connections.databaseOf(shard), connection -> make(connection, steps));
        }
      }
    } catch (ServiceException e) {
      throw new TopologyException(List.of("the roles of " + home + " could not be made on the shards that join: " + e.getMessage()));
    }
  }

  private static List<Step> steps(Connection connection) throws SQLException {
    List<Step> steps = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (String sql : STATEMENTS) {
        try (ResultSet rows = statement.executeQuery(sql)) {
          while (rows.next()) {
            steps.add(new Step(rows.getString(1), rows.getString(2), rows.getString(3)));
          }
        }
      }
    }
    return steps;
  }

  private static Boolean make(Connection connection, List<Step> steps) throws SQLException {
    Set<String> missing = new HashSet<>();
    steps.forEach(step -> missing.add(step.role()));
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      try (ResultSet there = statement.executeQuery("SELECT rolname FROM pg_roles")) {
        while (there.next()) {
          missing.remove(there.getString(1));
        }
      }
      for (Step step : steps) {
        if (step.concerns(missing)) {
          statement.execute(step.sql());
        }
      }
      connection.commit();
      return true;
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
