package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Writes to a reference table: the same rows on every shard, whatever the statement computes.
final class ReferenceWriteIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("reference: [ countries ]");
    cluster.execute(
        "CREATE TYPE climate AS ENUM ('cold', 'warm')",
        "CREATE TABLE countries (code text PRIMARY KEY, name text, rank int, climate climate, at timestamptz, noise float8,"
            + " tags text[], raw bytea, doc json)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @BeforeEach
  void fill() {
    cluster.execute(
        "DELETE FROM countries",
        "INSERT INTO countries (code, name, rank) VALUES ('de', 'Germany', 1), ('fr', 'France', 2), ('öst', 'Österreich', 3)");
  }

  private static String onEveryShard() {
    List<String> contents = new ArrayList<>();
    for (String shard : cluster.shardNames()) {
      contents.add(cluster.valueOn(shard, "SELECT string_agg(c::text, E'\\n' ORDER BY code) FROM countries c"));
    }
    assertThat(contents).containsOnly(contents.getFirst());
    return contents.getFirst();
  }

  private static int update(String sql) throws SQLException {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  @Test
  void aWriteIsOnEveryShardAndCountedOnce() throws SQLException {
    assertThat(update("UPDATE countries SET rank = 10 WHERE code <> 'de'")).isEqualTo(2);
    assertThat(onEveryShard()).contains("France,10", "Germany,1");
  }

  @Test
  void parametersGoToEveryShard() throws SQLException {
    try (Connection connection = cluster.connect("prepareThreshold=-1&binaryTransfer=true");
        PreparedStatement statement = connection.prepareStatement("UPDATE countries SET rank = ?, climate = ?, raw = ? WHERE code = ? RETURNING rank, raw")) {
      statement.setInt(1, 77);
      statement.setObject(2, "warm", Types.OTHER);
      statement.setBytes(3, new byte[] {0, -1});
      statement.setString(4, "öst");
      try (ResultSet rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
        assertThat(rows.getInt(1)).isEqualTo(77);
        assertThat(rows.getBytes(2)).containsExactly(0, -1);
        assertThat(rows.next()).isFalse();
      }
    }
    assertThat(onEveryShard()).contains("Österreich,77,warm");
  }

  @Test
  void valuesThatDifferFromCallToCallAreTheSameOnEveryShard() throws SQLException {
    assertThat(update("UPDATE countries SET at = clock_timestamp(), noise = random(), tags = ARRAY['a,\"b', NULL], raw = '\\x00ff', doc = 'null'"))
        .isEqualTo(3);
    assertThat(onEveryShard()).contains("null");
  }

  @Test
  void aStatementThatPicksRowsByChancePicksTheSameEverywhere() throws SQLException {
    for (int i = 0; i < 20; i++) {
      update("INSERT INTO countries (code, rank) VALUES ('x" + i + "', " + i + ")");
    }
    update("UPDATE countries SET code = 'moved ' || code WHERE code IN (SELECT code FROM countries ORDER BY random() LIMIT 5)");
    onEveryShard();
    assertThat(update("DELETE FROM countries WHERE code IN (SELECT code FROM countries ORDER BY random() LIMIT 7)")).isEqualTo(7);
    assertThat(onEveryShard().lines()).hasSize(16);
  }

  @Test
  void savepointsAndRowLocksOfTheSameTransactionHideNothing() throws SQLException {
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.executeQuery("SELECT * FROM countries WHERE code = 'fr' FOR UPDATE").close();
      statement.execute("SAVEPOINT one");
      statement.executeUpdate("DELETE FROM countries WHERE code = 'fr' AND random() >= 0");
      statement.execute("SAVEPOINT two");
      statement.executeUpdate("UPDATE countries SET noise = random()");
      statement.execute("ROLLBACK TO SAVEPOINT two");
      statement.executeUpdate("UPDATE countries SET rank = rank + floor(random())");
      connection.commit();
    }
    assertThat(onEveryShard()).doesNotContain("France").contains("Germany,1");
  }

  @Test
  void aTriggerThatMakesSomethingElseOnEachShardIsFoundOut() throws SQLException {
    cluster.execute(
        "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.noise := random(); RETURN NEW; END $$",
        "CREATE TRIGGER stamp BEFORE UPDATE ON countries FOR EACH ROW EXECUTE FUNCTION stamp()");
    try {
      assertThatThrownBy(() -> update("UPDATE countries SET at = now()"))
          .hasMessageContaining("reference table \"countries\"");
    } finally {
      cluster.execute("DROP TRIGGER stamp ON countries");
    }
    onEveryShard();
  }

  @Test
  void writersTakeTurns() {
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int w = 0; w < 8; w++) {
      int writer = w;
      writers.add(CompletableFuture.runAsync(() -> {
        for (int i = 0; i < 5; i++) {
          cluster.execute(
              "INSERT INTO countries (code, rank) VALUES ('w', " + writer + ") ON CONFLICT (code) DO UPDATE SET rank = " + (writer * 10 + i));
        }
      }));
    }
    writers.forEach(CompletableFuture::join);
    assertThat(onEveryShard()).contains("(w,");
  }
}
