package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage.RowDescription;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a sharded table takes on all shards together.
final class SizeIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster =
        TestCluster.start(
            """
            groups:
              customer: { strategy: hash, key: bigint, tables: { customers: id, größe: id, later: id } }
            reference: [ countries ]
            """);
    cluster.execute(
        "CREATE TABLE customers (id bigint PRIMARY KEY, name text)", "CREATE TABLE größe (id bigint PRIMARY KEY)",
        "CREATE TABLE countries (code int PRIMARY KEY)", "CREATE TABLE notes (id int PRIMARY KEY)",
        "INSERT INTO customers SELECT n, repeat('x', 100) FROM generate_series(1, 2000) n",
        "INSERT INTO größe SELECT n FROM generate_series(1, 2000) n",
        "INSERT INTO countries SELECT n FROM generate_series(1, 1000) n", "INSERT INTO notes SELECT n FROM generate_series(1, 1000) n");
    cluster.executeOnEach("VACUUM customers"); // makes the visibility map, so that the sizes stay
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static long onAllShards(String expression) {
    return cluster.shardNames().stream().mapToLong(shard -> Long.parseLong(cluster.valueOn(shard, "SELECT " + expression))).sum();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size"})
  void aShardedTablesSizeIsTheSum(String function) {
    String call = function + "('customers')";
    long sum = onAllShards(call);
    assertThat(sum).isGreaterThan(Long.parseLong(cluster.valueOn("s1", "SELECT " + call)));
    assertThat(cluster.value("SELECT " + call)).isEqualTo(Long.toString(sum));
    assertThat(cluster.value("SELECT " + function + "(oid) FROM pg_class WHERE relname = 'customers'")).isEqualTo(Long.toString(sum));
    assertThat(cluster.value("SELECT sum(pg_catalog." + function + "(c.oid)) FROM pg_class c WHERE relname IN ('customers')")).isEqualTo(Long.toString(sum));
    assertThat(cluster.value("SELECT pg_size_pretty(" + function + "('public.' || 'customers'))"))
        .isEqualTo(cluster.valueOn("s1", "SELECT pg_size_pretty(" + sum + "::bigint)"));
    assertThat(cluster.value("SELECT " + function + "('größe')")).isEqualTo(Long.toString(onAllShards(function + "('größe')")));
  }

  @Test
  void anIndexHasASumToo() {
    assertThat(cluster.value("SELECT pg_relation_size('customers_pkey')")).isEqualTo(Long.toString(onAllShards("pg_relation_size('customers_pkey')")));
  }

  @ParameterizedTest
  @CsvSource({"countries", "notes", "countries_pkey"})
  void whatIsOnTheHomeShardOrEverywhereCountsOnce(String relation) {
    String sql = "SELECT pg_total_relation_size('" + relation + "')";
    assertThat(cluster.value(sql)).isEqualTo(cluster.valueOn("s1", sql));
  }

  @Test
  void aDatabaseIsTheSumOfItsParts() {
    long sum = onAllShards("pg_database_size(current_database())");
    for (String database : List.of("current_database()", "'" + cluster.database() + "'", "(SELECT oid FROM pg_database WHERE datname = current_database())")) {
      assertThat(Long.parseLong(cluster.value("SELECT pg_database_size(" + database + ")"))).as(database).isBetween(sum * 9 / 10, sum * 11 / 10);
    }
  }

  @Test
  void parametersAndColumnsKeepTheirTypes() throws SQLException {
    String sum = Long.toString(onAllShards("pg_table_size('customers')"));
    try (Connection connection = cluster.connect();
        PreparedStatement statement = connection.prepareStatement("SELECT ?::text, pg_table_size(?::regclass), pg_table_size(?::text::regclass) AS again")) {
      for (int i = 0; i < 8; i++) { // from the fifth on by name, in binary
        statement.setString(1, "x");
        statement.setString(2, "customers");
        statement.setString(3, "customers");
        try (ResultSet result = statement.executeQuery()) {
          assertThat(result.next()).isTrue();
          assertThat(List.of(result.getString(1), result.getString(2), result.getString(3))).containsExactly("x", sum, sum);
        }
      }
    }
    try (WireClient client = cluster.wire()) {
      RowDescription row =
          (RowDescription) client.query("SELECT pg_table_size('customers')").stream().filter(RowDescription.class::isInstance).findFirst().orElseThrow();
      assertThat(row.fields()).extracting(field -> field.name() + " " + field.typeOid()).containsExactly("pg_table_size 20");
      assertThat(client.error("SELECT pg_table_size('nosuch')").position()).hasValue(22);
      assertThat(client.value("SELECT pg_table_size(NULL)")).isEqualTo("NULL");
    }
  }

  @Test
  void whatTheOwnTransactionMadeCounts() {
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      client.query("CREATE TABLE later (id bigint PRIMARY KEY)");
      client.query("INSERT INTO later SELECT n FROM generate_series(1, 4000) n");
      long size = Long.parseLong(client.value("SELECT pg_relation_size('later')"));
      client.query("COMMIT");
      assertThat(size).isEqualTo(onAllShards("pg_relation_size('later')"));
    }
  }
}
