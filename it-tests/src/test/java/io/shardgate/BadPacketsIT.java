package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.cluster.LogWatch;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendMessage.ReadyForQuery;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.config.ProxyConfig;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Bytes that no client should send: each is answered as PostgreSQL would, and nobody else notices.
final class BadPacketsIT {
  private static final TestCluster CLUSTER = TestCluster.start("groups: { d: { strategy: hash, key: text, tables: { documents: tenant } } }", BadPacketsIT::smallLimits);
  private static final int CLIENT_STATEMENTS = 100;
  private int logged;

  private static ProxyConfig smallLimits(ProxyConfig config) {
    return config.withLimits(new ProxyConfig.Limits(5_000, 1 << 20, 100_000, 1 << 20, CLIENT_STATEMENTS, 500, config.limits().applyWait(), 1 << 20, 1 << 20));
  }

  @BeforeAll
  static void tables() {
    CLUSTER.executeOnEach("CREATE TABLE documents (tenant text PRIMARY KEY, n int); ALTER TABLE documents OWNER TO app");
  }

  @AfterAll
  static void close() {
    CLUSTER.close();
  }

  @BeforeEach
  void rememberTheLog() {
    logged = LogWatch.lines().size();
  }

  /// What a client does wrong is no line in our log, and the next client is served.
  @AfterEach
  void nothingIsLoggedAndTheNextIsServed() {
    assertThat(CLUSTER.value("SELECT 'served'")).isEqualTo("served");
    assertThat(LogWatch.linesSince(logged)).isEmpty();
  }

  @Test
  void garbageInsteadOfAStartupPacketClosesTheConnection() {
    try (WireClient http = CLUSTER.tcp()) {
      http.sendBytes("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(http.readToEnd()).isEmpty();
    }
  }

  @Test
  void moreStatementsThanAClientMayHaveAreRefusedHoweverTheyArePrepared() {
    try (WireClient client = CLUSTER.wire()) {
      for (int i = 0; i < CLIENT_STATEMENTS; i++) {
        client.query("PREPARE s" + i + " AS SELECT " + i);
      }
      assertThat(client.error("PREPARE more AS SELECT 1").message()).isEqualTo("too many prepared statements: " + CLIENT_STATEMENTS);
      client.send(out -> FrontendWriter.parse(out, "more", "SELECT 1".getBytes(StandardCharsets.US_ASCII), new int[0])).send(FrontendWriter::sync);
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("54000");
      client.query("DEALLOCATE s0");
      client.query("PREPARE more AS SELECT 'fits'");
      assertThat(client.value("EXECUTE more")).isEqualTo("fits");
    }
  }

  @Test
  void randomBytesNeverDoHarm() {
    Random random = new Random(42);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[1 + random.nextInt(300)];
      random.nextBytes(bytes);
      try (WireClient client = CLUSTER.tcp()) {
        client.sendBytes(bytes);
      }
    }
  }

  @Test
  void randomBytesAfterTheLoginNeverDoHarm() {
    Random random = new Random(43);
    for (int i = 0; i < 50; i++) {
      byte[] bytes = new byte[1 + random.nextInt(300)];
      random.nextBytes(bytes);
      bytes[0] = (byte) "QPBDECHSFXdcf".charAt(random.nextInt(13));
      try (WireClient client = CLUSTER.wire()) {
        client.sendBytes(bytes);
      }
    }
  }

