package io.shardgate.proxy.pool;

import static io.shardgate.proxy.pool.Borrower.get;
import static io.shardgate.proxy.pool.Borrower.query;
import static io.shardgate.proxy.pool.Borrower.refusal;
import static io.shardgate.proxy.pool.PoolFixture.APP;
import static io.shardgate.proxy.pool.PoolFixture.S1;
import static io.shardgate.proxy.pool.PoolFixture.S2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCountUtil;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramKeys;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.testing.PostgresServer;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Servers that are down, silent, dying or not what they seem.
@Timeout(60)
class ServerFaultsIT {
  private static PostgresServer server;

  @BeforeAll
  static void start() {
    server = PostgresServer.startWithApp();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static PoolSettings settings(Duration connectTimeout) {
    return new PoolSettings(
        3, 100, Duration.ofSeconds(10), Duration.ofSeconds(1), connectTimeout,
        Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofSeconds(3), 10);
  }

  private static PoolFixture beside(String otherUrl, Duration connectTimeout) {
    return new PoolFixture(Transport.best(), 2, settings(connectTimeout), Map.of(S1, server.url("app"), S2, otherUrl));
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
  }

  private static String url(ServerSocket socket) {
    return "postgresql://127.0.0.1:" + socket.getLocalPort() + "/app";
  }

  private static long millis(Runnable action) {
    long began = System.nanoTime();
    action.run();
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }

  @Test
  void aShardThatIsDownIsNamedAtOnceAndOthersGoOn() throws IOException {
    int port;
    try (ServerSocket closed = listen()) {
      port = closed.getLocalPort();
    }
    try (PoolFixture fixture = beside("postgresql://127.0.0.1:" + port + "/app", Duration.ofSeconds(5))) {
      for (int i = 0; i < 20; i++) {
        assertThat(millis(() -> {
          PoolException down = refusal(fixture.acquire(S2));
          assertThat(down.reason()).isEqualTo(PoolException.Reason.SHARD_UNREACHABLE);
          assertThat(down.sqlState().code()).isEqualTo("08001");
          assertThat(down).hasMessageContaining("could not connect to shard \"s2\"").hasMessageContaining("refused");
        })).isLessThan(1_000);
        assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      }
      assertThat(fixture.pools.views()).anySatisfy(view -> assertThat(view.reachable()).isFalse());
    }
  }

  @Test
  void aServerThatNeverAnswersCostsOneConnectTimeoutNotOneEach() throws IOException {
    try (ServerSocket silent = listen(); PoolFixture fixture = beside(url(silent), Duration.ofMillis(700))) {
      CompletableFuture<ServerConnection> first = fixture.acquire(S2);
      CompletableFuture<ServerConnection> second = fixture.acquire(S2);
      assertThat(millis(() -> assertThat(refusal(first)).hasMessageContaining("\"s2\"").hasMessageContaining("timeout expired")))
          .isBetween(300L, 2_000L);
      refusal(second);
      assertThat(millis(() -> refusal(Borrower.acquire(fixture.pools, fixture.loops.get(1), S2, APP))))
          .as("the circuit is open, for all loops").isLessThan(200);
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
    }
  }

  @Test
  void aShardThatComesBackIsFoundSoon() throws IOException {
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = beside(other.url("app"), Duration.ofSeconds(5))) {
      ServerConnection held = get(fixture.acquire(S2));
      CompletableFuture<Borrower.Answer> answer = query(held, "SELECT pg_sleep(60)");
      ServerConnection idle = get(fixture.acquire(S2));
      fixture.release(idle);
      other.stop();
      Borrower.Closed closed = (Borrower.Closed) catchThrowable(() -> answer.get(5, TimeUnit.SECONDS)).getCause();
      assertThat(closed.fatal.code()).isEqualTo("57P01");
      refusal(fixture.acquire(S2));
      other.restart();
      long back = millis(() -> {
        while (true) {
          CompletableFuture<ServerConnection> acquired = fixture.acquire(S2);
          if (catchThrowable(() -> acquired.get(5, TimeUnit.SECONDS)) == null) {
            fixture.release(get(acquired));
            return;
          }
          catchThrowable(() -> Thread.sleep(5));
        }
      });
      assertThat(back).isLessThan(2_500);
    }
  }

