package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shardgate.admin.AdminMain;
import io.shardgate.admin.command.Surroundings;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// `shardctl` and the admin statements under it, against three shards of their own.
final class ShardctlIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// Each test adds groups of its own: a topology keeps those of the tests before.
  private static final List<String> GROUPS = new ArrayList<>();

  private static TestCluster cluster;

  @TempDir Path folder;

  /// What a run of shardctl came to.
  private record Run(int exitCode, String out, String err) {
    JsonNode json() throws IOException {
      return JSON.readTree(out);
    }
  }

  @BeforeAll
  static void start() {
    cluster = TestCluster.startPrivate(3, "groups: { ring: { strategy: hash, key: bigint, tables: { kept: id } }, placed: { strategy: directory, key: text, tables: { docs: tenant } } }");
    GROUPS.add("ring: { strategy: hash, key: bigint, tables: { kept: id } }");
    GROUPS.add("placed: { strategy: directory, key: text, tables: { docs: tenant } }");
    cluster.executeOnEach("GRANT CREATE ON SCHEMA public TO app");
    cluster.shardNames().forEach(shard -> cluster.executeOn(shard, "CREATE ROLE guest LOGIN PASSWORD '" + ScramVerifier.of("guest").text() + "'"));
    cluster.execute("CREATE TABLE kept (id bigint PRIMARY KEY, v int DEFAULT 0)", "CREATE TABLE docs (tenant text, n int)");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static Run shardctl(Map<String, String> environment, Reader input, boolean asks, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        AdminMain.run(
            new Surroundings(
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), input, asks, environment, Path.of("/nonexistent")),
            arguments);
    return new Run(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static Run shardctl(String... arguments) {
    return shardctl(Map.of("SHARDGATE_PROXY", cluster.url()), new StringReader(""), false, arguments);
  }

  private static Run done(String... arguments) {
    Run run = shardctl(arguments);
    assertThat(run.exitCode()).as(() -> String.join(" ", arguments) + "\n" + run).isZero();
    return run;
  }

  private static Run refused(String... arguments) {
    Run run = shardctl(arguments);
    assertThat(run.exitCode()).as(() -> String.join(" ", arguments) + "\n" + run).isEqualTo(1);
    return run;
  }

  /// A topology with the groups that are there and one more, and these shards.
  private static String topology(List<String> shards, String group) {
    StringBuilder text = new StringBuilder("home: s1\nshards:\n");
    shards.forEach(shard -> text.append("  ").append(shard).append(": { primary: \"").append(cluster.shard(shard).url("app")).append("\", labels: { region: ")
        .append(shard.equals("s3") ? "us" : "eu").append(" } }\n"));
    text.append("groups:\n");
    GROUPS.forEach(known -> text.append("  ").append(known).append('\n'));
    return group.isEmpty() ? text.toString() : text + "  " + group + "\n";
  }

  private String file(String topology) {
    try {
      return Files.writeString(Files.createTempFile(folder, "topology", ".yaml"), topology).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> shards() {
    return cluster.shardNames();
  }

  /// Declares a group, for good.
  private Run declare(String group) {
    Run run = done("apply", "-f", file(topology(shards(), group)), "--yes");
    GROUPS.add(group);
    return run;
  }

  // ---- users ----

  @Test
  void usersAreAddedListedAndRemovedOnEveryShard() throws Exception {
    shards().forEach(shard -> cluster.executeOn(shard, "ALTER ROLE app CREATEROLE"));
    Map<String, String> environment = Map.of("SHARDGATE_PROXY", cluster.url());
    String name = "it \"user\" of ' shardctl";
    Run added = shardctl(environment, new StringReader("sécret ' word\n"), false, "users", "add", name);
    assertThat(added.exitCode()).as(added::toString).isZero();
    assertThat(added.out() + added.err()).doesNotContain("cret");
    List<String> verifiers =
        shards().stream().map(shard -> cluster.valueOn(shard, "SELECT rolpassword FROM pg_authid WHERE rolname LIKE 'it \"user%'")).distinct().toList();
    assertThat(verifiers).hasSize(1).allMatch(verifier -> verifier.startsWith("SCRAM-SHA-256$4096:"));
    WireClient.login(cluster.port(), name, "sécret ' word", cluster.database()).close();
    assertThat(done("users", "list").out()).contains(name);
    assertThat(done("users", "list", "--json").out()).contains("\"user\"");
    assertThat(shardctl(environment, new StringReader("x\n"), false, "users", "add", name).err()).contains("already exists");
    assertThat(shardctl(environment, new StringReader("\n"), false, "users", "add", "nobody").err()).contains("the password is empty");
    assertThat(shardctl("users").exitCode()).isEqualTo(2);
    done("users", "remove", name);
    assertThat(done("users", "list").out()).doesNotContain(name);
    assertThat(refused("users", "remove", name).err()).contains("does not exist");
    shards().forEach(shard -> cluster.executeOn(shard, "ALTER ROLE app NOCREATEROLE"));
  }

  // ---- apply ----

  @Test
  void anExistingDatabaseIsShardedByOneApplyAndEveryRowIsFound() throws Exception {
    cluster.execute("CREATE TABLE old_orders (id bigint PRIMARY KEY, v text)", "INSERT INTO old_orders SELECT n, 'order ' || n FROM generate_series(1, 500) n");
    String group = "old: { strategy: hash, key: bigint, tables: { old_orders: id } }";
    String file = file(topology(shards(), group));
    Run diff = done("diff", "-f", file);
    assertThat(diff.out()).containsPattern("add +group +old +hash of bigint, on \\[s1]").containsPattern("add +table +old_orders +in group old by id");
    assertThat(cluster.map().groups()).as("diff changes nothing").doesNotContainKey("old");
    assertThat(refused("apply", "-f", file).err()).contains("nobody is there to be asked", "HINT: Look at the changes, then give --yes.");
    Run no = shardctl(Map.of(), new StringReader("maybe\n"), true, "--proxy", cluster.url(), "apply", "-f", file);
    assertThat(no.exitCode()).isEqualTo(1);
    assertThat(no.err()).contains("add", "Apply these changes? [y/N]", "nothing was applied");
    assertThat(cluster.map().groups()).doesNotContainKey("old");
    Run yes = shardctl(Map.of(), new StringReader("y\n"), true, "apply", "-f", file, "--proxy", cluster.url());
    GROUPS.add(group);
    assertThat(yes.exitCode()).as(yes.toString()).isZero();
    assertThat(yes.err()).contains("WARNING: table old_orders is not on [s2, s3]");
    assertThat(cluster.map().keySpaces().get("old").owners()).extracting(Object::toString).containsExactly("s1");
    assertThat(cluster.value("SELECT count(*) FROM old_orders")).isEqualTo("500");
    for (int id : List.of(1, 77, 500)) {
      assertThat(cluster.value("SELECT v FROM old_orders WHERE id = " + id)).isEqualTo("order " + id);
    }
    cluster.execute("INSERT INTO old_orders VALUES (501, 'new')");
    assertThat(cluster.value("SELECT v FROM old_orders WHERE id = 501")).isEqualTo("new");
    long version = cluster.map().version().value();
    assertThat(done("apply", "-f", file).out()).isEqualTo("Nothing changes: the topology is in force.\n");
    assertThat(cluster.map().version().value()).isEqualTo(version);
  }

  @Test
  void rowsOnTwoShardsAreRefusedWithTheirCounts() {
    cluster.executeOn("s1", "CREATE TABLE torn (id bigint PRIMARY KEY); INSERT INTO torn VALUES (1), (2), (3)");
    cluster.executeOn("s2", "CREATE TABLE torn (id bigint PRIMARY KEY); INSERT INTO torn VALUES (4)");
    long version = cluster.map().version().value();
    Run run = refused("apply", "--yes", "-f", file(topology(shards(), "torn: { strategy: hash, key: bigint, tables: { torn: id } }")));
    assertThat(run.err()).contains("shardctl: the topology can't be applied (22023)", "torn: 3 rows on s1, 1 row on s2", "HINT: ");
    assertThat(cluster.map().version().value()).isEqualTo(version);
  }

  @Test
  void ofTwoAppliesAtOnceOneLosesAndSaysSo() {
    String mine = topology(shards(), "mine: { strategy: hash, key: bigint, tables: { mine: id } }");
    String theirs = topology(shards(), "theirs: { strategy: hash, key: bigint, tables: { theirs: id } }");
    ShardMap before = cluster.map();
    List<CompletableFuture<String>> both = new ArrayList<>();
    for (String each : List.of(mine, theirs)) {
      both.add(CompletableFuture.supplyAsync(() -> {
        try (WireClient client = cluster.wire()) {
          return client.query("SHARDGATE APPLY $y$" + each + "$y$ IF VERSION " + before.version()).stream()
              .filter(BackendMessage.ErrorResponse.class::isInstance).map(Object::toString).findFirst().orElse("done");
        }
      }));
    }
    List<String> outcomes = both.stream().map(CompletableFuture::join).toList();
    assertThat(outcomes).as(outcomes.toString()).filteredOn(outcome -> outcome.equals("done")).hasSize(1);
    assertThat(outcomes).filteredOn(outcome -> outcome.contains("40001") && outcome.contains("changed by somebody else")).hasSize(1);
    assertThat(cluster.map().version()).as("its names closed, then in force").isEqualTo(before.version().next().next());
    // And while somebody looks at the changes that he was shown.
    Reader slow = new StringReader("y\n") {
      @Override
      public int read(char[] target, int from, int length) throws IOException {
        done("apply", "--yes", "-f", file(topology(shards(), "")));
        return super.read(target, from, length);
      }
    };
    Run late = shardctl(Map.of("SHARDGATE_PROXY", cluster.url()), slow, true, "apply", "-f", file(topology(shards(), "late: { strategy: hash, key: bigint, tables: { late: id } }")));
    assertThat(late.exitCode()).as(late.toString()).isEqualTo(1);
    assertThat(late.err()).contains("the shard map was changed by somebody else", "(40001)", "HINT: Look at what changed");
    assertThat(cluster.map().groups()).doesNotContainKeys("late", "mine", "theirs");
  }

  @Test
  void aShardThatOwnsRangesCantLeaveAndOneThatJoinsIsComparedFirst() {
    assertThat(refused("apply", "--yes", "-f", file(topology(List.of("s1", "s2"), ""))).err())
        .contains("shard s3 owns ranges and is gone (expected: it to stay until its rows were moved)");
    String elsewhere = topology(shards(), "").replace(cluster.shard("s3").url("app"), cluster.shard("s3").url("app2"));
    cluster.executeOn("s3", "CREATE DATABASE app2");
    cluster.executeOn("s3", "ALTER DATABASE app2 SET timezone = 'Asia/Tokyo'");
    cluster.executeOn("s1", "CREATE EXTENSION citext");
    try {
      Run run = refused("diff", "-f", file(elsewhere));
      assertThat(run.err())
          .containsPattern("shard s3 has TimeZone Asia/Tokyo \\(expected: .+, as the home shard s1\\): ALTER DATABASE app2 SET TimeZone = '.+';")
          .contains("shard s3 has no extension citext").containsPattern("CREATE EXTENSION citext VERSION '[0-9.]+';");
    } finally {
      cluster.executeOn("s1", "DROP EXTENSION citext");
      cluster.executeOn("s3", "DROP DATABASE app2");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "ring: { strategy: hash, key: text, tables: { kept: id } }", "ring: { strategy: range, key: bigint, tables: { kept: id }, splits: [{ shard: s1 }] }",
    "other: { strategy: hash, key: bigint, tables: { kept: id } }", "ring: { strategy: hash, key: bigint, tables: { kept: v } }",
  })
  void whatATableIsCantChangeWhileItExists(String instead) {
    String changed = topology(shards(), "").replace(GROUPS.getFirst(), instead);
    assertThat(refused("apply", "--yes", "-f", file(changed)).err()).contains("table kept is in group", "but it exists on [s1, s2, s3]");
  }

  // ---- ranges ----

  @Test
  void rangesAreSplitAndMergedInPlaceWhileClientsReadAndWrite() throws Exception {
    cluster.execute("INSERT INTO kept SELECT n FROM generate_series(1000, 1199) n");
    HashRing before = (HashRing) cluster.map().keySpaces().get("ring");
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong rounds = new AtomicLong();
    CompletableFuture<Void> load = CompletableFuture.runAsync(() -> {
      try (Connection connection = cluster.connect();
          PreparedStatement write = connection.prepareStatement("UPDATE kept SET v = v + 1 WHERE id = ?");
          PreparedStatement read = connection.prepareStatement("SELECT v FROM kept WHERE id = ?")) {
        for (long id = 1000; !stop.get(); id = id == 1199 ? 1000 : id + 1) {
          write.setLong(1, id);
          assertThat(write.executeUpdate()).isEqualTo(1);
          read.setLong(1, id);
          try (ResultSet row = read.executeQuery()) {
            assertThat(row.next()).isTrue();
            assertThat(row.getInt(1)).isEqualTo((int) (rounds.getAndIncrement() / 200) + 1);
          }
        }
      } catch (java.sql.SQLException e) {
        throw new IllegalStateException(e);
      }
    });
    try {
      for (int key = 1000; key < 1010; key++) {
        JsonNode cut = done("split", "ring", "--key", Integer.toString(key), "--json").json();
        assertThat(cut).as(cut.toString()).hasSize(2);
        assertThat(cut.get(0).get("until")).isEqualTo(cut.get(1).get("from"));
        assertThat(cut.get(0).get("shard")).isEqualTo(cut.get(1).get("shard"));
      }
      long rounded = rounds.get();
      org.awaitility.Awaitility.await().until(() -> load.isDone() || rounds.get() > rounded + 200);
      assertThat(((HashRing) cluster.map().keySpaces().get("ring")).ranges()).hasSize(before.ranges().size() + 10);
      assertThat(refused("split", "ring", "--key", "1000").err()).contains("begins there already (42710)");
      for (int key = 1000; key < 1010; key++) {
        done("merge", "ring", "--key", Integer.toString(key));
      }
    } finally {
      stop.set(true);
      load.get(30, TimeUnit.SECONDS);
    }
    assertThat(cluster.map().keySpaces().get("ring")).isEqualTo(before);
    String second = Long.toString(before.ranges().get(1).fromInclusive());
    assertThat(refused("merge", "ring", "--position=" + second).err()).contains("on different shards (55000)");
    assertThat(refused("merge", "ring", "--position=5").err()).contains("no range of group \"ring\" begins there");
    assertThat(refused("split", "none", "--key", "5").err()).contains("group \"none\" does not exist (42704)", "HINT: Groups: ");
    assertThat(refused("split", "ring", "--key", "five").err()).contains("invalid input syntax for shard key of type bigint: \"five\" (22P02)");
    assertThat(refused("split", "placed", "--key", "a").err()).contains("of strategy directory and has no ranges");
  }

  @Test
  void aRangeGroupIsCutAtKeysAndShownInOrder() throws IOException {
    declare("events: { strategy: range, key: date, tables: { events: at }, splits: [{ until: \"2026-01-01\", shard: s1 }, { shard: s2 }] }");
    done("split", "events", "--key", "2026-07-01");
    assertThat(done("map", "events").out().lines().map(line -> line.replaceAll(" +", " "))).containsExactly(
        "events (range)", "FROM UNTIL SHARD", "… 2026-01-01 s1", "2026-01-01 2026-07-01 s2", "2026-07-01 … s2", "");
    assertThat(done("apply", "--yes", "-f", file(topology(shards(), ""))).out()).as("a finer cut is no change").contains("Nothing changes");
    assertThat(refused("split", "events", "--position", "5").err()).contains("is of strategy range and has no positions");
    assertThat(done("merge", "events", "--key", "2026-07-01", "--json").json().get(0).get("shard").asText()).isEqualTo("s2");
  }

  @Test
  void theRingIsDrawn() {
    String map = done("map", "ring").out();
    assertThat(map).startsWith("ring (hash)\n").contains("1  s1  33.3 %  1 range", "2  s2  33.3 %  1 range", "3  s3  33.3 %  1 range");
    assertThat(map.lines().skip(1).limit(17)).anyMatch(line -> line.matches(" *3+ *1+ *|.*3 +1.*"));
    assertThat(refused("map", "nothing").err()).contains("group \"nothing\" does not exist");
  }

  // ---- keys ----

  @Test
  void aKeyThatNobodyHasPlacedIsAssigned() throws IOException {
    assertThat(done("assign", "placed", "it's new", "--to", "s3", "--json").json().get(0).get("shard").asText()).isEqualTo("s3");
    cluster.execute("INSERT INTO docs VALUES ('it''s new', 1)");
    assertThat(cluster.valueOn("s3", "SELECT count(*) FROM docs WHERE tenant = 'it''s new'")).isEqualTo("1");
    done("assign", "placed", "it's new", "--to", "s3");
    assertThat(refused("assign", "placed", "it's new", "--to", "s1").err()).contains("is on shard s3 already (55000)", "HINT: ");
    cluster.executeOn("s2", "INSERT INTO docs VALUES ('stray', 1)");
    assertThat(refused("assign", "placed", "stray", "--to", "s1").err()).contains("has rows elsewhere: {docs=s2}", "HINT: Assign it to that shard.");
    done("assign", "placed", "stray", "--to", "s2");
    assertThat(cluster.value("SELECT count(*) FROM docs WHERE tenant = 'stray'")).isEqualTo("1");
    assertThat(refused("assign", "ring", "5", "--to", "s1").err()).contains("of strategy hash, which tells each key's shard");
    assertThat(refused("assign", "placed", "x", "--to", "s9").err()).contains("shard \"s9\" does not exist (42704)");
  }

  // ---- looking ----

  @ParameterizedTest
  @CsvSource({"status, item", "shards, shard", "tables, table", "map, group", "route 'SELECT * FROM kept WHERE id = 1', QUERY PLAN", "uninstall, object"})
  void everyVerbThatTellsAnswersRowsAndJson(String verb, String field) throws IOException {
    List<String> arguments = new ArrayList<>();
    for (String part : verb.split(" (?=')")) {
      arguments.add(part.replaceAll("^'|'$", ""));
    }
    assertThat(done(arguments.toArray(new String[0])).out()).isNotBlank();
    arguments.addFirst("--json");
    JsonNode rows = done(arguments.toArray(new String[0])).json();
    assertThat(rows.isArray()).isTrue();
    assertThat(rows).isNotEmpty().allMatch(row -> row.has(field));
  }

  @Test
  void statusAndShardsSayWhatIs() throws IOException {
    assertThat(done("status").out().lines().map(line -> line.replaceAll(" +", " ")))
        .contains("ITEM VALUE", "map_version " + cluster.map().version(), "home s1", "shards 3", "proxies 1", "directory in order");
    assertThat(done("shards", "--json").json()).hasSize(3).allMatch(row -> row.get("reachable").asText().equals("t"));
    assertThat(done("route", "SELECT * FROM kept WHERE id = 1").out()).contains("Shard s", "because");
    assertThat(done("route", "SELECT count(*) FROM kept").out()).contains("rows are gathered");
    assertThat(done("route", "DELETE FROM kept").out()).contains("Refused: ");
  }

  @Test
  void differencesOfColumnsIndexesAndConstraintsAreFound() throws IOException {
    declare("drift: { strategy: hash, key: bigint, tables: { drifted: id } }");
    cluster.execute("CREATE TABLE drifted (id bigint PRIMARY KEY, a int, b text CHECK (b <> ''))", "CREATE INDEX drifted_a ON drifted (a)");
    assertThat(shardctl("verify", "schema").out()).doesNotContain("drifted");
    cluster.executeOn("s3", "DROP INDEX drifted_a; ALTER TABLE drifted DROP CONSTRAINT drifted_b_check");
    cluster.executeOn("s2", "DROP TABLE drifted; CREATE TABLE drifted (id bigint PRIMARY KEY, b text CHECK (b <> ''), a int); CREATE INDEX drifted_a ON drifted (a)");
    try {
      Run run = refused("verify", "schema", "--json");
      List<String> found = new ArrayList<>();
      run.json().forEach(row -> {
        if (row.get("table").asText().equals("drifted")) {
          found.add(row.get("shard").asText() + " " + row.get("kind").asText() + " " + row.get("name").asText() + ": " + row.get("home").asText() + " | " + row.get("here").asText());
        }
      });
      assertThat(found).containsExactlyInAnyOrder(
          "s2 column a: 2: integer | 3: integer", "s2 column b: 3: text | 2: text",
          "s3 index drifted_a: CREATE INDEX drifted_a ON public.drifted USING btree (a) | ", "s3 constraint drifted_b_check: CHECK ((b <> ''::text)) | ");
      assertThat(refused("verify", "schema").out()).contains("drifted_a");
    } finally {
      cluster.executeOnEach("DROP TABLE drifted");
    }
  }

  // ---- who may, and how it fails ----

  @ParameterizedTest
  @ValueSource(strings = {"status", "map", "split ring --key 5", "uninstall", "verify schema", "assign placed k --to s1"})
  void aRoleWithoutTheAdminRightMayNothing(String verb) {
    String url = cluster.url().replace("app:app@", "guest@");
    Run run = shardctl(Map.of("SHARDGATE_PROXY", url, "PGPASSWORD", "guest"), new StringReader(""), false, verb.split(" "));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("permission denied for SHARDGATE ", "(42501)", "HINT: Roles with the admin right are named in the proxy's settings, under admins.");
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "APPLY 'x'", "DIFF 'x'", "STATUS", "SHARDS", "TABLES", "MAP", "POOLS", "CLIENTS", "PROXIES", "VERSION", "SPLIT ring AT KEY 5", "MERGE ring AT KEY 5", "ASSIGN placed 'k' TO s1",
    "ROUTE SELECT 1", "VERIFY SCHEMA", "UNINSTALL", "UNINSTALL CONFIRM 'x'",
  })
  void noAdminStatementIsForARoleWithoutTheRightAndTheTryIsAudited(String statement) {
    String name = "SHARDGATE " + (statement.startsWith("VERIFY") ? statement : statement.split(" ")[0]);
    List<String> lines = audited(() -> {
      try (WireClient guest = WireClient.login(cluster.port(), "guest", "guest", cluster.database())) {
        ErrorFields error = guest.error("SHARDGATE " + statement);
        assertThat(error.code() + " " + error.message()).isEqualTo("42501 permission denied for " + name);
      }
    });
    assertThat(lines).singleElement().asString().matches("WARN " + name + " by \"guest\" from 127\\.0\\.0\\.1:\\d+: permission denied");
  }

  /// What is written to the audit log meanwhile.
  private static List<String> audited(Runnable work) {
    Logger logger = (Logger) LoggerFactory.getLogger("io.shardgate.audit");
    Level before = logger.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    logger.setLevel(Level.INFO);
    try {
      work.run();
    } finally {
      logger.detachAppender(log);
      logger.setLevel(before);
    }
    return log.list.stream().map(event -> event.getLevel() + " " + event.getFormattedMessage()).toList();
  }

  @Test
  void eachActLeavesALineThatSaysWhoWhatFromWhereAndHowItEnded() {
    String secret = "Zq-unseen";
    String other = topology(shards(), "").replace("postgresql://", "postgresql://postgres:" + secret + "@").replace(secret + "@postgres:", secret + "@");
    List<String> lines = audited(() -> {
      try (WireClient client = cluster.wire()) {
        client.query("SHARDGATE DIFF $y$" + topology(shards(), "") + "$y$");
        client.query("SHARDGATE APPLY $y$" + topology(shards(), "") + "$y$");
        client.query("SHARDGATE SPLIT ring AT KEY 777");
        client.query("SHARDGATE SPLIT ring AT KEY 777");
        client.query("SHARDGATE MERGE ring AT KEY 777");
        client.query("SHARDGATE ASSIGN placed 'audited' TO s1");
        client.query("SHARDGATE APPLY $y$" + topology(shards(), "") + "$y$ IF VERSION 1");
        client.query("SHARDGATE APPLY $y$" + other + "$y$ IF VERSION 1");
        client.query("SHARDGATE APPLY 'home: s9'");
        client.query("SHARDGATE UNINSTALL");
        client.query("SHARDGATE UNINSTALL CONFIRM 'yes'");
      }
    });
    String who = " by \"app\" from 127\\.0\\.0\\.1:\\d+: ";
    List<String> expected = List.of(
        "APPLY" + who + "nothing changed", "SPLIT" + who + "ring at .*777.*", "SPLIT" + who + "refused \\(42710\\): a range of group \"ring\" begins there already", "MERGE" + who + "ring at .*",
        "ASSIGN" + who + "\\[\\[placed, audited, s1]]", "APPLY" + who + "refused \\(40001\\): the shard map was changed by somebody else.*", "APPLY" + who + "refused \\(.*\\): .*",
        "APPLY" + who + "refused \\(22023\\): the topology can't be applied \\| .*s9.*", "UNINSTALL" + who + "refused \\(22023\\): that is not the sentence.*");
    assertThat(lines).as(lines::toString).hasSameSizeAs(expected).noneMatch(line -> line.contains(secret));
    for (int i = 0; i < expected.size(); i++) {
      assertThat(lines.get(i)).matches("INFO SHARDGATE " + expected.get(i));
    }
  }

  /// Four wait for a lock: three on their connections, one for a connection.
  @Test
  void aFifthActAtOnceIsToldToComeAgain() throws Exception {
    List<WireClient> acts = new ArrayList<>();
    try (Connection lock = cluster.connectToShard("s2"); var statement = lock.createStatement()) {
      lock.setAutoCommit(false);
      statement.execute("LOCK TABLE docs IN ACCESS EXCLUSIVE MODE");
      for (int act = 0; act < 4; act++) {
        acts.add(cluster.wire().sendQuery("SHARDGATE ASSIGN placed 'crowd " + act + "' TO s1"));
      }
      try (WireClient client = cluster.wire()) {
        org.awaitility.Awaitility.await().pollInterval(java.time.Duration.ofMillis(20)).untilAsserted(() -> {
          ErrorFields error = client.error("SHARDGATE DIFF $y$" + topology(shards(), "") + "$y$");
          assertThat(error.code() + " " + error.message()).isEqualTo("53300 4 admin statements are running on this proxy already");
          assertThat(error.hint()).hasValue("Run the statement again when one has ended.");
        });
        assertThat(client.value("SHARDGATE VERSION")).as("what only tells is told").startsWith("Shardgate ");
        lock.rollback();
        for (WireClient act : acts) {
          assertThat(act.readToReady()).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
        }
        assertThat(client.query("SHARDGATE DIFF $y$" + topology(shards(), "") + "$y$")).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      }
    } finally {
      acts.forEach(WireClient::close);
    }
  }

  @Test
  void errorsSayWhatToDoAndExitCodesWhatHappened() throws Exception {
    assertThat(shardctl().exitCode()).isEqualTo(2);
    assertThat(shardctl("nonsense").exitCode()).isEqualTo(2);
    assertThat(shardctl("split", "ring").exitCode()).isEqualTo(2);
    assertThat(shardctl("apply").exitCode()).isEqualTo(2);
    assertThat(refused("apply", "-f", "/nonexistent.yaml").err()).contains("no such file: /nonexistent.yaml");
    assertThat(refused("status", "--proxy", "postgresql://app:app@127.0.0.1:1/app").err()).contains("the proxy at postgresql://127.0.0.1:1/app can't be reached", "HINT: ", "WARNING: the password in --proxy stands in the process list").doesNotContain("app:app");
    assertThat(shardctl(Map.of(), new StringReader(""), false, "status").err()).contains("no proxy is named, and no dev cluster runs", "HINT: Give --proxy");
    JsonNode error = JSON.readTree(refused("split", "none", "--key", "5", "--json").err());
    assertThat(error.get("code").asText()).isEqualTo("42704");
    assertThat(error.get("hint").asText()).isNotEmpty();
    assertThat(done("generate-completion").out()).contains("complete", "verify", "uninstall");
    assertThat(done("--help").out()).contains("Exit codes: 0 done, 1 refused or failed");
  }

  @Test
  void itRunsAsAProcess() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"), AdminMain.class.getName(), "shards", "--json");
    builder.environment().put("SHARDGATE_PROXY", cluster.url());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    assertThat(JSON.readTree(output)).hasSize(3);
  }

  @Test
  void theStatementsWorkInBothProtocolsAndSayWhatTheyDontUnderstand() throws Exception {
    try (WireClient client = cluster.wire()) {
      ErrorFields error = client.error("SHARDGATE  SPLIT ring AT 5");
      assertThat(error.code()).isEqualTo("42601");
      assertThat(error.message()).isEqualTo("syntax error at or near \"5\"");
      assertThat(error.position()).hasValue(26);
      assertThat(error.hint()).hasValue("Expected: position or key.");
      assertThat(client.error("SHARDGATE APPLY").message()).isEqualTo("syntax error at end of input");
      client.query("BEGIN");
      assertThat(client.error("SHARDGATE MERGE ring AT POSITION 5").code()).isEqualTo("25001");
      client.query("ROLLBACK");
      assertThat(client.value("SHARDGATE VERSION")).startsWith("Shardgate ");
      assertThat(client.error("SHARDGATE DIFF '" + "x".repeat((1 << 20) + 1) + "'").detail().orElse("")).contains("more than 1048576 bytes");
    }
    try (Connection connection = cluster.connect()) {
      try (PreparedStatement diff = connection.prepareStatement("SHARDGATE DIFF $y$" + topology(shards(), "never: { strategy: hash, key: uuid, tables: { never: id } }") + "$y$");
          ResultSet rows = diff.executeQuery()) {
        assertThat(rows.getMetaData().getColumnName(1)).isEqualTo("change");
        assertThat(rows.next()).isTrue();
      }
      try (PreparedStatement route = connection.prepareStatement("SHARDGATE ROUTE SELECT * FROM kept WHERE id = ?")) {
        route.setLong(1, 7);
        try (ResultSet rows = route.executeQuery()) {
          assertThat(rows.next()).isTrue();
          assertThat(rows.getString(1)).startsWith("Shard s");
        }
      }
    }
  }

  // ---- the end ----

  @Test
  void uninstallRemovesWhatIsOursAndNothingElse() throws Exception {
    cluster.execute("BEGIN", "ROLLBACK");
    try (Connection connection = cluster.connect(); var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO kept SELECT n FROM generate_series(1, 20) n");
      connection.commit();
    }
    Run list = done("uninstall");
    assertThat(list.out()).containsPattern("s1 +app +table shardgate.commit_log +there").containsPattern("s3 +app +schema shardgate +there");
    String sentence = list.err().replaceAll("(?s).*CONFIRM '([^']+)'.*", "$1");
    assertThat(sentence).isEqualTo("remove schema shardgate from s1, s2, s3");
    assertThat(refused("uninstall", "--confirm", "yes").err()).contains("that is not the sentence");
    cluster.executeOn("s2", "CREATE TABLE shardgate.mine (id int)");
    assertThat(refused("uninstall", "--confirm", sentence).err()).contains("table shardgate.mine in database app of shard s2 is not ours (2BP01)");
    cluster.executeOn("s2", "DROP TABLE shardgate.mine");
    try (Connection prepared = cluster.connectToShard("s3"); var statement = prepared.createStatement()) {
      statement.execute("BEGIN; CREATE TABLE in_doubt (id int); PREPARE TRANSACTION 'sg:another:s1:0:1:s3'");
      assertThat(refused("uninstall", "--confirm", sentence).err()).contains("transactions over several shards are being ended on shard s3: 1 (55006)", "HINT: Wait some seconds");
      for (String shard : shards()) {
        assertThat(cluster.valueOn(shard, "SELECT count(*) FROM pg_class WHERE oid = 'shardgate.commit_log'::regclass")).as("nothing was dropped on " + shard).isEqualTo("1");
      }
      statement.execute("ROLLBACK PREPARED 'sg:another:s1:0:1:s3'");
    }
    assertThat(done("uninstall", "--confirm", sentence).out()).containsPattern("s2 +app +schema shardgate +removed");
    for (String shard : shards()) {
      assertThat(cluster.valueOn(shard, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shardgate'")).isEqualTo("0");
    }
    assertThat(cluster.value("SELECT count(*) FROM kept WHERE id = 7")).as("users' data stays").isEqualTo("1");
    cluster.restartProxy(); // as the list says: one that goes on misses them at its next transaction over several shards
    assertThat(done("uninstall").out()).as("a proxy makes them again").contains("table shardgate.commit_log");
  }
}
