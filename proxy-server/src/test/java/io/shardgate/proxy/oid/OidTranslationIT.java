package io.shardgate.proxy.oid;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.FieldDescription;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.catalog.CatalogNames;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/// Two servers with the same user types under other OIDs: what one sends, translated, is what the other sends, to the byte.
class OidTranslationIT {

  private static final ShardId HOME = new ShardId("s1");
  private static final ShardId SHARD = new ShardId("s2");
  private static final short[] ALL_BINARY = {1};

  private static final String JUNK =
      """
      CREATE TYPE junk1 AS ENUM ('x'); CREATE TYPE junk2 AS (a junk1); CREATE TABLE junk3 (a junk2); CREATE DOMAIN junk4 AS int;
      CREATE TABLE _mood (a int);""";

  private static final String TYPES =
      """
      CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
      CREATE TYPE pair AS (label text, feel mood, tags mood[]);
      CREATE TYPE box2 AS (inner_pair pair, pairs pair[], n numeric);
      CREATE DOMAIN feeling AS mood CHECK (VALUE <> 'sad');
      CREATE DOMAIN feelings AS mood[];
      CREATE TYPE span AS (low int, high mood);
      CREATE TYPE mood_range AS RANGE (subtype = mood, multirange_type_name = many_moods);
      CREATE TYPE pair_range AS RANGE (subtype = pair);
      CREATE SCHEMA "Odd Schema";
      CREATE TYPE "Odd Schema".mood AS ENUM ('other');
      CREATE TABLE things (id int PRIMARY KEY, m mood, p pair);
      CREATE TABLE carrier (v text);""";

  private static EmbeddedPostgres homeServer;
  private static EmbeddedPostgres shardServer;
  private static Connection home;
  private static Connection shard;
  private static OidMap oids;

  @BeforeAll
  static void start() throws IOException, SQLException {
    homeServer = EmbeddedPostgres.start();
    shardServer = EmbeddedPostgres.start();
    home = homeServer.getPostgresDatabase().getConnection();
    shard = shardServer.getPostgresDatabase().getConnection();
    execute(shard, JUNK);
    execute(home, TYPES);
    execute(shard, TYPES);
    oids = new OidMap(HOME, CatalogNames.read(home), Map.of(SHARD, CatalogNames.read(shard)));
  }

