import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;
import org.postgresql.util.PGBinaryObject;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;

/** pgjdbc against SHARDGATE_URL, in each of its query modes: one line per check, exit code 1 when one failed. */
public final class Check {
  private static final String DROP =
      """
      drop table if exists payments, accounts, documents, readings, currencies, every_type, moods, parcels cascade;
      drop type if exists place cascade;
      drop type if exists mood cascade;
      drop extension if exists citext cascade""";

  private static final String SCHEMA =
      """
      create table currencies (code text primary key, name text not null, digits smallint not null);
      create table accounts (id bigint primary key, owner text not null, currency text not null references currencies (code), balance numeric(14,2) not null default 0);
      create table payments (account_id bigint not null references accounts (id), id bigserial, amount numeric(14,2) not null, note text, at timestamptz not null default now(), primary key (account_id, id));
      create table documents (tenant text not null, name text not null, body jsonb, primary key (tenant, name));
      create table readings (device uuid not null, at timestamptz not null, value double precision, primary key (device, at));
      create table every_type (id integer primary key, a_bool boolean, a_int2 smallint, a_int8 bigint, a_float8 double precision, a_numeric numeric, a_text text, a_bytea bytea, a_date date,
          a_timestamp timestamp, a_timestamptz timestamptz, a_uuid uuid, a_jsonb jsonb, int4s integer[], texts text[])""";

  private static final String TEXT = "żółć, 漢字, \uD83D\uDE00, 'quoted'\n";
  private static final OffsetDateTime STAMP = OffsetDateTime.of(2024, 2, 29, 12, 30, 1, 2000, ZoneOffset.UTC);

  /** One run of all checks: the driver's properties that make it behave differently on the wire. */
  private static final Map<String, Map<String, String>> VARIANTS = variants();

  /** Row limits and described parameters: the simple protocol has neither. */
  private static final Set<String> EXTENDED_ONLY = Set.of("cursor_with_fetch_size", "metadata");

  private interface Body {
    void run(Connection c) throws Exception;
  }

  private interface Failing {
    void run() throws Exception;
  }

  private static final Map<String, Body> CHECKS = new LinkedHashMap<>();

  static {
    CHECKS.put("login", Check::login);
    CHECKS.put("wrong_password_and_unknown_database", Check::wrongPasswordAndUnknownDatabase);
    CHECKS.put("every_type_in_a_table", Check::everyTypeInATable);
    CHECKS.put("server_prepared_by_key", Check::serverPreparedByKey);
    CHECKS.put("prepared_survive_a_schema_change", Check::preparedSurviveASchemaChange);
    CHECKS.put("keys_of_text_and_uuid", Check::keysOfTextAndUuid);
    CHECKS.put("generated_ids", Check::generatedIds);
    CHECKS.put("reference_table_joined_by_key", Check::referenceTableJoinedByKey);
    CHECKS.put("batches", Check::batches);
    CHECKS.put("transactions", Check::transactions);
    CHECKS.put("failed_transaction", Check::failedTransaction);
    CHECKS.put("autosave", Check::autosave);
    CHECKS.put("isolation_and_read_only", Check::isolationAndReadOnly);
    CHECKS.put("copy_in", Check::copyIn);
    CHECKS.put("copy_out", Check::copyOut);
    CHECKS.put("cancel", Check::cancel);
    CHECKS.put("query_timeout", Check::queryTimeout);
    CHECKS.put("errors_with_position", Check::errorsWithPosition);
    CHECKS.put("unique_violation_and_going_on", Check::uniqueViolationAndGoingOn);
    CHECKS.put("cursor_with_fetch_size", Check::cursorWithFetchSize);
    CHECKS.put("user_types", Check::userTypes);
    CHECKS.put("user_types_numbered_differently_on_each_shard", Check::userTypesNumberedDifferently);
    CHECKS.put("metadata", Check::metadata);
    CHECKS.put("notices_and_notifications", Check::noticesAndNotifications);
    CHECKS.put("many_connections", Check::manyConnections);
    CHECKS.put("large_values", Check::largeValues);
  }

  private static Map<String, Map<String, String>> variants() {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    all.put("default", Map.of());
    all.put("binary", Map.of("prepareThreshold", "-1", "binaryTransfer", "true"));
    all.put("text", Map.of("binaryTransfer", "false", "prepareThreshold", "1"));
    all.put("rewriting", Map.of("reWriteBatchedInserts", "true", "prepareThreshold", "0"));
    all.put("simple", Map.of("preferQueryMode", "simple"));
    return all;
  }

