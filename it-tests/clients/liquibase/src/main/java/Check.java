import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import liquibase.command.CommandScope;

/** Liquibase against SHARDGATE_URL, always two processes at once: one line per check, exit code 1 when one failed. */
public final class Check {
  private static final URI TARGET = URI.create(System.getenv("SHARDGATE_URL"));
  private static final String URL = "jdbc:postgresql://" + TARGET.getHost() + ":" + TARGET.getPort() + TARGET.getPath();
  private static final String USER = TARGET.getUserInfo().split(":")[0];
  private static final String PASSWORD = TARGET.getUserInfo().split(":")[1];
  private static int failed = 0;

  private interface Body {
    void run() throws Exception;
  }

  /** Without arguments the checks; with a changelog, one update by it. */
  public static void main(String[] changelog) throws Exception {
    System.setProperty("liquibase.analytics.enabled", "false");
    System.setProperty("liquibase.changelogLockPollRate", "1");
    if (changelog.length > 0) {
      command("update", changelog[0]).execute();
      return;
    }
    sweep();
    check("two_at_once_make_the_schema", Check::twoAtOnceMakeTheSchema);
    check("two_at_once_add_a_column", Check::twoAtOnceAddAColumn);
    check("nothing_is_left_to_do", () -> {
      updateTwice("second.yaml");
      same(changes(), 6);
    });
    check("rows_are_where_their_keys_are", Check::rowsAreWhereTheirKeysAre);
    check("roll_back", Check::rollBack);
    sweep();
    check("nothing_left", () -> same(query("select relname from pg_class where relnamespace = 'public'::regnamespace"), List.of()));
    System.exit(failed == 0 ? 0 : 1);
  }

  private static CommandScope command(String name, String changelog) throws Exception {
    return new CommandScope(name)
        .addArgumentValue("url", URL)
        .addArgumentValue("username", USER)
        .addArgumentValue("password", PASSWORD)
        .addArgumentValue("changelogFile", changelog)
        .setOutput(new ByteArrayOutputStream());
  }

  /**
   * Liquibase's own tables are made first, by one process: it creates databasechangelog before it takes its lock, and two first updates race
   * on a plain PostgreSQL too ("relation databasechangelog already exists", a third of the runs). From then on its lock keeps them apart.
   */
  private static void twoAtOnceMakeTheSchema() throws Exception {
    command("update", "nothing.yaml").execute();
    updateTwice("first.yaml");
    same(changes(), 4);
    same(query("select locked from databasechangeloglock"), List.of("f"));
    same(query("select code from countries order by code"), List.of("DE", "JP"));
  }

  private static void twoAtOnceAddAColumn() throws Exception {
    updateTwice("second.yaml");
    same(changes(), 6);
    same(query("select note from orders where customer_id = 3"), List.of("none"));
    same(query("select indisvalid from pg_index where indexrelid = 'orders_total'::regclass"), List.of("t"));
  }

  private static void rowsAreWhereTheirKeysAre() throws Exception {
    for (int i = 1; i <= 40; i++) {
      same(query("select c.name || ' ' || n.name from customers c join countries n on n.code = c.country where c.id = " + i), List.of("customer " + i + " Germany"));
    }
    for (int i = 1; i <= 5; i++) {
      same(query("select total from orders where customer_id = " + i), List.of(i + "0.00"));
    }
  }

  private static void rollBack() throws Exception {
    command("rollbackCount", "second.yaml").addArgumentValue("count", 2).execute();
    same(query("select column_name from information_schema.columns where table_name = 'orders' and column_name = 'note'"), List.of());
    same(changes(), 4);
    command("rollbackCount", "second.yaml").addArgumentValue("count", 3).execute();
    same(query("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"), List.of("countries", "databasechangelog", "databasechangeloglock"));
  }

  private static int changes() throws SQLException {
    return query("select id from databasechangelog").size();
  }

  // ---- two processes

  private static void updateTwice(String changelog) throws Exception {
    List<Process> both = List.of(start(changelog), start(changelog));
    for (Process process : both) {
      String output = new String(process.getInputStream().readAllBytes());
      same(process.waitFor(120, TimeUnit.SECONDS), true);
      if (process.exitValue() != 0) {
        throw new AssertionError(output);
      }
    }
  }

  private static Process start(String changelog) throws Exception {
    return new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"), "Check", changelog)
        .redirectErrorStream(true)
        .start();
  }

  // ---- words of the checks

  private static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok liquibase." + name);
    } catch (Exception | AssertionError e) {
      failed++;
      System.out.println("FAIL liquibase." + name + " " + String.valueOf(e).replaceAll("\\s+", " "));
      e.printStackTrace();
    }
  }

  private static void same(Object got, Object wanted) {
    if (!got.equals(wanted)) {
      throw new AssertionError(got + " instead of " + wanted);
    }
  }

  private static List<String> query(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Connection c = DriverManager.getConnection(URL, USER, PASSWORD); Statement s = c.createStatement(); ResultSet rows = s.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private static void sweep() throws SQLException {
    try (Connection c = DriverManager.getConnection(URL, USER, PASSWORD); Statement s = c.createStatement()) {
      s.execute("drop table if exists databasechangelog, databasechangeloglock, settings, orders, customers, countries cascade");
    }
  }
}