  @AfterAll
  static void stop() throws IOException, SQLException {
    home.close();
    shard.close();
    homeServer.close();
    shardServer.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'ok'::mood",
        "ARRAY['ok', NULL, 'happy']::mood[]",
        "'{}'::mood[]",
        "ARRAY[['ok','sad'],['sad','ok']]::mood[]",
        "ROW('a', 'ok', '{sad,happy}')::pair",
        "ROW(NULL, NULL, NULL)::pair",
        "ARRAY[ROW('a', 'ok', '{sad}')::pair, NULL, ROW('b', NULL, '{}')::pair]",
        "ROW(ROW('a', 'ok', '{sad}'), ARRAY[ROW('c', 'happy', '{ok}')::pair], 1.5)::box2",
        "ARRAY[ROW(ROW('a', 'ok', '{sad}'), ARRAY[ROW('c', 'happy', '{ok}')::pair], 1.5)::box2]",
        "'ok'::feeling",
        "ARRAY['ok'::feeling]",
        "'{ok,sad}'::feelings",
        "ARRAY['{ok,sad}'::feelings]",
        "mood_range('sad', 'ok')",
        "ARRAY[mood_range('sad', 'ok')]",
        "pair_range(ROW('a', 'ok', '{sad}')::pair, ROW('b', 'ok', '{happy}')::pair, '[]')",
        "pair_range(NULL, ROW('b', 'ok', '{happy}')::pair)",
        "pair_range(ROW('b', 'ok', '{happy}')::pair, NULL)",
        "'empty'::pair_range",
        "multirange(pair_range(ROW('a', 'ok', '{sad}')::pair, ROW('b', 'ok', '{happy}')::pair))",
        "ARRAY[multirange(pair_range(ROW('a', 'ok', '{sad}')::pair, NULL))]",
        "multirange(mood_range('sad', 'ok'))",
        "ROW(1, 'ok'::mood, ROW('x', 'sad', '{}')::pair)",
        "ARRAY[ROW(1, 'ok'::mood), ROW(2, 'sad'::mood)]",
        "(7, 'ok', ROW('x', 'sad', '{}'))::things",
        "ARRAY['other'::\"Odd Schema\".mood]",
        "'things'::regclass",
        "ARRAY['things'::regclass, 'pg_class'::regclass]",
        "'mood'::regtype",
        "'mood[]'::regtype",
        "ARRAY['mood'::regtype, 'int'::regtype]",
        "ROW('things'::regclass)",
        "ARRAY[1, 2]",
        "NULL::pair"
      })
  void binaryValuesOfAShardBecomeTheHomeShards(String expression) throws SQLException, IOException {
    byte[] there = copyOut(shard, expression);
    byte[] here = copyOut(home, expression);

    assertThat(hex(translatedCopy(oids.toHome(SHARD), there, typeOf(shard, expression)))).isEqualTo(hex(here));
    assertThat(hex(translatedCopy(oids.fromHome(SHARD), here, typeOf(home, expression)))).isEqualTo(hex(there));
  }

  @Test
  void theServersReallyDiffer() throws SQLException, IOException {
    String expression = "ROW(ROW('a', 'ok', '{sad}'), ARRAY[ROW('c', 'happy', '{ok}')::pair], 1.5)::box2";
    assertThat(hex(copyOut(shard, expression))).isNotEqualTo(hex(copyOut(home, expression)));
    assertThat(typeOf(shard, "'ok'::mood")).isNotEqualTo(typeOf(home, "'ok'::mood"));
    assertThat(text(shard, "SELECT typname FROM pg_type WHERE oid = 'mood[]'::regtype")).as("a name that was taken").isNotEqualTo("_mood");
  }

  @Test
  void aShardReadsATranslatedValueAsTheHomeShardWroteIt() throws SQLException, IOException {
    execute(shard, "CREATE TABLE taker (p pair[])");
    String expression = "ARRAY[ROW('a', 'ok', '{sad}')::pair]";
    byte[] here = copyOut(home, expression);

    assertThat(copyIn(translatedCopy(oids.fromHome(SHARD), here, typeOf(home, expression)))).isEqualTo("1");
    assertThat(text(shard, "SELECT p::text FROM taker")).isEqualTo(text(home, "SELECT (" + expression + ")::text"));
  }

  @Test
  void rowDescriptionsNameTheHomeShardsTypesAndTables() throws SQLException {
    ByteBuf there = rowDescription(shard);
    ByteBuf here = rowDescription(home);
    there.writerIndex(there.writerIndex()).readerIndex(0);

    assertThat(oids.toHome(SHARD).tryRowDescription(there)).isTrue();
    assertThat(ByteBufUtil.hexDump(there)).isEqualTo(ByteBufUtil.hexDump(here));
  }

  @Test
  void anUnknownTypeIsToldBeforeAnythingIsChangedAndBecomesUnknownOnDemand() throws SQLException {
    ByteBuf frame = Unpooled.buffer();
    int things = oid(shard, "'things'::regclass");
    BackendWriter.rowDescription(
        frame, List.of(new FieldDescription("a", things, 1, oid(shard, "'mood'::regtype"), 4, -1, 0), FieldDescription.text("b", 4_000_000, -1)));
    String before = ByteBufUtil.hexDump(frame);

    assertThat(oids.toHome(SHARD).tryRowDescription(frame)).isFalse();
    assertThat(ByteBufUtil.hexDump(frame)).isEqualTo(before);

    oids.toHome(SHARD).rowDescription(frame);
    assertThat(frame.getInt(5 + 2 + 2)).as("table").isEqualTo(oid(home, "'things'::regclass"));
    assertThat(frame.getInt(5 + 2 + 2 + 18 + 2 + 6)).as("type").isEqualTo(705);
  }

  @Test
  void parametersAreDescribedInTheHomeShardsOids() throws SQLException {
    ByteBuf frame = Unpooled.buffer();
    BackendWriter.parameterDescription(frame, new int[] {23, oid(shard, "'mood[]'::regtype"), oid(shard, "'pair'::regtype")});

    assertThat(oids.toHome(SHARD).tryParameterDescription(frame)).isTrue();

    assertThat(ints(frame, 7, 3)).containsExactly(23, oid(home, "'mood[]'::regtype"), oid(home, "'pair'::regtype"));
  }

  @Test
  void parseIsSentInTheShardsOids() throws SQLException {
    ByteBuf frame = Unpooled.buffer();
    FrontendWriter.parse(frame, "st", "SELECT $1".getBytes(java.nio.charset.StandardCharsets.UTF_8), new int[] {oid(home, "'pair'::regtype"), 0, 25});

    oids.fromHome(SHARD).parse(frame);

    assertThat(ints(frame, 5 + 3 + 10 + 2, 3)).containsExactly(oid(shard, "'pair'::regtype"), 0, 25);
  }

  @Test
  void binaryParametersAreSentInTheShardsOidsAndTextOnesAsTheyAre() throws SQLException, IOException {
    String expression = "ARRAY[ROW('a', 'ok', '{sad}')::pair]";
    byte[] here = field(copyOut(home, expression));
    byte[] there = field(copyOut(shard, expression));
    int[] types = {typeOf(home, expression), typeOf(home, expression), 25};
    ByteBuf frame = bind(new short[] {1, 0, 1}, here, here, here);

    oids.fromHome(SHARD).bind(frame, types);

    assertThat(ByteBufUtil.hexDump(frame)).isEqualTo(ByteBufUtil.hexDump(bind(new short[] {1, 0, 1}, there, here, here)));
  }

  @Test
  void aMalformedValueIsLeftToTheServer() throws SQLException, IOException {
    String expression = "ROW(ROW('a', 'ok', '{sad}'), ARRAY[ROW('c', 'happy', '{ok}')::pair], 1.5)::box2";
    byte[] good = field(copyOut(home, expression));
    int[] types = {typeOf(home, expression)};
    for (int cut = 0; cut < good.length; cut++) {
      oids.fromHome(SHARD).bind(bind(ALL_BINARY, Arrays.copyOf(good, cut)), types);
    }
    for (int position = 0; position < good.length; position++) {
      for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff}) {
        byte[] bent = good.clone();
        bent[position] = (byte) value;
        ByteBuf frame = bind(ALL_BINARY, bent);
        int length = frame.readableBytes();
        oids.fromHome(SHARD).bind(frame, types);
        assertThat(frame.readableBytes()).isEqualTo(length);
      }
    }
  }

  @Test
  void resultsWithoutOidsInsideNeedNoWork() throws SQLException {
    OidTranslation toHome = oids.toHome(SHARD);
    assertThat(toHome.rows(new int[] {23, 25, typeOf(shard, "'ok'::mood"), 1009, 2950}, ALL_BINARY).hasWork()).isFalse();
    assertThat(toHome.rows(new int[] {typeOf(shard, "ARRAY['ok'::mood]")}, new short[0]).hasWork()).as("text").isFalse();
    assertThat(toHome.rows(new int[] {typeOf(shard, "ARRAY['ok'::mood]")}, ALL_BINARY).hasWork()).isTrue();
    assertThat(oids.toHome(HOME).rows(new int[] {typeOf(home, "ARRAY['ok'::mood]")}, ALL_BINARY).hasWork()).as("home").isFalse();
  }

  @Test
  void aShardThatWasNotReadKnowsNoUserType() throws SQLException {
    OidMap alone = new OidMap(HOME, CatalogNames.read(home), Map.of());
    assertThat(alone.toHome(SHARD).knowsType(oid(shard, "'mood'::regtype"))).isFalse();
    assertThat(alone.toHome(SHARD).knowsType(25)).isTrue();
    assertThat(alone.toHome(HOME).isIdentity()).isTrue();
  }

  @Test
  void aDataRowIsTranslatedColumnByColumn() throws SQLException, IOException {
    String moods = "ARRAY['ok','sad']::mood[]";
    int[] types = {typeOf(shard, moods), 23, typeOf(shard, "mood_range('sad','ok')"), typeOf(shard, moods)};
    ByteBuf there = dataRow(field(copyOut(shard, moods)), null, new byte[0], field(copyOut(shard, moods)));
    ByteBuf here = dataRow(field(copyOut(home, moods)), null, new byte[0], field(copyOut(home, moods)));

    oids.toHome(SHARD).rows(types, ALL_BINARY).dataRow(there);

    assertThat(ByteBufUtil.hexDump(there)).isEqualTo(ByteBufUtil.hexDump(here));
  }

  private static ByteBuf dataRow(byte[]... values) {
    ByteBuf frame = Unpooled.buffer();
    BackendWriter.dataRow(frame, Arrays.asList(values));
    return frame;
  }

  private static ByteBuf bind(short[] formats, byte[]... values) {
    ByteBuf frame = Unpooled.buffer();
    frame.writeByte('B').writeInt(0).writeBytes(new byte[] {'p', 0, 's', 0}).writeShort(formats.length);
    for (short format : formats) {
      frame.writeShort(format);
    }
    frame.writeShort(values.length);
    for (byte[] value : values) {
      frame.writeInt(value.length).writeBytes(value);
    }
    frame.writeShort(0);
    return frame.setInt(1, frame.readableBytes() - 1);
  }

  private static ByteBuf rowDescription(Connection server) throws SQLException {
    List<FieldDescription> fields = new ArrayList<>();
    for (String type : List.of("mood", "pair", "mood[]", "box2[]", "mood_range", "many_moods", "feeling", "int", "text[]", "things", "things[]", "\"Odd Schema\".mood")) {
      fields.add(new FieldDescription("ünï", oid(server, "'things'::regclass"), 2, oid(server, "'" + type + "'::regtype"), -1, -1, 1));
    }
    fields.add(new FieldDescription("", oid(server, "'pg_class'::regclass"), 2, 19, 64, -1, 0));
    ByteBuf frame = Unpooled.buffer();
    BackendWriter.rowDescription(frame, fields);
    return frame;
  }

  private static byte[] translatedCopy(OidTranslation translation, byte[] copy, int type) {
    RowTranslation rows = translation.rows(new int[] {type}, ALL_BINARY);
    byte[] trailer = {-1, -1};
    ByteBuf first = Unpooled.buffer();
    FrontendWriter.copyData(first, Arrays.copyOf(copy, copy.length - 2));
    ByteBuf last = Unpooled.buffer();
    FrontendWriter.copyData(last, trailer);
    rows.copyOutData(first);
    rows.copyOutData(last);
    return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(first.skipBytes(5), last.skipBytes(5)));
  }

  /// The one field of a binary COPY of one row.
  private static byte[] field(byte[] copy) {
    return Arrays.copyOfRange(copy, 19 + 2 + 4, copy.length - 2);
  }

  private static byte[] copyOut(Connection server, String expression) throws SQLException, IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    server.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT " + expression + ") TO STDOUT (FORMAT binary)", out);
    return out.toByteArray();
  }

  private static String copyIn(byte[] data) throws IOException {
    try {
      return "" + shard.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY taker FROM STDIN (FORMAT binary)", new ByteArrayInputStream(data));
    } catch (SQLException e) {
      return e.getMessage();
    }
  }

  private static int typeOf(Connection server, String expression) throws SQLException {
    return oid(server, "pg_typeof(" + expression + ")");
  }

  private static int oid(Connection server, String expression) throws SQLException {
    return Integer.parseUnsignedInt(text(server, "SELECT (" + expression + ")::oid::text"));
  }

  private static String text(Connection server, String sql) throws SQLException {
    try (var statement = server.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(Connection server, String sql) throws SQLException {
    try (var statement = server.createStatement()) {
      statement.execute(sql);
    }
  }

  private static List<Integer> ints(ByteBuf frame, int from, int count) {
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      read.add(frame.getInt(from + 4 * i));
    }
    return read;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
