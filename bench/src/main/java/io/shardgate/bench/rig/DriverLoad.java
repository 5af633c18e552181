package io.shardgate.bench.rig;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/// Clients of pgjdbc, each on a thread of its own, for what pgbench can't do: parameters of many types, whose rows are compared with what they must be, and COPY, whose rows are
/// counted at the end. Immutable.
record DriverLoad(Workload workload, Contestant contestant, String table) {
  /// Of one COPY: about 1.8 MB.
  static final int COPY_ROWS = 20_000;

  /// Of the table for parameters of many types.
  static final int TYPED_ROWS = 10_000;

  private static final String COPY = "COPY accounts_in (id, balance, filler) FROM STDIN";
  private static final String TYPED =
      "SELECT balance, amount, at, mark, filler FROM accounts_typed WHERE id = ? AND amount >= ? AND at < ? AND mark = ? AND filler LIKE ?";
  private static final OffsetDateTime START = OffsetDateTime.of(2026, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
  private static final String FILLER = "x".repeat(80);
  private static final long LATENCY_MICROS_MAX = 60_000_000;

  /// Both workloads.
  static List<Workload> all() {
    return List.of(new Workload("copy in", COPY, "pgjdbc", 1, 1), new Workload("copy in", COPY, "pgjdbc", 4, 1), new Workload("typed", TYPED, "pgjdbc", 8, 1));
  }

  /// What both need, by the names that Shardgate's tables have.
  static List<String> tables() {
    return List.of(
        "CREATE TABLE accounts_in (id bigint PRIMARY KEY, balance int NOT NULL, filler text)",
        "CREATE TABLE accounts_typed (id bigint PRIMARY KEY, balance int NOT NULL, amount numeric(12, 2) NOT NULL, at timestamptz NOT NULL, mark uuid NOT NULL, filler text)",
        "INSERT INTO accounts_typed SELECT n, n % 1000, n * 0.25, timestamptz '2026-01-01 00:00:00+00' + n * interval '1 minute',"
            + " ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, repeat('x', 80) FROM generate_series(1, " + TYPED_ROWS + ") n",
        "VACUUM ANALYZE accounts_typed");
  }

  /// One statement of a client.
  private interface Turn {
    void run() throws SQLException, IOException;
  }

  /// One run.
  ///
  /// @throws PgBench.FailedException when a statement fails or a row differs
  PgBench.Result run(int seconds) throws InterruptedException, PgBench.FailedException {
    AtomicLong copied = new AtomicLong();
    try (Connection control = connect();
        Statement statement = control.createStatement()) {
      boolean copies = workload.script().equals(COPY);
      if (copies) {
        statement.execute("TRUNCATE " + table + "_in");
      }
      PgBench.Result result = clients(seconds, copied);
      if (copies) {
        expect(copied.get(), control.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY " + table + "_in (id) TO STDOUT", OutputStream.nullOutputStream()));
      }
      return result;
    } catch (SQLException | IOException e) {
      throw new PgBench.FailedException(String.valueOf(e.getMessage()));
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + contestant.port() + "/app?sslmode=disable", "app", "app");
  }

  private PgBench.Result clients(int seconds, AtomicLong copied) throws InterruptedException, PgBench.FailedException {
    long began = System.nanoTime();
    long end = began + TimeUnit.SECONDS.toNanos(seconds);
    Histogram micros = new Histogram(LATENCY_MICROS_MAX, 3);
    try (ExecutorService threads = Executors.newFixedThreadPool(workload.clients())) {
      List<Future<Histogram>> clients = new ArrayList<>();
      for (int i = 0; i < workload.clients(); i++) {
        int seed = i;
        clients.add(threads.submit(() -> client(end, seed, copied)));
      }
      for (Future<Histogram> client : clients) {
        micros.add(client.get());
      }
    } catch (ExecutionException e) {
      throw new PgBench.FailedException(String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage()));
    }
    return new PgBench.Result(micros.getTotalCount() * 1e9 / (System.nanoTime() - began), micros.getTotalCount(), micros);
  }

  private Histogram client(long end, int seed, AtomicLong copied) throws SQLException, IOException {
    Histogram micros = new Histogram(LATENCY_MICROS_MAX, 3);
    try (Connection connection = connect();
        PreparedStatement typed = connection.prepareStatement(TYPED.replace("accounts", table))) {
      CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
      SplittableRandom random = new SplittableRandom(seed);
      Turn turn = workload.script().equals(COPY) ? () -> copyIn(copy, copied) : () -> typed(typed, random);
      while (System.nanoTime() < end) {
        long before = System.nanoTime();
        turn.run();
        micros.recordValue(Math.min(LATENCY_MICROS_MAX, (System.nanoTime() - before) / 1000));
      }
    }
    return micros;
  }

  private void copyIn(CopyManager copy, AtomicLong copied) throws SQLException, IOException {
    long first = copied.getAndAdd(COPY_ROWS);
    ByteArrayOutputStream rows = new ByteArrayOutputStream(COPY_ROWS * 96);
    for (long id = first; id < first + COPY_ROWS; id++) {
      rows.writeBytes((id + "\t0\t" + FILLER + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    expect((long) COPY_ROWS, copy.copyIn(COPY.replace("accounts", table), new ByteArrayInputStream(rows.toByteArray()), 1 << 16));
  }

  private static void typed(PreparedStatement statement, SplittableRandom random) throws SQLException {
    long id = random.nextInt(1, TYPED_ROWS + 1);
    BigDecimal amount = BigDecimal.valueOf(id * 25, 2);
    OffsetDateTime at = START.plusMinutes(id);
    statement.setLong(1, id);
    statement.setBigDecimal(2, amount);
    statement.setObject(3, at.plusSeconds(1));
    statement.setObject(4, new UUID(0, id));
    statement.setString(5, "x%");
    try (ResultSet row = statement.executeQuery()) {
      expect(true, row.next());
      expect((int) (id % 1000), row.getInt(1));
      expect(amount, row.getBigDecimal(2));
      expect(at, row.getObject(3, OffsetDateTime.class));
      expect(new UUID(0, id), row.getObject(4));
      expect(FILLER, row.getString(5));
      expect(false, row.next());
    }
  }

  private static void expect(Object expected, Object found) throws SQLException {
    if (!expected.equals(found)) {
      throw new SQLException("found: " + found + " (expected: " + expected + ")");
    }
  }
}
