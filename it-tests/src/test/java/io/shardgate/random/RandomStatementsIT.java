package io.shardgate.random;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.testing.PostgresServer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Data changes and reads by key that nobody thought of, over topologies that nobody thought of: the answer is that of one PostgreSQL, or a
/// refusal, and in the end both hold the same rows. A failure names its seed; `-Drandom.seed=S` plays that one alone, `-Drandom.seeds=N` more.
final class RandomStatementsIT {
  private static final int SEEDS = Integer.getInteger("random.seeds", 4);
  private static final long ONLY = Long.getLong("random.seed", -1);
  private static final int STATEMENTS = 100;
  private static final String REFUSED = "0A000";

  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  @ParameterizedTest
  @ValueSource(longs = {10_000, 20_000, 30_000})
  void theAnswerIsOnePostgresqlsOrARefusal(long first) {
    if (ONLY >= 0 && ONLY / 10_000 != first / 10_000) {
      return;
    }
    String topology = topology(new Random(first));
    try (TestCluster cluster = TestCluster.start(topology)) {
      PostgresServer server = cluster.shard("s1");
      String plain = "plain_" + cluster.database();
      server.execute("CREATE DATABASE " + plain + " OWNER " + TestCluster.ROLE);
      try (WireClient proxy = cluster.wire(); WireClient one = WireClient.login(server.port(), TestCluster.ROLE, TestCluster.PASSWORD, plain)) {
        for (String sql : RandomStatement.SCHEMA.split(";\n")) {
          proxy.query(sql);
          one.query(sql);
        }
        for (long seed = ONLY >= 0 ? ONLY : first; seed < (ONLY >= 0 ? ONLY + 1 : first + SEEDS); seed++) {
          new Play(seed, topology, proxy, one).run();
        }
      } finally {
        server.execute("DROP DATABASE " + plain + " WITH (FORCE)");
      }
    }
    assertThat(answered.get()).as("statements answered, beside %s refused", refused).isGreaterThan(refused.get());
  }

  /// Each table sharded by its key's type, a reference table, or a home table.
  private static String topology(Random random) {
    List<String> groups = new ArrayList<>();
    List<String> reference = new ArrayList<>(List.of("codes"));
    boolean accounts = place(random, "accounts", groups, reference, "customer: { strategy: hash, key: bigint, tables: { accounts: id, orders: account } }");
    place(random, "notes", groups, reference, "topic: { strategy: " + strategy(random) + ", key: text, tables: { notes: name } }");
    place(random, "devices", groups, reference, "device: { strategy: " + strategy(random) + ", key: uuid, tables: { devices: id } }");
    return "groups:\n  " + String.join("\n  ", groups) + "\nreference: [ " + String.join(", ", reference) + " ]\n"
        + (accounts ? "unique: { accounts: [ email ] }\n" : "");
  }

  private static String strategy(Random random) {
    return random.nextBoolean() ? "hash" : "directory";
  }

  private static boolean place(Random random, String table, List<String> groups, List<String> reference, String group) {
    int place = groups.isEmpty() ? 0 : random.nextInt(10);
    if (place < 7) {
      groups.add(group);
    } else if (place < 9) {
      reference.add(table);
    }
    return place < 7;
  }

  /// One seed. Not thread-safe; owned by the test.
  private final class Play {
    private final long seed;
    private final String topology;
    private final WireClient proxy;
    private final WireClient one;
    private final RandomStatement source;
    private final List<String> played = new ArrayList<>();

    Play(long seed, String topology, WireClient proxy, WireClient one) {
      this.seed = seed;
      this.topology = topology;
      this.proxy = proxy;
      this.one = one;
      this.source = new RandomStatement(seed);
    }

    void run() {
      for (RandomStatement.Table table : RandomStatement.TABLES) {
        proxy.query("TRUNCATE " + table.name());
        one.query("TRUNCATE " + table.name());
      }
      for (int i = 0; i < STATEMENTS; i++) {
        step(source.next());
      }
      proxy.query("ROLLBACK");
      one.query("ROLLBACK");
      for (RandomStatement.Table table : RandomStatement.TABLES) {
        String copy = "COPY " + table.name() + " TO STDOUT";
        same(copy, answer(proxy.query(copy), false), answer(one.query(copy), false));
      }
    }

