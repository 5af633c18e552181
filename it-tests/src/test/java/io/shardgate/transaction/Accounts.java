package io.shardgate.transaction;

import static org.awaitility.Awaitility.await;

import io.shardgate.cluster.TestCluster;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The table that these tests write to, with a deferred trigger by which a transaction fails, stops or speaks when it ends.
final class Accounts {
  static final String TOPOLOGY =
      """
      groups:
        account: { strategy: hash, key: bigint, tables: { account: id } }
      functions: { account_end: local, note: local }
      """;

  /// Fails at the end of the transaction.
  static final int FAILS = -1;

  /// Does at the end of the transaction what PREPARE TRANSACTION refuses.
  static final int NOTIFIES = 77;

  /// Tells `synchronous_commit` in a NOTICE at the end of the transaction.
  static final int SPEAKS = 88;

  private static final int KEYS_EACH = 20;

  private static final String SCHEMA =
      """
      CREATE TABLE public.account (id bigint PRIMARY KEY, n int NOT NULL);
      CREATE FUNCTION public.account_end() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF new.n < 0 THEN RAISE EXCEPTION 'an account below zero' USING ERRCODE = '23514';
        ELSIF new.n = 77 THEN PERFORM pg_notify('account', '');
        ELSIF new.n = 88 THEN RAISE NOTICE 'synchronous_commit is %', current_setting('synchronous_commit');
        ELSIF new.n >= 1000 THEN PERFORM pg_advisory_xact_lock_shared(new.n);
        END IF;
        RETURN null;
      END $$;
      CREATE CONSTRAINT TRIGGER account_end AFTER UPDATE ON public.account DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION public.account_end();
      CREATE FUNCTION public.note(account bigint) RETURNS bigint LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('account', account::text);
        RETURN account;
      END $$;
      ALTER TABLE public.account OWNER TO app;
      ALTER FUNCTION public.account_end OWNER TO app;
      """;

  private final TestCluster cluster;

  /// Makes the table on every shard, with accounts of 0.
  Accounts(TestCluster cluster) {
    this.cluster = cluster;
    for (String shard : cluster.shardNames()) {
      cluster.executeOn(shard, SCHEMA);
      for (long key : keys(shard)) {
        cluster.executeOn(shard, "INSERT INTO public.account VALUES (" + key + ", 0)");
      }
    }
    for (String shard : cluster.shardNames()) {
      await().until(() -> !cluster.valueOn(shard, "SELECT to_regclass('shardgate.commit_log')").equals("null"));
    }
  }

  private List<Long> keys(String shard) {
    return keys(cluster.map(), shard);
  }

  static List<Long> keys(ShardMap map, String shard) {
    Group group = map.groupOf(TableName.parse("account")).orElseThrow();
    List<Long> keys = new ArrayList<>();
    for (long key = 1; keys.size() < KEYS_EACH; key++) {
      if (map.ownerOf(group, new KeyValue.OfLong(key)).value().equals(shard)) {
        keys.add(key);
      }
    }
    return keys;
  }

  /// The i-th key of a shard.
  long key(String shard, int i) {
    return keys(shard).get(i);
  }

  String update(String shard, int i, int n) {
    return "UPDATE account SET n = " + n + " WHERE id = " + key(shard, i);
  }

  /// What the shard itself has committed.
  int n(String shard, int i) {
    return Integer.parseInt(cluster.valueOn(shard, "SELECT n FROM public.account WHERE id = " + key(shard, i)));
  }

  /// Prepared transactions of this cluster's database on a shard.
  int prepared(String shard) {
    return Integer.parseInt(cluster.valueOn(shard, "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"));
  }

  String verdicts(String shard) {
    return cluster.valueOn(shard, "SELECT coalesce(string_agg(verdict, ' ' ORDER BY decided_at), '') FROM shardgate.commit_log");
  }

  /// Holds back every transaction on a shard that ends with this `n` in an account, until closed.
  Hold stop(String shard, int n) throws SQLException {
    Connection connection = cluster.connectToShard(shard);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(" + n + ")");
    }
    return new Hold(connection);
  }

  /// An advisory lock that is held until closed.
  record Hold(Connection connection) implements AutoCloseable {
    void release() throws SQLException {
      connection.close();
    }

    @Override
    public void close() throws SQLException {
      release();
    }
  }

  /// Waits until a transaction is held back.
  ///
  /// @return its backend
  int awaitStopped(String shard, int n) {
    String pid =
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = " + n
            + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    await().atMost(Duration.ofSeconds(20)).until(() -> !cluster.valueOn(shard, pid).equals("no row"));
    return Integer.parseInt(cluster.valueOn(shard, pid));
  }

  /// The backend that a client role uses there, when it is the only one.
  int onlyBackend(String shard) {
    return Integer.parseInt(
        cluster.valueOn(shard, "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database() AND state <> 'idle'"));
  }
}
