package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Heard;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What TPC-H's 22 queries ask, and queries as TPC-DS has them, of sharded tables. Each is asked of home tables with the same rows, too, whose names end with `_h`: as one PostgreSQL has them.
@Timeout(60)
final class TpchIT {
  private static final String TOPOLOGY =
      """
      groups:
        customers: { strategy: hash, key: bigint, tables: { customer: c_custkey } }
        orders: { strategy: hash, key: bigint, tables: { orders: o_orderkey, lineitem: l_orderkey } }
        parts: { strategy: hash, key: bigint, tables: { part: p_partkey, partsupp: ps_partkey } }
        suppliers: { strategy: hash, key: bigint, tables: { supplier: s_suppkey } }
      reference: [ nation, region ]
      """;

  private static final Pattern TABLES = Pattern.compile("\\b(customer|orders|lineitem|partsupp|part|supplier|nation|region|revenue_of_quarter)\\b");
  private static final Pattern DRAW = Pattern.compile("\\bdraw\\((\\w+), (\\d+), (\\d+)\\)");

  private static final String VIEW =
      """
      CREATE VIEW revenue_of_quarter (supplier_no, total_revenue) AS
        SELECT l_suppkey, sum(l_extendedprice * (1 - l_discount)) FROM lineitem
        WHERE l_shipdate >= date '1996-01-01' AND l_shipdate < date '1996-01-01' + interval '3' month GROUP BY l_suppkey
      """;

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    String tables = DRAW.matcher(read("tables.sql")).replaceAll("((hashint8extended($1, $2) & 1073741823) % $3)");
    for (String sql : Stream.concat(Stream.of(tables.split(";\\s*\n")), Stream.of(VIEW)).toList()) {
      cluster.execute(sql, atHome(sql));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String atHome(String sql) {
    return TABLES.matcher(sql).replaceAll("$1_h");
  }

  private static Path resource(String name) {
    try {
      return Path.of(TpchIT.class.getResource("tpch/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(String name) {
    try {
      return Files.readString(resource(name));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> queries() throws IOException {
    try (Stream<Path> files = Files.list(resource("queries"))) {
      List<String> names = files.map(file -> file.getFileName().toString()).sorted().toList();
      assertThat(names).filteredOn(name -> name.matches("q\\d\\d\\.sql")).hasSize(22);
      return names;
    }
  }

  /// Simple and extended, text and binary.
  private static List<List<String>> answers(WireClient client, String sql) {
    List<List<String>> answers = new ArrayList<>();
    answers.add(Heard.simply(client, sql));
    answers.add(Heard.extended(client, sql, 0));
    answers.add(Heard.extended(client, sql, 1));
    return answers;
  }

  @ParameterizedTest
  @MethodSource("queries")
  void oneServerWouldSayTheSame(String name) {
    String query = read("queries/" + name);
    try (WireClient client = cluster.wire()) {
      for (String begin : List.of("", "BEGIN")) {
        client.query(begin);
        List<List<String>> expected = answers(client, atHome(query));
        assertThat(expected.getFirst()).as("some value").anyMatch(line -> line.matches("(?s)row \\[.*\\]") && !line.matches("row \\[(null|0)(, (null|0))*\\]"));
        assertThat(answers(client, query)).as(begin).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"customer", "orders", "lineitem", "part", "partsupp", "supplier"})
  void everyShardHasSomeRowsOfEach(String table) {
    List<Integer> counts = cluster.shardNames().stream().map(shard -> Integer.valueOf(cluster.valueOn(shard, "SELECT count(*) FROM " + table))).toList();
    assertThat(counts).hasSize(4).allMatch(count -> count > 0);
    assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(Integer.parseInt(cluster.value("SELECT count(*) FROM " + table + "_h")));
  }
}
