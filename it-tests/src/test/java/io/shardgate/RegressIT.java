package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.Heard;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What PostgreSQL's own tests of SELECT exercise, in statements of our own, of sharded tables. Each is asked of home tables with the same rows, too, whose names end with `_h`: as one PostgreSQL has them.
///
/// A statement gives rows, in order where it has an ORDER BY of its own, unless a comment in front of it says otherwise:
///
/// - `-- in any order`
/// - `-- no rows`
/// - `-- error 42703`: what PostgreSQL says
/// - `-- refused: the query …`: how the message begins, with which Shardgate refuses what PostgreSQL answers
@Timeout(60)
final class RegressIT {
  private static final String TOPOLOGY =
      """
      groups:
        people: { strategy: hash, key: bigint, tables: { staff: id, shift: staff_id } }
        goods: { strategy: hash, key: text, tables: { stock: sku } }
        graph: { strategy: hash, key: bigint, tables: { edge: a } }
        measures: { strategy: range, key: date, tables: { reading: day },
          splits: [{ until: "2026-01-08", shard: s2 }, { until: "2026-01-15", shard: s3 }, { until: "2026-01-22", shard: s1 }, { shard: s4 }] }
      reference: [ team ]
      """;

  private static final List<String> FILES = List.of("select", "join", "aggregates", "window", "with", "subselect", "names_and_types", "clauses");
  private static final Pattern TABLES = Pattern.compile("\\b(staff|shift|stock|edge|reading|team)\\b");
  private static final Pattern HOME_TABLES = Pattern.compile("\\b(staff|shift|stock|edge|reading|team)_h\\b");

  /// Row types have numbers of their own, from 16384 on.
  private static final Pattern USERS_TYPE = Pattern.compile(":(?:1638[4-9]|163[9]\\d|16[4-9]\\d\\d|1[7-9]\\d{3}|[2-9]\\d{4}|\\d{6,})/");

  private static TestCluster cluster;

  /// @param mark what the comment in front of it says; empty without one
  private record Statement(String sql, String mark) {
    private static final Pattern MARK = Pattern.compile("(?m)^-- (in any order|no rows|error \\w{5}|refused: .+)$");
    private static final Pattern COMMENTS = Pattern.compile("(?m)^--.*\n");
    private static final Pattern INNERMOST = Pattern.compile("'[^']*'|\\([^()]*\\)");

    static Statement of(String text) {
      Matcher mark = MARK.matcher(text);
      return new Statement(COMMENTS.matcher(text).replaceAll("").strip(), mark.find() ? mark.group(1) : "");
    }

    boolean isOrdered() {
      String outer = sql;
      for (String left = ""; !left.equals(outer); outer = INNERMOST.matcher(outer).replaceAll("")) {
        left = outer;
      }
      return outer.contains("ORDER BY") && !mark.equals("in any order");
    }

    Optional<String> refusal() {
      return mark.startsWith("refused: ") ? Optional.of(mark.substring("refused: ".length())) : Optional.empty();
    }

    /// Whether one server said what the comment promises.
    boolean isKept(List<String> answer) {
      boolean rows = answer.stream().anyMatch(line -> line.startsWith("row "));
      boolean error = answer.stream().anyMatch(line -> line.startsWith("error "));
      return mark.startsWith("error ") ? answer.stream().anyMatch(line -> line.startsWith(mark + " ")) : !error && rows != mark.equals("no rows");
    }

    /// What has to be alike. What comes before an error is in no certain order, and ends sooner in the extended protocol: rows are gathered at Bind.
    List<String> compared(List<String> answer) {
      Stream<String> lines = answer.stream().map(line -> line.startsWith("row ") ? line : USERS_TYPE.matcher(HOME_TABLES.matcher(line).replaceAll("$1")).replaceAll(":user/"));
      Stream<String> meant = mark.startsWith("error ") ? lines.filter(line -> line.startsWith("error ") || line.startsWith("ReadyForQuery")) : lines;
      return isOrdered() ? meant.toList() : meant.sorted().toList();
    }
  }

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    for (Statement each : statements("tables")) {
      cluster.execute(each.sql, atHome(each.sql));
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static String atHome(String sql) {
    return TABLES.matcher(sql).replaceAll("$1_h");
  }

  private static List<Statement> statements(String file) {
    try (var text = RegressIT.class.getResourceAsStream("regress/" + file + ".sql")) {
      return Stream.of(new String(text.readAllBytes(), StandardCharsets.UTF_8).split(";\n")).map(Statement::of).filter(each -> !each.sql.isEmpty()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Simple, and extended in binary.
  private static List<List<String>> answers(WireClient client, String sql) {
    return List.of(Heard.simply(client, sql), Heard.extended(client, sql, 1));
  }

  private static Optional<String> fault(WireClient client, Statement statement) {
    List<List<String>> home = answers(client, atHome(statement.sql));
    if (!home.stream().allMatch(statement::isKept)) {
      return Optional.of("is not as its comment says: " + home);
    }
    List<List<String>> sharded = answers(client, statement.sql);
    if (statement.refusal().isPresent()) {
      String refusal = "error 0A000 " + statement.refusal().get();
      return sharded.stream().allMatch(answer -> answer.stream().anyMatch(line -> line.startsWith(refusal))) ? Optional.empty() : Optional.of("is not refused: " + sharded);
    }
    List<List<String>> expected = home.stream().map(statement::compared).toList();
    List<List<String>> actual = sharded.stream().map(statement::compared).toList();
    return actual.equals(expected) ? Optional.empty() : Optional.of("one server: " + expected + "\nShardgate: " + actual);
  }

  @ParameterizedTest
  @ValueSource(strings = {"select", "join", "aggregates", "window", "with", "subselect", "names_and_types", "clauses"})
  void oneServerWouldSayTheSame(String file) {
    List<String> faults = new ArrayList<>();
    try (WireClient client = cluster.wire()) {
      for (Statement each : statements(file)) {
        fault(client, each).ifPresent(fault -> faults.add(each.sql + "\n" + fault));
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void fewAreRefused() {
    assertThat(FILES).allSatisfy(file -> assertThat(statements(file)).hasSizeGreaterThan(50));
    List<Statement> answered = FILES.stream().flatMap(file -> statements(file).stream()).filter(each -> !each.mark.startsWith("error ")).toList();
    assertThat(answered.stream().filter(each -> each.refusal().isPresent()).count() * 100).isLessThan(3L * answered.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"staff", "shift", "stock", "edge", "reading"})
  void everyShardHasSomeRowsOfEach(String table) {
    List<Integer> counts = cluster.shardNames().stream().map(shard -> Integer.valueOf(cluster.valueOn(shard, "SELECT count(*) FROM " + table))).toList();
    assertThat(counts).hasSize(4).allMatch(count -> count > 0);
    assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(Integer.parseInt(cluster.value("SELECT count(*) FROM " + table + "_h")));
  }
}
