package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.ServiceConnections;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The schema `shardgate`: what the proxy makes on servers, and keeps there. `docs/server-objects.md` lists it.
///
/// Thread-safe: remembers in a concurrent set where the objects are known to be. Methods that are not named `is…` block: virtual threads only.
final class ServerObjects {
  /// Raised whenever [#INSTALL] changes; recorded as the schema's comment.
  private static final String VERSION = "shardgate objects, version 1";

  /// Two proxies must not install at once: `IF NOT EXISTS` does not wait for another transaction.
  private static final long INSTALL_LOCK = 7_310_029_541_172_350L;

  private static final String INSTALLED =
      "SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = 'shardgate'";

  /// `record_commit` raises `synchronous_commit` for the rest of the transaction, which is the COMMIT behind it. Its token is what the
  /// hash in the gid was made of.
  private static final String INSTALL =
      """
      DO $$
      BEGIN
        IF EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.nspname = 'shardgate' AND NOT r.rolsuper) THEN
          RAISE EXCEPTION 'schema "shardgate" belongs to a role that is no superuser' USING ERRCODE = '42501';
        END IF;
      END $$;
      CREATE SCHEMA IF NOT EXISTS shardgate;
      CREATE TABLE IF NOT EXISTS shardgate.cluster (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        id text NOT NULL
      );
      CREATE TABLE IF NOT EXISTS shardgate.commit_log (
        gid text PRIMARY KEY,
        verdict text NOT NULL CHECK (verdict IN ('commit', 'abort')),
        decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE OR REPLACE FUNCTION shardgate.record_commit(gid text, token text) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
      BEGIN
        IF gid !~ '^sg:' OR split_part(split_part(gid, ':', 5), '.', 2) <> left(encode(sha256(convert_to(token, 'UTF8')), 'hex'), 32) THEN
          RAISE EXCEPTION 'permission denied for transaction "%"', gid USING ERRCODE = '42501';
        END IF;
        IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
          PERFORM set_config('synchronous_commit', 'on', true);
        END IF;
        INSERT INTO shardgate.commit_log VALUES ($1, 'commit');
      END $$;
      DO $$
      DECLARE granted record;
      BEGIN
        FOR granted IN
          SELECT c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END AS grantee
          FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
          WHERE c.relnamespace = 'shardgate'::regnamespace AND c.relkind = 'r' AND a.grantee <> c.relowner
        LOOP
          EXECUTE format('REVOKE ALL ON TABLE shardgate.%I FROM %s', granted.relname, granted.grantee);
        END LOOP;
      END $$;
      REVOKE ALL ON SCHEMA shardgate FROM PUBLIC;
      GRANT USAGE ON SCHEMA shardgate TO PUBLIC;
      GRANT EXECUTE ON FUNCTION shardgate.record_commit(text, text) TO PUBLIC;
      """;

  private static final String CLUSTER =
      """
      INSERT INTO shardgate.cluster (id) VALUES (?) ON CONFLICT DO NOTHING""";

  private final ServiceConnections service;
  private final Supplier<ShardMap> map;
  private final Set<Place> installed = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String cluster;

  /// A database of a shard.
  record Place(ShardId shard, String database) {}

  ServerObjects(ServiceConnections service, Supplier<ShardMap> map) {
    this.service = service;
    this.map = map;
  }

  /// Whether the objects are there, and the cluster's id is known. Does not block.
  boolean isReady(Place place) {
    return cluster != null && installed.contains(place);
  }

  /// The databases in which objects were made.
  Set<Place> places() {
    return Set.copyOf(installed);
  }

  /// The objects turned out to be missing: the next [#install] looks again.
  void forget(Place place) {
    installed.remove(place);
  }

  /// Makes the objects where they are missing or old.
  ///
  /// @throws io.shardgate.proxy.catalog.ServiceException when the server can't be reached or declines
  void install(Place place) {
    if (installed.contains(place)) {
      return;
    }
    service.call(place.shard(), place.database(), connection -> {
      install(connection);
      String known = cluster;
      return known != null && place.shard().equals(map.get().home()) ? keepCluster(connection, known) : 0;
    });
    installed.add(place);
  }

  /// The cluster's id: made once, kept on the home shard in the database that its endpoint names.
  ///
  /// @throws io.shardgate.proxy.catalog.ServiceException when the home shard can't be reached
  String cluster() {
    String known = cluster;
    if (known == null) {
      ShardId home = map.get().home();
      Place place = new Place(home, service.databaseOf(home));
      install(place);
      known = service.call(home, place.database(), ServerObjects::cluster);
      cluster = known;
    }
    return known;
  }

  /// The cluster's id if it was read already. Does not block.
  @Nullable String clusterIfKnown() {
    return cluster;
  }

  private static void install(Connection connection) throws SQLException {
    if (isCurrent(connection)) {
      return;
    }
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE");
      statement.execute("SELECT pg_advisory_xact_lock(" + INSTALL_LOCK + ")");
      if (!isCurrent(connection)) {
        statement.execute(INSTALL);
        statement.execute("COMMENT ON SCHEMA shardgate IS '" + VERSION + "'");
      }
      connection.commit();
    }
  }

  private static boolean isCurrent(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(INSTALLED)) {
      return row.next() && VERSION.equals(row.getString(1));
    }
  }

  private static String cluster(Connection connection) throws SQLException {
    byte[] random = new byte[6];
    new SecureRandom().nextBytes(random);
    keepCluster(connection, HexFormat.of().formatHex(random));
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM shardgate.cluster")) {
      row.next();
      return row.getString(1);
    }
  }

  private static int keepCluster(Connection connection, String id) throws SQLException {
    connection.setAutoCommit(true);
    try (PreparedStatement insert = connection.prepareStatement(CLUSTER)) {
      insert.setString(1, id);
      return insert.executeUpdate();
    }
  }
}