  @Test
  void aStartupPacketOfTenThousandBytesIsTooLong() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(out -> out.writeInt(10_005).writeInt(3 << 16).writeZero(100));
      assertThat(client.readToEnd()).isEmpty();
    }
  }

  /// The text is asked about before the failed transaction is told, and PostgreSQL has its word on the message first.
  @Test
  void aQueryWithAZeroByteInAFailedTransactionIsToldAsPostgresDoes() {
    for (byte[] sql : List.of("ROLL\0BACK".getBytes(StandardCharsets.UTF_8), "SELECT x\0y z".getBytes(StandardCharsets.UTF_8))) {
      try (WireClient proxied = CLUSTER.wire(); WireClient direct = WireClient.login(CLUSTER.shard("s1").port(), "app", "app", CLUSTER.database())) {
        for (WireClient client : List.of(proxied, direct)) {
          client.query("BEGIN");
          client.query("SELECT 1/0");
          client.send(out -> out.writeByte('Q').writeInt(5 + sql.length).writeBytes(sql).writeByte(0));
        }
        assertThat(faults(proxied.readToReady())).isEqualTo(faults(direct.readToReady())).isNotEmpty();
        assertThat(proxied.error("SELECT 1").code()).isEqualTo("25P02");
      }
    }
  }

  @Test
  void aStartupPacketLongerThanTheLimitIsTooLong() {
    for (int padding : new int[] {4_900, 5_100}) {
      try (WireClient client = CLUSTER.tcp()) {
        client.send(out -> FrontendWriter.startup(out, Map.of("user", "app", "x.x", "y".repeat(padding))));
        if (padding < 5_000) {
          client.read(BackendMessage.AuthenticationSasl.class);
        } else {
          assertThat(client.readToEnd()).isEmpty();
        }
      }
    }
  }

  /// An admin statement may hold a topology with passwords: a server that can't read the text would write it to its log.
  @Test
  void anAdminStatementNeverGoesToAServerHoweverItIsBroken() {
    String secret = "secret-of-the-topology";
    try (WireClient client = CLUSTER.wire()) {
      for (String sql : List.of(
          "SHARDGATE APPLY '" + secret, "SHARDGATE APPLY '" + secret + "' 1a", "SHARDGATE '" + secret + "'; SELEC 1", "SELECT 1; SHARDGATE APPLY '" + secret + "'; SELECT 'a",
          "BEGIN; SHARDGATE APPLY '" + secret + "'; ROLLBACK")) {
        assertThat(client.error(sql).code()).as(sql).isIn("42601", "25001");
        client.query("ROLLBACK");
        client.send(out -> {
          FrontendWriter.parse(out, "named", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
          FrontendWriter.parse(out, "named", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
          FrontendWriter.describeStatement(out, "named");
          FrontendWriter.sync(out);
        });
        assertThat(WireClient.errorIn(client.readToReady()).code()).as(sql).isIn("42601", "42P05");
        client.query("DEALLOCATE ALL");
      }
      client.query("SELECT 'seen-in-the-log");
    }
    assertThat(CLUSTER.shard("s1").log()).contains("seen-in-the-log");
    for (String shard : CLUSTER.shardNames()) {
      assertThat(CLUSTER.shard(shard).log()).doesNotContain(secret);
    }
  }

  @Test
  void aStartupPacketWithoutItsEndIsAProtocolViolation() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(out -> out.writeInt(12).writeInt(3 << 16).writeBytes("user".getBytes(StandardCharsets.US_ASCII)));
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(fields.severity()).isEqualTo("FATAL");
    }
  }

  @Test
  void aTruncatedMessageWaitsForItsRestAndCostsNobodyAnything() {
    try (WireClient client = CLUSTER.wire()) {
      byte[] sql = "SELECT 'whole'".getBytes(StandardCharsets.US_ASCII);
      client.send(out -> out.writeByte('Q').writeInt(5 + sql.length).writeBytes(sql, 0, 5));
      assertThat(client.isSilentFor(100)).isTrue();
      client.send(out -> out.writeBytes(sql, 5, sql.length - 5).writeByte(0));
      assertThat(client.readToReady()).anyMatch(BackendMessage.DataRow.class::isInstance);
    }
  }

  @Test
  void aTruncatedMessageAndThenTheEndIsNothing() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> out.writeByte('Q').writeInt(100).writeZero(3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, -1, Integer.MIN_VALUE})
  void aLengthThatCannotBeIsAProtocolViolation(int length) {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> out.writeByte('Q').writeInt(length));
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.severity()).isEqualTo("FATAL");
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(fields.message()).isEqualTo("invalid message length");
    }
  }

  @Test
  void aGiantMessageIsRefusedBeforeItIsRead() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> out.writeByte('Q').writeInt(Integer.MAX_VALUE));
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.severity()).isEqualTo("FATAL");
      assertThat(fields.code()).isEqualTo("08P01");
    }
  }

  @Test
  void anUnknownMessageTypeIsAProtocolViolation() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> out.writeByte('~').writeInt(4));
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.severity()).isEqualTo("FATAL");
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(fields.message()).isEqualTo("invalid frontend message type 126");
    }
  }

  @Test
  void aBindWhoseCountsLieIsAnErrorAndTheConnectionLives() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(
          out -> {
            FrontendWriter.parse(out, "", "SELECT $1::int".getBytes(StandardCharsets.US_ASCII), new int[0]);
            out.writeByte('B').writeInt(4 + 1 + 1 + 2 + 2).writeByte(0).writeByte(0).writeShort(0).writeShort(9);
            FrontendWriter.sync(out);
          });
      ErrorFields fields = WireClient.errorIn(client.readToReady());
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aStatementLongerThanTheLimitIsRefusedAndTheConnectionLives() {
    try (WireClient client = CLUSTER.wire()) {
      String sql = "SELECT '" + "x".repeat(100_000) + "'";
      ErrorFields simple = client.error(sql);
      assertThat(simple.code()).isEqualTo("54000");
      assertThat(simple.hint()).isPresent();
      client.send(
          out -> {
            FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.US_ASCII), new int[0]);
            FrontendWriter.sync(out);
          });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("54000");
      assertThat(client.value("SELECT length('" + "x".repeat(90_000) + "')")).isEqualTo("90000");
    }
  }

  @Test
  void aMessageLongerThanTheFrameLimitEndsTheConnectionWithAnError() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> out.writeByte('Q').writeInt((1 << 20) + 1).writeZero(1000));
      assertThat(WireClient.errorIn(client.readToEnd()).severity()).isEqualTo("FATAL");
    }
  }

  @Test
  void invalidUtf8IsPostgresOwnErrorAndTheConnectionLives() {
    try (WireClient client = CLUSTER.wire()) {
      byte[] sql = {'S', 'E', 'L', 'E', 'C', 'T', ' ', '\'', (byte) 0xc3, (byte) 0x28, '\''};
      client.send(out -> FrontendWriter.query(out, sql));
      ErrorFields fields = WireClient.errorIn(client.readToReady());
      assertThat(fields.code()).isEqualTo("22021");
      assertThat(fields.message()).isEqualTo("invalid byte sequence for encoding \"UTF8\": 0xc3 0x28");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void invalidUtf8InAParameterIsPostgresOwnError() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(
          out -> {
            FrontendWriter.parse(out, "", "SELECT $1::text".getBytes(StandardCharsets.US_ASCII), new int[0]);
            FrontendWriter.bind(out, "", "", new int[0], List.of(new byte[] {(byte) 0xff}), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.sync(out);
          });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("22021");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void invalidUtf8InAShardKeyIsPostgresOwnError() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(
          out -> {
            FrontendWriter.parse(out, "", "INSERT INTO documents VALUES ($1, 1)".getBytes(StandardCharsets.US_ASCII), new int[0]);
            FrontendWriter.bind(out, "", "", new int[0], List.of(new byte[] {'a', (byte) 0xff}), new int[0]);
            FrontendWriter.execute(out, "", 0);
            FrontendWriter.sync(out);
          });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("22021");
      byte[] sql = "INSERT INTO documents VALUES ('?', 1)".getBytes(StandardCharsets.US_ASCII);
      sql[31] = (byte) 0xff;
      client.send(out -> FrontendWriter.query(out, sql));
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("22021");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void invalidUtf8InACopyOverAllShardsLeavesNoRow() {
    try (WireClient client = CLUSTER.wire()) {
      client.sendQuery("COPY documents FROM STDIN");
      client.read(BackendMessage.CopyInResponse.class);
      client.send(
          out -> {
            for (int i = 0; i < 100; i++) {
              FrontendWriter.copyData(out, ("key" + i + "\t1\n").getBytes(StandardCharsets.US_ASCII));
            }
            FrontendWriter.copyData(out, new byte[] {'k', (byte) 0xc3, '(', '\t', '1', '\n'});
            FrontendWriter.copyDone(out);
          });
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("22021");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
      for (String shard : CLUSTER.shardNames()) {
        assertThat(CLUSTER.valueOn(shard, "SELECT count(*) FROM documents")).isEqualTo("0");
      }
    }
  }

  /// Names in a startup packet are bytes to PostgreSQL: an unknown role like any other.
  @Test
  void invalidUtf8InTheStartupPacketIsAnUnknownRole() {
    try (WireClient client = CLUSTER.tcp()) {
      byte[] body = "user\0?\0database\0app\0\0".getBytes(StandardCharsets.US_ASCII);
      body[5] = (byte) 0xff;
      client.send(out -> out.writeInt(8 + body.length).writeInt(3 << 16).writeBytes(body));
      client.read(BackendMessage.AuthenticationSasl.class);
    }
  }

  /// Bytes after the end, or no end at all.
  @ParameterizedTest
  @ValueSource(strings = {"Q53454c45435420310000", "Q53454c4543542031", "Q524f4c4c4241434b", "Q00524f4c4c4241434b00", "Q424547494e00434f4d4d495400", "Q", "P00", "P0053454c45435420310000ff", "D", "D53", "D5800", "C5800", "C53", "E00", "E", "B", "B00", "B0053", "B005300", "B000000", "S00", "H00", "H"})
  void aMessageWhoseBodyIsWrongIsAnErrorAndTheConnectionIsKeptAsPostgresDoes(String hex) {
    byte[] body = java.util.HexFormat.of().parseHex(hex.substring(1));
    try (WireClient proxied = CLUSTER.wire();
        WireClient direct = WireClient.login(CLUSTER.shard("s1").port(), "app", "app", CLUSTER.database())) {
      String atPostgres = answer(direct, (byte) hex.charAt(0), body);
      assertThat(answer(proxied, (byte) hex.charAt(0), body)).isEqualTo(atPostgres);
    }
  }

  /// Texts that are no text, or too much of one. `~` stands for a byte in hexadecimal; `*n{x}` for n times x.
  @ParameterizedTest
  @ValueSource(strings = {
    "SELECT '~c3", "SELECT '~c3'", "SELECT 1 -- ~ff", "SELECT 1 /* ~e2~82 */", "SELECT ~ff", "SELECT 1 AS \"~c3\"", "~ff", "SELECT 1~c3",
    "SELECT n FROM documents WHERE tenant = '~c3'", "SELECT n FROM documents WHERE tenant = '~ed~a0~80'", "SELECT n FROM documents WHERE tenant = '~f8~88~80~80~80'",
    "SELECT n FROM documents WHERE tenant = '~c0~80'", "SELECT n FROM documents WHERE tenant = 'a' AND n = '~c3", "SELECT \"~ff\" FROM documents",
    "SELECT n FROM documents WHERE tenant = 'a' -- ~ff", "DELETE FROM documents WHERE tenant = '~ff'", "COPY documents (\"~ff\") TO STDOUT",
    "INSERT INTO documents VALUES ('a', 1), ('b~c3', 2)", "INSERT INTO documents VALUES ('a', 1), ('b', 2), ('c', '~ff')", "SELECT 1; SELECT '~c3'",
    "SELECT n FROM documents WHERE tenant = E'~5cxc3'", "SELECT n FROM documents WHERE tenant = E'~5c000'", "SELECT n FROM documents WHERE tenant = E'~5cu0000'",
    "SELECT n FROM documents WHERE tenant = E'~5cud800'", "SELECT n FROM documents WHERE tenant = E'~5cu12'", "SELECT n FROM documents WHERE tenant = U&'~5cd800'",
    "SELECT n FROM documents WHERE tenant = U&'~5cxyz'", "SELECT n FROM documents WHERE tenant = U&'a!' UESCAPE '+'", "SELECT n FROM documents WHERE tenant = X'1G'",
    "SELECT n FROM documents WHERE tenant = 'a' AND n = 0x", "SELECT n FROM documents WHERE tenant = 'a' AND n = 1a", "SELECT n FROM documents WHERE tenant = $1a",
    "SELECT n FROM documents WHERE tenant = 'a' AND n = $99999999999", "SELECT n FROM documents WHERE tenant = 'a' AND n = $0", "SELECT n FROM documents WHERE tenant = $0", "INSERT INTO documents VALUES ($0, 1), ('b', 2)", "SELECT n FROM documents WHERE tenant = $$a",
    "SELECT n FROM documents WHERE tenant = \"\"", "SELECT ~7f FROM documents", "SELECT ~01 FROM documents", "SELECT n~a0FROM documents", "SELECT n~c2~a0FROM documents",
    "SELECT *20000{(}1*20000{)}", "SELECT '*90000{[}'::json", "SELECT '*90000{{}'::int[]", "SELECT n FROM documents WHERE tenant = '*40000{[}'::json::text", "SELECT *20000{(}n*20000{)} FROM documents", "SELECT *30000{-}1 FROM documents",
    "SELECT n FROM documents WHERE tenant = '*1000{a}' AND *9000{(SELECT }", "*20000{(}", "SELECT n FROM documents WHERE *9000{CASE WHEN }",
    "SELECT n FROM *5000{(documents JOIN }", "SELECT *10000{[}", "INSERT INTO documents VALUES (*20000{(}", "SELECT n FROM \"*200{é}\"", "SELECT n AS *100{a}, x FROM documents",
    "SELECT 1*3000{,1} FROM documents, x", "SELECT n FROM documents WHERE tenant IN (''*9000{,''}) AND x = 1", "SELECT 1*2000{;SELEC 2}", "*9000{;}", "SELECT 1*9000{/*}", "SELECT n FROM documents d*9000{.x}"
  })
  void aBadTextIsToldAsPostgresDoes(String text) {
    byte[] sql = bytes(text);
    try (WireClient proxied = CLUSTER.wire();
        WireClient direct = WireClient.login(CLUSTER.shard("s1").port(), "app", "app", CLUSTER.database())) {
      assertThat(told(proxied, sql)).isEqualTo(told(direct, sql));
      assertThat(prepared(proxied, sql)).isEqualTo(prepared(direct, sql));
      assertThat(proxied.value("SELECT 'alive'")).isEqualTo("alive");
    }
  }

  private static byte[] bytes(String text) {
    String repeated =
        Pattern.compile("\\*(\\d+)\\{([^}]*)\\}").matcher(text)
            .replaceAll(found -> Matcher.quoteReplacement(found.group(2).repeat(Integer.parseInt(found.group(1)))));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < repeated.length(); i++) {
      if (repeated.charAt(i) == '~') {
        out.write(Integer.parseInt(repeated.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        out.writeBytes(repeated.substring(i, i + 1).getBytes(StandardCharsets.UTF_8));
      }
    }
    return out.toByteArray();
  }

  private static List<String> told(WireClient client, byte[] sql) {
    return faults(client.send(out -> FrontendWriter.query(out, sql)).readToReady());
  }

  private static List<String> prepared(WireClient client, byte[] sql) {
    return faults(
        client.send(
                out -> {
                  FrontendWriter.parse(out, "", sql, new int[0]);
                  FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[0]);
                  FrontendWriter.execute(out, "", 0);
                  FrontendWriter.sync(out);
                })
            .readToReady());
  }

  private static List<String> faults(List<BackendMessage> answer) {
    return answer.stream()
        .filter(BackendMessage.ErrorResponse.class::isInstance)
        .map(message -> ((BackendMessage.ErrorResponse) message).fields())
        .map(fields -> fields.severity() + " " + fields.code() + " " + fields.message() + " " + fields.position() + " " + fields.hint())
        .toList();
  }

  /// Binds of a statement with one parameter, `INSERT INTO documents VALUES ($1, 1)`: what follows the two names.
  @ParameterizedTest
  @ValueSource(strings = {
    "0000 0001 fffffffe 0000", "0000 0001 80000000 0000", "0000 0001 7fffffff 61 0000", "0000 0001 00000001 61", "0000 0001 00000001 61 0001",
    "0000 0001 00000001 61 0000 00", "0001 0002 0001 00000001 61 0000", "0002 0000 0000 0001 00000001 61 0000", "0000 0000 0000", "0000 0002 00000001 61 00000001 62 0000",
    "0000 0001 00000002 6100 0000", "0000 0001 00000001 c3 0000", "0001 0001 0001 00000002 6100 0000", "0001 0001 0001 00000001 ff 0000", "0000 0001 00000001 61 0001 0002",
    "0000 0001 00000001 61 0002 0000 0000", "0000 0001 ffffffff 0000", "ffff", "0000 0001", "0000 0001 0000", ""
  })
  void aBadBindIsToldAsPostgresDoes(String hex) {
    byte[] rest = java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
    for (String sql : List.of("INSERT INTO documents VALUES ($1, 1)", "SELECT n FROM documents WHERE tenant > $1 AND nope", "SELECT $1::text", "INSERT INTO documents VALUES ('x', 1), ($1, 2), ('z', 3)")) {
      try (WireClient proxied = CLUSTER.wire();
          WireClient direct = WireClient.login(CLUSTER.shard("s1").port(), "app", "app", CLUSTER.database())) {
        for (WireClient client : List.of(proxied, direct)) {
          client.send(
              out -> {
                FrontendWriter.query(out, "BEGIN".getBytes(StandardCharsets.US_ASCII));
                FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.US_ASCII), new int[0]);
                out.writeByte('B').writeInt(4 + 2 + rest.length).writeZero(2).writeBytes(rest);
                FrontendWriter.execute(out, "", 0);
                FrontendWriter.sync(out);
                FrontendWriter.query(out, "ROLLBACK".getBytes(StandardCharsets.US_ASCII));
              });
          client.readToReady();
        }
        assertThat(faults(proxied.readToReady())).as(sql).isEqualTo(faults(direct.readToReady()));
        assertThat(proxied.readToReady()).hasSize(2);
        assertThat(proxied.value("SELECT 'alive'")).isEqualTo("alive");
      }
    }
  }

  /// Startup packets, their length first.
  @ParameterizedTest
  @ValueSource(strings = {
    "00000000", "00000001", "00000004", "00000007 000300", "80000000", "ffffffff", "40000000 00030000", "7fffffff", "00000008 00040000", "00000008 00030000",
    "00000009 00030000 00", "0000000a 00030000 0000", "0000000d 00030000 7573657200", "0000000e 00030000 75736572 0000", "00000008 04d2162e", "0000000c 04d2162e 00000001",
    "00000010 04d2162e 00000001 00000002", "00000008 ffffffff", "00000008 00000000", "00000013 00030000 75736572 00 617070 00 61 00", "00000014 00030000 75736572 00 617070 00 6100 00"
  })
  void aBadStartupPacketIsToldAsPostgresDoes(String hex) {
    byte[] packet = java.util.HexFormat.of().parseHex(hex.replace(" ", ""));
    try (WireClient proxied = CLUSTER.tcp(); WireClient direct = WireClient.open(CLUSTER.shard("s1").port())) {
      assertThat(greeted(proxied, packet)).isEqualTo(greeted(direct, packet));
    }
  }

  /// The bytes of the answer, without source lines: the errors of protocol 2 have no length.
  private static String greeted(WireClient client, byte[] packet) {
    try {
      client.sendBytes(packet);
      client.socket().shutdownOutput();
      String answer = new String(client.socket().getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return answer.replaceFirst("^(E)....(SFATAL)", "$1$2").replaceFirst("F[a-z_]+[.]c\\x00L[0-9]+\\x00R[A-Za-z_]+\\x00", "").replaceFirst("to 3[.][0-9]", "to 3").replace('\0', ' ');
    } catch (java.io.IOException closedAlready) {
      return "";
    }
  }

  /// The codes of the errors, and whether the connection is open afterwards.
  private static String answer(WireClient client, byte type, byte[] body) {
    client.send(out -> {
      out.writeByte(type).writeInt(4 + body.length).writeBytes(body);
      FrontendWriter.sync(out);
      FrontendWriter.query(out, "SELECT 'alive'".getBytes(StandardCharsets.US_ASCII));
      FrontendWriter.terminate(out);
    });
    List<BackendMessage> messages = client.readToEnd();
    return messages.stream()
        .filter(message -> message instanceof BackendMessage.ErrorResponse || message instanceof BackendMessage.DataRow)
        .map(message -> message instanceof BackendMessage.ErrorResponse error ? error.fields().severity() + " " + error.fields().code() : "alive")
        .toList()
        .toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "SELEC 1",
    "SELECT * FRM t",
    "SELECT 'unterminated",
    "SELECT \"unterminated",
    "SELECT /* unterminated",
    "SELECT $tag$ unterminated",
    "SELECT 1 + ",
    "SELECT 'é', x y z w",
    "CREATE TABLE (a int)",
    "INSERT INTO",
    "SELECT 1; SELEC 2",
    "SELECT 1 FROM no_such_table",
    "SELECT 1/0",
  })
  void anErrorIsPostgresOwnWithItsPosition(String sql) throws Exception {
    try (WireClient proxied = CLUSTER.wire();
        WireClient direct = WireClient.login(CLUSTER.shard("s1").port(), "app", "app", CLUSTER.database())) {
      assertThat(proxied.query(sql)).isEqualTo(direct.query(sql));
      assertThat(proxied.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void anEncodingThatCannotBeReadIsRefusedWhereverItIsSet() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(client.error("SET client_encoding TO 'SJIS'").code()).isEqualTo("0A000");
      assertThat(client.error("SET NAMES 'GBK'").code()).isEqualTo("0A000");
      assertThat(client.error("SELECT set_config('client_encoding', 'BIG5', false)").code()).isEqualTo("0A000");
      assertThat(client.error("SET client_encoding TO 'nonsense'").code()).isEqualTo("22023");
      assertThat(client.value("SHOW client_encoding")).isEqualTo("UTF8");
    }
  }

  @Test
  void anotherEncodingIsServed() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(client.query("SET client_encoding TO 'LATIN1'")).contains(new BackendMessage.ParameterStatus("client_encoding", "LATIN1"));
      client.send(out -> FrontendWriter.query(out, "SELECT ascii('é'), 'é'".getBytes(StandardCharsets.ISO_8859_1)));
      BackendMessage.DataRow row = (BackendMessage.DataRow) client.readToReady().get(1);
      assertThat(row.values().get(0)).asString().isEqualTo("233");
      assertThat(row.values().get(1)).isEqualTo("é".getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void anEmptyQueryIsAnsweredAsSuch() {
    try (WireClient client = CLUSTER.wire()) {
      assertThat(client.query(" ; -- nothing")).containsExactly(new BackendMessage.EmptyQueryResponse(), new ReadyForQuery('I'));
    }
  }

  @Test
  void aFunctionCallIsRefusedAndTheConnectionLives() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> FrontendWriter.functionCall(out, 1, new int[0], List.of(), 0));
      assertThat(WireClient.errorIn(client.readToReady()).code()).isEqualTo("0A000");
      assertThat(client.value("SELECT 1")).isEqualTo("1");
    }
  }

  @Test
  void aPasswordInTheMiddleOfASessionIsAProtocolViolation() {
    try (WireClient client = CLUSTER.wire()) {
      client.send(out -> FrontendWriter.password(out, new byte[] {1}));
      assertThat(WireClient.errorIn(client.readToEnd()).code()).isEqualTo("08P01");
    }
  }

  /// Its length is enough to know.
  @Test
  void aStrangersGiantMessageIsRefusedBeforeItIsRead() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(
          out -> {
            FrontendWriter.startup(out, Map.of("user", "app"));
            out.writeByte('Q').writeInt(500_000).writeZero(10);
          });
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.severity()).isEqualTo("FATAL");
      assertThat(fields.code()).isEqualTo("54000");
    }
  }

  @Test
  void aQueryBeforeTheLoginIsRefused() {
    try (WireClient client = CLUSTER.tcp()) {
      client.send(
          out -> {
            FrontendWriter.startup(out, Map.of("user", "app"));
            FrontendWriter.query(out, "SELECT 1".getBytes(StandardCharsets.US_ASCII));
          });
      ErrorFields fields = WireClient.errorIn(client.readToEnd());
      assertThat(fields.code()).isEqualTo("08P01");
      assertThat(fields.message()).isEqualTo("expected SASL response, got message type 81");
    }
  }
}
