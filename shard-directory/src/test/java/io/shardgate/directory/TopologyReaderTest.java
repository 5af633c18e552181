package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

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
          customer: { strategy: directory, key: bigint, tables: { customers: id } }
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
        "t.yaml:9: strategy of group customer is directory, which is not supported yet (expected: hash or range)",
        "t.yaml:10: key of group event is citext, which can't be a shard key, since values that it calls equal differ in their"
            + " bytes (expected: bigint, text, uuid, date, timestamp, timestamptz or numeric)",
        "t.yaml:10: table customers is declared in group event and in group customer (expected: one place only)",
        "t.yaml:11: strategy of group odd is modulo (expected: hash or range)",
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
        .containsExactly("t.yaml:5: table a is declared as reference table and as reference table (expected: one place only)");
  }

  @Test
  void namesAreExact() throws TopologyException {
    Topology topology = TopologyReader.read(SHARDS + "reference: [ Countries, countries ]", "t.yaml");
    assertThat(topology.reference()).hasSize(2);
  }

  @Test
  void brokenYamlIsOneLine() {
    assertThat(faults("home: [")).singleElement().asString().startsWith("t.yaml:1: not YAML: ");
    assertThat(faults("home: s1\nshards: }")).singleElement().asString().startsWith("t.yaml:2: not YAML: ");
    assertThat(faults("")).containsExactly("t.yaml:1: the text is empty (expected: a topology)");
    assertThat(faults("- a")).singleElement().asString()
        .isEqualTo("t.yaml:1: a topology is a list (expected: a mapping of functions, groups, home, reference, shards, unique)");
    assertThat(faults("just words")).hasSize(1);
    assertThat(faults("#".repeat(YamlText.MAX_CHARS + 1))).singleElement().asString().contains("expected: at most");
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
    TopologyException e = catchThrowableOfType(TopologyException.class, () -> TopologyReader.read(text, "t.yaml"));
    assertThat(e).as("no fault found in: %s", text).isNotNull();
    assertThat(e.getMessage().lines()).containsExactlyElementsOf(e.faults());
    return e.faults();
  }
}
