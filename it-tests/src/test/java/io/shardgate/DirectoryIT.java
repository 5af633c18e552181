package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.ErrorFields;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/// Tables sharded by directory: however the first row of a key is written, the key gets one shard, and all its rows are there.
final class DirectoryIT {
  private static final String TOPOLOGY =
      """
      groups:
        tenant: { strategy: directory, key: text, tables: { documents: tenant, letters: tenant } }
        even: { strategy: directory, key: bigint, tables: { evens: k } }
        number: { strategy: directory, key: bigint, tables: { numbers: k }, place: hash }
        hashed: { strategy: hash, key: bigint, tables: { hashes: k } }
        token: { strategy: directory, key: uuid, tables: { tokens: k } }
        client: { strategy: directory, key: text, tables: { clients: name, visits: client }, place: { label: region, column: region } }
      reference: [ places ]
      """;
  private static final List<String> EU = List.of("s1", "s2");
  private static final List<String> US = List.of("s3", "s4");

  private static TestCluster cluster;

  @BeforeAll
  static void start() {
    cluster = TestCluster.start(TOPOLOGY);
    cluster.execute(
        "CREATE TABLE documents (tenant text, id int, body text, PRIMARY KEY (tenant, id))",
        "CREATE TABLE letters (tenant text, id int, PRIMARY KEY (tenant, id))",
        "CREATE TABLE evens (k bigint PRIMARY KEY, n int)", "CREATE TABLE numbers (k bigint PRIMARY KEY)", "CREATE TABLE hashes (k bigint PRIMARY KEY)",
        "CREATE TABLE tokens (k uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int)",
        "CREATE TABLE clients (name text PRIMARY KEY, region text, n int DEFAULT 0)",
        "CREATE TABLE visits (client text, n int, PRIMARY KEY (client, n))",
        "CREATE TABLE places (name text PRIMARY KEY, region text)",
        "INSERT INTO places VALUES ('berlin', 'eu'), ('boston', 'us')");
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static KeyTable table(String group) {
    return (KeyTable) cluster.map().keySpaces().get(group);
  }

  /// The shard that has the key's rows, which has to be its owner, and the only one with any.
  private static String shardOf(String group, String table, String column, String key) {
    List<String> having = new ArrayList<>();
    for (String shard : cluster.shardNames()) {
      if (!cluster.valueOn(shard, "SELECT count(*) FROM " + table + " WHERE " + column + " = '" + key + "'").equals("0")) {
        having.add(shard);
      }
    }
    assertThat(having).as("shards with rows of %s", key).hasSize(1);
    ShardId owner = table(group).ownerOf(table(group).type() == io.shardgate.directory.KeyType.BIGINT ? new KeyValue.OfLong(Long.parseLong(key)) : KeyValue.OfText.of(key));
    assertThat(owner).as("owner of %s", key).isEqualTo(new ShardId(having.getFirst()));
    return having.getFirst();
  }

  private static void assertDocuments(String... tenants) {
    for (String tenant : tenants) {
      shardOf("tenant", "documents", "tenant", tenant);
      assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant = '" + tenant + "'")).as(tenant).isNotEqualTo("0");
    }
  }

  private static Connection extended() throws SQLException {
    return cluster.connect("prepareThreshold=-1&binaryTransfer=true");
  }

  private static void copyIn(String sql, byte[] data) throws Exception {
    try (Connection connection = cluster.connect()) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, new ByteArrayInputStream(data));
    }
  }

  private static void copyIn(String sql, String data) throws Exception {
    copyIn(sql, data.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] binary(String query) throws Exception {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try (Connection connection = cluster.connect()) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (" + query + ") TO STDOUT (FORMAT binary)", data);
    }
    return data.toByteArray();
  }

  @Test
  void everyWayToWriteANewKeyPlacesIt() throws Exception {
    cluster.execute("INSERT INTO documents VALUES ('one', 1)");
    cluster.execute("INSERT INTO documents VALUES ('two', 1), ('three', 1), ('two', 2), ('one', 2)");
    cluster.execute("INSERT INTO documents VALUES ('four', 1) ON CONFLICT (tenant, id) DO UPDATE SET body = 'again'");
    cluster.execute("INSERT INTO documents SELECT 'select ' || i % 7, i FROM generate_series(1, 50) i");
    cluster.execute("INSERT INTO documents SELECT 'returned ' || i, i FROM generate_series(1, 5) i ON CONFLICT DO NOTHING RETURNING id");
    cluster.execute("WITH w AS (INSERT INTO documents VALUES ('with', 1) RETURNING tenant) INSERT INTO letters VALUES ('with', 1)");
    cluster.execute("MERGE INTO documents d USING (VALUES (1)) v(id) ON d.tenant = 'merged' AND d.id = v.id WHEN NOT MATCHED THEN INSERT VALUES ('merged', 1)");
    cluster.execute("PREPARE p (text) AS INSERT INTO documents VALUES ($1, 1)", "EXECUTE p('exe' || 'cuted')");
    assertDocuments("one", "two", "three", "four", "select 0", "select 6", "returned 1", "returned 5", "with", "merged", "executed");
    assertThat(shardOf("tenant", "letters", "tenant", "with")).isEqualTo(shardOf("tenant", "documents", "tenant", "with"));
    assertThat(cluster.value("SELECT count(*) FROM documents d JOIN letters l ON l.tenant = d.tenant WHERE d.tenant = 'with'")).isEqualTo("1");
  }

  @Test
  void newKeysInParametersAndPipelines() throws Exception {
    for (String options : List.of("prepareThreshold=0&binaryTransfer=false", "prepareThreshold=-1&binaryTransfer=true", "preferQueryMode=simple")) {
      String name = "p" + Math.abs(options.hashCode());
      try (Connection connection = cluster.connect(options); PreparedStatement one = connection.prepareStatement("INSERT INTO documents VALUES (?, ?)");
          PreparedStatement many = connection.prepareStatement("INSERT INTO documents VALUES (?, 1), (?, 1), (?, 2) RETURNING tenant")) {
        one.setString(1, name);
        one.setInt(2, 1);
        assertThat(one.executeUpdate()).isEqualTo(1);
        many.setString(1, name + "a");
        many.setString(2, name + "b");
        many.setString(3, name + "a");
        try (ResultSet rows = many.executeQuery()) {
          List<String> told = new ArrayList<>();
          while (rows.next()) {
            told.add(rows.getString(1));
          }
          assertThat(told).containsExactly(name + "a", name + "b", name + "a");
        }
        connection.setAutoCommit(false);
        for (int i = 0; i < 60; i++) {
          one.setString(1, name + "-" + i % 20);
          one.setInt(2, i);
          one.addBatch();
        }
        assertThat(one.executeBatch()).hasSize(60).containsOnly(1);
        connection.commit();
      }
      assertDocuments(name, name + "a", name + "b", name + "-0", name + "-19");
    }
  }

  @Test
  void copyPlacesNewKeysInEveryFormatAndManyWithOneWrite() throws Exception {
    copyIn("COPY documents (tenant, id) FROM STDIN", "ct1\t1\nct2\t1\nct1\t2\nct\\t3\t1\n");
    copyIn("COPY documents (id, tenant) FROM STDIN (FORMAT csv)", "1,cc1\n1,\"cc\n2\"\n2,cc1\n");
    copyIn("COPY documents (tenant, id) FROM STDIN (FORMAT binary)", binary("SELECT 'cb' || i % 3, i FROM generate_series(1, 9) i"));
    assertDocuments("ct1", "ct2", "ct\t3", "cc1", "cc\n2", "cb0", "cb1", "cb2");
    long writes = Files.lines(keysFile()).count();
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      rows.append("bulk").append(i % 5_000).append('\t').append(i).append('\n');
    }
    copyIn("COPY documents (tenant, id) FROM STDIN", rows.toString());
    assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant = 'bulk4999'")).isEqualTo("4");
    assertThat(Files.lines(keysFile()).count() - writes).as("writes for 5,000 keys").isLessThan(500);
    assertDocuments("bulk0", "bulk2500", "bulk4999");
  }

  private static java.nio.file.Path keysFile() {
    return cluster.directoryFile().resolveSibling("directory.json.keys");
  }

  @Test
  void whatIsWrongWithACopyIsToldWithItsLine() throws Exception {
    assertThatThrownBy(() -> copyIn("COPY documents (tenant, id) FROM STDIN", "wl1\t1\nwl2\t1\nwl3\tnumber\nwl4\t1\n"))
        .isInstanceOfSatisfying(PSQLException.class, why -> assertThat(why.getServerErrorMessage().getWhere()).contains("COPY documents, line 3, column id: \"number\""));
    assertThatThrownBy(() -> copyIn("COPY clients (name, region) FROM STDIN", "wl1\teu\nwl2\tmars\nwl3\teu\n"))
        .hasMessageContaining("no shard has the label \"region\" with value 'mars'")
        .isInstanceOfSatisfying(PSQLException.class, why -> assertThat(why.getServerErrorMessage().getWhere()).isEqualTo("COPY clients, line 2"));
    assertThatThrownBy(() -> copyIn("COPY clients (name, region) FROM STDIN (FORMAT csv)", "wl5,eu\nwl6,\"e\"u,x\n"))
        .as("the stream's own fault, behind a row that is held").hasMessageContaining("extra data after last expected column");
    for (String table : List.of("documents", "clients")) {
      for (String shard : cluster.shardNames()) {
        assertThat(cluster.valueOn(shard, "SELECT count(*) FROM " + table + " t WHERE t::text LIKE '(wl%'")).isEqualTo("0");
      }
    }
    assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant = 'wl1'")).isEqualTo("0");
  }

  @Test
  void aKeyThatItsDefaultMakesIsPlaced() throws Exception {
    try (WireClient client = cluster.wire()) {
      String made = client.value("INSERT INTO tokens (n) VALUES (7) RETURNING k");
      assertThat(client.value("SELECT n FROM tokens WHERE k = '" + made + "'")).isEqualTo("7");
    }
    cluster.execute("INSERT INTO tokens (n) VALUES (8), (8), (8)", "INSERT INTO tokens (n) SELECT 9 FROM generate_series(1, 20)");
    copyIn("COPY tokens (n) FROM STDIN", "10\n10\n10\n10\n");
    assertThat(table("token").size()).isEqualTo(28);
    for (String shard : cluster.shardNames()) {
      assertThat(cluster.valueOn(shard, "SELECT count(*) FROM tokens")).as("least-loaded").isEqualTo("7");
    }
  }

  @Test
  void leastLoadedBalancesAndTheMapShowsCounts() throws Exception {
    try (Connection connection = extended(); PreparedStatement insert = connection.prepareStatement("INSERT INTO evens VALUES (?, 0)")) {
      for (int i = 0; i < 10; i++) {
        insert.setLong(1, i);
        insert.executeUpdate();
      }
    }
    cluster.execute("INSERT INTO evens SELECT i, 1 FROM generate_series(10, 39) i");
    for (String shard : cluster.shardNames()) {
      assertThat(cluster.valueOn(shard, "SELECT count(*) FROM evens")).isEqualTo("10");
    }
    Map<String, String> counts = new TreeMap<>();
    try (Connection connection = cluster.connect(); Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("SHOW SHARDGATE MAP")) {
      while (rows.next()) {
        if (rows.getString("group").equals("even")) {
          assertThat(counts.put(rows.getString("shard"), rows.getString("keys"))).isNull();
        }
      }
    }
    assertThat(counts).isEqualTo(Map.of("s1", "10", "s2", "10", "s3", "10", "s4", "10"));
  }

  @Test
  void policyHashPlacesLikeAGroupOfStrategyHash() {
    cluster.execute("INSERT INTO numbers SELECT i * 7919 FROM generate_series(1, 200) i", "INSERT INTO hashes SELECT i * 7919 FROM generate_series(1, 200) i");
    for (String shard : cluster.shardNames()) {
      String keys = "SELECT string_agg(k::text, ',' ORDER BY k) FROM ";
      assertThat(cluster.valueOn(shard, keys + "numbers")).isEqualTo(cluster.valueOn(shard, keys + "hashes"));
    }
  }

  @Test
  void rowsStayOnTheShardsOfTheirFirstRowsLabel() throws Exception {
    cluster.execute("INSERT INTO clients VALUES ('e1', 'eu')", "INSERT INTO clients (region, name) VALUES ('us', 'u1')");
    cluster.execute("INSERT INTO clients VALUES ('e2', 'eu'), ('u2', 'us'), ('e3', 'eu')");
    cluster.execute("INSERT INTO clients SELECT 'q' || left(region, 1), region FROM places");
    cluster.execute("MERGE INTO clients c USING (VALUES (1)) v(i) ON c.name = 'um' WHEN NOT MATCHED THEN INSERT VALUES ('um', 'us')");
    copyIn("COPY clients (name, region) FROM STDIN", "et\teu\nut\tus\net2\teu\n");
    copyIn("COPY clients (region, name) FROM STDIN (FORMAT csv)", "us,uc\neu,ec\n");
    copyIn("COPY clients (name, region) FROM STDIN (FORMAT binary)", binary("SELECT 'eb', 'eu' UNION ALL SELECT 'ub', 'us'"));
    for (String options : List.of("prepareThreshold=0&binaryTransfer=false", "prepareThreshold=-1&binaryTransfer=true")) {
      String name = "p" + Math.abs(options.hashCode());
      try (Connection connection = cluster.connect(options); PreparedStatement insert = connection.prepareStatement("INSERT INTO clients VALUES (?, ?)");
          PreparedStatement two = connection.prepareStatement("INSERT INTO clients VALUES (?, ?), (?, ?)")) {
        insert.setString(1, "e" + name);
        insert.setString(2, "eu");
        insert.executeUpdate();
        two.setString(1, "ea" + name);
        two.setString(2, "eu");
        two.setString(3, "ua" + name);
        two.setString(4, "us");
        two.executeUpdate();
      }
      assertThat(shardOf("client", "clients", "name", "e" + name)).isIn(EU);
      assertThat(shardOf("client", "clients", "name", "ua" + name)).isIn(US);
    }
    for (String name : List.of("e1", "e2", "e3", "qe", "et", "et2", "ec", "eb")) {
      assertThat(shardOf("client", "clients", "name", name)).as(name).isIn(EU);
    }
    for (String name : List.of("u1", "u2", "qu", "um", "ut", "uc", "ub")) {
      assertThat(shardOf("client", "clients", "name", name)).as(name).isIn(US);
    }
    cluster.execute("INSERT INTO visits VALUES ('e1', 1), ('u1', 1)", "UPDATE clients SET region = 'us' WHERE name = 'e1'", "INSERT INTO visits VALUES ('e1', 2)");
    assertThat(shardOf("client", "visits", "client", "e1")).as("the first row said so").isEqualTo(shardOf("client", "clients", "name", "e1"));
    for (String shard : EU) {
      assertThat(cluster.valueOn(shard, "SELECT count(*) FROM clients WHERE name LIKE 'u%' OR name = 'qu'")).isEqualTo("0");
    }
  }

  @Test
  void aNewKeyWithoutALabelIsRefused() throws Exception {
    long before = table("client").size();
    for (String sql : List.of(
        "INSERT INTO clients VALUES ('n1', NULL)", "INSERT INTO clients (name) VALUES ('n1')", "INSERT INTO clients VALUES ('n1', upper('EU'))",
        "INSERT INTO visits VALUES ('n1', 1)", "INSERT INTO visits VALUES ('n1', 1), ('n2', 1)", "INSERT INTO visits SELECT 'n1', i FROM generate_series(1, 2) i")) {
      assertThatThrownBy(() -> cluster.execute(sql)).as(sql).hasMessageContaining("is new, and its row tells no value of column \"region\"");
    }
    assertThatThrownBy(() -> copyIn("COPY visits FROM STDIN", "n1\t1\n")).hasMessageContaining("tells no value of column \"region\"");
    for (String sql : List.of("INSERT INTO clients VALUES ('n1', 'mars')", "INSERT INTO clients VALUES ('n1', 'mars'), ('n2', 'mars')")) {
      assertThatThrownBy(() -> cluster.execute(sql)).as(sql).hasMessageContaining("no shard has the label \"region\" with value 'mars'");
    }
    try (Connection connection = extended(); PreparedStatement insert = connection.prepareStatement("INSERT INTO clients VALUES (?, ?)")) {
      insert.setString(1, "n1");
      insert.setString(2, "mars");
      assertThatThrownBy(insert::executeUpdate).hasMessageContaining("no shard has the label \"region\" with value 'mars'");
      insert.setNull(2, java.sql.Types.VARCHAR);
      assertThatThrownBy(insert::executeUpdate).hasMessageContaining("tells no value of column \"region\"");
    }
    assertThat(table("client").size()).isEqualTo(before);
    cluster.execute("INSERT INTO clients VALUES ('n1', 'us')", "INSERT INTO visits VALUES ('n1', 1)", "INSERT INTO clients VALUES ('n1', NULL) ON CONFLICT (name) DO UPDATE SET n = 5");
    assertThat(shardOf("client", "visits", "client", "n1")).isIn(US);
  }

  @Test
  void keysThatNobodyPlacedHaveNoRowsAndStayUnplaced() throws Exception {
    cluster.execute("INSERT INTO documents VALUES ('there', 1, 'b')");
    long before = table("tenant").size();
    try (WireClient client = cluster.wire()) {
      assertThat(client.value("SELECT count(*) FROM documents WHERE tenant = 'nowhere'")).isEqualTo("0");
      assertThat(client.value("SELECT count(*) FROM documents WHERE tenant IN ('nowhere', 'there', 'else')")).isEqualTo("1");
      assertThat(client.value("SELECT l.id FROM documents d LEFT JOIN letters l ON l.tenant = 'nowhere' WHERE d.tenant = 'there'")).isEqualTo("NULL");
      assertThat(client.query("UPDATE documents SET body = 'x' WHERE tenant = 'nowhere'").toString()).contains("UPDATE 0");
      assertThat(client.query("DELETE FROM documents WHERE tenant = ANY ('{nowhere,else}')").toString()).contains("DELETE 0");
      client.query("BEGIN");
      client.query("DECLARE c CURSOR FOR SELECT 5 FROM documents WHERE tenant = 'nowhere' UNION ALL SELECT 6");
      assertThat(client.value("FETCH ALL FROM c")).isEqualTo("6");
      client.query("COMMIT");
      client.query("PREPARE q (text) AS SELECT count(*) FROM documents WHERE tenant = $1");
      assertThat(client.value("EXECUTE q('nowhere')")).isEqualTo("0");
      assertThat(client.value("EXPLAIN (ROUTE) SELECT * FROM documents WHERE tenant = 'nowhere'")).contains("told by the directory");
      assertThat(client.value("EXPLAIN (ROUTE) INSERT INTO documents VALUES ('nowhere', 1)")).contains("s1, s2, s3, s4");
      assertThat(client.value("EXPLAIN INSERT INTO documents VALUES ('nowhere', 1)")).contains("Insert on documents");
    }
    try (Connection connection = extended(); PreparedStatement count = connection.prepareStatement("SELECT count(*) FROM documents WHERE tenant = ?")) {
      for (String tenant : List.of("nowhere", "there", "nowhere")) {
        count.setString(1, tenant);
        try (ResultSet row = count.executeQuery()) {
          row.next();
          assertThat(row.getInt(1)).isEqualTo(tenant.equals("there") ? 1 : 0);
        }
      }
    }
    assertThat(table("tenant").size()).as("reading places nothing").isEqualTo(before);
    assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant IN ('nowhere', 'there', 'elsewhere')")).isEqualTo("1");
  }

  @Test
  void aKeyOfNullIsRefusedAndMatchesNothing() {
    try (WireClient client = cluster.wire()) {
      ErrorFields one = client.error("INSERT INTO documents VALUES (NULL, 1)");
      ErrorFields many = client.error("INSERT INTO documents VALUES ('null', 1), (NULL, 1)");
      assertThat(List.of(one.code(), many.code())).containsOnly("23502");
      assertThat(client.value("SELECT count(*) FROM documents WHERE tenant = NULL")).isEqualTo("0");
    }
  }

  @Test
  void whoRacesForANewKeyWritesToTheSameShard() throws Exception {
    int racers = 6;
    int keys = 25;
    CyclicBarrier start = new CyclicBarrier(racers);
    try (ExecutorService threads = Executors.newFixedThreadPool(racers)) {
      List<Future<Void>> all = new ArrayList<>();
      for (int racer = 0; racer < racers; racer++) {
        int id = racer;
        all.add(threads.submit(() -> {
          try (Connection connection = id % 2 == 0 ? extended() : cluster.connect("preferQueryMode=simple"); Statement statement = connection.createStatement()) {
            for (int key = 0; key < keys; key++) {
              start.await();
              statement.executeUpdate("INSERT INTO documents VALUES ('race" + key + "', " + id + ")");
            }
          }
          return null;
        }));
      }
      for (Future<Void> one : all) {
        one.get();
      }
    }
    for (int key = 0; key < keys; key++) {
      shardOf("tenant", "documents", "tenant", "race" + key);
      assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant = 'race" + key + "'")).isEqualTo(String.valueOf(racers));
    }
  }

  @Test
  void aTransactionThatIsRolledBackLeavesItsKeyPlacedWithoutHarm() {
    try (WireClient client = cluster.wire()) {
      client.query("BEGIN");
      client.query("INSERT INTO documents VALUES ('undone', 1), ('undone too', 1)");
      assertThat(client.value("SELECT count(*) FROM documents WHERE tenant = 'undone'")).isEqualTo("1");
      client.query("ROLLBACK");
      assertThat(client.value("SELECT count(*) FROM documents WHERE tenant = 'undone'")).isEqualTo("0");
      client.query("INSERT INTO documents VALUES ('undone', 1)");
      assertDocuments("undone");
    }
  }

  @Test
  void aProxyThatStartsAgainKnowsTheKeys() {
    cluster.execute("INSERT INTO documents VALUES ('before', 1), ('before too', 1)");
    String shard = shardOf("tenant", "documents", "tenant", "before");
    cluster.restartProxy();
    assertThat(cluster.value("SELECT count(*) FROM documents WHERE tenant = 'before'")).isEqualTo("1");
    cluster.execute("INSERT INTO documents VALUES ('before', 2), ('before too', 2), ('after', 1)");
    assertThat(shardOf("tenant", "documents", "tenant", "before")).isEqualTo(shard);
    assertDocuments("before too", "after");
  }
}
