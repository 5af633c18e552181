package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.CommandComplete;
import io.shardgate.pgwire.message.BackendMessage.NoticeResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// DDL on every shard, and what sessions see of it.
final class DefinitionIT {
  private static final String TOPOLOGY =
      """
      groups:
        customer:
          strategy: hash
          key: bigint
          tables: { customers: id, orders: customer_id, later: id, again: id, moods: id, wide: id }
        tenant: { strategy: hash, key: text, tables: { letters: tenant } }
      reference: [ countries ]
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute("CREATE TABLE customers (id bigint PRIMARY KEY, name text)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static List<String> onEveryShard(String sql) {
    return cluster.shardNames().stream().map(shard -> cluster.valueOn(shard, sql)).toList();
  }

  @Test
  void aShardedTableIsMadeOnEveryShard() {
    assertThat(onEveryShard("SELECT to_regclass('customers')::text")).containsOnly("customers");
  }

  @Test
  void aDefinitionThatFailsOnOneShardIsUndoneOnAll() {
    cluster.executeOn("s3", "CREATE TYPE only_here AS ENUM ('a')");
    try (WireClient client = cluster.wire()) {
      var error = client.error("CREATE TYPE only_here AS ENUM ('a')");
      assertThat(error.code()).isEqualTo("42710");
      assertThat(error.message()).isEqualTo("type \"only_here\" already exists");
      assertThat(error.field((byte) 'W')).contains("shard \"s3\"");
    }
    assertThat(cluster.valueOn("s1", "SELECT to_regtype('only_here')::text")).isEqualTo("null");
    assertThat(cluster.valueOn("s2", "SELECT to_regtype('only_here')::text")).isEqualTo("null");
  }

  @Test
  void aKeyWhoseEqualValuesDifferInTheirBytesIsRefusedWhenItIsDefined() {
    try (WireClient client = cluster.wire()) {
      client.query("CREATE COLLATION ignoring_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
      client.query("CREATE DOMAIN loose_text AS text COLLATE ignoring_case");
      for (String type : List.of("text COLLATE ignoring_case", "varchar(9) COLLATE \"public\".ignoring_case", "loose_text", "char(3)", "citext")) {
        var error = client.error("CREATE TABLE letters (tenant " + type + " PRIMARY KEY)");
        assertThat(error.code()).as(type).isEqualTo("0A000");
        assertThat(error.message()).as(type).startsWith("\"letters.tenant\" can't be a shard key");
      }
      client.query("BEGIN");
      client.query("CREATE COLLATION ignoring_accents (provider = icu, locale = 'und-u-ks-level1', deterministic = false)");
      assertThat(client.error("CREATE TABLE letters (tenant text COLLATE ignoring_accents)").code()).isEqualTo("0A000");
      client.query("ROLLBACK");
      client.query("CREATE TABLE letters (tenant text COLLATE \"C\" PRIMARY KEY, note text COLLATE ignoring_case)");
      assertThat(client.error("ALTER TABLE letters ALTER tenant TYPE text COLLATE ignoring_case").code()).isEqualTo("0A000");
      client.query("INSERT INTO letters VALUES ('a', 'A'), ('A', 'a')");
      assertThat(client.value("SELECT note FROM letters WHERE tenant = 'A'")).isEqualTo("a");
    }
  }

  @Test
  void noticesAreToldOnce() {
    try (WireClient client = cluster.wire()) {
      List<BackendMessage> messages = client.query("DROP TABLE IF EXISTS later");
      assertThat(messages).filteredOn(NoticeResponse.class::isInstance).hasSize(1);
      assertThat(messages).filteredOn(CommandComplete.class::isInstance).hasSize(1);
    }
  }

  @Test
  void whatATransactionDefinesItCanUseAndNobodyElseSeesBeforeItsCommit() throws SQLException {
    try (Connection one = cluster.connect(); Connection other = cluster.connect()) {
      one.setAutoCommit(false);
      try (Statement statement = one.createStatement()) {
        statement.execute("CREATE TABLE later (id bigint PRIMARY KEY, note text)");
        for (int id = 1; id <= 8; id++) {
          statement.execute("INSERT INTO later VALUES (" + id + ", 'n" + id + "')");
        }
        try (ResultSet rows = statement.executeQuery("SELECT note FROM later WHERE id = 7")) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString(1)).isEqualTo("n7");
        }
      }
      assertThatThrownBy(() -> other.createStatement().executeQuery("SELECT note FROM later WHERE id = 7"))
          .hasMessageContaining("relation \"later\" does not exist");
      one.rollback();
      assertThatThrownBy(() -> one.createStatement().executeQuery("SELECT note FROM later WHERE id = 7"))
          .hasMessageContaining("relation \"later\" does not exist");
      one.rollback();
    }
    assertThat(onEveryShard("SELECT to_regclass('later')::text")).containsOnly("null");
  }

  @Test
  void aTypeIsUsableWhereItWasMade() throws SQLException {
    try (Connection connection = cluster.connect("prepareThreshold=1&binaryTransfer=true")) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE TYPE mood AS ENUM ('sad', 'glad')");
        statement.execute("CREATE TABLE moods (id bigint PRIMARY KEY, mood mood)");
        for (int id = 1; id <= 6; id++) {
          statement.execute("INSERT INTO moods VALUES (" + id + ", 'glad')");
          try (ResultSet rows = statement.executeQuery("SELECT mood FROM moods WHERE id = " + id)) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getString(1)).isEqualTo("glad");
            assertThat(rows.getMetaData().getColumnTypeName(1)).isEqualTo("mood");
          }
        }
      }
      connection.commit();
    }
    assertThat(onEveryShard("SELECT 'glad'::mood::text")).containsOnly("glad");
  }

  @Test
  void aTableDroppedAndMadeAgainIsTheNewOne() throws SQLException {
    cluster.execute("CREATE TABLE again (id bigint PRIMARY KEY, a int)", "INSERT INTO again VALUES (5, 1)");
    try (Connection other = cluster.connect("prepareThreshold=1")) {
      assertThat(firstOf(other, "SELECT * FROM again WHERE id = 5", 2)).isEqualTo("1");
      cluster.execute("DROP TABLE again", "CREATE TABLE again (id bigint PRIMARY KEY, b text)", "INSERT INTO again VALUES (5, 'x')");
      assertThat(firstOf(other, "SELECT  * FROM again WHERE id = 5", 2)).isEqualTo("x");
    }
  }

  @Test
  void whoeverPreparesAnewSeesAnAddedColumn() throws SQLException {
    cluster.execute("CREATE TABLE wide (id bigint PRIMARY KEY)", "INSERT INTO wide VALUES (1)", "INSERT INTO wide VALUES (2)", "INSERT INTO wide VALUES (3)",
        "INSERT INTO wide VALUES (4)");
    try (Connection before = cluster.connect("prepareThreshold=1"); Connection after = cluster.connect("prepareThreshold=1")) {
      for (int id = 1; id <= 4; id++) {
        assertThat(columns(before, id)).isEqualTo(1);
      }
      cluster.execute("ALTER TABLE wide ADD COLUMN more int DEFAULT 9");
      for (int id = 1; id <= 4; id++) {
        assertThat(columns(after, id)).isEqualTo(2);
      }
      for (String shard : cluster.shardNames()) {
        cluster.executeOn(shard, "ALTER TABLE wide ADD COLUMN behind int DEFAULT 8");
      }
      try (Connection fresh = cluster.connect("prepareThreshold=1")) {
        for (int id = 1; id <= 4; id++) {
          assertThat(columns(fresh, id)).isEqualTo(3);
        }
      }
    }
  }

  private static int columns(Connection connection, int id) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT * FROM wide WHERE id = ?")) {
      statement.setLong(1, id);
      try (ResultSet rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
        return rows.getMetaData().getColumnCount();
      }
    }
  }

  private static String firstOf(Connection connection, String sql, int column) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql); ResultSet rows = statement.executeQuery()) {
      assertThat(rows.next()).isTrue();
      return rows.getString(column);
    }
  }

  @Test
  void whatCannotRunInATransactionRunsOnEveryShardAndSaysSoInside() {
    cluster.execute("CREATE TABLE IF NOT EXISTS orders (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id))");
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      assertThat(client.error("CREATE INDEX CONCURRENTLY orders_id ON orders (id)").message())
          .isEqualTo("CREATE INDEX CONCURRENTLY cannot run inside a transaction block");
      client.query("ROLLBACK");
      assertThat(client.query("CREATE INDEX CONCURRENTLY orders_id ON orders (id)")).contains(new CommandComplete("CREATE INDEX"));
      assertThat(client.query("VACUUM orders")).contains(new CommandComplete("VACUUM"));
      assertThat(client.error("SELECT 1; VACUUM orders").message()).isEqualTo("VACUUM cannot run inside a transaction block");
    }
    assertThat(onEveryShard("SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_id'::regclass")).containsOnly("t");
    assertThat(onEveryShard("SELECT vacuum_count > 0 FROM pg_stat_user_tables WHERE relname = 'orders'")).containsOnly("t");
  }

  /// Of what exists PostgreSQL looks at nothing more than its name; so what would be refused is PostgreSQL's own error or notice.
  @Test
  void whatExistsAlreadyIsComplainedAboutAsPostgresDoes() {
    cluster.execute(
        "CREATE TABLE IF NOT EXISTS orders (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id))", "CREATE INDEX taken ON orders (id)",
        "CREATE SCHEMA there", "CREATE TABLE at_home (id bigint)", "CREATE MATERIALIZED VIEW seen AS SELECT 1 AS a");
    try (WireClient client = cluster.wire()) {
      assertSkipped(client, "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY)", "CREATE TABLE", "42P07", "relation \"orders\" already exists, skipping");
      assertSkipped(client, "CREATE TABLE IF NOT EXISTS at_home AS SELECT * FROM orders", "CREATE TABLE AS", "42P07",
          "relation \"at_home\" already exists, skipping");
      assertSkipped(client, "CREATE UNIQUE INDEX IF NOT EXISTS taken ON orders (id)", "CREATE INDEX", "42P07", "relation \"taken\" already exists, skipping");
      assertSkipped(client, "CREATE MATERIALIZED VIEW IF NOT EXISTS seen AS SELECT * FROM orders", "CREATE MATERIALIZED VIEW", "42P07",
          "relation \"seen\" already exists, skipping");
      assertSkipped(client, "ALTER TABLE orders ADD COLUMN IF NOT EXISTS id bigserial", "ALTER TABLE", "42701",
          "column \"id\" of relation \"orders\" already exists, skipping");
      assertFails(client, "CREATE TABLE orders (id bigint PRIMARY KEY)", "42P07", "relation \"orders\" already exists");
      assertFails(client, "CREATE TABLE at_home AS SELECT * FROM orders", "42P07", "relation \"at_home\" already exists");
      assertFails(client, "CREATE VIEW orders AS SELECT 1", "42P07", "relation \"orders\" already exists");
      assertFails(client, "CREATE OR REPLACE VIEW orders AS SELECT 1", "42809", "\"orders\" is not a view");
      assertFails(client, "CREATE UNIQUE INDEX taken ON orders (id)", "42P07", "relation \"taken\" already exists");
      assertFails(client, "CREATE MATERIALIZED VIEW seen AS SELECT * FROM orders", "42P07", "relation \"seen\" already exists");
      assertFails(client, "CREATE SCHEMA there CREATE TABLE t (a int)", "42P06", "schema \"there\" already exists");
      assertFails(client, "ALTER TABLE orders ADD COLUMN id bigserial", "42701", "column \"id\" of relation \"orders\" already exists");
      assertThat(client.error("CREATE TABLE orders (id nosuch PRIMARY KEY)").code()).as("PostgreSQL looks for types first").isEqualTo("42704");
      client.query("BEGIN");
      assertSkipped(client, "CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY)", "CREATE TABLE", "42P07", "relation \"orders\" already exists, skipping");
      client.query("DROP TABLE orders");
      assertThat(client.error("CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY)").code()).as("gone in this transaction").isEqualTo("0A000");
      client.query("ROLLBACK");
    }
    assertThat(onEveryShard("SELECT count(*) FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0")).containsOnly("2");
    assertThat(onEveryShard("SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass AND indisunique")).containsOnly("1");
  }

  private static void assertSkipped(WireClient client, String sql, String tag, String code, String message) {
    List<BackendMessage> answer = client.query(sql);
    assertThat(answer).as(sql).contains(new CommandComplete(tag)).filteredOn(NoticeResponse.class::isInstance).singleElement()
        .satisfies(notice -> {
          assertThat(((NoticeResponse) notice).fields().code()).isEqualTo(code);
          assertThat(((NoticeResponse) notice).fields().message()).isEqualTo(message);
        });
  }

  private static void assertFails(WireClient client, String sql, String code, String message) {
    var error = client.error(sql);
    assertThat(error.code()).as(sql).isEqualTo(code);
    assertThat(error.message()).as(sql).isEqualTo(message);
  }
}
