package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.uring.IoUring;
import io.shardgate.cluster.TestCluster;
import io.shardgate.proxy.config.ConfigException;
import io.shardgate.proxy.config.ProxyConfig.Transport;
import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

/// The setting `transport`: whatever carries the bytes, the same comes of them.
final class TransportIT {
  private static final int ROWS = 20_000;

  @ParameterizedTest
  @EnumSource
  void eachTransportServes(Transport transport) throws Exception {
    if (transport == Transport.IO_URING && !IoUring.isAvailable()) {
      assertThatThrownBy(() -> start(transport)).hasRootCauseInstanceOf(ConfigException.class).rootCause().hasMessageContaining("io_uring is not available");
      return;
    }
    try (TestCluster cluster = start(transport)) {
      cluster.execute("CREATE TABLE t (id bigint PRIMARY KEY, name text)");
      for (String tls : new String[] {"disable", "require"}) {
        try (Connection connection = connect(cluster, tls)) {
          copyInAndOut(connection);
          writeOnTwoShards(connection);
          aWaitIsCancelled(connection);
          connection.createStatement().execute("TRUNCATE t");
        }
      }
    }
  }

  private static TestCluster start(Transport transport) {
    return TestCluster.start("groups: { g: { strategy: hash, key: bigint, tables: { t: id } } }", config -> config.withTransport(transport));
  }

  private static Connection connect(TestCluster cluster, String tls) throws SQLException {
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + cluster.port() + "/" + cluster.database() + "?sslmode=" + tls, TestCluster.ROLE, TestCluster.PASSWORD);
  }

  /// About 2 MB each way: more than sockets hold.
  private static void copyInAndOut(Connection connection) throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int id = 0; id < ROWS; id++) {
      rows.append(id).append('\t').append("x".repeat(100)).append('\n');
    }
    var copy = connection.unwrap(PGConnection.class).getCopyAPI();
    assertThat(copy.copyIn("COPY t FROM STDIN", new StringReader(rows.toString()))).isEqualTo(ROWS);
    StringWriter out = new StringWriter();
    copy.copyOut("COPY t TO STDOUT", out);
    assertThat(out.toString().lines().sorted()).containsExactlyElementsOf(rows.toString().lines().sorted().toList());
  }

  private static void writeOnTwoShards(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement update = connection.prepareStatement("UPDATE t SET name = ? WHERE id = ?")) {
      for (long id = 0; id < 32; id++) {
        update.setString(1, "n" + id);
        update.setLong(2, id);
        assertThat(update.executeUpdate()).isOne();
      }
    }
    connection.commit();
    connection.setAutoCommit(true);
    try (PreparedStatement select = connection.prepareStatement("SELECT name FROM t WHERE id = ?")) {
      for (long id = 0; id < 32; id++) {
        select.setLong(1, id);
        try (ResultSet row = select.executeQuery()) {
          assertThat(row.next()).isTrue();
          assertThat(row.getString(1)).isEqualTo("n" + id);
        }
      }
    }
  }

  private static void aWaitIsCancelled(Connection connection) throws Exception {
    try (var thread = Executors.newSingleThreadExecutor(); var statement = connection.createStatement()) {
      Future<String> state = thread.submit(() -> {
        try {
          statement.execute("SELECT pg_sleep(60)");
          return "it slept";
        } catch (SQLException e) {
          return e.getSQLState();
        }
      });
      while (!state.isDone()) {
        statement.cancel();
        Thread.sleep(20);
      }
      assertThat(state.get()).isEqualTo("57014");
    }
  }
}
