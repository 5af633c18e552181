package io.shardgate.proxy.dev;

import io.shardgate.directory.Group;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;

/// The sample: customers, orders and order_lines sharded by customer, countries on every shard, app_settings at home.
///
/// It is put on the shards before the proxy starts: each makes the whole sample, then drops what the map gives to another, by the
/// same ranges of the same hash functions that the router uses.
final class SampleData {
  private static final String HOME_TABLE = "app_settings";

  private SampleData() {}

  static String topology() throws IOException {
    return resource("topology.yaml");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = SampleData.class.getResourceAsStream("/io/shardgate/proxy/dev/sample/" + name)) {
      if (in == null) {
        throw new IOException("missing in the jar: sample/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static void load(DevCluster cluster, ShardMap map, Password superuserPassword) throws IOException, SQLException {
    String tables = resource("sample.sql");
    for (PostgresServer server : cluster.servers()) {
      Properties login = new Properties();
      login.setProperty("user", PostgresTemplate.SUPERUSER);
      login.setProperty("password", superuserPassword.reveal());
      String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/" + PostgresTemplate.DATABASE;
      try (Connection connection = DriverManager.getConnection(url, login); Statement statement = connection.createStatement()) {
        connection.setAutoCommit(false);
        statement.execute("SET ROLE " + PostgresTemplate.ROLE);
        statement.execute(tables);
        statement.execute("RESET ROLE");
        keepOwned(statement, map, server.id());
        connection.commit();
      }
    }
  }

  private static void keepOwned(Statement statement, ShardMap map, ShardId shard) throws SQLException {
    if (!shard.equals(map.home())) {
      statement.execute("DROP TABLE " + HOME_TABLE);
    }
    // Rows that reference each other go together, so their triggers need not look.
    statement.execute("SET LOCAL session_replication_role = replica");
    for (Group group : map.groups().values()) {
      for (Map.Entry<TableName, String> table : group.tables().entrySet()) {
        statement.execute("DELETE FROM " + table.getKey() + " WHERE NOT (" + owned(map, group, table.getValue(), shard) + ")");
      }
    }
    statement.execute("SET LOCAL session_replication_role = origin");
  }

  private static String owned(ShardMap map, Group group, String column, ShardId shard) {
    String function = switch (group.keyType()) {
      case BIGINT -> "hashint8extended";
      case TEXT -> "hashtextextended";
      case UUID -> "uuid_hash_extended";
    };
    String ranges = map.rangesOf(group, shard).stream()
        .map(range -> "%s(%s, 0) BETWEEN '%d'::int8 AND '%d'::int8".formatted(function, column, range.first(), range.last()))
        .collect(Collectors.joining(" OR "));
    return ranges.isEmpty() ? "false" : ranges;
  }
}
