package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.testing.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// A shard that joins a cluster that serves: what is looked at, warned of, refused; and that it gets rows.
final class JoiningShardIT {
  private static final String GROUPS = "groups: { placed: { strategy: directory, key: text, tables: { docs: tenant } } }\n";

  private static TestCluster cluster;
  private static PostgresServer plain;
  private static String verifier;

  @BeforeAll
  static void start() {
    cluster = TestCluster.startPrivate(2, GROUPS);
    cluster.executeOnEach("GRANT CREATE ON SCHEMA public TO app");
    verifier = cluster.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'app'");
    cluster.shardNames().forEach(shard -> cluster.executeOn(
        shard,
        "CREATE ROLE it_reader LOGIN NOINHERIT CONNECTION LIMIT 7 VALID UNTIL '2099-01-01' PASSWORD '" + verifier + "'; CREATE ROLE \"it Group\";"
            + " ALTER ROLE it_reader SET search_path = \"$user\", public; ALTER ROLE it_reader SET application_name = 'it''s'; ALTER ROLE it_reader SET work_mem = '8MB';"
            + " GRANT \"it Group\" TO it_reader WITH ADMIN OPTION; GRANT \"it Group\", pg_monitor TO app; GRANT SELECT ON pg_authid TO it_reader;"
            + " CREATE ROLE it_other LOGIN PASSWORD 'as on no other'"));
    cluster.execute("CREATE TABLE docs (tenant text PRIMARY KEY, n int)");
    plain = PostgresServer.start(Map.of("max_prepared_transactions", "0", "wal_level", "replica"));
    plain.execute("CREATE ROLE app LOGIN PASSWORD '" + verifier + "'");
    plain.execute("CREATE ROLE it_other LOGIN PASSWORD 'another'");
    plain.execute("CREATE DATABASE app OWNER app");
  }

  @AfterAll
  static void stop() {
    cluster.close();
    plain.close();
  }

  private static String topology(String third) {
    return "home: s1\nshards: { s1: { primary: \"" + cluster.shard("s1").url("app") + "\" }, s2: { primary: \"" + cluster.shard("s2").url("app") + "\" }, s3: { primary: \"" + third + "\" } }\n" + GROUPS;
  }

  private static List<BackendMessage> admin(String verb, String topology) {
    try (WireClient client = cluster.wire()) {
      return client.query("SHARDGATE " + verb + " $y$" + topology + "$y$");
    }
  }

