package io.shardgate.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.relay.ProxyRefusal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many clients on very few server connections: nobody waits without need, nobody sees another's state.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SharedConnectionsIT {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long MEMORY_BYTES = 16L << 20;
  private static final String RESET = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;";

  private static final String ANEW = ProxyRefusal.LITERALS_READ_ANEW.message();

  private TwoSides one;

  @BeforeAll
  void start() {
    one = TwoSides.start(1);
  }

  @AfterAll
  void stop() {
    one.close();
  }

  @Test
  void two_clients_take_turns_on_one_connection() throws Exception {
    try (Connection a = one.cluster().connect("prepareThreshold=1");
        Connection b = one.cluster().connect("prepareThreshold=1")) {
      for (int i = 0; i < 20; i++) {
        for (Connection each : List.of(a, b)) {
          each.setAutoCommit(i % 2 == 0);
          try (PreparedStatement statement = each.prepareStatement("SELECT name, ? FROM items WHERE id = ?")) {
            statement.setString(1, each == a ? "a" : "b");
            statement.setInt(2, 1 + i % 10);
            try (ResultSet rows = statement.executeQuery()) {
              assertThat(rows.next()).isTrue();
              assertThat(rows.getString(2)).isEqualTo(each == a ? "a" : "b");
            }
          }
          if (!each.getAutoCommit()) {
            each.commit();
          }
        }
      }
    }
  }

  @Test
  void a_driver_s_reset_pins_nothing() throws SQLException {
    try (Connection a = one.cluster().connect(); Connection b = one.cluster().connect()) {
      for (int i = 0; i < 3; i++) {
        for (Connection each : List.of(a, b)) {
          run(each, "SET work_mem = '3MB'");
          run(each, RESET);
        }
      }
      run(a, "DISCARD ALL");
      run(b, "DISCARD ALL");
    }
  }

  @Test
  void a_pin_ends_with_its_cause() throws Exception {
    List<List<String>> causes =
        List.of(
            List.of("LISTEN news", "UNLISTEN news"),
            List.of("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)"),
            List.of("CREATE TEMP TABLE pinned (x int)", "DROP TABLE pinned"),
            List.of("BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT 1; COMMIT", "CLOSE h"),
            List.of("LISTEN news", "DISCARD ALL"));
    try (Connection a = one.cluster().connect("preferQueryMode=simple"); Connection b = one.cluster().connect("preferQueryMode=simple")) {
      for (List<String> cause : causes) {
        run(a, cause.getFirst());
        CompletableFuture<Void> other = CompletableFuture.runAsync(() -> runUnchecked(b, "SELECT count(*) FROM items"));
        run(a, "SELECT 1");
        assertThat(other).as(cause.getFirst()).isNotDone();
        run(a, cause.getLast());
        assertThat(other).as(cause.getLast()).succeedsWithin(LIMIT);
      }
    }
  }

  /// libpq's PQprepare: the second Parse of a statement replaces the first on the one server connection, after the batch's Sync.
  @Test
  void equal_statements_of_two_clients_do_not_keep_the_connection() throws Exception {
    try (WirePeer a = peer(); WirePeer b = peer(); WirePeer c = peer(); Connection other = one.cluster().connect()) {
      for (WirePeer each : List.of(a, c, b, a)) { // on two event loops, two of them are neighbours
        each.say(out -> {
          FrontendWriter.closeStatement(out, "same");
          FrontendWriter.parse(out, "same", "SELECT count(*) FROM items".getBytes(StandardCharsets.UTF_8), new int[0]);
          FrontendWriter.sync(out);
        });
        each.flush();
        assertThat(each.hearUntil(BackendMessage.ReadyForQuery.class))
            .hasExactlyElementsOfTypes(
                BackendMessage.CloseComplete.class, BackendMessage.ParseComplete.class, BackendMessage.ReadyForQuery.class);
      }
      assertThat(CompletableFuture.runAsync(() -> runUnchecked(other, "SELECT count(*) FROM items"))).succeedsWithin(LIMIT);
    }
  }

  /// PostgreSQL reads a literal once, when it is told to prepare: under the settings of whoever says so.
  @Test
  void equal_statements_are_two_where_settings_read_them_differently() throws Exception {
    String sql = "SELECT to_char('01/02/2026'::date, 'YYYY-MM-DD')";
    try (WirePeer a = peer(); WirePeer b = peer(); WirePeer c = peer(); WirePeer d = peer()) { // a and c are neighbours, b and d
      for (WirePeer each : List.of(a, b)) {
        query(each, "SET DateStyle = 'SQL, DMY'");
      }
      for (WirePeer each : List.of(a, c, b, d)) {
        prepare(each, "same", sql);
      }
      for (WirePeer each : List.of(a, c, b, d, a, c)) {
        assertThat(run(each, "same")).isEqualTo(each == a || each == b ? "2026-02-01" : "2026-01-02");
      }
    }
  }

  /// A shard that has the statement goes on with it as it was read; one that has not would read something else.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'2026-01-31 10:00'::timestamptz", "timestamptz '2026-01-31 10:00'", "E'2026-01-31 10:00'::timestamptz",
        "U&'2026-01-31 10:00'::timestamptz", "$$2026-01-31 10:00$$::timestamptz"
      })
  void a_literal_keeps_the_meaning_that_it_had_when_it_was_prepared(String literal) throws Exception {
    String sql = "SELECT extract(epoch FROM " + literal + ")::bigint, count(*) FROM customers WHERE id = ";
    try (WirePeer a = peer()) {
      query(a, "SET TimeZone = 'UTC'");
      prepare(a, "p", sql + "$1");
      assertThat(run(a, "p", "1")).isEqualTo("1769853600");
      query(a, "PREPARE q (bigint) AS " + sql + "$1");
      assertThat(query(a, "EXECUTE q(1)")).isEqualTo("1769853600");
      query(a, "SET TimeZone = 'Asia/Tokyo'");
      for (String each : List.of("p", "q")) {
        List<String> told = new ArrayList<>();
        for (int id = 1; id <= 20; id++) {
          told.add(each.equals("p") ? run(a, "p", String.valueOf(id)) : query(a, "EXECUTE q(" + id + ")"));
        }
        assertThat(told).as(each).startsWith("1769853600").contains(ANEW).containsOnly("1769853600", ANEW);
      }
      query(a, "SET TimeZone = 'UTC'");
      for (int id = 1; id <= 20; id++) {
        assertThat(run(a, "p", String.valueOf(id))).isEqualTo("1769853600");
      }
      assertThat(query(a, sql + "1")).isEqualTo("1769853600");
    }
  }

  /// When a table has changed, PostgreSQL reads the statements on it anew, under the settings of whoever comes first.
  @Test
  void what_one_client_uses_under_other_settings_than_it_was_prepared_under_is_not_shared() throws Exception {
    String sql = "SELECT extract(epoch FROM '2026-01-31 10:00'::timestamptz)::bigint, count(*) FROM items";
    try (WirePeer a = peer(); WirePeer _ = peer(); WirePeer c = peer()) { // a and c are neighbours
      for (WirePeer each : List.of(a, c)) {
        query(each, "SET TimeZone = 'UTC'");
        prepare(each, "same", sql);
      }
      query(a, "SET TimeZone = 'Asia/Tokyo'");
      one.cluster().executeOn("s1", "ALTER TABLE items ALTER name SET STATISTICS 50");
      assertThat(run(a, "same")).isIn("1769821200", ANEW);
      assertThat(run(c, "same")).isEqualTo("1769853600");
      assertThat(run(a, "same")).isIn("1769821200", ANEW);
    }
  }

  @Test
  void what_has_no_literal_is_read_anew_whatever_was_set() throws Exception {
    try (WirePeer a = peer()) {
      prepare(a, "p", "SELECT extract(epoch FROM $2::timestamptz)::bigint, count(*) FROM customers WHERE id = $1");
      prepare(a, "s", "SET TimeZone = 'Asia/Tokyo'");
      for (int id = 1; id <= 10; id++) {
        query(a, "SET TimeZone = 'UTC'");
        assertThat(run(a, "p", String.valueOf(id), "2026-01-31 10:00")).isEqualTo("1769853600");
        run(a, "s");
        assertThat(run(a, "p", String.valueOf(id), "2026-01-31 10:00")).isEqualTo("1769821200");
      }
    }
  }

  @Test
  void a_setting_that_ends_with_its_transaction_counts_for_what_was_prepared_in_it() throws Exception {
    String sql = "SELECT extract(epoch FROM '2026-01-31 10:00'::timestamptz)::bigint, count(*) FROM customers WHERE id = $1";
    try (WirePeer a = peer()) {
      query(a, "SET TimeZone = 'UTC'");
      query(a, "BEGIN");
      query(a, "SET LOCAL TimeZone = 'Asia/Tokyo'");
      prepare(a, "p", sql);
      assertThat(run(a, "p", "1")).isEqualTo("1769821200");
      query(a, "ROLLBACK");
      List<String> told = new ArrayList<>();
      for (int id = 1; id <= 20; id++) {
        told.add(run(a, "p", String.valueOf(id)));
      }
      assertThat(told).startsWith("1769821200").contains(ANEW).containsOnly("1769821200", ANEW);
      query(a, "SELECT set_config('TimeZone', 'Asia/Tokyo', false)");
      for (int id = 1; id <= 20; id++) {
        assertThat(run(a, "p", String.valueOf(id))).isEqualTo("1769821200");
      }
      query(a, "RESET TimeZone");
      prepare(a, "over", "UPDATE countries SET name = name WHERE '2026-01-31 10:00'::timestamptz < now()");
      run(a, "over");
      query(a, "SET TimeZone = 'Pacific/Apia'");
      assertThat(run(a, "over")).isEqualTo(ANEW);
    }
  }

  /// The setting is not read back yet when the statement comes.
  @Test
  void what_stands_behind_a_set_in_one_batch_is_known_by_its_meaning() throws Exception {
    String sql = "SELECT extract(epoch FROM '2026-01-31 10:00'::timestamptz)::bigint";
    try (WirePeer a = peer(); WirePeer _ = peer(); WirePeer c = peer()) { // a and c are neighbours
      query(a, "SET TimeZone = 'UTC'");
      query(c, "SET TimeZone = 'UTC'");
      assertThat(
              value(say(a, out -> {
                setToTokyo(out);
                FrontendWriter.parse(out, "new", bytes(sql), new int[0]);
                execute(out, "new");
                FrontendWriter.sync(out);
              })))
          .isEqualTo("1769821200");
      prepare(c, "new", sql);
      assertThat(run(a, "new")).isEqualTo("1769821200");
      assertThat(run(c, "new")).isEqualTo("1769853600");
    }
  }

  @Test
  void what_is_bound_behind_a_set_in_one_batch_is_not_read_anew() throws Exception {
    try (WirePeer a = peer()) {
      query(a, "SET TimeZone = 'UTC'");
      String sql = "SELECT extract(epoch FROM '2026-01-31 10:00'::timestamptz)::bigint, count(*) FROM customers WHERE id = $1";
      assertThat(
              value(say(a, out -> { // the home shard, which SET goes to, is not told of it
                FrontendWriter.parse(out, "old", bytes(sql), new int[0]);
                execute(out, "old", "20");
                FrontendWriter.sync(out);
              })))
          .isEqualTo("1769853600");
      List<String> told = new ArrayList<>();
      for (int i = 1; i <= 20; i++) {
        String id = String.valueOf(i);
        query(a, "SET TimeZone = 'UTC'");
        told.add(
            value(say(a, out -> {
              setToTokyo(out);
              execute(out, "old", id);
              FrontendWriter.sync(out);
            })));
      }
      assertThat(told).endsWith("1769853600").contains(ANEW).containsOnly("1769853600", ANEW);
    }
  }

  private static void setToTokyo(ByteBuf out) {
    FrontendWriter.parse(out, "", bytes("SET TimeZone = 'Asia/Tokyo'"), new int[0]);
    execute(out, "");
  }

  private static void prepare(WirePeer peer, String name, String sql) throws IOException {
    List<BackendMessage> told = say(peer, out -> {
      FrontendWriter.parse(out, name, bytes(sql), new int[0]);
      FrontendWriter.sync(out);
    });
    assertThat(told).hasExactlyElementsOfTypes(BackendMessage.ParseComplete.class, BackendMessage.ReadyForQuery.class);
  }

  private static String run(WirePeer peer, String statement, String... values) throws IOException {
    return value(
        say(peer, out -> {
          execute(out, statement, values);
          FrontendWriter.sync(out);
        }));
  }

  private static void execute(ByteBuf out, String statement, String... values) {
    FrontendWriter.bind(out, "", statement, new int[0], Arrays.stream(values).map(SharedConnectionsIT::bytes).toList(), new int[0]);
    FrontendWriter.execute(out, "", 0);
  }

  private static String query(WirePeer peer, String sql) throws IOException {
    return value(say(peer, out -> FrontendWriter.query(out, bytes(sql))));
  }

  /// The first value of the last row, an error's message, or nothing.
  private static String value(List<BackendMessage> told) {
    String value = "";
    for (BackendMessage message : told) {
      if (message instanceof BackendMessage.DataRow row) {
        value = new String(Objects.requireNonNull(row.values().getFirst()), StandardCharsets.UTF_8);
      } else if (message instanceof BackendMessage.ErrorResponse error) {
        value = error.fields().message();
      }
    }
    return value;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// libpq's PQprepare and PQconnect block a thread whose other connections may hold all that the pool has.
  @Test
  void whoever_only_logs_in_or_prepares_does_not_wait_for_transactions() throws Exception {
    try (TwoSides four = TwoSides.start(4); WirePeer waiting = peer(four)) {
      say(waiting, out -> FrontendWriter.query(out, "BEGIN".getBytes(StandardCharsets.UTF_8)));
      List<WirePeer> holders = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        WirePeer holder = peer(four); // a login, while those before hold what there is
        holders.add(holder);
        holder.say(out -> FrontendWriter.query(out, "BEGIN; SELECT count(*) FROM items".getBytes(StandardCharsets.UTF_8)));
        holder.flush();
      }
      List<BackendMessage> prepared =
          say(waiting, out -> {
            FrontendWriter.parse(out, "later", "SELECT name FROM items WHERE id = $1".getBytes(StandardCharsets.UTF_8), new int[0]);
            FrontendWriter.describeStatement(out, "later");
            FrontendWriter.sync(out);
          });
      assertThat(prepared)
          .hasExactlyElementsOfTypes(
              BackendMessage.ParseComplete.class, BackendMessage.ParameterDescription.class, BackendMessage.RowDescription.class,
              BackendMessage.ReadyForQuery.class);
      for (WirePeer holder : holders) {
        holder.close();
      }
      assertThat(
              say(waiting, out -> {
                FrontendWriter.bind(out, "", "later", new int[0], List.of("1".getBytes(StandardCharsets.UTF_8)), new int[0]);
                FrontendWriter.execute(out, "", 0);
                FrontendWriter.sync(out);
              }))
          .hasAtLeastOneElementOfType(BackendMessage.DataRow.class);
    }
  }

  private static List<BackendMessage> say(WirePeer peer, Consumer<ByteBuf> messages) throws IOException {
    peer.say(messages);
    peer.flush();
    return peer.hearUntil(BackendMessage.ReadyForQuery.class);
  }

  private static WirePeer peer(TwoSides sides) throws IOException {
    return WirePeer.login(sides.cluster().port(), sides.cluster().database(), Map.of(), _ -> {});
  }

  private WirePeer peer() throws IOException {
    return peer(one);
  }

  /// Locks, channels and temporary tables are gone with it: nobody may go on as if they were there.
  @Test
  void a_session_ends_with_the_connection_that_it_is_pinned_to() throws Exception {
    try (WirePeer peer = peer(); Connection other = one.cluster().connect()) {
      say(peer, out -> FrontendWriter.query(out, "SELECT pg_advisory_lock(4242)".getBytes(StandardCharsets.UTF_8)));
      one.cluster().shard("s1")
          .query("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242");
      assertThat(peer.hearUntil(BackendMessage.ErrorResponse.class).getLast())
          .isInstanceOfSatisfying(
              BackendMessage.ErrorResponse.class, told -> {
                assertThat(told.fields().severity()).isEqualTo("FATAL");
                assertThat(told.fields().code()).isEqualTo("57P01");
              });
      run(other, "SELECT pg_advisory_lock(4242)");
      run(other, "SELECT pg_advisory_unlock(4242)");
    }
  }

  @Test
  void twenty_clients_on_two_connections_do_not_stall() throws Exception {
    try (TwoSides two = TwoSides.start(2); ExecutorService clients = Executors.newFixedThreadPool(20)) {
      for (int id = 1; id <= 20; id++) {
        try (Connection connection = two.cluster().connect()) {
          run(connection, "INSERT INTO customers VALUES (" + id + ", '0')");
        }
      }
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int client = i;
        all.add(CompletableFuture.runAsync(() -> work(two, client), clients));
      }
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
      int sum = 0;
      for (int id = 1; id <= 20; id++) {
        sum += Integer.parseInt(two.cluster().value("SELECT name FROM customers WHERE id = " + id));
      }
      assertThat(sum).isEqualTo(20 * 30);
    }
  }

  private static void work(TwoSides sides, int client) {
    try (Connection connection = sides.cluster().connect("prepareThreshold=1")) {
      connection.setAutoCommit(false);
      try (PreparedStatement statement =
          connection.prepareStatement("UPDATE customers SET name = (name::int + 1)::text WHERE id = ?")) {
        for (int i = 0; i < 30; i++) {
          statement.setLong(1, 1 + (client + i) % 20);
          statement.executeUpdate();
          connection.commit();
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_slow_client_costs_no_memory() throws IOException {
    int rows = 100_000;
    int width = 2_000;
    try (WirePeer peer = WirePeer.login(one.cluster().port(), one.cluster().database(), Map.of(), _ -> {})) {
      long before = usedBytes();
      String sql = "SELECT repeat('x', " + width + ") FROM generate_series(1, " + rows + ")";
      peer.say(out -> FrontendWriter.query(out, sql.getBytes(StandardCharsets.UTF_8)));
      peer.flush();
      Awaitility.await().until(this::serverWaitsForItsClient);
      assertThat(usedBytes() - before).isLessThan(MEMORY_BYTES);
      long heard = peer.hearUntil(BackendMessage.ReadyForQuery.class).stream().filter(BackendMessage.DataRow.class::isInstance).count();
      assertThat(heard).isEqualTo(rows);
    }
  }

  private boolean serverWaitsForItsClient() {
    return one.cluster().shard("s1")
        .query("SELECT count(*) FROM pg_stat_activity WHERE datname = '" + one.cluster().database() + "' AND wait_event = 'ClientWrite'")
        .equals("1");
  }

  /// What Netty holds of direct memory.
  private static long usedBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void runUnchecked(Connection connection, String sql) {
    try {
      run(connection, sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