  public static void main(String[] args) throws Exception {
    int failed = 0;
    try (Connection owner = connect(Map.of())) {
      execute(owner, DROP);
      List<String> before = relations(owner);
      execute(owner, SCHEMA);
      for (var variant : VARIANTS.entrySet()) {
        for (var check : CHECKS.entrySet()) {
          if (!variant.getKey().equals("simple") || !EXTENDED_ONLY.contains(check.getKey())) {
            failed += attempt(variant.getKey() + "." + check.getKey(), variant.getValue(), check.getValue());
          }
        }
      }
      execute(owner, DROP);
      List<String> left = relations(owner);
      boolean clean = left.equals(before);
      System.out.println(clean ? "ok pgjdbc.nothing_left" : "FAIL pgjdbc.nothing_left " + left);
      failed += clean ? 0 : 1;
    }
    System.exit(failed == 0 ? 0 : 1);
  }

  private static int attempt(String name, Map<String, String> properties, Body body) {
    try (Connection c = connect(properties)) {
      execute(c, "truncate payments, accounts, currencies, documents, readings, every_type");
      body.run(c);
      System.out.println("ok pgjdbc." + name);
      return 0;
    } catch (Exception | AssertionError e) {
      System.out.println("FAIL pgjdbc." + name + " " + String.valueOf(e).replaceAll("\\s+", " "));
      e.printStackTrace();
      return 1;
    }
  }

  private static Connection connect(Map<String, String> properties) throws SQLException {
    return connect(properties, null, null);
  }

  private static Connection connect(Map<String, String> properties, String password, String database) throws SQLException {
    return connect(System.getenv("SHARDGATE_URL"), properties, password, database);
  }

  private static Connection connect(String url, Map<String, String> properties, String password, String database) throws SQLException {
    URI uri = URI.create(url);
    String[] user = uri.getUserInfo().split(":", 2);
    Properties all = new Properties();
    all.putAll(properties);
    all.put("user", user[0]);
    all.put("password", password == null ? user[1] : password);
    all.put("sslmode", "disable");
    all.put("socketTimeout", "60");
    String path = database == null ? uri.getPath() : "/" + database;
    return DriverManager.getConnection("jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + path, all);
  }

  // ---- words of the checks

  private static void same(Object got, Object wanted) {
    if (!Objects.deepEquals(got, wanted)) {
      throw new AssertionError(show(got) + " instead of " + show(wanted));
    }
  }

  private static String show(Object o) {
    return o instanceof Object[] a ? Arrays.deepToString(a) : o instanceof byte[] b ? Arrays.toString(b) : String.valueOf(o);
  }

  private static SQLException fails(String state, Failing action) throws Exception {
    try {
      action.run();
    } catch (SQLException e) {
      same(e.getSQLState(), state);
      return e;
    }
    throw new AssertionError("no error " + state);
  }

  private static void execute(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  private static int update(Connection c, String sql, Object... values) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(sql)) {
      bind(s, values);
      return s.executeUpdate();
    }
  }