    private void step(RandomStatement.Made made) {
      List<String> ours = play(proxy, made);
      played.add(made + "\n    " + String.join("\n    ", ours));
      if (ours.stream().anyMatch(line -> line.startsWith("error " + REFUSED))) {
        refused.incrementAndGet();
        if (ours.getLast().equals("ready E")) {
          one.query("SELECT 1 / 0");
        }
        return;
      }
      answered.incrementAndGet();
      List<String> theirs = play(one, made);
      if (made.severalRows() && isFault(ours) && isFault(theirs)) {
        return;
      }
      same(made.toString(), ours, theirs);
    }

    private void same(String what, List<String> ours, List<String> theirs) {
      assertThat(String.join("\n", ours))
          .as(() -> "seed " + seed + ": " + what + "\n" + topology + String.join("\n", played))
          .isEqualTo(String.join("\n", theirs));
    }
  }

  private static boolean isFault(List<String> answer) {
    return answer.stream().anyMatch(line -> line.startsWith("error "));
  }

  private static List<String> play(WireClient client, RandomStatement.Made made) {
    boolean ordered = made.sql().contains(" ORDER BY ");
    byte[] rows = made.copyData();
    if (rows != null) {
      client.sendQuery(made.sql());
      List<BackendMessage> heard = new ArrayList<>();
      do {
        heard.add(client.read());
      } while (!(heard.getLast() instanceof BackendMessage.CopyInResponse || heard.getLast() instanceof BackendMessage.ReadyForQuery));
      if (heard.getLast() instanceof BackendMessage.CopyInResponse) {
        client.send(out -> {
          FrontendWriter.copyData(out, rows);
          FrontendWriter.copyDone(out);
        });
        heard.addAll(client.readToReady());
      }
      return answer(heard, ordered);
    }
    if (made.isBinaryCopy()) {
      return answer(CopiedRows.apart(client.query(made.sql())), ordered);
    }
    if (made.values().isEmpty()) {
      return answer(client.query(made.sql()), ordered);
    }
    client.send(out -> {
      List<RandomStatement.Value> values = made.values();
      FrontendWriter.parse(out, "", made.sql().getBytes(StandardCharsets.UTF_8), values.stream().mapToInt(RandomStatement.Value::oid).toArray());
      FrontendWriter.bind(
          out, "", "", values.stream().mapToInt(value -> value.binary() ? 1 : 0).toArray(),
          values.stream().map(RandomStatement.Value::bytes).toList(), new int[0]);
      FrontendWriter.describePortal(out, "");
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    });
    return answer(client.readToReady(), ordered);
  }

  /// What counts of an answer. Rows stand in no order where none was asked for.
  private static List<String> answer(List<BackendMessage> messages, boolean ordered) {
    List<String> rows = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    for (BackendMessage message : messages) {
      switch (message) {
        case BackendMessage.DataRow row -> rows.add("row " + row.values().stream().map(RandomStatementsIT::text).toList());
        case BackendMessage.CopyData data -> rows.add("copied " + text(data.data()).strip());
        case BackendMessage.RowDescription description ->
            rest.add("columns " + description.fields().stream().map(field -> field.name() + ":" + field.typeOid() + ":" + field.columnNumber()).toList());
        case BackendMessage.CommandComplete done -> rest.add("done " + done.tag());
        case BackendMessage.ErrorResponse error -> rest.add("error " + error.fields().code() + " " + error.fields().message() + " / " + error.fields().detail());
        case BackendMessage.NoticeResponse notice -> rest.add("notice " + notice.fields().code() + " " + notice.fields().message());
        case BackendMessage.ReadyForQuery ready -> rest.add("ready " + ready.status());
        default -> {}
      }
    }
    if (!ordered) {
      rows.sort(Comparator.naturalOrder());
    }
    // A portal is described before or after the fault of one of its values is found.
    if (rest.stream().anyMatch(line -> line.startsWith("error"))) {
      rest.removeIf(line -> line.startsWith("columns"));
    }
    rows.addAll(rest);
    return rows;
  }

  private static String text(byte[] value) {
    if (value == null) {
      return "NULL";
    }
    String text = new String(value, StandardCharsets.UTF_8);
    return text.chars().allMatch(each -> each >= ' ' || each == '\n' || each == '\t') ? text : HexFormat.of().formatHex(value);
  }
}
