package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyReader;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Parameters to shards, in every spelling that a driver may choose.
class DecisionTest {
  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private record Parameter(int oid, boolean binary, byte @Nullable [] value) {}

  private static Parameter text(int oid, String value) {
    return new Parameter(oid, false, value.getBytes(StandardCharsets.UTF_8));
  }

  private static Parameter binary(int oid, byte... value) {
    return new Parameter(oid, true, value);
  }

  private static byte[] int8(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  private static byte[] int4(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private Lexed lex(String sql, Charset charset) {
    return new Lexer().statements(sql.getBytes(charset), new LexicalRules(true, charset)).getFirst();
  }

  private Decision decide(String sql, Parameter... parameters) {
    Lexed lexed = lex(sql, StandardCharsets.UTF_8);
    Plan plan = router.plan(lexed, view);
    assertThat(plan).isInstanceOf(Plan.Forward.class);
    return oneShards(router.decide((Plan.Forward) plan, lexed, bindings(parameters), view));
  }

  private static boolean fixesNoKey(Plan plan) {
    return plan instanceof Plan.Forward forward && forward.target() instanceof Target.ByKey byKey && byKey.keys() instanceof KeySet.Everything;
  }

  /// What would be told if nobody gathered.
  private static Decision oneShards(Decision decision) {
    return decision instanceof Decision.Many many ? new Decision.Refused(many.otherwise()) : decision;
  }

  private static Bindings bindings(Parameter... parameters) {
    return new Bindings() {
      @Override
      public int count() {
        return parameters.length;
      }

      @Override
      public int typeOid(int i) {
        return parameters[i].oid();
      }

      @Override
      public boolean binary(int i) {
        return parameters[i].binary();
      }

      @Override
      public byte @Nullable [] value(int i) {
        return parameters[i].value();
      }
    };
  }

  private Decision owner(String group, KeyValue key) {
    ShardId shard = view.map().ownerOf(view.map().groups().get(group), key);
    return new Decision.One(shard);
  }

  @Test
  void aBigintKeyIsTheSameInEverySpelling() {
    String sql = "SELECT * FROM orders WHERE customer_id = $1";
    for (long key : new long[] {0, 1, -1, 42, 32_767, -40_000, 2_147_483_648L, Long.MAX_VALUE, Long.MIN_VALUE}) {
      Decision expected = owner("customer", new KeyValue.OfLong(key));
      String spelled = Long.toString(key);
      assertThat(decide(sql, text(0, spelled))).isEqualTo(expected);
      assertThat(decide(sql, text(20, " \t" + spelled + " "))).isEqualTo(expected);
      assertThat(decide(sql, text(705, spelled))).isEqualTo(expected);
      assertThat(decide(sql, text(1700, spelled + ".00"))).isEqualTo(expected);
      assertThat(decide(sql, binary(20, int8(key)))).isEqualTo(expected);
      assertThat(decide(sql, binary(0, int8(key)))).isEqualTo(expected);
      if (key == (int) key) {
        assertThat(decide(sql, binary(23, int4((int) key)))).isEqualTo(expected);
      }
      assertThat(decide("SELECT * FROM orders WHERE customer_id = " + spelled)).isEqualTo(expected);
      assertThat(decide("SELECT * FROM orders WHERE customer_id = '" + spelled + "'")).isEqualTo(expected);
    }
    assertThat(decide(sql, text(0, "+42"))).isEqualTo(owner("customer", new KeyValue.OfLong(42)));
  }

  @Test
  void whatIsNotCertainlyAKeyIsRefused() {
    String sql = "SELECT * FROM orders WHERE customer_id = $1";
    assertThat(decide(sql, text(701, "42"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(0, "0x2A"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(0, "4_2"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(1700, "NaN"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql)).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void anArrayIsCutAsPostgreSqlCutsIt() {
    String sql = "SELECT * FROM documents WHERE tenant = ANY ($1)";
    Map<String, String> keys =
        Map.of(
            "{a}", "a", "{ a }", "a", "{\" a \"}", " a ", "{ \"a\" }", "a", "{a\\ }", "a ", "{\u3000a}", "\u3000a", "{\\null}", "null", "{\"NULL\"}",
            "NULL", " {a b} ", "a b", "{\"\"}", "");
    keys.forEach((array, key) -> assertThat(decide(sql, text(1009, array))).as(array).isEqualTo(owner("tenant", KeyValue.OfText.of(key))));
    assertThat(decide(sql, text(1009, "{a, NULL}"))).isEqualTo(owner("tenant", KeyValue.OfText.of("a")));
    for (String nothing : List.of("{}", " { } ", "{NULL}", "{null}")) {
      assertThat(decide(sql, text(1009, nothing))).as(nothing).isInstanceOf(Decision.AnyShard.class);
    }
    for (String unread : List.of("{a,}", "{,a}", "{\"a\"b}", "{a\"b\"}", "{{a}}", "[0:0]={a}", "{a}}", "{a", "a", "", "{\"a}", "{a\\", "{a}b")) {
      assertThat(decide(sql, text(1009, unread))).as(unread).isInstanceOf(Decision.Refused.class);
    }
  }

  @Test
  void aParameterInSeveralPlacesIsAKeyOnlyWhenItsTypeIsTold() {
    String sql = "SELECT $1::bpchar FROM documents WHERE tenant = $1";
    Lexed lexed = lex(sql, StandardCharsets.UTF_8);
    Plan.Forward plan = (Plan.Forward) router.plan(lexed, view);
    for (int unsaid : new int[] {0, 705}) {
      assertThat(router.needsTypes(plan, bindings(text(unsaid, "a ")))).isTrue();
      assertThat(decide(sql, text(unsaid, "a "))).isInstanceOf(Decision.Refused.class);
    }
    assertThat(router.needsTypes(plan, bindings(text(25, "a ")))).isFalse();
    assertThat(decide(sql, text(25, "a "))).isEqualTo(owner("tenant", KeyValue.OfText.of("a ")));
    assertThat(decide(sql, text(1042, "a "))).isInstanceOf(Decision.Refused.class);
    Plan once = router.plan(lex("SELECT * FROM documents WHERE tenant = $1", StandardCharsets.UTF_8), view);
    assertThat(router.needsTypes((Plan.Forward) once, bindings(text(0, "a ")))).isFalse();
  }

  @Test
  void anEqualityOfTheUsersProvesNothing() {
    SqlRouter apart = new SqlRouter();
    RoutingView other = FakeCatalog.viewWithUsersEquality();
    for (String condition : List.of("tenant = 'a'", "tenant IN ('a')", "tenant = ANY ('{a}')", "(tenant, id) = ('a', 1)", "tenant = $1")) {
      Lexed lexed = lex("SELECT * FROM documents WHERE " + condition, StandardCharsets.UTF_8);
      assertThat(router.plan(lexed, view)).as(condition).isInstanceOf(Plan.Forward.class);
      assertThat(fixesNoKey(apart.plan(lexed, other))).as(condition).isTrue();
    }
  }

  /// The home shard is asked before a refusal is told.
  @Test
  void whatEveryServerRejectsIsRefused() {
    String sql = "SELECT * FROM orders WHERE customer_id = $1";
    assertThat(decide(sql, text(20, "abc!"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(20, ""))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(20, "99999999999999999999"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, binary(20, (byte) 1, (byte) 2, (byte) 3))).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void aNumberThatNoKeyEqualsMatchesNothingButIsRoundedWhereItIsWritten() {
    String sql = "SELECT * FROM orders WHERE customer_id = $1";
    assertThat(decide(sql, text(1700, "42.5"))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(sql, text(1700, "-9223372036854775809"))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(sql, text(1700, "1e30"))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(sql, binary(1700, new byte[] {0, 2, 0, 0, 0, 0, 0, 1, 0, 42, 0x13, (byte) 0x88}))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide("SELECT * FROM orders WHERE customer_id IN (7, 42.5)")).isEqualTo(owner("customer", new KeyValue.OfLong(7)));
    assertThat(decide("SELECT * FROM orders WHERE customer_id IN ('7', 42.5)")).isEqualTo(owner("customer", new KeyValue.OfLong(7)));
    assertThat(decide("SELECT * FROM orders WHERE customer_id IN ('7.0', 42.5)")).isInstanceOf(Decision.Refused.class);
    // A parameter beside a decimal is one: binary 0.00 is no bigint 2.
    assertThat(decide("SELECT * FROM orders WHERE customer_id IN ($1, 42.5)", binary(0, new byte[] {0, 0, 0, 0, 0, 0, 0, 2}))).isInstanceOf(Decision.Refused.class);
    assertThat(decide("SELECT * FROM orders WHERE customer_id IN ($1, 42.5)", binary(1700, new byte[] {0, 0, 0, 0, 0, 0, 0, 2})))
        .isEqualTo(owner("customer", new KeyValue.OfLong(0)));
    assertThat(decide("INSERT INTO orders (id, customer_id) VALUES (1, 42.5)"))
        .isInstanceOfSatisfying(
            Decision.Refused.class, refused -> assertThat(refused.refuse().refusal()).isEqualTo(Refusal.KEY_EXPRESSION));
    assertThat(decide("UPDATE orders SET customer_id = 42.5 WHERE customer_id = 42"))
        .isInstanceOfSatisfying(
            Decision.Refused.class, refused -> assertThat(refused.refuse().refusal()).isEqualTo(Refusal.KEY_UPDATE));
  }

  @Test
  void nullMatchesNothingButCannotBeInserted() {
    assertThat(decide("SELECT * FROM orders WHERE customer_id = $1", new Parameter(20, false, null))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide("INSERT INTO orders (id, customer_id) VALUES (1, $1)", new Parameter(20, false, null))).isInstanceOf(Decision.Home.class);
    assertThat(decide("INSERT INTO keyless (note, customer_id) VALUES ('x', $1)", new Parameter(20, false, null)))
        .isInstanceOfSatisfying(
            Decision.Refused.class, refused -> assertThat(refused.refuse().refusal()).isEqualTo(Refusal.NULL_KEY));
  }

  @Test
  void arraysOfKeysMeetOnOneShardOrAreRefused() {
    String sql = "SELECT * FROM orders WHERE customer_id = ANY ($1)";
    Decision one = owner("customer", new KeyValue.OfLong(42));
    assertThat(decide(sql, text(1016, "{42,NULL,\"42\"}"))).isEqualTo(one);
    assertThat(decide(sql, text(0, "{42}"))).isEqualTo(one);
    assertThat(decide(sql, text(1016, "{}"))).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(sql, text(1016, "{42,43,44,45,46}"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(1016, "{{42}}"))).isInstanceOf(Decision.Refused.class);
    byte[] array =
        ByteBuffer.allocate(12 + 8 + 12 + 4).putInt(1).putInt(1).putInt(20).putInt(2).putInt(1).putInt(8).putLong(42).putInt(-1).array();
    assertThat(decide(sql, binary(1016, array))).isEqualTo(one);
  }

  @Test
  void numericInBinaryIsReadByValue() {
    String sql = "SELECT * FROM orders WHERE customer_id = $1";
    byte[] tenThousandAndFive = ByteBuffer.allocate(12).putShort((short) 2).putShort((short) 1).putInt(0).putShort((short) 1).putShort((short) 5).array();
    assertThat(decide(sql, binary(1700, tenThousandAndFive))).isEqualTo(owner("customer", new KeyValue.OfLong(10_005)));
    byte[] oneMillion = ByteBuffer.allocate(10).putShort((short) 1).putShort((short) 1).putInt(0).putShort((short) 100).array();
    assertThat(decide(sql, binary(1700, oneMillion))).isEqualTo(owner("customer", new KeyValue.OfLong(1_000_000)));
    byte[] half = ByteBuffer.allocate(10).putShort((short) 1).putShort((short) -1).putInt(0).putShort((short) 5000).array();
    assertThat(decide(sql, binary(1700, half))).isInstanceOf(Decision.AnyShard.class);
  }

  @Test
  void textKeysAreTakenInTheClientsEncoding() {
    Decision expected = owner("tenant", KeyValue.OfText.of("Müller"));
    assertThat(decide("SELECT * FROM documents WHERE tenant = $1", text(0, "Müller"))).isEqualTo(expected);
    assertThat(decide("SELECT * FROM documents WHERE tenant = 'Müller'")).isEqualTo(expected);
    Charset latin1 = StandardCharsets.ISO_8859_1;
    Lexed lexed = lex("SELECT 'ä', * FROM documents WHERE tenant = 'Müller'", latin1);
    assertThat(router.decide((Plan.Forward) router.plan(lexed, view), lexed, Bindings.NONE, view)).isEqualTo(expected);
    Lexed utf8 = lex("SELECT 'ä€𝄞', * FROM documents WHERE tenant = 'Müller'", StandardCharsets.UTF_8);
    assertThat(router.decide((Plan.Forward) router.plan(utf8, view), utf8, Bindings.NONE, view)).isEqualTo(expected);
    assertThat(decide("SELECT * FROM documents WHERE tenant = $1", text(1042, "Müller"))).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void byteEscapesAreTakenInTheServersEncodingWhateverTheClientsIs() {
    Decision expected = owner("tenant", KeyValue.OfText.of("Müller é"));
    for (Charset charset : List.of(StandardCharsets.UTF_8, StandardCharsets.ISO_8859_1)) {
      for (String spelled : List.of("E'M\\xc3\\xbcller \\303\\251'", "E'Müller \\xc3\\xa9'", "E'M\\u00fcller é'", "E'\\Müller \\é'")) {
        Lexed lexed = lex("SELECT * FROM documents WHERE tenant = " + spelled, charset);
        assertThat(router.decide((Plan.Forward) router.plan(lexed, view), lexed, Bindings.NONE, view)).as(spelled).isEqualTo(expected);
      }
    }
  }

  @Test
  void aBackslashEndsNoStringWhileStandardConformingStringsIsOff() {
    String sql = "SELECT * FROM orders WHERE note = 'x\\' AND customer_id = 43 --' AND customer_id = 42";
    for (boolean standard : List.of(true, false)) {
      LexicalRules rules = new LexicalRules(standard, StandardCharsets.UTF_8);
      Lexed lexed = new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), rules).getFirst();
      RoutingView session = new RoutingView(view.catalog(), view.map(), view.searchPath(), standard, StandardCharsets.UTF_8, "app");
      assertThat(router.decide((Plan.Forward) router.plan(lexed, session), lexed, Bindings.NONE, session))
          .as("standard_conforming_strings = %s", standard)
          .isEqualTo(owner("customer", new KeyValue.OfLong(standard ? 43 : 42)));
    }
  }

  @Test
  void uuidsAreReadInEverySpellingOfTheServer() {
    UUID uuid = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    Decision expected = owner("device", KeyValue.OfUuid.of(uuid));
    String sql = "SELECT * FROM devices WHERE id = $1";
    for (String spelled :
        List.of(
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
            "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}")) {
      assertThat(decide(sql, text(0, spelled))).as(spelled).isEqualTo(expected);
    }
    assertThat(decide(sql, text(0, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, text(0, "a0e-ebc999c0b4ef8bb6d6bb9bd380a11"))).isInstanceOf(Decision.Refused.class);
    byte[] bytes = ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits()).array();
    assertThat(decide(sql, binary(2950, bytes))).isEqualTo(expected);
  }

  @Test
  void anUpdateMayAssignTheKeyOnlyItsOwnValue() {
    String sql = "UPDATE orders SET customer_id = $1 WHERE customer_id = $2";
    assertThat(decide(sql, text(20, "42"), binary(20, int8(42)))).isEqualTo(owner("customer", new KeyValue.OfLong(42)));
    assertThat(decide(sql, text(20, "43"), text(20, "42"))).isInstanceOf(Decision.Refused.class);
    assertThat(decide(sql, new Parameter(20, false, null), text(20, "42"))).isInstanceOf(Decision.Refused.class);
  }

  @Test
  void whatIsStoredInAVarcharIsCutAndWhatIsComparedIsNot() {
    String key =
        IntStream.range(0, 100)
            .mapToObj(i -> "€" + (100_000_000 + i))
            .filter(each -> !owner("tenant", KeyValue.OfText.of(each)).equals(owner("tenant", KeyValue.OfText.of(each + "  "))))
            .findFirst()
            .orElseThrow();
    Decision cut = owner("tenant", KeyValue.OfText.of(key));
    Decision uncut = owner("tenant", KeyValue.OfText.of(key + "  "));
    byte[] value = (key + "  ").getBytes(StandardCharsets.UTF_8);
    assertThat(decide("INSERT INTO codes VALUES ('" + key + "  ', 1)")).isEqualTo(cut);
    assertThat(decide("INSERT INTO codes SELECT '" + key + "  ', 1")).isEqualTo(cut);
    assertThat(decide("EXPLAIN INSERT INTO codes VALUES ('" + key + "  ', 1)")).isEqualTo(cut);
    for (int oid : new int[] {0, 25, 1043}) {
      assertThat(decide("INSERT INTO codes VALUES ($1, 1)", text(oid, key + "  "))).isEqualTo(cut);
      assertThat(decide("INSERT INTO codes VALUES ($1, 1)", binary(oid, value))).isEqualTo(cut);
      assertThat(decide("SELECT * FROM codes WHERE code = $1", binary(oid, value))).isEqualTo(uncut);
    }
    assertThat(decide("SELECT * FROM codes WHERE code = '" + key + "  '")).isEqualTo(uncut);
    assertThat(decide("DELETE FROM codes WHERE code = '" + key + "  '")).isEqualTo(uncut);
    assertThat(decide("UPDATE codes SET code = '" + key + "  ' WHERE code = '" + key + "'")).isEqualTo(cut);
    assertThat(decide("UPDATE codes SET code = '" + key + "  ' WHERE code = '" + key + "  '")).isEqualTo(uncut);
    assertThat(decide("UPDATE codes SET code = '" + key + " x' WHERE code = '" + key + "'")).isEqualTo(cut); // 22001 there
  }

  @Test
  void anExplicitCastThatCutsIsNoKey() {
    for (String value : List.of("'abc'::varchar(2)", "CAST('abc' AS character varying(2))", "varchar(2) 'abc'", "ANY ('{abc}'::varchar(2)[])")) {
      assertThat(fixesNoKey(router.plan(lex("SELECT * FROM codes WHERE code = " + value, StandardCharsets.UTF_8), view))).as(value).isTrue();
    }
    assertThat(router.plan(lex("INSERT INTO codes VALUES ('abc'::varchar(2), 1)", StandardCharsets.UTF_8), view))
        .as("the home shard cuts it").isInstanceOf(Plan.InsertSelect.class);
  }

  private Decision decide(Set<GroupKey> absent, String sql, Parameter... parameters) {
    Lexed lexed = lex(sql, StandardCharsets.UTF_8);
    return oneShards(router.decide((Plan.Forward) router.plan(lexed, view), lexed, bindings(parameters), view, absent));
  }

  private static GroupKey topic(String name) {
    return new GroupKey("topic", KeyValue.OfText.of(name));
  }

  @Test
  void anAbsentKeyHasNoRowsAndAddsNoShard() {
    Set<GroupKey> gone = Set.of(topic("gone"));
    assertThat(decide(gone, "SELECT * FROM topics WHERE name = 'gone'")).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(gone, "UPDATE topics SET n = 1 WHERE name = 'gone'")).isInstanceOf(Decision.AnyShard.class);
    assertThat(decide(gone, "SELECT * FROM topics WHERE name IN ('gone', 'known')")).isEqualTo(new Decision.One(new ShardId("s2")));
    assertThat(decide(gone, "SELECT * FROM topics t, firms f WHERE t.name = 'gone' AND f.id = 1")).isEqualTo(new Decision.One(new ShardId("s1")));
    assertThat(decide(gone, "SELECT * FROM topics WHERE name IN ('gone', 'new')"))
        .isInstanceOfSatisfying(Decision.Unplaced.class, unplaced -> assertThat(unplaced.keys()).extracting(UnplacedKey::name).containsExactly(topic("new")));
    assertThat(decide(gone, "INSERT INTO topics VALUES ('gone', 'eu', 1)"))
        .isInstanceOfSatisfying(Decision.Unplaced.class, unplaced -> assertThat(unplaced.keys().getFirst().candidates()).hasSize(2));
  }

  @Test
  void theLabelOfANewKeyIsReadFromParameters() {
    String sql = "INSERT INTO topics VALUES ($1, $2, 1)";
    for (Parameter region : List.of(text(0, "us"), text(25, "us"), binary(25, "us".getBytes(StandardCharsets.UTF_8)), binary(1043, "us".getBytes(StandardCharsets.UTF_8)))) {
      assertThat(decide(Set.of(), sql, text(25, "new"), region))
          .isInstanceOfSatisfying(Decision.Unplaced.class, unplaced -> assertThat(unplaced.keys().getFirst().candidates()).containsExactly(new ShardId("s3")));
    }
    assertThat(decide(Set.of(topic("gone")), sql, text(25, "gone"), new Parameter(25, false, null)))
        .isInstanceOfSatisfying(Decision.Refused.class, refused -> assertThat(refused.refuse().refusal()).isEqualTo(Refusal.PLACE_UNTOLD));
    assertThat(decide(Set.of(topic("gone")), sql, text(25, "gone"), text(25, "mars")))
        .isInstanceOfSatisfying(Decision.Refused.class, refused -> assertThat(refused.refuse().refusal()).isEqualTo(Refusal.PLACE_LABEL));
    assertThat(decide(Set.of(), sql, text(25, "known"), text(25, "mars"))).as("it is placed already").isEqualTo(new Decision.One(new ShardId("s2")));
  }

  /// A second shard may come, and a row whose key has no entry would be looked for there.
  @Test
  void aNewKeyThatCantBeReadIsRefusedThoughThereIsOneShardOnly() throws Exception {
    String topology =
        """
        home: s1
        shards: { s1: { primary: "postgresql://127.0.0.1:55431/app" } }
        groups: { firm: { strategy: directory, key: bigint, tables: { firms: id } } }
        """;
    ShardMap map = TopologyReader.read(topology, "test.yaml").toMap(MapVersion.FIRST);
    RoutingView one = new RoutingView(view.catalog(), map, List.of("public"), true, StandardCharsets.UTF_8, "app");
    Lexed unread = lex("INSERT INTO firms VALUES ('0x9', 'a')", StandardCharsets.UTF_8);
    assertThat(router.decide((Plan.Forward) router.plan(unread, one), unread, Bindings.NONE, one)).isInstanceOf(Decision.Refused.class);
    Lexed made = lex("WITH a AS (INSERT INTO firms SELECT id + 1, name FROM firms WHERE id = 1) SELECT 1", StandardCharsets.UTF_8);
    assertThat(router.plan(made, one)).isInstanceOf(Plan.Refuse.class);
    Lexed read = lex("SELECT * FROM firms", StandardCharsets.UTF_8);
    assertThat(router.plan(read, one)).isInstanceOf(Plan.Forward.class);
  }

  /// Another thread's answer of the directory comes at any moment: then the key is unplaced still, or has its owner.
  @Test
  void aKeyThatIsPlacedMeanwhileIsNeverNobodys() throws Exception {
    String topology =
        """
        home: s1
        shards: { s1: { primary: "postgresql://127.0.0.1:55431/app" }, s2: { primary: "postgresql://127.0.0.1:55432/app" } }
        groups: { firm: { strategy: directory, key: bigint, tables: { firms: id } } }
        """;
    ShardMap map = TopologyReader.read(topology, "test.yaml").toMap(MapVersion.FIRST);
    RoutingView two = new RoutingView(view.catalog(), map, List.of("public"), true, StandardCharsets.UTF_8, "app");
    KeyTable firms = (KeyTable) map.keySpaces().get("firm");
    Lexed insert = lex("INSERT INTO firms VALUES ($1, 'a')", StandardCharsets.UTF_8);
    Plan.Forward plan = (Plan.Forward) router.plan(insert, two);
    int keys = 200_000;
    AtomicInteger decided = new AtomicInteger(-1);
    Thread placing = Thread.ofPlatform().daemon().start(() -> {
      for (int key = 0; key < keys; key++) {
        while (decided.get() < key) {
          Thread.onSpinWait();
        }
        firms.put(new KeyValue.OfLong(key), new ShardId("s2"));
      }
    });
    for (int key = 0; key < keys; key++) {
      Bindings bindings = bindings(binary(20, int8(key)));
      decided.set(key);
      Decision decision = router.decide(plan, insert, bindings, two);
      assertThat(decision instanceof Decision.Unplaced || decision.equals(new Decision.One(new ShardId("s2")))).as("%s", decision).isTrue();
    }
    placing.join();
  }

  @Test
  void theFirstRowOfANewKeySaysWhereItIsPlaced() {
    String sql = "WITH a AS (INSERT INTO topics VALUES ('one', 'eu', 1), ('two', 'us', 2), ('one', 'us', 3)) SELECT 1";
    assertThat(decide(Set.of(), sql))
        .isInstanceOfSatisfying(
            Decision.Unplaced.class,
            unplaced ->
                assertThat(unplaced.keys()).extracting(UnplacedKey::name, key -> key.candidates().size())
                    .contains(org.assertj.core.groups.Tuple.tuple(topic("one"), 2), org.assertj.core.groups.Tuple.tuple(topic("two"), 1))
                    .doesNotContain(org.assertj.core.groups.Tuple.tuple(topic("one"), 1)));
  }

  @Test
  void aSplitRenumbersParametersPerShard() {
    Lexed lexed = lex("INSERT INTO orders (id, customer_id, note) VALUES ($1, $4, $5), ($2, $6, $5) RETURNING id + $3", StandardCharsets.UTF_8);
    Plan.SplitInsert plan = (Plan.SplitInsert) router.plan(lexed, view);
    Bindings bindings = bindings(text(20, "1"), text(20, "2"), text(20, "3"), text(20, "42"), text(25, "x"), text(20, "43"));
    Split split = router.split(plan, lexed, bindings, view, List.of(), Set.of());
    assertThat(split)
        .isInstanceOfSatisfying(
            Split.Pieces.class,
            pieces -> {
              Split.Piece second = pieces.pieces().getLast();
              assertThat(new String(second.text(), StandardCharsets.UTF_8))
                  .isEqualTo("INSERT INTO orders (id, customer_id, note) VALUES ($1, $2, $3) RETURNING id + $4");
              assertThat(second.parameters()).containsExactly(1, 4, 5, 3);
              assertThat(second.rows()).containsExactly(0);
              assertThat(pieces.pieces().getFirst().parameters()).containsExactly(2, 6, 5, 3);
            });
  }

  @Test
  void valuesThatAreSplicedInAreQuoted() {
    Plan.InsertSelect plan =
        (Plan.InsertSelect) router.plan(lex("INSERT INTO documents SELECT key, 1, value FROM settings", StandardCharsets.UTF_8), view);
    Split split =
        router.insertRows(
            plan, lex("INSERT INTO documents SELECT key, 1, value FROM settings", StandardCharsets.UTF_8), view,
            List.of(List.of("o'x", "1", "back\\slash'")), Set.of(), KeyMeanings.none());
    assertThat(split)
        .isInstanceOfSatisfying(
            Split.Pieces.class,
            pieces ->
                assertThat(new String(pieces.pieces().getFirst().text(), StandardCharsets.UTF_8))
                    .endsWith("VALUES ('o''x', '1',  E'back\\\\slash''')"));
  }
}
