package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Our hashes against a running PostgreSQL. `-Dbless` writes the frozen file anew.
class ShardFunctionIT {
  private static final long FROZEN_SEED = 20240229;
  private static final Path FROZEN = Path.of("src/test/resources/io/shardgate/directory/hash-vectors.tsv");

  private static EmbeddedPostgres postgres;
  private static Connection connection;

  @BeforeAll
  static void start() throws IOException, SQLException {
    postgres = EmbeddedPostgres.start();
    connection = postgres.getPostgresDatabase().getConnection();
  }

  @AfterAll
  static void stop() throws IOException, SQLException {
    connection.close();
    postgres.close();
  }

  @Test
  void randomKeysHashAsPostgreSqlHashesThem() throws SQLException {
    long seed = System.nanoTime();
    for (KeyValue key : HashVectors.keys(seed)) {
      assertThat(ShardFunction.hash(key)).as("key %s, seed %s", key, seed).isEqualTo(serverHash(key));
    }
  }

  @Test
  void theFrozenVectorsAreWhatTheServerSays() throws SQLException, IOException {
    List<String> lines = new ArrayList<>();
    for (KeyValue key : HashVectors.keys(FROZEN_SEED)) {
      lines.add(HashVectors.line(key, serverHash(key)));
    }
    if (System.getProperty("bless") != null) {
      Files.write(FROZEN, lines);
    }
    assertThat(Files.readAllLines(FROZEN)).isEqualTo(lines);
  }

  @Test
  void smallerIntegersHashAsTheirWiderSelves() throws SQLException {
    try (ResultSet rows = connection.createStatement().executeQuery(
        "SELECT n, hashint2extended(n::int2, 0), hashint4extended(n::int4, 0) FROM generate_series(-32768, 32767, 37) n")) {
      while (rows.next()) {
        long ours = ShardFunction.hashLong(rows.getLong(1));
        assertThat(ours).isEqualTo(rows.getLong(2)).isEqualTo(rows.getLong(3));
      }
    }
  }

  @Test
  void aShardCanFilterItsRangesInSql() throws SQLException {
    ShardMap map = MapExamples.fourShards();
    Group group = map.groups().get("customer");
    StringBuilder owner = new StringBuilder("CASE");
    for (ShardId shard : map.allShards()) {
      for (HashRing.OwnedRange range : ((HashRing) map.keySpace(group)).rangesOf(shard)) {
        owner.append(" WHEN hashint8extended(n, 0) BETWEEN '%d'::int8 AND '%d'::int8 THEN '%s'"
            .formatted(range.first(), range.last(), shard));
      }
    }
    try (ResultSet rows = connection.createStatement().executeQuery(
        "SELECT n, " + owner + " END FROM generate_series(-5000::int8, 5000) n")) {
      while (rows.next()) {
        assertThat(map.ownerOf(group, new KeyValue.OfLong(rows.getLong(1))).value()).isEqualTo(rows.getString(2));
      }
    }
  }

  private static long serverHash(KeyValue key) throws SQLException {
    String sql = switch (key) {
      case KeyValue.OfLong _ -> "SELECT hashint8extended(?::int8, 0)";
      case KeyValue.OfText _ -> "SELECT hashtextextended(?::text, 0)";
      case KeyValue.OfUuid _ -> "SELECT uuid_hash_extended(?::uuid, 0)";
      case KeyValue.OfDate _ -> "SELECT hashdateextended(?::date, 0)";
      case KeyValue.OfTimestamp k when k.zoned() -> "SELECT timestamptz_hash_extended(?::timestamptz, 0)";
      case KeyValue.OfTimestamp _ -> "SELECT timestamp_hash_extended(?::timestamp, 0)";
      case KeyValue.OfNumeric _, KeyValue.SpecialNumeric _ -> "SELECT hash_numeric_extended(?::numeric, 0)";
    };
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, key.toString());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }
}
