package io.shardgate.proxy.pool;

import static io.shardgate.proxy.pool.Borrower.get;
import static io.shardgate.proxy.pool.Borrower.query;
import static io.shardgate.proxy.pool.Borrower.refusal;
import static io.shardgate.proxy.pool.PoolFixture.APP;
import static io.shardgate.proxy.pool.PoolFixture.S1;
import static io.shardgate.proxy.pool.PoolFixture.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.channel.uring.IoUring;
import io.shardgate.directory.Password;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.testing.PostgresServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestWatcher;

/// Lending, giving back and cleaning, against a real server.
@Timeout(60)
class ServerPoolsIT {
  private static PostgresServer server;

  /// What the server saw of a test that failed.
  @RegisterExtension
  static final TestWatcher LOG_OF_A_FAILURE = new TestWatcher() {
    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
      System.err.println(context.getDisplayName() + " failed; the server's log:\n" + server.log());
    }
  };

  @BeforeAll
  static void start() {
    server = PostgresServer.startWithApp();
    server.execute("app", "CREATE TABLE public.things (id int); GRANT ALL ON public.things TO app");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static int backends() {
    return Integer.parseInt(server.query("SELECT count(*) FROM pg_stat_activity WHERE usename = 'app'"));
  }

  private static void await(String what, BooleanSupplier happened) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (!happened.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void whatIsGivenBackIsLentAgainOnItsOwnLoop() {
    try (PoolFixture fixture = PoolFixture.of(2, settings(5), server)) {
      String pid = fixture.ask("SELECT pg_backend_pid()").value();
      assertThat(fixture.ask("SELECT pg_backend_pid()").value()).isEqualTo(pid);
      ServerConnection connection = get(fixture.acquire());
      assertThat(connection.eventLoop()).isSameAs(fixture.loop());
      assertThat(connection.backendPid()).isEqualTo(Integer.parseInt(pid));
      assertThat(connection.parameterStatus("client_encoding")).isEqualTo("UTF8");
      assertThat(get(query(connection, "SHOW application_name")).value()).isEqualTo("shardgate test map 1");
      fixture.release(connection);
      assertThat(backends()).isEqualTo(1);
    }
    assertThat(backends()).as("after close").isZero();
  }

  @Test
  void aConnectionOnNioAndIoUringWorksToo() {
    List<Transport> transports = new ArrayList<>(List.of(Transport.nio()));
    if (IoUring.isAvailable()) {
      transports.add(Transport.named("io_uring"));
    }
    for (Transport transport : transports) {
      try (PoolFixture fixture = new PoolFixture(transport, 1, settings(1), Map.of(S1, server.url("app")))) {
        assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      }
    }
  }

  @Test
  void aReleaseInsideATransactionRollsBackAtOnceAndKeepsTheConnection() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(2), server)) {
      ServerConnection first = get(fixture.acquire());
      get(query(first, "BEGIN; LOCK TABLE public.things; SET statement_timeout = 5000"));
      assertThat(first.transactionStatus()).isEqualTo(ServerConnection.IN_TRANSACTION);
      fixture.release(first, ReleaseState.ABANDONED);
      ServerConnection second = get(fixture.acquire());
      assertThat(get(query(second, "SET lock_timeout = 3000; SELECT count(*) FROM public.things")).error()).isNull();
      fixture.release(second, ReleaseState.TAINTED);
      ServerConnection again = get(fixture.acquire());
      assertThat(get(query(again, "SHOW statement_timeout")).value()).isEqualTo("0");
      fixture.release(again);
    }
  }

  @Test
  void aConnectionGivenBackAsCleanButNotAtRestIsNotTakenAsClean() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection open = get(fixture.acquire());
      get(query(open, "BEGIN; SET LOCAL work_mem = '1MB'"));
      fixture.release(open, ReleaseState.CLEAN);
      ServerConnection next = get(fixture.acquire());
      assertThat(next.transactionStatus()).isEqualTo(ServerConnection.IDLE);
      query(next, "SELECT pg_sleep(60)");
      fixture.release(next, ReleaseState.CLEAN);
      ServerConnection last = get(fixture.acquire(), 3_000);
      assertThat(get(query(last, "SELECT 1")).value()).isEqualTo("1");
      fixture.release(last);
    }
  }

  @Test
  void aTaintedConnectionIsResetAndKept() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      int pid = connection.backendPid();
      get(query(connection, "CREATE TEMP TABLE mine (); SET work_mem = '1MB'; SELECT pg_advisory_lock(1)"));
      connection.eventLoop().submit(() -> {
        connection.settings("work_mem = 1MB");
        connection.prepared().begin("a statement");
        connection.taint();
      }).syncUninterruptibly();
      fixture.release(connection);
      ServerConnection again = get(fixture.acquire());
      assertThat(again.backendPid()).isEqualTo(pid);
      assertThat(again.settings()).isNull();
      assertThat(again.prepared().size()).isZero();
      assertThat(get(query(again, "SELECT to_regclass('pg_temp.mine') IS NULL AND current_setting('work_mem') <> '1MB'")).value())
          .isEqualTo("t");
      fixture.release(again);
      assertThat(server.query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")).isEqualTo("0");
    }
  }

  @Test
  void anAbandonedStatementEndsAtOnce() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      query(connection, "INSERT INTO public.things SELECT 1 FROM pg_sleep(60)");
      await("running", () -> server.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'").equals("1"));
      long began = System.nanoTime();
      fixture.release(connection, ReleaseState.ABANDONED);
      await("ended", () -> server.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'").equals("0"));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
      assertThat(fixture.ask("SELECT count(*) FROM public.things").value()).isEqualTo("0");
    }
  }

  @Test
  void anAbandonedCopyIsRolledBackAtOnce() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      assertThat(get(query(connection, "COPY public.things FROM STDIN")).value()).isEqualTo("COPY IN");
      connection.eventLoop().submit(() -> {
        ByteBuf half = connection.alloc().buffer();
        FrontendWriter.copyData(half, "1\n2\n".getBytes(StandardCharsets.US_ASCII));
        half.writeByte('d').writeInt(1_000_000).writeBytes("3\n".getBytes(StandardCharsets.US_ASCII));
        connection.write(half);
        connection.flush();
      }).syncUninterruptibly();
      fixture.release(connection, ReleaseState.ABANDONED);
      ServerConnection next = get(fixture.acquire(), 3_000);
      assertThat(get(query(next, "LOCK TABLE public.things; SELECT count(*) FROM public.things")).value()).isEqualTo("0");
      fixture.release(next);
    }
  }

  @Test
  void anAbandonedLargeResultDoesNotHoldThePlace() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      connection.eventLoop().submit(() -> connection.setAutoRead(false)).syncUninterruptibly();
      CompletableFuture<?> never = query(connection, "SELECT repeat('x', 10000) FROM generate_series(1, 1000000)");
      assertThat(catchThrowable(() -> never.get(300, TimeUnit.MILLISECONDS))).isNotNull();
      fixture.release(connection, ReleaseState.ABANDONED);
      ServerConnection next = get(fixture.acquire(), 3_000);
      assertThat(get(query(next, "SELECT 1")).value()).isEqualTo("1");
      fixture.release(next);
    }
  }

  @Test
  void anIdleConnectionThatTheServerEndsIsNotLent() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      String pid = fixture.ask("SELECT pg_backend_pid()").value();
      server.query("SELECT pg_terminate_backend(" + pid + ", 5000)");
      Borrower.Answer answer = fixture.ask("SELECT pg_backend_pid()");
      assertThat(answer.error()).isNull();
      assertThat(answer.value()).isNotEqualTo(pid);
    }
  }

  @Test
  void theHolderHearsWhyTheServerEndedItsConnection() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      CompletableFuture<?> answer = query(connection, "SELECT pg_sleep(60)");
      server.query("SELECT pg_terminate_backend(" + connection.backendPid() + ")");
      Borrower.Closed closed = (Borrower.Closed) catchThrowable(() -> answer.get(5, TimeUnit.SECONDS)).getCause();
      assertThat(closed.fatal.code()).isEqualTo("57P01");
      fixture.release(connection);
      assertThat(fixture.ask("SELECT 1").value()).as("a place is free again").isEqualTo("1");
    }
  }

  @Test
  void parametersAndNoticesThatComeWhileIdleEndNothing() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      String pid = fixture.ask("LISTEN noise").value() + fixture.ask("SELECT pg_backend_pid()").value();
      server.execute("app", "NOTIFY noise");
      server.execute("ALTER SYSTEM SET timezone = 'Asia/Tokyo'");
      server.query("SELECT pg_reload_conf()");
      ServerConnection connection = get(fixture.acquire());
      await("ParameterStatus", () -> {
        get(query(connection, "SELECT 1"));
        return "Asia/Tokyo".equals(connection.parameterStatus("TimeZone"));
      });
      assertThat("null" + connection.backendPid()).isEqualTo(pid);
      fixture.release(connection, ReleaseState.TAINTED);
    } finally {
      server.execute("ALTER SYSTEM RESET timezone");
      server.query("SELECT pg_reload_conf()");
    }
  }

  @Test
  void oldAndIdleConnectionsAreClosed() {
    PoolSettings brief = new PoolSettings(
        5, 10, Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMillis(400),
        Duration.ofMinutes(1), Duration.ofSeconds(5), 10);
    try (PoolFixture fixture = PoolFixture.of(1, brief, server)) {
      String pid = fixture.ask("SELECT pg_backend_pid()").value();
      await("too old", () -> !fixture.ask("SELECT pg_backend_pid()").value().equals(pid));
    }
    PoolSettings lazy = new PoolSettings(
        5, 10, Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMinutes(1),
        Duration.ofMillis(200), Duration.ofSeconds(5), 10);
    try (PoolFixture fixture = PoolFixture.of(1, lazy, server)) {
      fixture.ask("SELECT 1");
      assertThat(backends()).isEqualTo(1);
      await("idle for too long", () -> backends() == 0);
    }
  }

  @Test
  void aWrongPasswordAndAnUnknownDatabaseAreToldInTheServersWords() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      PoolKey wrong = new PoolKey("app", "app", new Credential.Secret(new Password("wrong")));
      PoolException refused = refusal(Borrower.acquire(fixture.pools, fixture.loop(), S1, wrong));
      assertThat(refused.reason()).isEqualTo(PoolException.Reason.LOGIN_REFUSED);
      assertThat(refused.fromServer().code()).isEqualTo("28P01");
      PoolKey nowhere = new PoolKey("app", "nowhere", APP.credential());
      assertThat(refusal(Borrower.acquire(fixture.pools, fixture.loop(), S1, nowhere)).fromServer().code()).isEqualTo("3D000");
      PoolKey nothing = new PoolKey("app", "app", new Credential.Nothing());
      assertThat(refusal(Borrower.acquire(fixture.pools, fixture.loop(), S1, nothing))).hasMessageContaining("asks for a password");
      assertThat(fixture.ask("SELECT 1").value()).as("others of the role are not disturbed").isEqualTo("1");
    }
  }

  @Test
  void anUnknownShardIsRefused() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      assertThat(refusal(fixture.acquire(new ShardId("s9")))).hasMessage("shard \"s9\" does not exist");
    }
  }

  @Test
  void theQueueHasALimitAWaitAnEndAndAWaiterMayLeave() {
    PoolSettings narrow = new PoolSettings(
        1, 2, Duration.ofMillis(600), Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofMinutes(1),
        Duration.ofMinutes(1), Duration.ofSeconds(5), 10);
    try (PoolFixture fixture = PoolFixture.of(2, narrow, server)) {
      ServerConnection held = get(fixture.acquire());
      CompletableFuture<ServerConnection> first = fixture.acquire();
      CompletableFuture<ServerConnection> leaving = new CompletableFuture<>();
      CompletableFuture<PendingAcquire> pending = new CompletableFuture<>();
      fixture.loop().execute(() -> pending.complete(
          fixture.pools.acquire(fixture.loop(), S1, APP, Borrower.waiter(leaving))));
      get(pending);
      PoolException full = refusal(Borrower.acquire(fixture.pools, fixture.loops.get(1), S1, APP));
      assertThat(full.reason()).isEqualTo(PoolException.Reason.QUEUE_FULL);
      assertThat(full.sqlState()).isEqualTo(SqlState.TOO_MANY_CONNECTIONS);
      boolean left = get(CompletableFuture.supplyAsync(get(pending)::cancel, fixture.loop()));
      assertThat(left).isTrue();
      PoolException late = refusal(first);
      assertThat(late.reason()).isEqualTo(PoolException.Reason.QUEUE_TIMEOUT);
      assertThat(late.sqlState()).isEqualTo(SqlState.TOO_MANY_CONNECTIONS);
      assertThat(late).hasMessageContaining("\"s1\"");
      assertThat(leaving).as("one who left hears nothing").isNotDone();
      fixture.release(held);
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      assertThat(fixture.pools.views().getFirst().waiting()).isZero();
    }
  }

  @Test
  void aCancelEndsTheStatementAndNeverTheNeighbours() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      CompletableFuture<Borrower.Answer> answer = query(connection, "SELECT pg_sleep(60)");
      // A cancel that is faster than the statement finds nothing to end, as on any PostgreSQL.
      await("running", () -> server.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'").equals("1"));
      connection.eventLoop().execute(() -> fixture.pools.cancel(connection));
      assertThat(get(answer, 5_000).error().code()).isEqualTo("57014");
      fixture.release(connection);
      for (int i = 0; i < 150; i++) {
        ServerConnection mine = get(fixture.acquire());
        CompletableFuture<Borrower.Answer> brief = query(mine, "SELECT 1");
        mine.eventLoop().execute(() -> fixture.pools.cancel(mine));
        brief.thenRunAsync(() -> fixture.pools.release(mine, ReleaseState.CLEAN), mine.eventLoop());
        ServerConnection neighbours = get(fixture.acquire());
        ErrorFields error = get(query(neighbours, "SELECT pg_sleep(0.002)")).error();
        assertThat(error).as("round %s", i).isNull();
        fixture.release(neighbours);
      }
    }
  }

  @Test
  void aListenerMayReleaseAndAskAgainInsideItsCallbacks() {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      CompletableFuture<String> last = new CompletableFuture<>();
      fixture.loop().execute(() -> again(fixture, 200, last));
      assertThat(get(last)).isEqualTo("1");
      assertThat(fixture.pools.views().getFirst().open()).isEqualTo(1);
    }
  }

  private static void again(PoolFixture fixture, int times, CompletableFuture<String> last) {
    CompletableFuture<ServerConnection> acquired = new CompletableFuture<>();
    fixture.pools.acquire(fixture.loop(), S1, APP, Borrower.waiter(acquired));
    acquired.thenCompose(connection -> query(connection, "SELECT 1").thenAccept(answer -> {
      connection.eventLoop().execute(() -> {
        fixture.pools.release(connection, ReleaseState.CLEAN);
        if (times == 0) {
          last.complete(answer.value());
        } else {
          again(fixture, times - 1, last);
        }
      });
    }));
  }

  @Test
  void aStoppedReaderStopsTheServer() throws InterruptedException {
    try (PoolFixture fixture = PoolFixture.of(1, settings(1), server)) {
      ServerConnection connection = get(fixture.acquire());
      connection.eventLoop().submit(() -> connection.setAutoRead(false)).syncUninterruptibly();
      CompletableFuture<Borrower.Answer> answer = query(connection, "SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
      Thread.sleep(300);
      assertThat(answer).as("100 MB do not fit into socket buffers").isNotDone();
      assertThat(server.query("SELECT wait_event FROM pg_stat_activity WHERE pid = " + connection.backendPid())).isEqualTo("ClientWrite");
      connection.eventLoop().submit(() -> connection.setAutoRead(true)).syncUninterruptibly();
      assertThat(get(answer).rows()).hasSize(100_000);
      fixture.release(connection);
    }
  }
}
