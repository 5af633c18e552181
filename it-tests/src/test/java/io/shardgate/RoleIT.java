package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.RoleRecord;
import io.shardgate.pgwire.scram.ScramVerifier;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// Roles made through the proxy: one verifier on all shards, and defaults that hold for those who log in after.
final class RoleIT {
  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start("groups: { g: { strategy: hash, key: bigint, tables: { things: id } } }");
    for (String shard : cluster.shardNames()) {
      cluster.executeOn(shard, "ALTER ROLE app CREATEROLE");
    }
    cluster.execute("CREATE TABLE things (id bigint PRIMARY KEY)");
    for (int id = 1; id <= 8; id++) {
      cluster.execute("INSERT INTO things VALUES (" + id + ")");
    }
  }

  @AfterAll
  static void stop() {
    for (String shard : cluster.shardNames()) {
      cluster.executeOn(shard, "ALTER ROLE app NOCREATEROLE");
    }
    cluster.close();
  }

  private static Connection login(String role, String password) throws SQLException {
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + cluster.port() + "/" + cluster.database(), role, password);
  }

  private static void readEveryThing(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (int id = 1; id <= 8; id++) {
        try (ResultSet rows = statement.executeQuery("SELECT id FROM things WHERE id = " + id)) {
          assertThat(rows.next()).isTrue();
        }
      }
    }
  }

  @Test
  void aRoleMadeThroughTheProxyLogsInOnEveryShard() throws SQLException {
    cluster.execute("CREATE ROLE it_alice LOGIN PASSWORD 'it''s \\ secret'", "GRANT SELECT ON things TO it_alice");
    try {
      List<String> verifiers =
          cluster.shardNames().stream()
              .map(shard -> cluster.valueOn(shard, "SELECT rolpassword FROM pg_authid WHERE rolname = 'it_alice'"))
              .distinct().toList();
      assertThat(verifiers).hasSize(1).allMatch(verifier -> verifier.startsWith("SCRAM-SHA-256$4096:"));
      try (Connection alice = login("it_alice", "it's \\ secret")) {
        readEveryThing(alice);
      }
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_alice", "DROP ROLE it_alice");
    }
  }

  @Test
  void aNewPasswordHoldsAtOnceAndOnlyFromTheCommitOn() throws SQLException {
    cluster.execute("CREATE USER it_bob PASSWORD 'one'", "GRANT SELECT ON things TO it_bob");
    try (Connection admin = cluster.connect(); Statement statement = admin.createStatement()) {
      admin.setAutoCommit(false);
      statement.execute("ALTER USER it_bob WITH ENCRYPTED PASSWORD 'two' VALID UNTIL 'infinity'");
      login("it_bob", "one").close();
      admin.commit();
      try (Connection bob = login("it_bob", "two")) {
        readEveryThing(bob);
      }
      assertThatThrownBy(() -> login("it_bob", "one")).hasMessageContaining("password authentication failed");
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_bob", "DROP USER it_bob");
    }
    assertThatThrownBy(() -> login("it_bob", "two")).hasMessageContaining("password authentication failed");
  }

  private static void awaitRecorded(String role, Predicate<Optional<RoleRecord>> wanted) {
    Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).atMost(Duration.ofSeconds(20)).until(() -> wanted.test(cluster.directory().roles().known(role)));
  }

  /// The directory's watch says which names were looked at: what was rolled back is not among them when what came after it is.
  @Test
  void theDirectoryHasTheVerifierFromTheCommitOnAndNothingOfWhatWasRolledBack() throws Exception {
    List<String> heard = Collections.synchronizedList(new ArrayList<>());
    try (var _ = cluster.directory().roles().watch(heard::add)) {
      cluster.execute("BEGIN", "CREATE ROLE it_undone LOGIN PASSWORD '" + SECRET + "'", "ROLLBACK", "BEGIN; CREATE ROLE it_undone LOGIN PASSWORD 'x'; ROLLBACK", "CREATE ROLE it_hal LOGIN PASSWORD '" + SECRET + "'");
      awaitRecorded("it_hal", Optional::isPresent);
      RoleRecord one = cluster.directory().roles().known("it_hal").orElseThrow();
      assertThat(one.verifier()).isEqualTo(cluster.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'it_hal'")).isEqualTo(cluster.valueOn("s4", "SELECT rolpassword FROM pg_authid WHERE rolname = 'it_hal'"));
      try (WireClient client = cluster.wire()) {
        client.query("BEGIN");
        client.query("ALTER ROLE it_hal PASSWORD 'two'");
        client.query("SELECT 1 / 0");
        client.query("COMMIT");
      }
      cluster.execute("CREATE ROLE it_ida LOGIN PASSWORD 'x'");
      awaitRecorded("it_ida", Optional::isPresent);
      assertThat(cluster.directory().roles().known("it_hal")).hasValue(one);
      cluster.execute("DROP ROLE it_hal, it_ida");
      awaitRecorded("it_hal", Optional::isEmpty);
      awaitRecorded("it_ida", Optional::isEmpty);
      assertThat(heard).doesNotContain("it_undone");
      assertThat(Files.readString(cluster.directoryFile().resolveSibling("directory.json.roles"))).doesNotContain(SECRET);
    }
  }

  @Test
  void aRoleThatDiffersOnOneShardIsFoundAndHealedByItsNextPassword() throws SQLException {
    cluster.execute("CREATE ROLE it_jan LOGIN PASSWORD 'one'", "GRANT SELECT ON things TO it_jan");
    try {
      assertThat(said("SHARDGATE VERIFY SCHEMA")).doesNotContain("it_jan");
      cluster.executeOn("s2", "ALTER ROLE it_jan PASSWORD '" + ScramVerifier.of("one").text() + "'");
      cluster.executeOn("s3", "ALTER ROLE it_jan NOLOGIN");
      try (WireClient client = cluster.wire()) {
        assertThat(client.rows("SHARDGATE VERIFY SCHEMA")).contains("|s2|role|it_jan|LOGIN, password|LOGIN, another password", "|s3|role|it_jan|LOGIN, password|").noneMatch(row -> row.contains("SCRAM"));
      }
      try (Connection session = login("it_jan", "one")) {
        assertThatThrownBy(() -> readEveryThing(session)).hasMessageContaining("password authentication failed");
      }
      cluster.execute("ALTER ROLE it_jan LOGIN PASSWORD 'one'");
      try (Connection session = login("it_jan", "one")) {
        readEveryThing(session);
      }
      assertThat(said("SHARDGATE VERIFY SCHEMA")).doesNotContain("it_jan");
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_jan", "DROP ROLE it_jan");
    }
  }

  @Test
  void aSessionGoesOnWhenItsPasswordIsChangedThroughTheProxy() throws SQLException {
    cluster.execute("CREATE USER it_dave PASSWORD 'one'", "GRANT SELECT ON things TO it_dave");
    try (Connection old = login("it_dave", "one")) {
      cluster.execute("ALTER ROLE it_dave PASSWORD 'two'");
      readEveryThing(old);
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_dave", "DROP USER it_dave");
    }
  }

  /// Nobody tells the proxy the new keys, but the next login brings them.
  @Test
  void aSessionGoesOnWhenItsPasswordWasChangedBehindTheProxyAndSomebodyLoggedInWithIt() throws SQLException {
    cluster.execute("CREATE USER it_erin PASSWORD 'one'", "GRANT SELECT ON things TO it_erin");
    try (Connection old = login("it_erin", "one")) {
      String verifier = ScramVerifier.of("two").text();
      for (String shard : cluster.shardNames()) {
        cluster.executeOn(shard, "ALTER ROLE it_erin PASSWORD '" + verifier + "'");
      }
      assertThatThrownBy(() -> readEveryThing(old))
          .hasMessageContaining("password authentication failed for user \"it_erin\"")
          .hasMessageContaining("Hint: If the role's password was changed, connect again with the new password.");
      cluster.execute("ALTER ROLE it_erin CONNECTION LIMIT 50"); // what was remembered of roles is forgotten
      login("it_erin", "two").close();
      readEveryThing(old);
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_erin", "DROP USER it_erin");
    }
  }

  @Test
  void aSessionOfADroppedRoleGetsNothingFromTheNextOneOfItsName() throws SQLException {
    cluster.execute("CREATE USER it_frank PASSWORD 'one'");
    try (Connection old = login("it_frank", "one")) {
      cluster.execute("DROP USER it_frank", "CREATE USER it_frank PASSWORD 'two'", "ALTER USER it_frank PASSWORD 'three'",
          "GRANT SELECT ON things TO it_frank");
      try (Connection next = login("it_frank", "three")) {
        readEveryThing(next);
        assertThatThrownBy(() -> readEveryThing(old)).hasMessageContaining("password authentication failed");
      }
      cluster.execute("ALTER USER it_frank NOLOGIN PASSWORD 'four'");
      assertThatThrownBy(() -> readEveryThing(old)).hasMessageContaining("password authentication failed");
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_frank", "DROP USER it_frank");
    }
  }

  @Test
  void aSessionWhoseRoleMayNotLogInAnyMoreOpensNoServerConnection() throws SQLException {
    cluster.execute("CREATE USER it_grace PASSWORD 'one'", "GRANT SELECT ON things TO it_grace");
    try (Connection old = login("it_grace", "one")) {
      cluster.execute("ALTER USER it_grace NOLOGIN PASSWORD 'two'");
      assertThatThrownBy(() -> readEveryThing(old)).hasMessageContaining("role \"it_grace\" is not permitted to log in");
    } finally {
      cluster.execute("REVOKE ALL ON things FROM it_grace", "DROP USER it_grace");
    }
  }

  @Test
  void defaultsOfARoleHoldForThoseWhoLogInAfter() throws SQLException {
    cluster.execute("CREATE USER it_carol PASSWORD 'c'");
    try (Connection before = login("it_carol", "c")) {
      assertThat(setting(before, "work_mem")).isEqualTo("4MB");
      for (String shard : cluster.shardNames()) {
        cluster.executeOn(shard, "ALTER ROLE it_carol SET app.who = 'carol'"); // asks for a superuser
      }
      cluster.execute("ALTER ROLE it_carol SET work_mem = '7MB'", "ALTER ROLE it_carol SET search_path = 'elsewhere', 'public'");
      assertThat(setting(before, "work_mem")).isEqualTo("4MB");
      for (int i = 0; i < 4; i++) {
        try (Connection after = login("it_carol", "c")) {
          assertThat(setting(after, "work_mem")).isEqualTo("7MB");
          assertThat(setting(after, "search_path")).isEqualTo("elsewhere, public");
          assertThat(setting(after, "app.who")).isEqualTo("carol");
        }
      }
      cluster.execute("ALTER ROLE it_carol RESET ALL");
      for (int i = 0; i < 4; i++) {
        try (Connection after = login("it_carol", "c")) {
          assertThat(setting(after, "work_mem")).isEqualTo("4MB");
          assertThat(setting(after, "search_path")).isEqualTo("\"$user\", public");
        }
      }
    } finally {
      cluster.execute("DROP USER it_carol");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "COPY notes FROM PROGRAM 'id'", "COPY things TO PROGRAM 'cat'", "COPY notes FROM '/etc/passwd'", "SELECT rolpassword FROM pg_authid",
    "SELECT count(*) FROM pg_shadow, things WHERE id = 1", "CREATE TABLE shardgate.mine (i int)", "INSERT INTO shardgate.commit_log (gid, verdict) VALUES ('x', 'commit')",
    "SELECT * FROM shardgate.cluster", "DELETE FROM shardgate.commit_log", "DROP SCHEMA shardgate CASCADE", "ALTER ROLE postgres PASSWORD 'x'",
    "SET SESSION AUTHORIZATION postgres", "SET ROLE postgres", "ALTER SYSTEM SET work_mem = '1MB'", "SELECT pg_read_file('/etc/passwd')"
  })
  void aClientHasTheRightsOfItsRoleAndNoMore(String sql) {
    cluster.execute("CREATE TABLE IF NOT EXISTS notes (t text)");
    try (WireClient client = cluster.wire()) {
      assertThat(WireClient.errorIn(client.query(sql)).code()).as(sql).isIn("42501", sql.contains("things TO PROGRAM") || sql.startsWith("ALTER SYSTEM") ? "0A000" : "42501");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  private static final String SECRET = "Zq-never-told";

  private static String said(String sql) {
    try (WireClient client = cluster.wire()) {
      return client.query(sql).toString();
    }
  }

  /// Where a secret could turn up: in what clients are told, in the log at its most talkative, in metrics, in what shards show of statements.
  @Test
  void aPasswordIsToldToNobody() throws SQLException {
    Logger logger = (Logger) LoggerFactory.getLogger("io.shardgate");
    Level before = logger.getLevel();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.addAppender(log);
    logger.setLevel(Level.TRACE);
    List<String> told = new ArrayList<>();
    try {
      told.add(said("CREATE ROLE it_secret LOGIN PASSWORD '" + SECRET + "1'"));
      told.add(said("ALTER ROLE it_secret PASSWORD '" + SECRET + "2'"));
      told.add(said("CREATE ROLE it_secret PASSWORD '" + SECRET + "3'"));
      told.add(said("ALTER ROLE it_nobody WITH PASSWORD E'" + SECRET + "4'"));
      told.add(said("BEGIN; ALTER ROLE it_secret PASSWORD '" + SECRET + "5'; SELECT 1/0"));
      told.add(said("SHARDGATE APPLY 'home: s1\nshards: { s1: { primary: \"postgresql://who:" + SECRET + "6@nowhere:1/x\", weigth: 1 } }'"));
      login("it_secret", SECRET + "2").close();
      assertThatThrownBy(() -> login("it_secret", SECRET + "7")).satisfies(failure -> told.add(failure.toString()));
      for (String shard : cluster.shardNames()) {
        told.add(cluster.valueOn(shard, "SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity WHERE pid <> pg_backend_pid()"));
      }
      told.add(cluster.metrics().toString());
      told.add(cluster.http("/metrics").body());
      told.add(said("SHOW SHARDGATE CLIENTS"));
    } finally {
      logger.detachAppender(log);
      logger.setLevel(before);
      cluster.execute("DROP ROLE it_secret");
    }
    assertThat(told.get(2)).as("the errors were those that are meant").contains("already exists");
    assertThat(told).noneMatch(text -> text.contains(SECRET));
    assertThat(List.copyOf(log.list)).isNotEmpty().noneMatch(event -> event.getFormattedMessage().contains(SECRET) || String.valueOf(event.getThrowableProxy()).contains(SECRET));
  }

  private static String setting(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT current_setting('" + name + "', true)")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static List<String> clients(WireClient client) {
    return client.rows("SHOW SHARDGATE CLIENTS");
  }

  @Test
  void whatClientsOfOtherRolesDoIsShownToThoseWithTheirRights() {
    cluster.execute("CREATE ROLE it_watcher LOGIN PASSWORD 'w'");
    try (WireClient app = cluster.wire(); WireClient watcher = WireClient.login(cluster.port(), "it_watcher", "w", cluster.database())) {
      app.query("BEGIN");
      String other = app.key().processId() + "|app|" + cluster.database();
      assertThat(clients(watcher)).contains(other + "|||")
          .anyMatch(row -> row.startsWith(watcher.key().processId() + "|it_watcher|") && row.endsWith("|active"));
      cluster.executeOnEach("GRANT pg_read_all_stats TO it_watcher");
      assertThat(clients(watcher)).anyMatch(row -> row.startsWith(other) && row.endsWith("|idle in transaction"));
      app.query("ROLLBACK");
      assertThat(clients(watcher)).anyMatch(row -> row.startsWith(other) && row.endsWith("|idle"));
    }
    cluster.execute("DROP ROLE it_watcher");
  }
}
