package io.shardgate.proxy.dev;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/// The sample: customers, orders and order_lines sharded by customer, countries on every shard, app_settings at home.
///
/// Holds no state.
final class SampleData {
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

  /// Loads it as an application would: through the proxy, as the role `app`.
  static void load(int proxyPort) throws IOException, SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + proxyPort + "/" + PostgresTemplate.DATABASE;
    try (Connection connection = DriverManager.getConnection(url, PostgresTemplate.ROLE, PostgresTemplate.ROLE_PASSWORD);
        Statement statement = connection.createStatement()) {
      statement.execute(resource("sample.sql"));
    }
  }
}
