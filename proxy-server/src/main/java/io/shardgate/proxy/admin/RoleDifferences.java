package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Roles that may log in and are not alike on all shards: sessions of theirs can't use each shard. Superusers are left out.
final class RoleDifferences {
  /// Of verifiers only a hash leaves the server; it is compared, never shown.
  private static final String ROLES =
      """
      SELECT rolname, md5(coalesce(rolpassword, '')), rolpassword IS NOT NULL, coalesce(extract(epoch FROM rolvaliduntil)::text, ''), coalesce(rolvaliduntil::text, '')
      FROM pg_authid WHERE rolcanlogin AND NOT rolsuper""";

  private record Login(String hash, boolean hasPassword, String until, String untilShown) {
    String shown(boolean other) {
      return "LOGIN, " + (hasPassword ? (other ? "another password" : "password") : "no password") + (untilShown.isEmpty() ? "" : " VALID UNTIL " + untilShown);
    }

    boolean isLike(Login other) {
      return hash.equals(other.hash) && until.equals(other.until);
    }
  }

  private RoleDifferences() {}

  /// Rows of [SchemaVerification#COLUMNS], of kind `role`; an empty text stands for a role that is not there or may not log in.
  static List<List<String>> of(ServiceConnections connections, ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    Map<String, Login> model = roles(connections, map.home());
    for (ShardId shard : map.allShards()) {
      if (!shard.equals(map.home())) {
        try {
          compare(shard, model, roles(connections, shard), rows);
        } catch (ServiceException e) {
          rows.add(List.of("", shard.value(), "shard", "", "", String.valueOf(e.getMessage())));
        }
      }
    }
    return rows;
  }

  private static Map<String, Login> roles(ServiceConnections connections, ShardId shard) {
    return connections.call(shard, connections.databaseOf(shard), RoleDifferences::read);
  }

  private static Map<String, Login> read(Connection connection) throws SQLException {
    Map<String, Login> roles = new TreeMap<>();
    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(ROLES)) {
      while (rows.next()) {
        roles.put(rows.getString(1), new Login(rows.getString(2), rows.getBoolean(3), rows.getString(4), rows.getString(5)));
      }
    }
    return roles;
  }

  private static void compare(ShardId shard, Map<String, Login> model, Map<String, Login> found, List<List<String>> rows) {
    Set<String> names = new TreeSet<>(model.keySet());
    names.addAll(found.keySet());
    for (String name : names) {
      Login home = model.get(name);
      Login here = found.get(name);
      if (home == null || here == null || !home.isLike(here)) {
        boolean other = home != null && here != null && !home.hash.equals(here.hash);
        rows.add(List.of("", shard.value(), "role", name, home == null ? "" : home.shown(false), here == null ? "" : here.shown(other)));
      }
    }
  }
}
