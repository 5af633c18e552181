package io.shardgate.proxy.catalog;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.config.ProxyConfig.ServiceRole;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A home shard and one more, each a running PostgreSQL.
final class TwoServers implements AutoCloseable {

  static final ShardId HOME = new ShardId("s1");
  static final ShardId SHARD = new ShardId("s2");

  private final EmbeddedPostgres home;
  private final EmbeddedPostgres shard;

  private TwoServers(EmbeddedPostgres home, EmbeddedPostgres shard) {
    this.home = home;
    this.shard = shard;
  }

  static TwoServers start() throws IOException {
    return new TwoServers(EmbeddedPostgres.start(), EmbeddedPostgres.start());
  }

  ServiceRole role() {
    return new ServiceRole("postgres", new Password("postgres"));
  }

  ShardMap map() {
    return map(shard.getPort());
  }

  /// Nobody listens on port 1.
  ShardMap mapWithDeadShard() {
    return map(1);
  }

  private ShardMap map(int shardPort) {
    return new ShardMap(
        new MapVersion(1),
        HOME,
        Map.of(HOME, shard(HOME, home.getPort()), SHARD, shard(SHARD, shardPort)),
        Map.of(),
        Map.of(),
        Set.of(),
        Map.of(),
        Map.of());
  }

  private static Shard shard(ShardId id, int port) {
    return new Shard(id, Endpoint.parse("postgresql://127.0.0.1:" + port + "/postgres?sslmode=disable"));
  }

  Connection home() throws SQLException {
    return home.getPostgresDatabase().getConnection();
  }

  void onHome(String sql) throws SQLException {
    execute(home, sql);
  }

  void onShard(String sql) throws SQLException {
    execute(shard, sql);
  }

  int oidOnHome(String expression) throws SQLException {
    return Integer.parseUnsignedInt(text(home, "SELECT (" + expression + ")::oid::text"));
  }

  int oidOnShard(String expression) throws SQLException {
    return Integer.parseUnsignedInt(text(shard, "SELECT (" + expression + ")::oid::text"));
  }

  String textOnHome(String sql) throws SQLException {
    return text(home, sql);
  }

  /// Stops the shard's processes, or lets them go on (`STOP`, `CONT`): they refuse nothing, and do not answer.
  void signalShard(String signal, List<String> processes) throws Exception {
    List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
    command.addAll(processes);
    new ProcessBuilder(command).start().waitFor();
  }

  /// The shard's processes: the backends, and the postmaster.
  List<String> shardProcesses() throws SQLException {
    return List.of(
        text(
                shard,
                "SELECT string_agg(pid::text, ' ') || ' ' || split_part(pg_read_file('postmaster.pid'), chr(10), 1) FROM pg_stat_activity"
                    + " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")
            .split(" "));
  }

  private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String text(EmbeddedPostgres server, String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection()) {
      return text(connection, sql);
    }
  }

  static String text(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  @Override
  public void close() throws IOException {
    home.close();
    shard.close();
  }
}
