package io.shardgate.transaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// One commit over several shards, and each way in which it does not go as it should. s1 is home, and so decides where it wrote.
final class TwoPhaseCommitIT {
  private static TestCluster cluster;
  private static Accounts accounts;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(Accounts.TOPOLOGY);
    accounts = new Accounts(cluster);
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void whatWasWrittenOnThreeShardsIsOnAllOfThemAndNothingStaysPrepared() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s2", 0, 5), accounts.update("s1", 0, 5), accounts.update("s3", 0, 5));
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      for (String shard : List.of("s1", "s2", "s3")) {
        assertThat(accounts.n(shard, 0)).isEqualTo(5);
        assertThat(accounts.prepared(shard)).isZero();
      }
      assertThat(accounts.verdicts("s1")).endsWith("commit");
      assertThat(client.value("SELECT n FROM account WHERE id = " + accounts.key("s3", 0))).isEqualTo("5");
    }
  }

  @Test
  void aTransactionThatWroteOnOneShardTakesNoSecondPhase() {
    try (WireClient client = cluster.wire()) {
      begin(client, "SELECT n FROM account WHERE id = " + accounts.key("s2", 1), accounts.update("s4", 1, 5));
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      assertThat(accounts.n("s4", 1)).isEqualTo(5);
      assertThat(cluster.valueOn("s4", "SELECT count(*) FROM shardgate.commit_log")).isEqualTo("0");
    }
  }

  @Test
  void aShardThatWasOnlyReadIsLeftAfterTheDecision() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 2, 5), "SELECT n FROM account WHERE id = " + accounts.key("s4", 2), accounts.update("s2", 2, 5));
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      assertThat(
              cluster.valueOn(
                  "s4", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database() AND state LIKE '%transaction%'"))
          .isEqualTo("0");
    }
  }

  @Test
  void aDeferredConstraintThatFailsAtPrepareUndoesAllAndItsErrorPasses() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 5), accounts.update("s3", 3, Accounts.FAILS));
      List<BackendMessage> answer = client.query("COMMIT");
      assertThat(WireClient.errorIn(answer).code()).isEqualTo("23514");
      assertThat(WireClient.errorIn(answer).message()).isEqualTo("an account below zero");
      assertThat(answer.stream().filter(BackendMessage.ErrorResponse.class::isInstance)).hasSize(1);
      assertNothingDone(3);
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aDeferredConstraintThatFailsOnTheDeciderUndoesWhatIsPrepared() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, Accounts.FAILS), accounts.update("s2", 3, 5), accounts.update("s3", 3, 5));
      assertThat(client.error("COMMIT").code()).isEqualTo("23514");
      assertNothingDone(3);
    }
  }

  @Test
  void aFailedTransactionAnswersRollback() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 5));
      client.error("SELECT 1/0");
      assertThat(tag(client.query("COMMIT"))).isEqualTo("ROLLBACK");
      assertNothingDone(3);
    }
  }

  /// Easy to get wrong: with `off` a crash loses the decision after the client was told of it.
  @Test
  void theDeciderCommitsDurablyWhateverTheSessionSays() {
    try (WireClient client = cluster.wire()) {
      client.query("SET synchronous_commit = off");
      begin(client, accounts.update("s1", 4, Accounts.SPEAKS), accounts.update("s2", 4, 5));
      assertThat(notices(client.query("COMMIT"))).contains("synchronous_commit is on");
      assertThat(client.value("SHOW synchronous_commit")).isEqualTo("off");
      begin(client, "SET LOCAL synchronous_commit = remote_apply", accounts.update("s1", 4, Accounts.SPEAKS), accounts.update("s2", 4, 6));
      assertThat(notices(client.query("COMMIT"))).contains("synchronous_commit is remote_apply");
    }
  }

  @Test
  void whatPrepareRefusesIsDoneByTheDecider() {
    try (WireClient client = cluster.wire()) {
      String notify = "SELECT note(id) FROM account WHERE id = " + accounts.key("s2", 5);
      begin(client, accounts.update("s1", 5, 5), accounts.update("s2", 5, 5), notify);
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      assertThat(accounts.n("s1", 5)).isEqualTo(5);
      assertThat(accounts.n("s2", 5)).isEqualTo(5);
      assertThat(accounts.verdicts("s2")).endsWith("commit");
    }
  }

  @Test
  void whatPrepareRefusesOnTwoShardsIsRefusedAndUndone() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, Accounts.NOTIFIES), accounts.update("s2", 3, Accounts.NOTIFIES));
      ErrorFields error = client.error("COMMIT");
      assertThat(error.code()).isEqualTo("0A000");
      assertThat(error.message()).contains("shard \"s2\"");
      assertThat(error.hint()).isPresent();
      assertNothingDone(3);
    }
  }

  /// Nobody can tell from the statements that a trigger will notify.
  @Test
  void aTriggerThatNotifiesWorksOnTheHomeShardAndFailsTheCommitElsewhere() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 6, Accounts.NOTIFIES), accounts.update("s2", 6, 5), accounts.update("s3", 6, 5));
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      assertThat(List.of(accounts.n("s1", 6), accounts.n("s2", 6), accounts.n("s3", 6))).containsExactly(Accounts.NOTIFIES, 5, 5);
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, Accounts.NOTIFIES), accounts.update("s3", 3, 5));
      ErrorFields error = client.error("COMMIT");
      assertThat(error.code()).isEqualTo("0A000");
      assertThat(error.message()).contains("shard \"s2\"");
      assertThat(error.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("trigger"));
      assertNothingDone(3);
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aTransactionBegunReadOnlyNeedsNoDecision() {
    cluster.executeOn("s1", "TRUNCATE shardgate.commit_log");
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN READ ONLY");
      for (String shard : List.of("s1", "s2")) {
        client.query("SELECT n, clock_timestamp(), random() FROM account WHERE id = " + accounts.key(shard, 3));
      }
      assertThat(tag(client.query("COMMIT"))).isEqualTo("COMMIT");
      assertThat(accounts.verdicts("s1")).isEmpty();
    }
  }

  @Test
  void settingsOfATransactionThatWasUndoneAfterItWasPreparedAreUndoneToo() {
    try (WireClient client = cluster.wire()) {
      client.query("SET work_mem = '5MB'");
      begin(client, "SET work_mem = '6MB'", accounts.update("s2", 3, 5), accounts.update("s1", 3, Accounts.FAILS));
      client.error("COMMIT");
      assertThat(client.value("SHOW work_mem")).isEqualTo("5MB");
      assertThat(client.value("SELECT current_setting('work_mem') FROM account WHERE id = " + accounts.key("s2", 3))).isEqualTo("5MB");
    }
  }

  @Test
  void aParticipantThatDiesAtPrepareUndoesAll() throws Exception {
    try (WireClient client = cluster.wire(); Accounts.Hold _ = accounts.stop("s2", 2001)) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 2001), accounts.update("s3", 3, 5));
      client.sendQuery("COMMIT");
      terminate("s2", accounts.awaitStopped("s2", 2001));
      List<BackendMessage> answer = client.readToReady();
      assertThat(WireClient.errorIn(answer).code()).isEqualTo("40000");
      assertThat(answer.stream().filter(BackendMessage.ErrorResponse.class::isInstance)).hasSize(1);
      assertNothingDone(3);
    }
  }

  @Test
  void aParticipantThatDiesBetweenStatementsUndoesAll() {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 5));
      int backend = accounts.onlyBackend("s2");
      terminate("s2", backend);
      awaitGone("s2", backend);
      assertThat(client.error("COMMIT").code()).isEqualTo("57P01");
      assertNothingDone(3);
    }
  }

  @Test
  void aParticipantThatDiesAfterPrepareIsCommittedByAnotherWay() throws Exception {
    try (WireClient client = cluster.wire()) {
      int backend;
      try (Accounts.Hold _ = accounts.stop("s1", 2002)) {
        begin(client, accounts.update("s1", 6, 2002), accounts.update("s2", 6, 5));
        backend = accounts.onlyBackend("s2");
        client.sendQuery("COMMIT");
        accounts.awaitStopped("s1", 2002);
        assertThat(accounts.prepared("s2")).isEqualTo(1);
        terminate("s2", backend);
        awaitGone("s2", backend);
      }
      List<BackendMessage> answer = client.readToReady();
      assertThat(tag(answer)).isEqualTo("COMMIT");
      assertThat(answer).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      assertThat(accounts.n("s2", 6)).isEqualTo(5);
      assertThat(accounts.prepared("s2")).isZero();
    }
  }

  @Test
  void aDeciderThatDiesBeforeItCommittedIsAskedAndAllIsUndone() throws Exception {
    try (WireClient client = cluster.wire(); Accounts.Hold _ = accounts.stop("s1", 2003)) {
      begin(client, accounts.update("s1", 3, 2003), accounts.update("s2", 3, 5));
      client.sendQuery("COMMIT");
      terminate("s1", accounts.awaitStopped("s1", 2003));
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("40000");
      assertThat(accounts.verdicts("s1")).endsWith("abort");
      assertNothingDone(3);
    }
  }

  @Test
  void aShardThatIsLateGetsAWarningAndTheSessionsNextStatementThereWaits() throws Exception {
    try (WireClient client = cluster.wire()) {
      int backend;
      try (Accounts.Hold _ = accounts.stop("s1", 2004)) {
        begin(client, accounts.update("s1", 7, 2004), accounts.update("s2", 7, 5));
        backend = accounts.onlyBackend("s2");
        client.sendQuery("COMMIT");
        accounts.awaitStopped("s1", 2004);
        signal(backend, "STOP");
      }
      try {
        long from = System.nanoTime();
        List<BackendMessage> answer = client.readToReady();
        assertThat(tag(answer)).isEqualTo("COMMIT");
        assertThat(notices(answer)).anyMatch(notice -> notice.contains("not finished yet on shard \"s2\""));
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(6));
        assertThat(client.value("SELECT n FROM account WHERE id = " + accounts.key("s3", 7))).isEqualTo("0");
        client.sendQuery("SELECT n FROM account WHERE id = " + accounts.key("s2", 7));
        assertThat(client.isSilentFor(300)).isTrue();
      } finally {
        signal(backend, "CONT");
      }
      assertThat(client.readToReady()).anyMatch(BackendMessage.DataRow.class::isInstance);
      assertThat(accounts.n("s2", 7)).isEqualTo(5);
      assertThat(client.value("SELECT n FROM account WHERE id = " + accounts.key("s2", 7))).isEqualTo("5");
    }
  }

  @Test
  void aFrozenShardThatWasOnlyReadHoldsNothingUp() throws Exception {
    try (WireClient client = cluster.wire()) {
      begin(client, accounts.update("s1", 9, 5), accounts.update("s2", 9, 5), "SELECT n FROM account WHERE id = " + accounts.key("s4", 9));
      int backend = accounts.onlyBackend("s4");
      signal(backend, "STOP");
      try {
        List<BackendMessage> answer = client.query("COMMIT");
        assertThat(tag(answer)).isEqualTo("COMMIT");
        assertThat(notices(answer)).anyMatch(notice -> notice.contains("not finished yet on shard \"s4\""));
        assertThat(accounts.n("s2", 9)).isEqualTo(5);
        assertThat(client.value("SELECT n FROM account WHERE id = " + accounts.key("s2", 9))).isEqualTo("5");
        client.sendQuery("SELECT n FROM account WHERE id = " + accounts.key("s4", 9));
        assertThat(client.isSilentFor(300)).isTrue();
      } finally {
        signal(backend, "CONT");
      }
      assertThat(client.readToReady()).anyMatch(BackendMessage.DataRow.class::isInstance);
    }
  }

  @Test
  void aCommitThatHasComeIsCarriedOutThoughItsClientIsGone() throws Exception {
    try (Accounts.Hold _ = accounts.stop("s2", 2005)) {
      try (WireClient client = cluster.wire()) {
        begin(client, accounts.update("s1", 8, 5), accounts.update("s2", 8, 2005));
        client.sendQuery("COMMIT");
        accounts.awaitStopped("s2", 2005);
        client.reset();
      }
    }
    await().atMost(Duration.ofSeconds(4)).untilAsserted(() -> {
      assertThat(accounts.n("s1", 8)).isEqualTo(5);
      assertThat(accounts.n("s2", 8)).isEqualTo(2005);
    });
    assertThat(accounts.prepared("s2")).isZero();
  }

  @Test
  void aClientCanNeitherWriteAVerdictNorReadOthers() {
    try (WireClient client = cluster.wire()) {
      assertThat(client.error("INSERT INTO shardgate.commit_log VALUES ('sg:x', 'commit')").code()).isEqualTo("42501");
      assertThat(client.error("SELECT * FROM shardgate.commit_log").code()).isEqualTo("42501");
      String gid = "sg:0123456789ab:s1:01234567:1.00000000000000000000000000000000";
      assertThat(client.error("SELECT shardgate.record_commit('" + gid + "', 'guess')").code()).isEqualTo("42501");
    }
  }

  @Test
  void aCancelAtPrepareUndoesAll() throws Exception {
    try (WireClient client = cluster.wire(); Accounts.Hold _ = accounts.stop("s2", 2006)) {
      begin(client, accounts.update("s1", 3, 5), accounts.update("s2", 3, 2006));
      client.sendQuery("COMMIT");
      accounts.awaitStopped("s2", 2006);
      try (WireClient canceller = cluster.tcp()) {
        canceller.send(out -> io.shardgate.pgwire.message.FrontendWriter.cancel(out, client.key().processId(), client.key().key()));
      }
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("57014");
      assertNothingDone(3);
    }
  }

  // ---- words of these tests ----

  private static void begin(WireClient client, String... statements) {
    assertThat(tag(client.query("BEGIN"))).isEqualTo("BEGIN");
    for (String sql : statements) {
      assertThat(client.query(sql)).as(sql).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
  }

  private static String tag(List<BackendMessage> answer) {
    return answer.stream()
        .filter(BackendMessage.CommandComplete.class::isInstance)
        .map(message -> ((BackendMessage.CommandComplete) message).tag())
        .reduce("", (_, last) -> last);
  }

  private static List<String> notices(List<BackendMessage> answer) {
    return answer.stream()
        .filter(BackendMessage.NoticeResponse.class::isInstance)
        .map(message -> ((BackendMessage.NoticeResponse) message).fields().message())
        .toList();
  }

  private static void assertNothingDone(int i) {
    for (String shard : List.of("s1", "s2", "s3")) {
      assertThat(accounts.n(shard, i)).isZero();
      await().atMost(Duration.ofSeconds(3)).untilAsserted(() -> assertThat(accounts.prepared(shard)).isZero());
    }
  }

  private static void terminate(String shard, int backend) {
    cluster.valueOn(shard, "SELECT pg_terminate_backend(" + backend + ")");
  }

  private static void awaitGone(String shard, int backend) {
    await().until(() -> cluster.valueOn(shard, "SELECT count(*) FROM pg_stat_activity WHERE pid = " + backend).equals("0"));
  }

  private static void signal(int process, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Integer.toString(process)).start().waitFor();
  }
}