  @Test
  void whatKeepsItFromJoiningIsToldWithBothValuesAndTheLineThatMendsIt() {
    plain.execute("CREATE DATABASE other TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    plain.execute("ALTER DATABASE other SET datestyle = 'SQL, DMY'");
    plain.execute("ALTER DATABASE other SET intervalstyle = 'iso_8601'");
    plain.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'");
    try {
      assertThat(WireClient.errorIn(admin("DIFF", topology(plain.url("other")))).detail().orElse(""))
          .contains("shard s3 has encoding LATIN1 (expected: UTF8, as the home shard s1): set the server up, or create the database, alike", "shard s3 has DateStyle SQL, DMY (expected: iso, mdy, as the home shard s1): ALTER DATABASE other SET DateStyle = 'iso, mdy';",
              "shard s3 has IntervalStyle iso_8601 (expected: postgres, as the home shard s1): ALTER DATABASE other SET IntervalStyle = 'postgres';");
      assertThat(WireClient.errorIn(admin("DIFF", topology(plain.url("weak", "weak", "app")))).detail().orElse(""))
          .contains("shard s3 does not let the service role weak read pg_authid or keep schema shardgate (expected: a superuser): ALTER ROLE weak SUPERUSER;");
    } finally {
      plain.execute("DROP DATABASE other");
      plain.execute("DROP ROLE weak");
    }
  }

  /// Changed by somebody on a server of the cluster, as it runs.
  @Test
  void whatASessionCanSetIsAsOnTheHomeShardOnEveryShard() throws SQLException {
    cluster.execute("SHARDGATE ASSIGN placed 'here' TO s1", "SHARDGATE ASSIGN placed 'there' TO s2", "INSERT INTO docs VALUES ('here', 1), ('there', 1)");
    for (String setting : List.of("timezone = 'Asia/Tokyo'", "datestyle = 'SQL, DMY'", "intervalstyle = 'iso_8601'")) {
      cluster.executeOn("s2", "ALTER SYSTEM SET " + setting);
    }
    cluster.executeOn("s2", "SELECT pg_reload_conf()");
    cluster.executeOn("s2", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    try (WireClient client = cluster.wire()) {
      String texts = "SELECT concat_ws(' | ', timestamptz '2026-01-02 03:04:05+00', date '03/04/2026', interval '1 day 2 hours', current_setting('TimeZone')) FROM docs WHERE tenant = ";
      String here = client.value(texts + "'here'");
      assertThat(client.value(texts + "'there'")).isEqualTo(here);
      client.query("SET TimeZone = 'Europe/Vienna'");
      assertThat(client.value(texts + "'there'")).isEqualTo(client.value(texts + "'here'")).contains("04:04:05+01");
      client.query("RESET TimeZone");
      assertThat(client.value(texts + "'there'")).isEqualTo(here);
      client.query("DISCARD ALL");
      assertThat(client.value(texts + "'there'")).isEqualTo(here);
    } finally {
      for (String setting : List.of("timezone", "datestyle", "intervalstyle")) {
        cluster.executeOn("s2", "ALTER SYSTEM RESET " + setting);
      }
      cluster.executeOn("s2", "SELECT pg_reload_conf()");
      cluster.execute("DELETE FROM docs WHERE tenant = 'here'", "DELETE FROM docs WHERE tenant = 'there'");
    }
  }

  private static void endConnectionsTo(String shard) {
    cluster.executeOn(shard, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'");
  }

  /// Behind the proxy's back, as it runs: no connection is used that would compute otherwise, and both are again when they are alike.
  @Test
  void aConnectionToAShardWithOtherExtensionsIsRefusedUntilItHasThem() throws SQLException {
    cluster.execute("SHARDGATE ASSIGN placed 'mine' TO s1", "SHARDGATE ASSIGN placed 'yours' TO s2");
    String read = "SELECT count(*) FROM docs WHERE tenant = 'yours'";
    String unlike = "could not connect to shard \"s2\": it has ";
    try {
      cluster.executeOn("s1", "CREATE EXTENSION hstore VERSION '1.4'");
      endConnectionsTo("s1");
      endConnectionsTo("s2");
      assertThat(errorOf(read)).isEqualTo("08001 " + unlike + "no extension hstore (expected: version 1.4, as the home shard)");
      cluster.executeOn("s2", "CREATE EXTENSION hstore VERSION '1.4'");
      assertThat(cluster.value(read)).isEqualTo("0");
      cluster.executeOnEach("ALTER EXTENSION hstore UPDATE TO '1.5'");
      endConnectionsTo("s2");
      assertThat(cluster.value(read)).as("what the home shard's older connections told is not held against it").isEqualTo("0");
      cluster.executeOn("s2", "ALTER EXTENSION hstore UPDATE TO '1.6'");
      endConnectionsTo("s2");
      assertThat(errorOf(read)).isEqualTo("08001 " + unlike + "extension hstore 1.6 (expected: 1.5, as the home shard)");
    } finally {
      cluster.executeOnEach("DROP EXTENSION IF EXISTS hstore");
    }
    assertThat(cluster.value(read)).isEqualTo("0");
  }

  private static String errorOf(String sql) {
    try (WireClient client = cluster.wire()) {
      ErrorFields error = WireClient.errorIn(client.query(sql));
      return error.code() + " " + error.message();
    }
  }

  @Test
  void whatItLacksIsWarnedOfAndItThenGetsTheRowsOfNewKeys() throws SQLException {
    List<String> told = admin("APPLY", topology(plain.url("app"))).stream().map(Object::toString).toList();
    assertThat(told).noneMatch(message -> message.startsWith("ErrorResponse"));
    assertThat(told).anyMatch(message -> message.contains("shard s3 has max_prepared_transactions 0: transactions that write on several shards are rolled back")
            && message.contains("On s3: ALTER SYSTEM SET max_prepared_transactions = 40; then restart it."))
        .anyMatch(message -> message.contains("shard s3 has wal_level replica") && message.contains("On s3: ALTER SYSTEM SET wal_level = 'logical'; then restart it."))
        .anyMatch(message -> message.contains("shard s3 gets the roles that it has not, as they are on s1: it Group, it_reader"))
        .anyMatch(message -> message.contains("shard s3 has no such role, or another password, for: it_other; their sessions can't use it"))
        .noneMatch(message -> message.contains("SCRAM-SHA-256"));
    plain.execute("app", "SET ROLE app; CREATE TABLE docs (tenant text PRIMARY KEY, n int)");
    for (int tenant = 0; tenant < 9; tenant++) {
      cluster.execute("INSERT INTO docs VALUES ('tenant " + tenant + "', " + tenant + ")");
      assertThat(cluster.value("SELECT n FROM docs WHERE tenant = 'tenant " + tenant + "'")).isEqualTo(Integer.toString(tenant));
    }
    try (Connection connection = plain.connect("app"); ResultSet row = connection.createStatement().executeQuery("SELECT count(*) FROM docs")) {
      assertThat(row.next()).isTrue();
      assertThat(row.getInt(1)).as("the least loaded one gets its share").isBetween(3, 4);
    }
    String roles =
        "SELECT string_agg(concat_ws(' ', r.rolname, r.rolinherit, r.rolcanlogin, r.rolconnlimit, r.rolvaliduntil, r.rolpassword, s.setconfig, m), E'\\n' ORDER BY r.rolname)"
            + " FROM pg_authid r LEFT JOIN pg_db_role_setting s ON s.setrole = r.oid,"
            + " LATERAL (SELECT string_agg(g.rolname || a.admin_option, ',' ORDER BY g.rolname) AS m FROM pg_auth_members a JOIN pg_authid g ON g.oid = a.roleid WHERE a.member = r.oid) x"
            + " WHERE r.rolname IN ('it_reader', 'it Group')";
    try (Connection connection = plain.connect("app"); ResultSet row = connection.createStatement().executeQuery(roles)) {
      assertThat(row.next()).isTrue();
      assertThat(row.getString(1)).isEqualTo(cluster.valueOn("s1", roles)).contains("it_reader f t 7 2099-01-01").contains("it Grouptrue").contains("search_path");
    }
    plain.execute("ALTER ROLE it_other PASSWORD '" + cluster.valueOn("s1", "SELECT rolpassword FROM pg_authid WHERE rolname = 'it_other'") + "'");
    try (WireClient client = cluster.wire()) {
      assertThat(client.rows("SHARDGATE VERIFY SCHEMA")).filteredOn(row -> !row.contains("s2")).isEmpty();
    }
  }
}