  @Test
  void aServerKilledInTheMiddleOfAResultIsReportedOnce() throws IOException {
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = beside(other.url("app"), Duration.ofSeconds(5))) {
      ServerConnection held = get(fixture.acquire(S2));
      CompletableFuture<Borrower.Answer> answer = query(held, "SELECT repeat('x', 1000), pg_sleep(0.0001) FROM generate_series(1, 1000000)");
      assertThat(catchThrowable(() -> answer.get(300, TimeUnit.MILLISECONDS))).as("rows are coming").isNotNull();
      ProcessHandle.of(held.backendPid()).orElseThrow().destroyForcibly();
      assertThat(catchThrowable(() -> answer.get(5, TimeUnit.SECONDS)).getCause()).isInstanceOf(Borrower.Closed.class);
      fixture.release(held);
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
    }
  }

  @Test
  void whoWaitsForAShardThatOpensNoMoreConnectionsIsToldSo() throws IOException {
    PoolSettings impatient = new PoolSettings(
        3, 100, Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofMinutes(1), Duration.ofSeconds(3), 10);
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = new PoolFixture(Transport.best(), 1, impatient, Map.of(S2, other.url("app")))) {
      ServerConnection held = get(fixture.acquire(S2));
      other.signal("STOP");
      try {
        PoolException why = refusal(fixture.acquire(S2));
        assertThat(why.sqlState().code()).isEqualTo("08001");
        assertThat(why).hasMessage("could not connect to shard \"s2\": timeout expired");
      } finally {
        other.signal("CONT");
      }
      fixture.release(get(fixture.acquire(S2)));
      fixture.release(held);
    }
  }

  /// The connection under way takes longer than anybody waits for it, so that one of the places set apart is used; meanwhile what is empty is swept.
  @Test
  void aPlaceSetApartThatWasWaitedForComesBack() throws IOException {
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = new PoolFixture(Transport.best(), 1, PoolFixture.settings(8), Map.of(S2, other.url("app")))) {
      other.signal("STOP");
      CompletableFuture<ServerConnection> acquired;
      try {
        acquired = Borrower.acquire(fixture.pools, fixture.loop(), S2, APP, new CrossShardClaim(1, Set.of(), true));
        await().until(() -> fixture.pools.views().getFirst().open() == 2);
      } finally {
        other.signal("CONT");
      }
      fixture.release(get(acquired));
      await().untilAsserted(() -> assertThat(fixture.pools.views().getFirst().idle()).isEqualTo(2));
    }
  }

  @Test
  void aServerThatStopsAnsweringACleaningIsCutOff() throws IOException {
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = beside(other.url("app"), Duration.ofSeconds(5))) {
      ServerConnection held = get(fixture.acquire(S2));
      new ProcessBuilder("kill", "-STOP", Integer.toString(held.backendPid())).start().waitFor();
      fixture.release(held, ReleaseState.TAINTED);
      ServerConnection next = get(fixture.acquire(S2), 2_000);
      assertThat(next.backendPid()).isNotEqualTo(held.backendPid());
      fixture.release(next);
      new ProcessBuilder("kill", "-KILL", Integer.toString(held.backendPid())).start().waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// A server made by hand: reads the startup message and answers with these bytes, and with the later ones to one message each.
  private static void answerLogins(ServerSocket socket, byte[] answer, byte[]... later) {
    Thread.ofVirtual().start(() -> {
      while (true) {
        try (Socket client = socket.accept()) {
          DataInputStream in = new DataInputStream(client.getInputStream());
          in.skipNBytes(in.readInt() - 4L);
          client.getOutputStream().write(answer);
          for (byte[] next : later) {
            in.skipNBytes(1);
            in.skipNBytes(in.readInt() - 4L);
            client.getOutputStream().write(next);
          }
          in.transferTo(OutputStream.nullOutputStream()); // until it is closed
        } catch (IOException e) {
          if (socket.isClosed()) {
            return;
          }
        }
      }
    });
  }

  @Test
  void noPasswordIsGivenInClearOrByMd5() throws IOException {
    byte[][] wants = {{'R', 0, 0, 0, 8, 0, 0, 0, 3}, {'R', 0, 0, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4}};
    for (byte[] want : wants) {
      try (ServerSocket socket = listen();
          PoolFixture fixture = beside(url(socket) + "?sslmode=disable", Duration.ofSeconds(5))) {
        answerLogins(socket, want);
        PoolException declined = refusal(fixture.acquire(S2));
        assertThat(declined.reason()).isEqualTo(PoolException.Reason.LOGIN_REFUSED);
        assertThat(declined).hasMessageContaining("expected: scram-sha-256");
      }
    }
  }

  /// What a server says that lets everybody in and is as told, all at once.
  private static byte[] greeting(Map<String, String> facts) {
    ByteBuf out = Unpooled.buffer();
    BackendWriter.authenticationOk(out);
    for (Map.Entry<String, String> alike : Map.of("TimeZone", server.query("SHOW timezone"), "DateStyle", "ISO, MDY", "IntervalStyle", "postgres").entrySet()) {
      BackendWriter.parameterStatus(out, alike.getKey(), alike.getValue());
    }
    BackendWriter.readyForQuery(out, 'I');
    facts.forEach((name, value) -> BackendWriter.dataRow(out, List.of(name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8))));
    BackendWriter.commandComplete(out, "SELECT " + facts.size());
    BackendWriter.readyForQuery(out, 'I');
    return ByteBufUtil.getBytes(out);
  }

  private static Map<String, String> facts() throws SQLException {
    try (Connection connection = server.connect("app")) {
      return new LinkedHashMap<>(ServiceConnections.likeness(connection).facts());
    }
  }

  @Test
  void aServerUnlikeTheHomeShardIsRefusedWithBothValues() throws IOException, SQLException {
    for (String name : facts().keySet()) {
      assertRefused(name, "other", "it has " + name + " other (expected: " + facts().get(name) + ", as the home shard)");
    }
    assertThat(facts()).containsKeys("major version", "encoding", "collation", "collation version", "extension plpgsql");
    assertRefused("extension plpgsql", "", "it has no extension plpgsql (expected: version 1.0, as the home shard)");
    assertRefused("extension of_its_own", "1.0", "");
  }

  /// @param value of the other server; empty when it has not got this
  private static void assertRefused(String name, String value, String reason) throws IOException, SQLException {
    Map<String, String> facts = facts();
    if (value.isEmpty()) {
      facts.remove(name);
    } else {
      facts.put(name, value);
    }
    try (ServerSocket socket = listen();
        PoolFixture fixture = new PoolFixture(
            Transport.best(), 2, settings(Duration.ofSeconds(5)), Map.of(S1, server.url("app"), S2, url(socket) + "?sslmode=disable"), S1,
            _ -> CompletableFuture.supplyAsync(ServerFaultsIT::homeNow))) {
      answerLogins(socket, greeting(facts));
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      CompletableFuture<ServerConnection> other = fixture.acquire(S2);
      if (reason.isEmpty()) {
        fixture.release(get(other), ReleaseState.BROKEN);
      } else {
        PoolException declined = refusal(other);
        assertThat(declined.reason()).isEqualTo(PoolException.Reason.LOGIN_REFUSED);
        assertThat(declined).hasMessage("could not connect to shard \"s2\": " + reason);
      }
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
    }
  }

  private static Likeness homeNow() {
    try {
      return new Likeness(facts());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Nobody gets a connection of which it isn't known.
  @Test
  void aServerThatCannotBeComparedIsNotUsed() throws IOException, SQLException {
    Map<String, String> facts = facts();
    facts.put("encoding", "other");
    try (ServerSocket socket = listen();
        PoolFixture fixture = new PoolFixture(
            Transport.best(), 2, settings(Duration.ofSeconds(5)), Map.of(S1, server.url("app"), S2, url(socket) + "?sslmode=disable"), S1,
            _ -> CompletableFuture.failedFuture(new IllegalStateException("it is gone")))) {
      answerLogins(socket, greeting(facts));
      assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      assertThat(refusal(fixture.acquire(S2))).hasMessage("could not connect to shard \"s2\": it could not be compared with the home shard: it is gone");
    }
  }

  @Test
  void aServerThatTalksNonsenseIsLeft() throws IOException {
    byte[][] nonsense = {"HTTP/1.1 400 Bad Request\r\n".getBytes(StandardCharsets.US_ASCII), {'R', 0, 0, 0, 0}, {'R', 0x7f, 0, 0, 0}};
    for (byte[] bytes : nonsense) {
      try (ServerSocket socket = listen();
          PoolFixture fixture = beside(url(socket) + "?sslmode=disable", Duration.ofSeconds(1))) {
        answerLogins(socket, bytes);
        assertThat(refusal(fixture.acquire(S2))).hasMessageContaining("could not connect to shard \"s2\"");
        assertThat(fixture.ask("SELECT 1").value()).isEqualTo("1");
      }
    }
  }

  private static final byte[] LOGGED_IN = {'R', 0, 0, 0, 8, 0, 0, 0, 0, 'Z', 0, 0, 0, 5, 'I'};

  /// It has nothing to be compared in.
  private static final byte[] COMPARED = {'Z', 0, 0, 0, 5, 'I'};

  private static byte[] parameters(int count) {
    ByteBuf out = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      BackendWriter.parameterStatus(out, "parameter" + i, "x");
    }
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] joined(byte[]... parts) {
    return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(parts));
  }

  @Test
  void aServerThatFloodsTheLoginIsLeft() throws IOException {
    byte[] longError = {'E', 0, 2, 0, 0, 'S'};
    byte[] floodOfParameters = joined(Arrays.copyOf(LOGGED_IN, 9), parameters(201), Arrays.copyOfRange(LOGGED_IN, 9, LOGGED_IN.length));
    assertThat(declined(longError)).contains("message of type \"E\" is too long: 131073 bytes (limit: 65536)");
    assertThat(declined(floodOfParameters)).contains("reports more than 200 parameters");
  }

  private static String declined(byte[] said) throws IOException {
    try (ServerSocket socket = listen(); PoolFixture fixture = beside(url(socket) + "?sslmode=disable", Duration.ofSeconds(5))) {
      answerLogins(socket, said);
      return refusal(fixture.acquire(S2)).getMessage();
    }
  }

  /// What such a server says once it is logged in on.
  @Test
  void aServerThatBreaksTheProtocolLaterIsLeftToo() throws IOException {
    byte[] ready = {'Z', 0, 0, 0, 4};
    byte[] readyWhat = {'Z', 0, 0, 0, 5, '?'};
    byte[] longColumns = {'T', 0x20, 0, 0, 0};
    assertThat(lost(ready)).contains("invalid ReadyForQuery");
    assertThat(lost(readyWhat)).contains("invalid ReadyForQuery");
    assertThat(lost(parameters(201))).contains("reports more than 200 parameters");
    assertThat(lost(longColumns)).contains("message of type \"T\" is too long: 536870913 bytes (limit: 268435456)");
  }

  private static String lost(byte[] said) throws IOException {
    try (ServerSocket socket = listen(); PoolFixture fixture = beside(url(socket) + "?sslmode=disable", Duration.ofSeconds(5))) {
      answerLogins(socket, LOGGED_IN, COMPARED, said);
      ServerConnection connection = get(fixture.acquire(S2));
      Throwable why = catchThrowable(() -> query(connection, "SELECT 1").get(5, TimeUnit.SECONDS)).getCause();
      fixture.release(connection, ReleaseState.BROKEN);
      return String.valueOf(why.getCause());
    }
  }

  @Test
  void aServerWithoutTlsIsRefusedWhereTlsIsRequired() {
    try (PoolFixture fixture = beside(server.url("app") + "?sslmode=require", Duration.ofSeconds(5))) {
      assertThat(refusal(fixture.acquire(S2))).hasMessageContaining("does not support SSL");
    }
  }

  @Test
  void scramKeysLogInWithoutThePassword() {
    ScramKeys keys = keysOf("app", "app");
    PoolKey key = new PoolKey("app", "app", new Credential.Keys(keys));
    assertThat(key.toString()).doesNotContain(Arrays.toString(keys.clientKey()));
    try (PoolFixture fixture = beside(server.url("app"), Duration.ofSeconds(5))) {
      ServerConnection connection = get(Borrower.acquire(fixture.pools, fixture.loop(), S1, key));
      assertThat(get(query(connection, "SELECT current_user")).value()).isEqualTo("app");
      fixture.release(connection);
    }
  }

  /// What a role's own login with its password leaves behind.
  private static ScramKeys keysOf(String role, String password) {
    String stored = server.query("SELECT rolpassword FROM pg_authid WHERE rolname = '" + role + "'");
    ScramServer exchange = ScramServer.against(ScramVerifier.parse(stored).orElseThrow());
    ScramClient client = ScramClient.withPassword(password);
    byte[] challenge = exchange.first(client.first());
    return ((ScramServer.Outcome.Accepted) exchange.finish(client.respond(challenge))).keys();
  }

  @Test
  void anEndpointThatMovedIsFollowed() {
    try (PostgresServer other = PostgresServer.startWithApp();
        PoolFixture fixture = beside(server.url("app"), Duration.ofSeconds(5))) {
      ServerConnection old = get(fixture.acquire(S2));
      fixture.pools.shards(Map.of(S1, Endpoint.parse(server.url("app")), S2, Endpoint.parse(other.url("app"))), S1);
      ServerConnection moved = get(fixture.acquire(S2));
      assertThat(get(query(moved, "SHOW port")).value()).isEqualTo(Integer.toString(other.port()));
      assertThat(get(query(old, "SHOW port")).value()).as("who holds one keeps it").isEqualTo(Integer.toString(server.port()));
      fixture.release(old);
      fixture.release(moved);
      assertThat(old.isOpen()).isFalse();
    }
  }

  @Test
  void thePoolsAreClosedWhenWhatMovedAwayIsToo() {
    try (PoolFixture fixture = beside(server.url("app"), Duration.ofSeconds(5))) {
      ServerConnection old = get(fixture.acquire(S2));
      TlsClient tls = old.bucket().shard().tls();
      Map<ShardId, Endpoint> moved = Map.of(S1, Endpoint.parse(server.url("app")), S2, Endpoint.parse(server.url("postgres")));
      fixture.pools.shards(moved, S1);
      fixture.release(get(fixture.acquire(S2)));
      CompletableFuture<Void> closing = fixture.pools.close();
      await().during(Duration.ofMillis(300)).until(() -> !closing.isDone()); // one connection is still lent
      fixture.release(old);
      get(closing);
      assertThat(ReferenceCountUtil.refCnt(tls.context())).as("references to its TLS context; -1: it counts none").isIn(0, -1);
    }
  }

  @Test
  void afterTheEndNoShardComes() {
    try (PoolFixture fixture = beside(server.url("app"), Duration.ofSeconds(5))) {
      get(fixture.pools.close());
      fixture.pools.shards(Map.of(S1, Endpoint.parse(server.url("postgres"))), S1);
      assertThat(fixture.pools.views()).extracting(view -> view.endpoint().database()).containsExactly("app", "app");
    }
  }
}
