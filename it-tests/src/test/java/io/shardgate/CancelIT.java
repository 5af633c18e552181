package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.proxy.config.ProxyConfig;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Cancel requests: the right client's statement ends, and nobody else's.
final class CancelIT {
  private static final TestCluster CLUSTER = TestCluster.start("", CancelIT::oneConnection);

  private static final int CODE_AND_PID_BYTES = 12;

  private static ProxyConfig oneConnection(ProxyConfig config) {
    return config.withPool(config.pool().withMaxConnections(1));
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  private static void cancel(int processId, CancelKey key) {
    try (WireClient request = CLUSTER.tcp()) {
      request.send(out -> FrontendWriter.cancel(out, processId, key));
      assertThat(request.readToEnd()).as("nobody is told whether it helped").isEmpty();
    }
  }

  private static void cancel(WireClient client) {
    cancel(client.key().processId(), client.key().key());
  }

  private static void awaitRunning(String text) {
    await().untilAsserted(() -> assertThat(running(text)).isEqualTo("1"));
  }

  private static String running(String text) {
    return CLUSTER.valueOn(
        "s1", "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%" + text + "%'");
  }

  @Test
  void aRunningStatementIsCancelledAndTheConnectionLives() {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("SELECT pg_sleep(60) /* victim */");
      awaitRunning("victim");
      cancel(client);
      ErrorFields fields = WireClient.errorIn(client.readToReady());
      assertThat(fields.code()).isEqualTo("57014");
      assertThat(fields.message()).isEqualTo("canceling statement due to user request");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void inATransactionTheCancelFailsTheBlockOnly() {
    try (WireClient client = CLUSTER.wire()) {
      client.query("BEGIN");
      client.sendQuery("SELECT pg_sleep(60) /* in block */");
      awaitRunning("in block");
      cancel(client);
      List<BackendMessage> answer = client.readToReady();
      assertThat(WireClient.errorIn(answer).code()).isEqualTo("57014");
      assertThat(answer.getLast()).isEqualTo(new BackendMessage.ReadyForQuery('E'));
      assertThat(client.query("ROLLBACK").getLast()).isEqualTo(new BackendMessage.ReadyForQuery('I'));
    }
  }

  @Test
  void aWrongSecretCancelsNothing() {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("SELECT pg_sleep(1.5) /* guarded */");
      awaitRunning("guarded");
      cancel(client.key().processId(), CancelKey.random(new SecureRandom(), CancelKey.SHORT_BYTES));
      cancel(client.key().processId() + 1000, client.key().key());
      assertThat(client.readToReady()).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
    }
  }

  @Test
  void aClientOfProtocol32HasALongKeyOfWhichNoPartWillDo() {
    Map<String, String> app = Map.of("user", TestCluster.ROLE, "database", CLUSTER.database());
    for (int minor : new int[] {2, 7}) {
      try (WireClient client = CLUSTER.tcp()) {
        assertThat(client.startup(minor, app, ScramClient.withPassword(TestCluster.PASSWORD))).isEmpty();
        assertThat(client.greeting().stream().filter(BackendMessage.NegotiateProtocolVersion.class::isInstance).toList())
            .isEqualTo(minor == 2 ? List.of() : List.of(new BackendMessage.NegotiateProtocolVersion(3 << 16 | 2, List.of())));
        ByteBuf written = Unpooled.buffer();
        FrontendWriter.cancel(written, 0, client.key().key());
        byte[] key = ByteBufUtil.getBytes(written, CODE_AND_PID_BYTES, written.readableBytes() - CODE_AND_PID_BYTES);
        assertThat(key).hasSize(CancelKey.LONG_BYTES);
        client.sendQuery("SELECT pg_sleep(60) /* long key */");
        awaitRunning("long key");
        cancel(client.key().processId(), CancelKey.of(Arrays.copyOf(key, CancelKey.SHORT_BYTES)));
        cancel(client.key().processId(), CancelKey.of(Arrays.copyOf(key, CancelKey.LONG_BYTES - 1)));
        assertThat(client.isSilentFor(300)).isTrue();
        cancel(client);
        assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("57014");
      }
    }
  }

  @Test
  void aStatementThatWaitsForAConnectionIsCancelledWithoutTouchingTheOneThatHasIt() {
    try (WireClient holder = CLUSTER.wire(); WireClient waiting = CLUSTER.wire()) {
      holder.query("BEGIN");
      holder.query("SELECT 1");
      waiting.sendQuery("SELECT 'never run'");
      await().untilAsserted(() -> assertThat(CLUSTER.metrics().sum("shardgate_pool_waiting")).isEqualTo(1));
      cancel(waiting);
      assertThat(WireClient.errorIn(waiting.readToReady()).code()).isEqualTo("57014");
      assertThat(holder.query("COMMIT")).contains(new BackendMessage.CommandComplete("COMMIT"));
      assertThat(waiting.value("SELECT 'later'")).isEqualTo("later");
    }
  }

  @Test
  void aCancelOfAnIdleClientDoesNotHitTheNextUserOfTheConnection() {
    try (WireClient idle = CLUSTER.wire(); WireClient other = CLUSTER.wire()) {
      for (int i = 0; i < 20; i++) {
        assertThat(idle.value("SELECT 1")).isEqualTo("1");
        other.sendQuery("SELECT pg_sleep(0.02)");
        cancel(idle);
        assertThat(other.readToReady()).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      }
    }
  }

  @Test
  void aCancelThatComesTooLateDoesNotHitTheNextStatement() {
    try (WireClient client = CLUSTER.wire(); WireClient other = CLUSTER.wire()) {
      for (int i = 0; i < 20; i++) {
        client.sendQuery("SELECT pg_sleep(0.001)");
        cancel(client);
        client.readToReady();
        assertThat(other.query("SELECT pg_sleep(0.005)")).noneMatch(BackendMessage.ErrorResponse.class::isInstance);
      }
    }
  }
}