  private static <T> T get(Connection c, Class<T> type, String sql, Object... values) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(sql)) {
      bind(s, values);
      return only(s, type);
    }
  }

  private static <T> T only(PreparedStatement s, Class<T> type) throws SQLException {
    try (ResultSet rows = s.executeQuery()) {
      if (!rows.next()) {
        throw new AssertionError("no row");
      }
      T value = rows.getObject(1, type);
      same(rows.next(), false);
      return value;
    }
  }

  private static void bind(PreparedStatement s, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      s.setObject(i + 1, values[i]);
    }
  }

  private static List<String> relations(Connection c) throws SQLException {
    List<String> names = new ArrayList<>();
    try (Statement s = c.createStatement();
        ResultSet rows = s.executeQuery("select relname from pg_class where relnamespace = 'public'::regnamespace order by 1")) {
      while (rows.next()) {
        names.add(rows.getString(1));
      }
    }
    return names;
  }

  private static void fill(Connection c, int count) throws SQLException {
    execute(c, "insert into currencies values ('EUR', 'Euro', 2), ('JPY', 'Yen', 0)");
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= count; i++) {
      rows.append(i == 1 ? "" : ", ").append("(%d, 'owner %d', 'EUR', %d)".formatted(i, i, i));
    }
    execute(c, "insert into accounts (id, owner, currency, balance) values " + rows);
  }

  private static String owner(Connection c, long id) throws SQLException {
    return get(c, String.class, "select owner from accounts where id = ?", id);
  }

  // ---- the checks

  private static void login(Connection c) throws Exception {
    same(get(c, String.class, "select current_user::text || '@' || current_database()::text"), "app@app");
    same(c.isValid(5), true);
    same(c.getMetaData().getDatabaseProductName(), "PostgreSQL");
  }

  private static void wrongPasswordAndUnknownDatabase(Connection c) throws Exception {
    fails("28P01", () -> connect(Map.of(), "not it", null).close());
    fails("3D000", () -> connect(Map.of(), null, "no_such_database").close());
  }

  private static void everyTypeInATable(Connection c) throws Exception {
    PGobject json = new PGobject();
    json.setType("jsonb");
    json.setValue("{\"a\": [1, null]}");
    Array ints = c.createArrayOf("int4", new Integer[] {1, null, -3});
    Array texts = c.createArrayOf("text", new String[] {"a", null, "", "q\"u,o{t}e", "NULL"});
    UUID uuid = UUID.fromString("01234567-89ab-cdef-0123-456789abcdef");
    BigDecimal number = new BigDecimal("-12345678901234567890.0123456789");
    byte[] bytes = {0, 1, (byte) 0xff, '\\', '\''};
    LocalDateTime local = STAMP.toLocalDateTime();
    LocalDate day = LocalDate.of(2024, 2, 29);
    Object[] values = {true, Short.MIN_VALUE, Long.MIN_VALUE, 0.1, number, TEXT, bytes, day, local, STAMP, uuid, json, ints, texts};
    String insert = "insert into every_type values (?" + ", ?".repeat(values.length) + ")";
    for (int round = 0; round < 7; round++) {
      execute(c, "delete from every_type");
      try (PreparedStatement s = c.prepareStatement(insert)) {
        s.setInt(1, 1);
        for (int i = 0; i < values.length; i++) {
          s.setObject(i + 2, values[i]);
        }
        same(s.executeUpdate(), 1);
        s.setInt(1, 2);
        for (int i = 0; i < values.length; i++) {
          s.setNull(i + 2, Types.NULL);
        }
        same(s.executeUpdate(), 1);
      }
      try (PreparedStatement s = c.prepareStatement("select * from every_type where id = ?")) {
        s.setInt(1, 1);
        ResultSet r = s.executeQuery();
        r.next();
        same(new Object[] {r.getBoolean(2), r.getShort(3), r.getLong(4), r.getDouble(5), r.getBigDecimal(6), r.getString(7), r.getBytes(8)}, Arrays.copyOf(values, 7));
        same(new Object[] {r.getObject(9, LocalDate.class), r.getObject(10, LocalDateTime.class), r.getObject(11, OffsetDateTime.class), r.getObject(12)}, Arrays.copyOfRange(values, 7, 11));
        same(r.getDate(9), Date.valueOf(day));
        same(r.getTimestamp(10), Timestamp.valueOf(local));
        same(r.getString(13), json.getValue());
        same(r.getArray(14).getArray(), new Integer[] {1, null, -3});
        same(r.getArray(15).getArray(), new String[] {"a", null, "", "q\"u,o{t}e", "NULL"});
        s.setInt(1, 2);
        r = s.executeQuery();
        r.next();
        for (int i = 2; i <= 15; i++) {
          same(r.getObject(i), null);
        }
      }
    }
  }

  private static void serverPreparedByKey(Connection c) throws Exception {
    fill(c, 20);
    try (PreparedStatement s = c.prepareStatement("select owner from accounts where id = ?")) {
      for (int round = 0; round < 3; round++) {
        for (long i = 1; i <= 20; i++) {
          s.setLong(1, i);
          same(only(s, String.class), "owner " + i);
        }
      }
    }
    try (PreparedStatement s = c.prepareStatement("select owner from accounts where id = any (?)")) {
      s.setArray(1, c.createArrayOf("int8", new Long[] {7L}));
      same(only(s, String.class), "owner 7");
    }
  }

  private static void preparedSurviveASchemaChange(Connection c) throws Exception {
    fill(c, 2);
    try (Connection other = connect(Map.of("prepareThreshold", "1"));
        PreparedStatement s = other.prepareStatement("select * from accounts where id = 1")) {
      for (int i = 0; i < 6; i++) {
        s.executeQuery().close();
      }
      execute(c, "alter table accounts add column extra text default 'x'");
      try (PreparedStatement anew = c.prepareStatement("select * from accounts where id = 1")) {
        same(anew.executeQuery().getMetaData().getColumnCount(), 5);
      }
      // The driver prepares again by itself when it is told that the plan can't change its result type.
      same(s.executeQuery().getMetaData().getColumnCount(), 5);
    } finally {
      execute(c, "alter table accounts drop column if exists extra");
    }
  }

  private static void keysOfTextAndUuid(Connection c) throws Exception {
    for (int i = 0; i < 8; i++) {
      UUID device = new UUID(i * 7919L, i);
      String tenant = "tenant ż" + i;
      update(c, "insert into readings values (?, ?, ?)", device, STAMP, i / 4.0);
      update(c, "insert into documents values (?, 'a', ?::jsonb)", tenant, "{\"n\": " + i + "}");
      same(get(c, Double.class, "select value from readings where device = ?", device), i / 4.0);
      same(get(c, String.class, "select body ->> 'n' from documents where tenant = ?", tenant), "" + i);
    }
  }

  private static void generatedIds(Connection c) throws Exception {
    fill(c, 8);
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 24; i++) {
      try (PreparedStatement s = c.prepareStatement("insert into payments (account_id, amount) values (?, 1.5)", new String[] {"id"})) {
        s.setLong(1, 1 + i % 8);
        same(s.executeUpdate(), 1);
        ResultSet keys = s.getGeneratedKeys();
        same(keys.next(), true);
        seen.add(keys.getLong("id"));
      }
    }
    same(seen.size(), 24);
    try (PreparedStatement s = c.prepareStatement("insert into payments (account_id, amount) values (?, 2)", Statement.RETURN_GENERATED_KEYS)) {
      s.setLong(1, 5);
      s.executeUpdate();
      ResultSet keys = s.getGeneratedKeys();
      keys.next();
      same(keys.getLong("account_id"), 5L);
    }
  }

  private static void referenceTableJoinedByKey(Connection c) throws Exception {
    fill(c, 8);
    same(update(c, "update currencies set name = ? where code = ?", "euro", "EUR"), 1);
    for (long i = 1; i <= 8; i++) {
      same(get(c, String.class, "select c.name from accounts a join currencies c on c.code = a.currency where a.id = ?", i), "euro");
    }
  }

  private static void batches(Connection c) throws Exception {
    fill(c, 8);
    c.setAutoCommit(false);
    // Numbers of our own that the sequence doesn't reach: below it makes its own, from wherever it is by now.
    try (PreparedStatement s = c.prepareStatement("insert into payments (account_id, id, amount) values (?, ?, ?)")) {
      for (int i = -400; i < 0; i++) {
        bind(s, 8L + i % 8, (long) i, BigDecimal.valueOf(i));
        s.addBatch();
      }
      int[] counts = s.executeBatch();
      same(counts.length, 400);
    }
    c.commit();
    for (long i = 1; i <= 8; i++) {
      same(get(c, Long.class, "select count(*) from payments where account_id = ?", i), 50L);
    }
    c.commit();
    try (PreparedStatement s = c.prepareStatement("insert into payments (account_id, id, amount) values (?, ?, 0)")) {
      for (long[] row : new long[][] {{1, -1000}, {2, -1001}, {1, -7}, {3, -1002}}) {
        bind(s, row[0], row[1]);
        s.addBatch();
      }
      same(fails("23505", s::executeBatch) instanceof BatchUpdateException, true);
    }
    c.rollback();
    c.setAutoCommit(true);
    same(get(c, Long.class, "select count(*) from payments where account_id = 1 and id = -1000"), 0L);
    try (Statement s = c.createStatement()) {
      for (int i = 1; i <= 8; i++) {
        s.addBatch("update accounts set owner = 'batched' where id = " + i);
      }
      same(s.executeBatch(), new int[] {1, 1, 1, 1, 1, 1, 1, 1});
    }
    try (PreparedStatement s = c.prepareStatement("insert into payments (account_id, amount) values (?, 1)", Statement.RETURN_GENERATED_KEYS)) {
      for (long i = 1; i <= 8; i++) {
        s.setLong(1, i);
        s.addBatch();
      }
      s.executeBatch();
      ResultSet keys = s.getGeneratedKeys();
      Set<Long> accounts = new HashSet<>();
      while (keys.next()) {
        accounts.add(keys.getLong("account_id"));
      }
      same(accounts.size(), 8);
    }
  }

  private static void transactions(Connection c) throws Exception {
    fill(c, 8);
    c.setAutoCommit(false);
    for (long i = 1; i <= 8; i++) {
      update(c, "update accounts set balance = 100 where id = ?", i);
    }
    Savepoint savepoint = c.setSavepoint("here");
    for (long i = 1; i <= 8; i++) {
      update(c, "update accounts set balance = 101 where id = ?", i);
    }
    fails("22012", () -> execute(c, "select 1/0"));
    c.rollback(savepoint);
    c.commit();
    for (long i = 1; i <= 8; i++) {
      update(c, "delete from accounts where id = ?", i);
    }
    c.rollback();
    c.setAutoCommit(true);
    for (long i = 1; i <= 8; i++) {
      same(get(c, BigDecimal.class, "select balance from accounts where id = ?", i), new BigDecimal("100.00"));
    }
  }

  private static void failedTransaction(Connection c) throws Exception {
    c.setAutoCommit(false);
    fails("42P01", () -> execute(c, "select * from no_such_table"));
    fails("25P02", () -> execute(c, "select 1"));
    c.rollback();
    c.setAutoCommit(true);
    same(get(c, Integer.class, "select 1"), 1);
  }

  private static void autosave(Connection c) throws Exception {
    fill(c, 8);
    try (Connection saving = connect(Map.of("autosave", "always"))) {
      saving.setAutoCommit(false);
      for (long i = 1; i <= 8; i++) {
        update(saving, "update accounts set owner = 'saved' where id = ?", i);
        fails("22012", () -> execute(saving, "select 1/0"));
      }
      saving.commit();
    }
    for (long i = 1; i <= 8; i++) {
      same(owner(c, i), "saved");
    }
  }

  private static void isolationAndReadOnly(Connection c) throws Exception {
    fill(c, 8);
    try (Connection other = connect(Map.of())) {
      other.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      other.setAutoCommit(false);
      same(owner(other, 3), "owner 3");
      execute(c, "update accounts set owner = 'changed' where id = 3");
      same(owner(other, 3), "owner 3");
      other.rollback();
      other.setReadOnly(true);
      fails("25006", () -> execute(other, "update accounts set owner = 'x' where id = 3"));
      other.rollback();
    }
  }

  private static void copyIn(Connection c) throws Exception {
    fill(c, 40);
    CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 2000; i++) {
      rows.append(1 + i % 40).append('\t').append(i).append('\t').append(i).append("\tnote\n");
    }
    same(copy.copyIn("copy payments (account_id, id, amount, note) from stdin", new StringReader(rows.toString())), 2000L);
    for (long i : new long[] {1, 2, 39, 40}) {
      same(get(c, Long.class, "select count(*) from payments where account_id = ?", i), 50L);
    }
    fails("23505", () -> copy.copyIn("copy payments (account_id, id, amount) from stdin", new StringReader("2\t5000\t1\n1\t0\t1\n")));
    CopyIn abandoned = copy.copyIn("copy payments (account_id, id, amount) from stdin (format csv)");
    abandoned.writeToCopy("2,6000,1\n".getBytes(), 0, 9);
    abandoned.cancelCopy();
    same(get(c, Long.class, "select count(*) from payments where account_id = 2 and id >= 5000"), 0L);
  }

  private static void copyOut(Connection c) throws Exception {
    fill(c, 40);
    CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
    StringWriter out = new StringWriter();
    same(copy.copyOut("copy accounts (id, owner) to stdout (format csv)", out), 40L);
    List<String> lines = out.toString().lines().sorted().toList();
    List<String> wanted = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      wanted.add(i + ",owner " + i);
    }
    same(lines, wanted.stream().sorted().toList());
  }

  private static void cancel(Connection c) throws Exception {
    fill(c, 8);
    for (String sql : List.of("select pg_sleep(30)", "select pg_sleep(30) from accounts where id = 3")) {
      try (Statement s = c.createStatement()) {
        long began = System.nanoTime();
        CompletableFuture<Void> canceller = CompletableFuture.runAsync(() -> {
          try {
            s.cancel();
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        }, CompletableFuture.delayedExecutor(400, TimeUnit.MILLISECONDS));
        fails("57014", () -> s.execute(sql));
        canceller.get(10, TimeUnit.SECONDS);
        same(System.nanoTime() - began < 10_000_000_000L, true);
      }
      same(get(c, Integer.class, "select 1"), 1);
    }
  }

  private static void queryTimeout(Connection c) throws Exception {
    try (Statement s = c.createStatement()) {
      s.setQueryTimeout(1);
      fails("57014", () -> s.execute("select pg_sleep(30)"));
    }
    same(get(c, Integer.class, "select 1"), 1);
  }

  private static void errorsWithPosition(Connection c) throws Exception {
    PSQLException e = (PSQLException) fails("42601", () -> execute(c, "select 'ż' as a\n  frm accounts"));
    same(Objects.requireNonNull(e.getServerErrorMessage()).getPosition(), 19);
    e = (PSQLException) fails("42703", () -> get(c, String.class, "select nope from accounts where id = ?", 1L));
    same(Objects.requireNonNull(e.getServerErrorMessage()).getPosition(), 8);
  }

  private static void uniqueViolationAndGoingOn(Connection c) throws Exception {
    fill(c, 8);
    for (long i = 1; i <= 8; i++) {
      long id = i;
      PSQLException e = (PSQLException) fails("23505", () -> update(c, "insert into accounts values (?, 'again', 'EUR')", id));
      same(Objects.requireNonNull(e.getServerErrorMessage()).getConstraint(), "accounts_pkey");
      same(e.getServerErrorMessage().getDetail(), "Key (id)=(" + i + ") already exists.");
      same(owner(c, i), "owner " + i);
    }
  }

  private static void cursorWithFetchSize(Connection c) throws Exception {
    fill(c, 3);
    update(c, "insert into payments (account_id, id, amount) select 2, i, i from generate_series(0, 499) i");
    c.setAutoCommit(false);
    try (PreparedStatement s = c.prepareStatement("select id from payments where account_id = ? order by id")) {
      s.setFetchSize(37);
      s.setLong(1, 2);
      ResultSet rows = s.executeQuery();
      for (long i = 0; i < 500; i++) {
        same(rows.next(), true);
        same(rows.getLong(1), i);
        if (i == 100) {
          same(owner(c, 1), "owner 1");
        }
      }
      same(rows.next(), false);
      s.setMaxRows(5);
      rows = s.executeQuery();
      int n = 0;
      while (rows.next()) {
        n++;
      }
      same(n, 5);
    }
    c.commit();
    c.setAutoCommit(true);
  }

  private static void userTypes(Connection c) throws Exception {
    execute(c, "create type mood as enum ('sad', 'happy')");
    execute(c, "alter table accounts add column m mood, add column ms mood[]");
    execute(c, "create table moods (id integer primary key, m mood, ms mood[])");
    try {
      PGobject sad = new PGobject();
      sad.setType("mood");
      sad.setValue("sad");
      Array both = c.createArrayOf("mood", new String[] {"sad", "happy"});
      fill(c, 8);
      for (int round = 0; round < 6; round++) {
        for (long i = 1; i <= 8; i++) {
          update(c, "update accounts set m = ?, ms = ? where id = ?", sad, both, i);
          try (PreparedStatement s = c.prepareStatement("select m, ms from accounts where id = ? and m = ?")) {
            bind(s, i, sad);
            ResultSet r = s.executeQuery();
            r.next();
            same(r.getString(1), "sad");
            same(r.getMetaData().getColumnTypeName(1), "mood");
            same(r.getMetaData().getColumnTypeName(2), "_mood");
            same(r.getArray(2).getArray(), new String[] {"sad", "happy"});
          }
        }
        execute(c, "delete from moods");
        update(c, "insert into moods values (1, ?, ?)", sad, both);
        same(get(c, Integer.class, "select id from moods where m = ? and 'happy' = any (ms)", sad), 1);
      }
    } finally {
      execute(c, "drop table moods");
      execute(c, "alter table accounts drop column m, drop column ms");
      execute(c, "drop type mood");
    }
  }

  private static Map<String, String> shards() {
    Map<String, String> urls = new LinkedHashMap<>();
    for (String word : Objects.requireNonNullElse(System.getenv("SHARDGATE_SHARDS"), "").split(" ")) {
      if (!word.isEmpty()) {
        String[] nameAndUrl = word.split("=", 2);
        urls.put(nameAndUrl[0], nameAndUrl[1]);
      }
    }
    return urls;
  }

  /** Uses up numbers on one shard, so that what is made next has another number there than on the others. */
  private static void moveTheNumbers() throws SQLException {
    String url = shards().get("s2");
    if (url != null) {
      try (Connection shard = connect(url, Map.of(), null, null)) {
        execute(shard, "create schema junk");
        for (int i = 0; i < 7; i++) {
          execute(shard, "create type junk.mood%1$d as enum ('a'); create table junk.parcels%1$d (id integer, label text)".formatted(i));
        }
        execute(shard, "drop schema junk cascade");
      }
    }
  }

  private static Map<String, Integer> numbers(Connection c) throws SQLException {
    Map<String, Integer> numbers = new HashMap<>();
    try (Statement s = c.createStatement();
        ResultSet rows = s.executeQuery("select typname, oid from pg_type where typname in ('mood', '_mood', 'place', '_place', 'citext', '_citext', 'parcels')")) {
      while (rows.next()) {
        numbers.put(rows.getString(1), (int) rows.getLong(2));
      }
    }
    return numbers;
  }

  private static void userTypesNumberedDifferently(Connection c) throws Exception {
    moveTheNumbers();
    execute(c, "create extension citext");
    execute(c, "create type mood as enum ('sad', 'happy')");
    execute(c, "create type place as (name text, mood mood, label citext, moods mood[])");
    execute(c, "create table parcels (account_id bigint primary key, m mood, ms mood[], p place, ps place[], c citext, cs citext[])");
    try {
      Map<String, Integer> seen = numbers(c);
      if (shards().containsKey("s2")) {
        try (Connection shard = connect(shards().get("s2"), Map.of(), null, null)) {
          numbers(shard).forEach((name, there) -> same(there.equals(seen.get(name)), false));
        }
      }
      // A driver takes a composite in binary when it is told its number, and a class that reads it.
      String binary = String.valueOf(seen.get("place"));
      for (Map<String, String> properties : List.of(Map.of("prepareThreshold", "1"), Map.of("prepareThreshold", "-1", "binaryTransferEnable", binary), Map.of("preferQueryMode", "simple"))) {
        try (Connection other = connect(properties)) {
          other.unwrap(PGConnection.class).addDataType("place", Place.class);
          execute(other, "truncate parcels");
          Place.seen.clear();
          parcels(other);
          if (properties.containsKey("binaryTransferEnable")) {
            same(Place.seen, Set.of(25, seen.get("mood"), seen.get("citext"), seen.get("_mood")));
          }
        }
      }
    } finally {
      execute(c, "drop table parcels; drop type place; drop type mood; drop extension citext");
    }
  }

  private static void parcels(Connection c) throws SQLException {
    try (PreparedStatement insert = c.prepareStatement("insert into parcels values (?, ?, ?, ?, ?, ?, ?)")) {
      for (int i = 1; i <= 40; i++) {
        bindParcel(c, insert, i);
        same(insert.executeUpdate(), 1);
      }
    }
    String sql = "select account_id, m, ms, p, ps, c, cs from parcels where account_id = ? and m = ? and ms = ? and p = ?::place and ps = ? and c = ? and cs = ?";
    try (PreparedStatement select = c.prepareStatement(sql)) {
      for (int round = 0; round < 2; round++) {
        for (int i = 1; i <= 40; i++) {
          bindParcel(c, select, i);
          try (ResultSet r = select.executeQuery()) {
            same(r.next(), true);
            String place = "(\"here, (" + i + ")\",happy,\"Label " + i + "\",\"{sad,happy}\")";
            same(new Object[] {r.getLong(1), r.getString(2), r.getString(6)}, new Object[] {(long) i, i % 2 == 0 ? "happy" : "sad", "CamelCase " + i});
            same(((String[]) r.getArray(3).getArray()), new String[] {"happy", null, "sad"});
            same(((PGobject) r.getObject(4)).getValue(), place);
            same(r.getString(5), "{\"" + place.replace("\"", "\\\"") + "\",NULL}");
            same(r.getString(7), "{A,NULL,b" + i + "}");
            for (int column = 2; column <= 7; column++) {
              same(r.getMetaData().getColumnTypeName(column), List.of("mood", "_mood", "place", "_place", "citext", "_citext").get(column - 2));
            }
          }
        }
      }
    }
  }

  private static void bindParcel(Connection c, PreparedStatement s, int i) throws SQLException {
    PGobject place = typed("place", "(\"here, (" + i + ")\",happy,\"Label " + i + "\",\"{sad,happy}\")");
    bind(s, (long) i, typed("mood", i % 2 == 0 ? "happy" : "sad"), c.createArrayOf("mood", new String[] {"happy", null, "sad"}), place,
        c.createArrayOf("place", new String[] {place.getValue(), null}), typed("citext", "CamelCase " + i), c.createArrayOf("citext", new String[] {"A", null, "b" + i}));
  }

  private static PGobject typed(String type, String value) throws SQLException {
    PGobject object = new PGobject();
    object.setType(type);
    object.setValue(value);
    return object;
  }

  /** The composite as a result; from binary it gives PostgreSQL's text form, and notes the numbers of the fields' types. */
  public static final class Place extends PGobject implements PGBinaryObject {
    private static final Set<Integer> seen = new HashSet<>();

    public Place() {
      setType("place");
    }

    @Override
    public void setByteValue(byte[] bytes, int offset) throws SQLException {
      ByteBuffer in = ByteBuffer.wrap(bytes, offset, bytes.length - offset);
      StringBuilder text = new StringBuilder("(");
      for (int field = 0, fields = in.getInt(); field < fields; field++) {
        seen.add(in.getInt());
        byte[] value = new byte[in.getInt()];
        in.get(value);
        if (field == 3) {
          seen.add(ByteBuffer.wrap(value).getInt(8));
          text.append("\"{sad,happy}\")");
        } else {
          String word = new String(value, StandardCharsets.UTF_8);
          text.append(field == 1 ? word : '"' + word + '"').append(',');
        }
      }
      setValue(text.toString());
    }

    @Override
    public int lengthInBytes() {
      return 0;
    }

    @Override
    public void toBytes(byte[] bytes, int offset) {
      throw new IllegalStateException("not sent in binary");
    }
  }

  private static void metadata(Connection c) throws Exception {
    List<String> columns = new ArrayList<>();
    try (ResultSet rows = c.getMetaData().getColumns(null, "public", "payments", null)) {
      while (rows.next()) {
        columns.add(rows.getString("COLUMN_NAME") + " " + rows.getString("TYPE_NAME") + " " + rows.getString("IS_AUTOINCREMENT"));
      }
    }
    same(columns, List.of("account_id int8 NO", "id bigserial YES", "amount numeric NO", "note text NO", "at timestamptz NO"));
    try (ResultSet rows = c.getMetaData().getPrimaryKeys(null, "public", "payments")) {
      same(rows.next() && rows.next() && !rows.next(), true);
    }
    try (ResultSet rows = c.getMetaData().getImportedKeys(null, "public", "payments")) {
      same(rows.next() ? rows.getString("PKTABLE_NAME") : "", "accounts");
    }
    fill(c, 1);
    try (PreparedStatement s = c.prepareStatement("select id, owner from accounts where id = ?")) {
      same(s.getParameterMetaData().getParameterTypeName(1), "int8");
      s.setLong(1, 1);
      var described = s.executeQuery().getMetaData().unwrap(org.postgresql.PGResultSetMetaData.class);
      same(described.getBaseTableName(2) + "." + described.getBaseColumnName(2), "accounts.owner");
    }
  }

  private static void noticesAndNotifications(Connection c) throws Exception {
    try (Statement s = c.createStatement()) {
      s.execute("do $$ begin raise warning 'watch out'; end $$");
      same(s.getWarnings().getMessage(), "watch out");
    }
    try (Connection listener = connect(Map.of())) {
      execute(listener, "listen news");
      get(c, String.class, "select pg_notify('news', ?)::text", "hello");
      PGNotification[] got = listener.unwrap(PGConnection.class).getNotifications(10_000);
      same(got.length, 1);
      same(got[0].getName() + " " + got[0].getParameter(), "news hello");
    }
  }

  private static void manyConnections(Connection c) throws Exception {
    fill(c, 8);
    ExecutorService threads = Executors.newFixedThreadPool(24);
    try {
      List<CompletableFuture<String>> got = new ArrayList<>();
      for (int n = 0; n < 24; n++) {
        long id = 1 + n % 8;
        got.add(CompletableFuture.supplyAsync(() -> {
          try (Connection other = connect(Map.of("prepareThreshold", "1"))) {
            for (int i = 0; i < 20; i++) {
              same(owner(other, id), "owner " + id);
            }
            return owner(other, id);
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        }, threads));
      }
      for (int n = 0; n < 24; n++) {
        same(got.get(n).get(60, TimeUnit.SECONDS), "owner " + (1 + n % 8));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void largeValues(Connection c) throws Exception {
    String large = "x".repeat(3_000_000);
    update(c, "insert into documents values ('big', 'one', to_jsonb(?::text))", large);
    same(get(c, String.class, "select body #>> '{}' from documents where tenant = 'big'").equals(large), true);
  }
}
