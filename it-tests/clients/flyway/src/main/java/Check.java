import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/** Flyway against SHARDGATE_URL, always two processes at once: one line per check, exit code 1 when one failed. */
public final class Check {
  private static final URI TARGET = URI.create(System.getenv("SHARDGATE_URL"));
  private static final String URL = "jdbc:postgresql://" + TARGET.getHost() + ":" + TARGET.getPort() + TARGET.getPath();
  private static final String USER = TARGET.getUserInfo().split(":")[0];
  private static final String PASSWORD = TARGET.getUserInfo().split(":")[1];
  private static int failed = 0;

  private interface Body {
    void run() throws Exception;
  }

  /** Without arguments the checks; with folders of migrations, one migration run of them. */
  public static void main(String[] folders) throws Exception {
    if (folders.length > 0) {
      System.out.println("applied " + flyway(folders).migrate().migrationsExecuted);
      return;
    }
    sweep();
    check("two_at_once_make_the_schema", Check::twoAtOnceMakeTheSchema);
    check("two_at_once_add_a_column", Check::twoAtOnceAddAColumn);
    check("nothing_is_left_to_do", () -> same(migrateTwice("first", "second"), List.of(0, 0)));
    check("rows_are_where_their_keys_are", Check::rowsAreWhereTheirKeysAre);
    check("info_and_validate", Check::infoAndValidate);
    check("a_failing_migration_leaves_nothing", Check::aFailingMigrationLeavesNothing);
    check("clean", Check::clean);
    sweep();
    System.exit(failed == 0 ? 0 : 1);
  }

  private static Flyway flyway(String... folders) {
    List<String> locations = new ArrayList<>();
    for (String folder : folders) {
      locations.add("classpath:" + folder);
    }
    FluentConfiguration configuration =
        Flyway.configure().dataSource(URL, USER, PASSWORD).locations(locations.toArray(String[]::new)).cleanDisabled(false);
    // CREATE INDEX CONCURRENTLY waits for every open transaction: with it, the lock must belong to a session.
    configuration.getConfigurationExtension(PostgreSQLConfigurationExtension.class).setTransactionalLock(folders.length == 1);
    return configuration.load();
  }

  private static void twoAtOnceMakeTheSchema() throws Exception {
    List<Integer> applied = migrateTwice("first");
    same(applied.get(0) + applied.get(1), 2);
    same(query("select count(*) from flyway_schema_history where success and version is not null"), List.of("2"));
    same(query("select code from countries order by code"), List.of("DE", "JP"));
  }

  private static void twoAtOnceAddAColumn() throws Exception {
    List<Integer> applied = migrateTwice("first", "second");
    same(applied.get(0) + applied.get(1), 3);
    same(query("select note from orders where customer_id = 3"), List.of("none"));
    same(query("select indisvalid from pg_index where indexrelid = 'orders_total'::regclass"), List.of("t"));
    same(query("select name from country_names order by 1"), List.of("Germany", "Japan"));
  }

  private static void rowsAreWhereTheirKeysAre() throws Exception {
    for (int i = 1; i <= 40; i++) {
      same(query("select c.name || ' ' || n.name from customers c join countries n on n.code = c.country where c.id = " + i), List.of("customer " + i + (i % 2 == 0 ? " Germany" : " Japan")));
    }
    for (int i = 1; i <= 5; i++) {
      same(query("select total from orders where customer_id = " + i), List.of(i + "0.00"));
    }
  }

  private static void infoAndValidate() {
    Flyway flyway = flyway("first", "second");
    same(flyway.info().current().getVersion().getVersion(), "4");
    same(flyway.info().pending().length, 0);
    same(flyway.validateWithResult().validationSuccessful, true);
  }

  private static void aFailingMigrationLeavesNothing() throws Exception {
    Path folder = Files.createTempDirectory("flyway");
    Path script = Files.writeString(folder.resolve("V5__fails.sql"), "ALTER TABLE orders ADD COLUMN lost text;\nCREATE TABLE lost (id bigint);\nSELECT 1/0;\n");
    try {
      Flyway.configure().configuration(flyway("first", "second").getConfiguration())
          .locations("classpath:first", "classpath:second", "filesystem:" + folder).load().migrate();
      throw new AssertionError("no error");
    } catch (FlywayException e) {
      same(String.valueOf(e.getMessage()).contains("division by zero"), true);
    } finally {
      Files.delete(script);
      Files.delete(folder);
    }
    same(query("select column_name from information_schema.columns where column_name = 'lost' union all select relname from pg_class where relname = 'lost'"), List.of());
  }

  private static void clean() throws Exception {
    flyway("first", "second").clean();
    same(query("select relname from pg_class where relnamespace = 'public'::regnamespace"), List.of());
    same(query("select typname from pg_type where typnamespace = 'public'::regnamespace"), List.of());
  }

  // ---- two processes

  /** What each of two processes, started together, says that it applied. */
  private static List<Integer> migrateTwice(String... folders) throws Exception {
    List<Process> both = List.of(start(folders), start(folders));
    List<Integer> applied = new ArrayList<>();
    for (Process process : both) {
      String output = new String(process.getInputStream().readAllBytes());
      same(process.waitFor(120, TimeUnit.SECONDS), true);
      if (process.exitValue() != 0) {
        throw new AssertionError(output);
      }
      applied.add(Integer.parseInt(output.replaceAll("(?s).*applied (\\d+).*", "$1")));
    }
    return applied;
  }

  private static Process start(String... folders) throws Exception {
    List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-cp", System.getProperty("java.class.path"), "Check"));
    command.addAll(List.of(folders));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  // ---- words of the checks

  private static void check(String name, Body body) {
    try {
      body.run();
      System.out.println("ok flyway." + name);
    } catch (Exception | AssertionError e) {
      failed++;
      System.out.println("FAIL flyway." + name + " " + String.valueOf(e).replaceAll("\\s+", " "));
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
      s.execute("drop view if exists country_names");
      s.execute("drop table if exists flyway_schema_history, settings, orders, customers, countries cascade");
      s.execute("drop type if exists order_status");
    }
  }
}
