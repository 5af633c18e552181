package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.RowDescription;
import io.shardgate.pgwire.message.FieldDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Tables whose columns differ from shard to shard, because somebody changed them behind the proxy's back.
final class ColumnDriftIT {
  private static final String TOPOLOGY =
      """
      groups:
        customer:
          strategy: hash
          key: bigint
          tables: { worn: id, turned: id, short_of: id, typed: id }
      reference: [ listed ]
      """;

  /// Enough keys for every shard to own some.
  private static final int KEYS = 24;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  /// A new session's first statement after a definition sees what there is on every shard now.
  private static void look() {
    cluster.execute("CREATE TABLE looked (a int)", "DROP TABLE looked");
  }

  @Test
  void numbersOfColumnsAreTheHomeShardsEverywhere() {
    cluster.execute("CREATE TABLE worn (id bigint PRIMARY KEY)");
    cluster.executeOn("s2", "ALTER TABLE worn ADD junk int; ALTER TABLE worn DROP junk");
    cluster.executeOn("s3", "ALTER TABLE worn ADD junk int, ADD junk2 int; ALTER TABLE worn DROP junk, DROP junk2");
    cluster.execute("ALTER TABLE worn ADD note text");
    Set<String> numbers = new java.util.TreeSet<>();
    cluster.shardNames().forEach(shard -> numbers.add(cluster.valueOn(shard, "SELECT attnum FROM pg_attribute WHERE attrelid = 'worn'::regclass AND attname = 'note'")));
    assertThat(numbers).as("on the shards").containsExactly("2", "3", "4");

    Set<List<Integer>> told = new java.util.HashSet<>();
    for (int id = 1; id <= KEYS; id++) {
      try (WireClient client = cluster.wire()) {
        client.query("INSERT INTO worn VALUES (" + id + ", 'n')");
        List<Integer> row = new ArrayList<>();
        for (BackendMessage message : client.query("SELECT note, tableoid IS NULL, id FROM worn WHERE id = " + id)) {
          if (message instanceof RowDescription description) {
            description.fields().forEach(field -> row.add(number(field)));
          }
        }
        told.add(row);
      }
    }
    assertThat(told).containsExactly(List.of(2, 0, 1));
  }

  private static int number(FieldDescription field) {
    return field.columnNumber();
  }

  @Test
  void anotherOrderOnOneShardIsRefusedUntilItIsMended() {
    cluster.execute("CREATE TABLE turned (id bigint PRIMARY KEY, a text, b text)", "INSERT INTO turned SELECT i, 'a', 'b' FROM generate_series(1, 24) i");
    cluster.executeOn("s3", "ALTER TABLE turned ADD a2 text; UPDATE turned SET a2 = a; ALTER TABLE turned DROP a; ALTER TABLE turned RENAME a2 TO a");
    look();

    String message = "columns differ from the home shard's, beginning with \"turned.a\" on shard \"s3\"";
    for (String sql :
        List.of(
            "SELECT * FROM turned WHERE id = 1",
            "INSERT INTO turned VALUES (99, 'a', 'b')",
            "UPDATE turned SET a = 'c' WHERE id = 1",
            "COPY turned TO STDOUT",
            "COPY turned FROM STDIN")) {
      try (WireClient client = cluster.wire()) {
        var error = client.error(sql);
        assertThat(error.code()).as(sql).isEqualTo("0A000");
        assertThat(error.message()).as(sql).isEqualTo(message);
      }
    }

    cluster.executeOn("s3", "ALTER TABLE turned ADD b2 text; UPDATE turned SET b2 = b; ALTER TABLE turned DROP b; ALTER TABLE turned RENAME b2 TO b");
    look();
    for (int id = 1; id <= KEYS; id++) {
      assertThat(cluster.value("SELECT turned::text FROM turned WHERE id = " + id)).isEqualTo("(" + id + ",a,b)");
    }
  }

  @Test
  void aMissingColumnIsMendedThroughTheProxy() {
    cluster.execute("CREATE TABLE short_of (id bigint PRIMARY KEY, note text)");
    cluster.executeOn("s4", "ALTER TABLE short_of DROP note");
    look();
    try (WireClient client = cluster.wire()) {
      assertThat(client.error("SELECT id FROM short_of WHERE id = 1").message()).contains("\"short_of.note\" on shard \"s4\"");
      client.query("ALTER TABLE short_of ADD IF NOT EXISTS note text");
      client.query("INSERT INTO short_of SELECT i, 'n' FROM generate_series(1, 24) i");
    }
    for (int id = 1; id <= KEYS; id++) {
      assertThat(cluster.value("SELECT note FROM short_of WHERE id = " + id)).isEqualTo("n");
    }
  }

  @Test
  void anotherTypeIsADifferenceInReferenceTablesToo() {
    cluster.execute("CREATE TABLE typed (id bigint PRIMARY KEY, amount numeric(10, 2))", "CREATE TABLE listed (id int PRIMARY KEY, name varchar(10))");
    cluster.executeOn("s2", "ALTER TABLE typed ALTER amount TYPE numeric(10, 3)");
    cluster.executeOn("s2", "ALTER TABLE listed ALTER name TYPE text");
    look();
    try (WireClient client = cluster.wire()) {
      assertThat(client.error("SELECT amount FROM typed WHERE id = 1").message()).contains("\"typed.amount\" on shard \"s2\"");
      assertThat(client.error("INSERT INTO listed VALUES (1, 'x')").message()).contains("\"listed.name\" on shard \"s2\"");
    }
  }
}
