package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyReaderTest {
  private static final String SHARDS = """
      home: s1
      shards:
        s1: { primary: "postgresql://127.0.0.1:55431/app" }
        s2: { primary: "postgresql://127.0.0.1:55432/app", weight: 3, labels: { region: us } }
      """;

  private static final DevShards DEV = new DevShards(new ShardId("s1"), MapExamples.shards(1, 1));

  @Test
  void aWholeTopologyIsRead() throws TopologyException {
    Topology topology = TopologyReader.read(SHARDS + """
        groups:
          customer: { strategy: hash, key: bigint, tables: { customers: id, orders: customer_id, 'Sales."Odd.Name"': Id } }
          tenant:   { strategy: hash, key: varchar, tables: { documents: tenant } }
        reference: [ countries, geo.cities ]
        unique:    { orders: [ id ], customers: [ [ email ], [ a, b ] ] }
        functions: { price_of: local, geo.near: local }
        """, "topology.yaml");
    assertThat(topology.home()).isEqualTo(new ShardId("s1"));
    assertThat(topology.shards().get(new ShardId("s2")).weight()).isEqualTo(3);
    assertThat(topology.shards().get(new ShardId("s2")).labels()).isEqualTo(Map.of("region", "us"));
    assertThat(topology.groups().get("customer").tables())
        .containsEntry(new TableName("Sales", "Odd.Name"), "Id")
        .containsEntry(new TableName("public", "orders"), "customer_id");
    assertThat(topology.groups().get("tenant").keyType()).isEqualTo(KeyType.TEXT);
    assertThat(topology.reference()).containsExactly(new TableName("geo", "cities"), new TableName("public", "countries"));
    assertThat(topology.unique().get(TableName.parse("orders"))).isEqualTo(List.of(List.of("id")));
    assertThat(topology.unique().get(TableName.parse("customers"))).isEqualTo(List.of(List.of("email"), List.of("a", "b")));
    assertThat(topology.functions()).containsOnlyKeys("public.price_of", "geo.near");
    assertThat(topology.toMap(MapVersion.FIRST).groupOf(TableName.parse("orders"))).isPresent();
  }

  @Test
  void newKeysArePlacedAsTheTopologySays() throws TopologyException {
    Topology topology = TopologyReader.read(SHARDS + """
        groups:
          a: { strategy: directory, key: text, tables: { aa: k } }
          b: { strategy: directory, key: text, tables: { bb: k }, place: least-loaded }
          c: { strategy: directory, key: text, tables: { cc: k }, place: hash }
          d: { strategy: directory, key: text, tables: { dd: k }, place: { label: region, column: land } }
        """, "topology.yaml");
    assertThat(topology.groups().values().stream().map(Group::strategy)).containsExactly(
        new Strategy.Directory(new Placement(Placement.Policy.LEAST_LOADED, null)),
        new Strategy.Directory(new Placement(Placement.Policy.LEAST_LOADED, null)),
        new Strategy.Directory(new Placement(Placement.Policy.HASH, null)),
        new Strategy.Directory(new Placement(Placement.Policy.LEAST_LOADED, new Placement.LabelRule("region", "land"))));
    Placement byLabel = ((Strategy.Directory) topology.groups().get("d").strategy()).place();
    assertThat(byLabel.candidates(topology.shards(), "us")).containsExactly(new ShardId("s2"));
    assertThat(byLabel.candidates(topology.shards(), "eu")).isEmpty();
    assertThat(byLabel.candidates(topology.shards(), null)).as("s1 has no such label, which is no value").isEmpty();
  }

  @Test
  void faultsOfAPlaceAreToldWithTheirLines() {
    assertThat(faults(SHARDS + """
        groups:
          a: { strategy: directory, key: text, tables: { aa: k }, place: { label: zone, column: land } }
          b: { strategy: directory, key: text, tables: { bb: k }, place: { label: region } }
          c: { strategy: directory, key: text, tables: { cc: k }, place: [ hash ] }
          d: { strategy: directory, key: text, tables: { dd: k }, place: { label: region, column: "", by: 1 } }
          e: { strategy: hash, key: text, tables: { ee: k }, place: hash }
        """)).containsExactly(
        "t.yaml:6: label zone of group a is on no shard (expected: one of [region])",
        "t.yaml:7: place of group b has no column (expected: least-loaded, hash, or { label: name, column: name })",
        "t.yaml:8: place of group c is a list (expected: least-loaded, hash, or { label: name, column: name })",
        "t.yaml:9: unknown key by in place of group d (expected: column, label)",
        "t.yaml:9: column of group d is empty (expected: the name of a column)",
        "t.yaml:10: place in group e (expected: none, the strategy hash has no place)");
  }

  @Test
  void everyFaultIsToldWithItsLineInOneMessage() {
    assertThat(faults("""
        home: s9
        shards:
          s1: { primary: "postgresql://127.0.0.1:55431/app", weight: 0 }
          s2: { primary: "mysql://127.0.0.1:3306/app" }
          s 3: { primary: "postgresql://127.0.0.1/app" }
          s4: { primery: "postgresql://127.0.0.1/app" }
          s5: { primary: "postgresql://127.0.0.1:55431/app" }
        groups:
          customer: { strategy: directory, key: bigint, tables: { customers: id }, place: nearest, splits: [] }
          event:    { strategy: hash, key: citext, tables: { events: at, customers: id } }
          odd:      { strategy: modulo, key: uuid, tables: [ a ] }
        reference: { countries: 1 }
        unique: { nowhere: [ id ], customers: id }
        functions: { f: remote }
        colour: blue
        """)).containsExactly(
        "t.yaml:1: home is s9 (expected: one of [s1, s5])",
        "t.yaml:3: weight of shard s1 is 0 (expected: a whole number from 1 to 10000)",
        "t.yaml:4: shard s2 is on a mysql:// server, which is not supported yet (expected: postgresql://host:port/database)",
        "t.yaml:5: shard is named s 3 (expected: 1 to 32 letters, digits, _ or -)",
        "t.yaml:6: unknown key primery in shard s4 (expected: labels, primary, weight)",
        "t.yaml:6: shard s4 has no primary (expected: primary: \"postgresql://host:port/database\")",
        "t.yaml:7: shard s5 is the same database as shard s1 (expected: one of its own)",
        "t.yaml:9: place of group customer is nearest (expected: least-loaded, hash, or { label: name, column: name })",
        "t.yaml:9: splits in group customer (expected: none, the strategy directory has no splits)",
        "t.yaml:10: key of group event is citext, which can't be a shard key, since values that it calls equal differ in their"
            + " bytes (expected: bigint, text, uuid, date, timestamp, timestamptz or numeric)",
        "t.yaml:10: table customers is declared in group event and in group customer (expected: once)",
        "t.yaml:11: strategy of group odd is modulo (expected: hash, range or directory)",
        "t.yaml:11: tables of group odd is a list (expected: a mapping)",
        "t.yaml:12: reference is a mapping (expected: a list of tables)",
        "t.yaml:13: unique names table nowhere (expected: a table of a group)",
        "t.yaml:13: unique of table customers is 'id' (expected: a list of columns)",
        "t.yaml:13: unique of table customers has a list without columns (expected: a list of columns)",
        "t.yaml:14: rule of function f is remote (expected: local)",
        "t.yaml:15: unknown key colour in a topology (expected: functions, groups, home, reference, shards, unique)");
  }

  @Test
  void keyTypesAreAClosedListRefusedByName() {
    for (String type : List.of("citext", "char(3)", "bytea", "float8", "json", "BIGINT")) {
      assertThat(faults(SHARDS + "groups: { g: { strategy: hash, key: '" + type + "', tables: { t: id } } }"))
          .singleElement().asString().startsWith("t.yaml:5: key of group g is " + type + ", which can't be a shard key")
          .endsWith("(expected: bigint, text, uuid, date, timestamp, timestamptz or numeric)");
    }
  }

  @Test
  void aKeyGivenTwiceIsAFault() {
    assertThat(faults(SHARDS + "reference: [ a ]\nreference: [ b ]"))
        .containsExactly("t.yaml:6: key reference is given twice in a topology (expected: once)");
    assertThat(faults(SHARDS + "reference: [ a, public.a ]"))
        .containsExactly("t.yaml:5: table a is declared twice as reference table (expected: once)");
  }

  @Test
  void namesAreExact() throws TopologyException {
    Topology topology = TopologyReader.read(SHARDS + "reference: [ Countries, countries ]", "t.yaml");
    assertThat(topology.reference()).hasSize(2);
  }

  @Test
  void aNameIsDeclaredInOnePlace() {
    assertThat(faults(SHARDS + """
        groups:
          g: { strategy: hash, key: bigint, tables: { a: id, public.a: id, b: id } }
          h: { strategy: hash, key: bigint, tables: { b: id } }
        reference: [ b, c, c ]
        unique: { a: [ x ], public.a: [ y ], c: [ x ], h: [ x ] }
        functions: { f: local, public.f: local }
        """)).containsExactly(
        "t.yaml:6: table a is declared twice in group g (expected: once)",
        "t.yaml:7: table b is declared in group h and in group g (expected: once)",
        "t.yaml:8: table b is declared as reference table and in group g (expected: once)",
        "t.yaml:8: table c is declared twice as reference table (expected: once)",
        "t.yaml:9: unique names table a twice (expected: once, with a list of lists)",
        "t.yaml:9: unique names table c (expected: a table of a group)",
        "t.yaml:9: unique names table h (expected: a table of a group)",
        "t.yaml:10: function public.f is named twice (expected: once)");
  }

  @Test
  void aFunctionIsNamedWithoutItsArguments() throws TopologyException {
    assertThat(faults(SHARDS + """
        functions:
          f(int): local
          g(): local
          "h(a, b)": local
          s.f(int): local
          a.b.c: local
        """)).containsExactly(
        "t.yaml:6: function is named f(int) (expected: function or schema.function, without arguments)",
        "t.yaml:7: function is named g() (expected: function or schema.function, without arguments)",
        "t.yaml:8: function is named h(a, b) (expected: function or schema.function, without arguments)",
        "t.yaml:9: function is named s.f(int) (expected: function or schema.function, without arguments)",
        "t.yaml:10: function is named a.b.c (expected: function or schema.function, without arguments)");
    assertThat(TopologyReader.read(SHARDS + "functions: { '\"odd(name)\"': local }", "t.yaml").functions()).containsOnlyKeys("public.odd(name)");
  }

  @Test
  void whatYamlTakesForANumberOrTruthIsNoName() throws TopologyException {
    assertThat(faults(SHARDS + """
        groups:
          1: { strategy: hash, key: bigint, tables: { 2: id, t: 3, u: true, v: ~, w: "" } }
          g: { strategy: 4, key: 5, tables: {} }
        reference: [ 6.5, false, null ]
        unique: { t: [ 7 ] }
        functions: { 8: 9 }
        """)).containsExactly(
        "t.yaml:6: a group is 1 without quotes, which YAML takes for a number (expected: its name, in quotes if it is meant)",
        "t.yaml:6: a table is 2 without quotes, which YAML takes for a number (expected: table or schema.table, in quotes if it is meant)",
        "t.yaml:6: key column of table t is 3 without quotes, which YAML takes for a number (expected: the name of a column, in quotes if it is meant)",
        "t.yaml:6: key column of table u is true without quotes, which YAML takes for a truth value (expected: the name of a column, in quotes if it is"
            + " meant)",
        "t.yaml:6: key column of table v is empty (expected: the name of a column)",
        "t.yaml:6: key column of table w is empty (expected: the name of a column)",
        "t.yaml:7: strategy of group g is 4 (expected: hash, range or directory)",
        "t.yaml:7: key of group g is 5, which can't be a shard key (expected: bigint, text, uuid, date, timestamp, timestamptz or numeric)",
        "t.yaml:7: group g has no tables (expected: tables: { table: key column })",
        "t.yaml:8: a table is 6.5 without quotes, which YAML takes for a number (expected: table or schema.table, in quotes if it is meant)",
        "t.yaml:8: a table is false without quotes, which YAML takes for a truth value (expected: table or schema.table, in quotes if it is meant)",
        "t.yaml:8: reference table is empty (expected: the name of a table)",
        "t.yaml:9: unique of table t is 7 without quotes, which YAML takes for a number (expected: the name of a column, in quotes if it is meant)",
        "t.yaml:10: rule of function 8 is 9 (expected: local)",
        "t.yaml:10: a function is 8 without quotes, which YAML takes for a number (expected: function or schema.function, without arguments, in quotes if"
            + " it is meant)");
    assertThat(TopologyReader.read(SHARDS + "reference: [ '5' ]", "t.yaml").reference()).containsExactly(new TableName("public", "5"));
  }

  @Test
  void aColumnIsOneThatATableCanHave() {
    String tooLong = "x".repeat(64);
    assertThat(faults(SHARDS + "groups: { g: { strategy: hash, key: uuid, tables: { t: ctid, u: " + tooLong + ", v: \"a\\0\" } } }\n"
        + "unique: { t: [ a, a ], u: [ [ b, c ], [ c, b ], '' ], v: [ ] }")).containsExactly(
        "t.yaml:5: key column of table t is ctid, a system column (expected: a column of your own)",
        "t.yaml:5: key column of table u is " + tooLong + " (expected: the name of a column, of at most 63 bytes)",
        "t.yaml:5: key column of table v is a\\u0000 (expected: the name of a column, of at most 63 bytes)",
        "t.yaml:6: unique of table t names column a twice (expected: once)",
        "t.yaml:6: unique of table u is a list (expected: the name of a column)",
        "t.yaml:6: unique of table u is empty (expected: the name of a column)",
        "t.yaml:6: unique of table v has a list without columns (expected: a list of columns)");
    assertThat(faults(SHARDS + "groups: { g: { strategy: hash, key: uuid, tables: { t: k } } }\nunique: { t: [ [ b, c ], [ c, b ] ] }"))
        .containsExactly("t.yaml:6: unique of table t has the columns [b, c] twice (expected: once)");
  }

  @Test
  void tableNamesAreCheckedWithTheirQuotes() {
    assertThat(faults(SHARDS + "reference: [ a.b.c, 'a b', '\"a', '', a., '\"a\"b', " + "y".repeat(64) + " ]")).hasSize(7)
        .allSatisfy(fault -> assertThat(fault).startsWith("t.yaml:5: table name: ").endsWith("(expected: table or schema.table, names of at most 63 bytes)"));
  }

  @Test
  void weightsAreWholeNumbersOfASize() {
    for (String weight : List.of("0", "-1", "10001", "99999999999999999999", "1.5", "1e3", "0x10", "'a'", "[ 1 ]", "~")) {
      assertThat(faults("home: s1\nshards: { s1: { primary: \"postgresql://h/d\", weight: " + weight + " } }")).as(weight)
          .singleElement().asString().startsWith("t.yaml:2: weight of shard s1 is ").endsWith("(expected: a whole number from 1 to 10000)");
    }
  }

  @Test
  void sectionsOfAnotherKindAreTold() {
    assertThat(faults("home: [ s1 ]\nshards: [ a ]\ngroups: x\nreference: y\nunique: [ z ]\nfunctions: 5\n? [ a ]\n: b")).containsExactly(
        "t.yaml:1: home is a list (expected: the name of a shard)",
        "t.yaml:2: shards is a list (expected: a mapping)",
        "t.yaml:3: groups is 'x' (expected: a mapping)",
        "t.yaml:4: reference is 'y' (expected: a list of tables)",
        "t.yaml:5: unique is a list (expected: a mapping)",
        "t.yaml:6: functions is '5' (expected: a mapping)",
        "t.yaml:7: a key of a topology is a list (expected: a word)");
    assertThat(faults("{}")).containsExactly(
        "t.yaml:1: no shards (expected: shards: { s1: { primary: \"postgresql://host:port/database\" } })",
        "t.yaml:1: no home (expected: home: and the name of a shard)");
    assertThat(faults("home: s1\nshards: {}")).containsExactly(
        "t.yaml:1: home is s1 (expected: one of [])", "t.yaml:2: shards is empty (expected: at least one shard)");
  }

  @Test
  void brokenYamlIsOneLine() {
    assertThat(faults("home: [")).singleElement().asString().startsWith("t.yaml:1: not YAML: ").endsWith("(expected: YAML, indented with blanks)");
    assertThat(faults("home: s1\nshards: }")).singleElement().asString().startsWith("t.yaml:2: not YAML: ");
    assertThat(faults("groups:\n\tg: 1")).singleElement().asString().startsWith("t.yaml:2: not YAML: found character '\\t(TAB)'");
    assertThat(faults("home: s1\n\nreference: [ a, \u0007b ]")).containsExactly("t.yaml:3: not YAML: character U+0007 (expected: YAML, indented with blanks)");
    assertThat(faults(SHARDS + "---\nhome: s1")).singleElement().asString().startsWith("t.yaml:5: not YAML: ");
    assertThat(faults("home: *s1")).singleElement().asString().startsWith("t.yaml:1: not YAML: ").contains("undefined alias");
    assertThat(faults("")).containsExactly("t.yaml:1: the text is empty (expected: a topology)");
    assertThat(faults("# nothing but words\n")).containsExactly("t.yaml:1: the text is empty (expected: a topology)");
    assertThat(faults("- a")).singleElement().asString()
        .isEqualTo("t.yaml:1: a topology is a list (expected: a mapping of functions, groups, home, reference, shards, unique)");
    assertThat(faults("just words")).hasSize(1);
  }

  @Test
  void aTextIsOfALimitedSizeHoweverLongItsFile(@TempDir Path folder) throws Exception {
    assertThat(faults("#".repeat(TopologyBytes.MAX_BYTES + 1)))
        .containsExactly("t.yaml:1: the text has more than 1048576 bytes (expected: at most that many)");
    Path file = folder.resolve("huge.yaml");
    try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
      huge.setLength(100L << 20);
    }
    assertThat(TopologyReader.bytes(file)).hasSize(TopologyBytes.MAX_BYTES + 1);
    assertThat(faults(TopologyReader.bytes(file))).singleElement().asString().contains("more than 1048576 bytes");
  }

  @Test
  void bytesThatAreNotUtf8AreToldWithTheirPlaceBesideTheOtherFaults() {
    byte[] text = (SHARDS + "reference: [ \u00e9t\u00e9, \u00fc ]\ncolour: blue\n").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(faults(text)).containsExactly(
        "t.yaml:5: byte 14 of the line, 0xE9, is not UTF-8 (expected: a text in UTF-8)",
        "t.yaml:6: unknown key colour in a topology (expected: functions, groups, home, reference, shards, unique)");
    assertThat(faults("home: s1".getBytes(StandardCharsets.UTF_16))).contains("t.yaml:1: byte 1 of the line, 0xFE, is not UTF-8 (expected: a text in UTF-8)");
    assertThat(faults(new byte[] {'a', ':', '\n', (byte) 0xc3})).contains("t.yaml:2: byte 1 of the line, 0xC3, is not UTF-8 (expected: a text in UTF-8)");
  }

  @Test
  void aByteOrderMarkAndOtherLineEndsAreNoFault() throws TopologyException {
    Topology topology = TopologyReader.read("\ufeff" + SHARDS.replace("\n", "\r\n") + "reference: [ \u00e9t\u00e9 ]\r\n", "t.yaml");
    assertThat(topology.reference()).containsExactly(new TableName("public", "\u00e9t\u00e9"));
    assertThat(faults(SHARDS.replace("\n", "\r\n") + "reference: 1\r\n")).singleElement().asString().startsWith("t.yaml:5: ");
  }

  @Test
  void depthAndAliasesHaveALimit() {
    assertThat(faults("home: s1\ngroups: " + "[".repeat(500_000)))
        .containsExactly("t.yaml:2: nested more than 20 levels deep (expected: a topology, of 4 levels)");
    assertThat(faults("home: s1\ngroups: " + "{ a: ".repeat(100_000))).singleElement().asString().startsWith("t.yaml:2: nested more than 20 levels deep");
    assertThat(faults(SHARDS + "reference: &r [ a ]\nunique:\n" + "  t: *r\n".repeat(51)))
        .containsExactly("t.yaml:57: alias *r is one too many (expected: at most 50 aliases)");
    assertThat(faults(SHARDS + "reference: &r [ *r ]")).containsExactly("t.yaml:5: reference table is a list (expected: the name of a table)");
  }

  @Test
  void anAliasIsWhatItStandsFor() throws TopologyException {
    Topology topology = TopologyReader.read(SHARDS + "groups: { g: { strategy: hash, key: uuid, tables: &t { a: k } } }\nreference: [ b ]\n"
        + "functions: { f: &rule local, g: *rule }", "t.yaml");
    assertThat(topology.functions()).hasSize(2);
    assertThat(faults(SHARDS + "groups:\n  g: { strategy: hash, key: uuid, tables: &t { a: k } }\n  h: { strategy: hash, key: uuid, tables: *t }"))
        .containsExactly("t.yaml:6: table a is declared in group h and in group g (expected: once)");
  }

  @Test
  void tagsMeanNothing() throws TopologyException {
    assertThat(faults("home: !secret s1\nshards: !include x")).contains(
        "t.yaml:1: tag !secret means nothing here (expected: no tag)", "t.yaml:2: tag !include means nothing here (expected: no tag)");
    assertThat(TopologyReader.read(SHARDS + "reference: [ !!str 5 ]", "t.yaml").reference()).containsExactly(new TableName("public", "5"));
  }

  @Test
  void aFaultStaysOneLineOfALimitedLength() {
    assertThat(faults(SHARDS + "reference: [ \"a\\nb c\", \"" + "z".repeat(10_000) + "\" ]")).hasSize(2)
        .anySatisfy(fault -> assertThat(fault).contains("table name: a\\u000ab c (expected"))
        .anySatisfy(fault -> assertThat(fault).hasSizeLessThan(600).endsWith("names of at most 63 bytes)"));
  }

  @Test
  void aliasBombsAreRefusedNotExpanded() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append("a%d: &a%d [*a%d,*a%d,*a%d,*a%d]\n".formatted(i, i, i - 1, i - 1, i - 1, i - 1));
    }
    assertThat(faults(bomb.toString())).isNotEmpty();
  }

  @Test
  void passwordsNeverShowInFaults() {
    for (String url : List.of("postgresql://u:s3cret@host:99999/app", "mysql://u:s3cret@host/app", "http://u:s3cret@host/app",
        "postgresql://u:s3cret@ho st/app", "postgresql://u:s3cret@host/", "postgresql://u:s3cret@host/app?sslmode=maybe")) {
      assertThat(faults("home: s1\nshards: { s1: { primary: \"" + url + "\" } }")).isNotEmpty()
          .allSatisfy(fault -> assertThat(fault).doesNotContain("s3cret"));
    }
    assertThat(faults("home: s1\nshards: { s1: \"postgresql://u:s3cret@host/app\" }")).contains(
        "t.yaml:2: shard s1 is 'postgresql://u:***@host/app' (expected: a mapping of labels, primary, weight)");
  }

  @Test
  void theDevClusterBringsItsOwnShards() throws TopologyException {
    Topology topology = TopologyReader.read("groups: { g: { strategy: hash, key: uuid, tables: { t: id } } }", "t.yaml", DEV);
    assertThat(topology.shards()).isEqualTo(DEV.shards());
    assertThat(topology.home()).isEqualTo(DEV.home());
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> TopologyReader.read(SHARDS, "t.yaml", DEV));
    assertThat(e.faults()).hasSize(2).allSatisfy(fault -> assertThat(fault).contains("the dev cluster brings its own shards [s1, s2]"));
  }

  @Test
  void systemSchemasHoldNoDeclaredTables() {
    assertThat(faults(SHARDS + "reference: [ pg_catalog.pg_class, information_schema.tables, shardgate.commit_log ]")).hasSize(3);
  }

  private static List<String> faults(String text) {
    return faults(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> faults(byte[] text) {
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> TopologyReader.read(text, "t.yaml", Optional.empty()));
    assertThat(e).as("no fault found in: %s", new String(text, 0, Math.min(text.length, 1000), StandardCharsets.UTF_8)).isNotNull();
    assertThat(e.getMessage().lines()).containsExactlyElementsOf(e.faults());
    return e.faults();
  }
}
