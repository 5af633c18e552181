package io.shardgate.conversation;

import io.shardgate.cluster.TestCluster;
import io.shardgate.proxy.testing.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.awaitility.Awaitility;

/// One plain PostgreSQL, and the proxy over four shards, with the same tables and rows. Not thread-safe; owned by the test class.
final class TwoSides implements AutoCloseable {
  /// Few, so that clients get each other's connections.
  private static final int CONNECTIONS = 2;

  private static final String TOPOLOGY = """
      groups:
        customer: { strategy: hash, key: bigint, tables: { customers: id, orders: customer_id, moods: id } }
      reference: [ countries ]
      """;

  /// Made by each server's superuser: the numbers of types and tables differ from shard to shard.
  private static final String JUNK = """
      CREATE TYPE junk_%1$d AS ENUM ('a'); CREATE TABLE junk_table_%1$d (i int); CREATE TYPE more_junk_%1$d AS (a int);
      DROP TYPE junk_%1$d; DROP TABLE junk_table_%1$d; DROP TYPE more_junk_%1$d
      """;

  private static final int JUNK_MORE = 7;

  /// Roles are the server's, not the database's; another test class may have made it.
  private static final String CLERK =
      "DO $$ BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT clerk TO " + TestCluster.ROLE;

  private static final String SCHEMA = """
      CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
      CREATE TYPE spot AS (label text, feeling mood);
      CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
      CREATE TABLE orders (customer_id bigint, id int, note text, PRIMARY KEY (customer_id, id));
      CREATE TABLE moods (id bigint PRIMARY KEY, feeling mood, feelings mood[], spot spot, spots spot[]);
      CREATE TABLE countries (code text PRIMARY KEY, name text);
      INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France');
      ALTER TABLE customers OWNER TO app; ALTER TABLE orders OWNER TO app; ALTER TABLE moods OWNER TO app;
      ALTER TABLE countries OWNER TO app; ALTER TYPE mood OWNER TO app; ALTER TYPE spot OWNER TO app;
      GRANT ALL ON SCHEMA public TO app
      """;

  private static final String HOME_SCHEMA = """
      CREATE TABLE items (id int PRIMARY KEY, name text CHECK (name <> 'bad'), price numeric(10,2) DEFAULT 1.50);
      INSERT INTO items SELECT i, 'item ' || i FROM generate_series(1, 10) i;
      CREATE TABLE parent (id int PRIMARY KEY);
      CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE scratch (id int, note text);
      CREATE FUNCTION warns(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'told: %', $1; RETURN 1; END $$;
      CREATE FUNCTION leaves() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE left_behind (i int); END $$;
      CREATE FUNCTION sets() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('work_mem', '17MB', false); END $$;
      CREATE SEQUENCE seq; ALTER SEQUENCE seq OWNER TO app;
      ALTER TABLE items OWNER TO app; ALTER TABLE parent OWNER TO app; ALTER TABLE child OWNER TO app; ALTER TABLE scratch OWNER TO app;
      ALTER FUNCTION warns(text) OWNER TO app
      """;

  private final TestCluster cluster;
  private final PostgresServer server;
  private final String plainDatabase;

  private TwoSides(TestCluster cluster) {
    this.cluster = cluster;
    this.server = cluster.shard("s1");
    this.plainDatabase = "plain_" + cluster.database();
  }

  static TwoSides start() {
    return start(CONNECTIONS);
  }

  /// @param connections the pool's cap for each shard
  static TwoSides start(int connections) {
    TestCluster cluster =
        TestCluster.start(TOPOLOGY, config -> config.withPool(config.pool().withMaxConnections(connections)));
    TwoSides sides = new TwoSides(cluster);
    sides.server.execute("CREATE DATABASE " + sides.plainDatabase + " OWNER " + TestCluster.ROLE);
    sides.server.execute(sides.plainDatabase, SCHEMA);
    sides.server.execute(sides.plainDatabase, HOME_SCHEMA);
    int junk = 0;
    for (String shard : cluster.shardNames()) {
      for (int i = 0; i < junk; i++) {
        cluster.executeOn(shard, JUNK.formatted(i));
      }
      junk += JUNK_MORE;
      cluster.shard(shard).execute(CLERK);
      cluster.executeOn(shard, SCHEMA);
    }
    cluster.executeOn("s1", HOME_SCHEMA);
    return sides;
  }

  TestCluster cluster() {
    return cluster;
  }

  Connection plainConnection(String options) throws SQLException {
    return java.sql.DriverManager.getConnection(
        "jdbc:" + server.url(plainDatabase) + "?" + options, TestCluster.ROLE, TestCluster.PASSWORD);
  }

  Stage plainStage() {
    return new Stage(server.port(), plainDatabase, new Backdoor(List.of(server), plainDatabase));
  }

  Stage proxyStage() {
    return new Stage(
        cluster.port(), cluster.database(),
        new Backdoor(cluster.shardNames().stream().map(cluster::shard).toList(), cluster.database()));
  }

  /// The servers of one side, as their superuser.
  private record Backdoor(List<PostgresServer> servers, String database) implements Stage.Backdoor {
    @Override
    public void onHome(String sql) {
      servers.getFirst().execute(database, sql);
    }

    @Override
    public void awaitWaiting() {
      Awaitility.await().until(() -> servers.stream().anyMatch(this::somebodyWaits));
    }

    private boolean somebodyWaits(PostgresServer each) {
      return each.query(
              "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + database + "' AND state = 'active'"
                  + " AND (wait_event = 'PgSleep' OR wait_event_type = 'Lock')")
          .equals("1");
    }
  }

  @Override
  public void close() {
    cluster.close();
    server.execute("DROP DATABASE " + plainDatabase + " WITH (FORCE)");
  }
}
