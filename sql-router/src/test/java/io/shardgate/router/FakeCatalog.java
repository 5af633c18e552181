package io.shardgate.router;

import io.shardgate.directory.Extent;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.ForeignMarks;
import io.shardgate.directory.HashRing;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.ColumnDrift;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.catalog.PgTypeEntry;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.catalog.ViewRights;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Optional;

/// A small shop on four shards: what the golden cases are planned against.
final class FakeCatalog {
  private static final Map<String, Integer> OIDS =
      Map.ofEntries(
          Map.entry("int8", 20), Map.entry("int4", 23), Map.entry("int2", 21), Map.entry("text", 25), Map.entry("varchar", 1043),
          Map.entry("uuid", 2950), Map.entry("numeric", 1700), Map.entry("timestamptz", 1184), Map.entry("bool", 16),
          Map.entry("date", 1082), Map.entry("taxed", 19_000), Map.entry("short", 19_002), Map.entry("bpchar", 1042));

  static final String TOPOLOGY =
      """
      home: s1
      shards:
        s1: { primary: "postgresql://127.0.0.1:55431/app", labels: { region: eu } }
        s2: { primary: "postgresql://127.0.0.1:55432/app", labels: { region: eu } }
        s3: { primary: "postgresql://127.0.0.1:55433/app", labels: { region: us } }
        s4: { primary: "postgresql://127.0.0.1:55434/app" }
      groups:
        customer: { strategy: hash, key: bigint, tables: { customers: id, orders: customer_id, order_lines: customer_id, baskets: customer_id, planned: customer_id, watched: customer_id, dynamic: customer_id, events: customer_id, numbered: id, odd: customer_id, guarded: customer_id, ruled: customer_id, defaulted: customer_id, seen: customer_id, fresh: customer_id, secured: customer_id, counted: customer_id, shifted: customer_id, checked: customer_id, clipped: customer_id, mixed: customer_id, keyless: customer_id, logged: customer_id, ticketed: customer_id } }
        tenant: { strategy: hash, key: text, tables: { documents: tenant, letters: tenant, codes: code, "app.notes": tenant } }
        device: { strategy: hash, key: uuid, tables: { devices: id } }
        click: { strategy: range, key: timestamptz, tables: { clicks: at }, splits: [{ until: "2026-01-01", shard: s1 }, { until: "2026-02-01", shard: s2 }, { shard: s3 }] }
        day: { strategy: range, key: date, tables: { days: day }, splits: [{ until: "2026-01-01", shard: s1 }, { shard: s2 }] }
        part: { strategy: range, key: numeric, tables: { parts: number, lots: number }, splits: [{ until: 100.5, shard: s1 }, { until: 1000, shard: s2 }, { shard: s3 }] }
        slot: { strategy: range, key: bigint, tables: { slots: id }, splits: [{ until: 0, shard: s1 }, { until: 100, shard: s2 }, { until: 200, shard: s3 }, { shard: s4 }] }
        word: { strategy: range, key: text, tables: { words: word }, splits: [{ until: m, shard: s1 }, { shard: s2 }] }
        firm: { strategy: directory, key: bigint, tables: { firms: id, bills: firm } }
        topic: { strategy: directory, key: text, tables: { topics: name, posts: topic, threads: topic }, place: { label: region, column: region } }
        whole: { strategy: range, key: bigint, tables: { wholes: id }, splits: [{ shard: s3 }] }
      reference: [ countries, currencies, rates, stamped, gone, new_ref, loose ]
      unique: { orders: [ id ], customers: [ email ], fresh: [ id ] }
      functions: { price_of: local }
      """;

  private final Catalog.Builder builder = Catalog.builder().version(7);
  private int oid = 20_000;

  static ShardMap map() {
    try {
      ShardMap map = TopologyReader.read(TOPOLOGY, "test.yaml", Optional.empty()).toMap(new MapVersion(1));
      KeyTable firms = (KeyTable) map.keySpaces().get("firm");
      firms.put(new KeyValue.OfLong(1), new ShardId("s1"));
      firms.put(new KeyValue.OfLong(2), new ShardId("s2"));
      ((KeyTable) map.keySpaces().get("topic")).put(KeyValue.OfText.of("known"), new ShardId("s2"));
      return map;
    } catch (TopologyException e) {
      throw new IllegalStateException(e);
    }
  }

  static RoutingView view() {
    return new RoutingView(new FakeCatalog().build(), map(), List.of("public"), true, StandardCharsets.UTF_8, "app");
  }

  /// While rows move: most groups have foreign rows somewhere.
  static RoutingView viewWithForeignRows() {
    ShardMap map = map();
    HashRing ring = (HashRing) map.keySpaces().get("customer");
    HashRing.OwnedRange ofS1 = ring.rangesOf(new ShardId("s1")).getFirst();
    HashRing.OwnedRange ofTenant = ((HashRing) map.keySpaces().get("tenant")).rangesOf(new ShardId("s2")).getFirst();
    ForeignMarks marks =
        ForeignMarks.NONE
            .with("customer", List.of(mark("s2", new Extent.Ring(ofS1.first(), ofS1.last())), mark("s3", new Extent.Ring(ofS1.first(), ofS1.first() + 99))))
            .with("tenant", List.of(mark("s1", new Extent.Ring(ofTenant.first(), ofTenant.last()))))
            .with("word", List.of(mark("s1", new Extent.Ordered(KeyValue.OfText.of("n'\\\u00e4\u6f22"), null))))
            .with("slot", List.of(mark("s4", new Extent.Ordered(null, new KeyValue.OfLong(50))), mark("s4", new Extent.Ordered(new KeyValue.OfLong(100), new KeyValue.OfLong(200)))))
            .with("firm", List.of(mark("s3", new Extent.Single(new KeyValue.OfLong(1))), mark("s3", new Extent.Single(new KeyValue.OfLong(2)))));
    return new RoutingView(new FakeCatalog().build(), map.withForeign(marks).withClosed(Set.of(new TableName("public", "coming"), new TableName("app", "coming_too"))), List.of("public"), true, StandardCharsets.UTF_8, "app");
  }

  private static ForeignMark mark(String shard, Extent extent) {
    return new ForeignMark(new ShardId(shard), extent);
  }

  /// Where `=` between texts is a function of the user's.
  static RoutingView viewWithUsersEquality() {
    FakeCatalog catalog = new FakeCatalog();
    catalog.builder.codeUse(new CodeUse(CodeUse.Kind.OPERATOR, new TableName("public", "="), new TableName("public", "twice")));
    return new RoutingView(catalog.build(), map(), List.of("public"), true, StandardCharsets.UTF_8, "app");
  }

  /// Nothing declared and no relation at all.
  static RoutingView homeOnlyView() {
    String topology = TOPOLOGY.substring(0, TOPOLOGY.indexOf("groups:"));
    try {
      ShardMap map = TopologyReader.read(topology, "test.yaml", Optional.empty()).toMap(new MapVersion(1));
      return new RoutingView(Catalog.empty(), map, List.of("public"), true, StandardCharsets.UTF_8, "app");
    } catch (TopologyException e) {
      throw new IllegalStateException(e);
    }
  }

  private Catalog build() {
    for (String name : List.of("pg_class", "pg_attribute", "pg_type", "pg_namespace", "pg_settings", "pg_locks")) {
      builder.systemRelation("pg_catalog", name);
    }
    builder.systemRelation("information_schema", "tables");
    table("customers", "id int8 identity!", "name text", "email text", "country text", "created timestamptz default now()");
    table("orders", "id int8 serial", "customer_id int8!", "total numeric", "note text", "created timestamptz default now()");
    table("order_lines", "customer_id int4!", "order_id int8!", "line int4!", "sku text", "amount int4");
    table("baskets", "id uuid default gen_random_uuid()", "customer_id int8!", "note text");
    table("documents", "tenant varchar!", "id int8!", "body text");
    List<Column> codes = List.of(new Column("code", 1043, "varchar", 4 + 10, true, null, Column.Identity.NONE, false, true, null), Column.of("n", 23, "int4"));
    add(relation("public", "codes", Relation.Kind.TABLE, codes));
    table("devices", "id uuid! default gen_random_uuid()", "name text");
    table("numbered", "id int8 always!", "name text");
    keyed("countries", "code text!", "name text");
    keyed("currencies", "id int8 serial", "code text");
    table("loose", "id int8 serial", "code text");
    table("rates", "code text!", "rate numeric", "at timestamptz default now()");
    table("settings", "key text!", "value text");
    table("audit", "id int8 serial", "customer_id int8", "what text");
    table("odd", "customer_id numeric!", "x text");
    table("ticketed", "customer_id int8!", "ticket int8 default (1 + next_ticket())");
    table("keyless", "customer_id int8", "note text");
    table("mixed", "customer_id int8!", "note text");
    table("clicks", "at timestamptz!", "id int8!", "what text");
    table("days", "day date!", "n int4");
    table("slots", "id int8!", "note text");
    table("words", "word text!", "n int4");
    table("firms", "id int8!", "name text");
    table("bills", "firm int8!", "id int8! serial", "what text");
    table("topics", "name text!", "region text", "n int4");
    table("posts", "topic text!", "region text default 'eu'::text", "body text");
    table("threads", "topic text!", "body text");
    table("wholes", "id int8!", "note text");
    table("parts", "number numeric!", "name text");
    List<Column> lots = List.of(new Column("number", 1700, "numeric", 4 + (10 << 16 | 2), true, null, Column.Identity.NONE, false, true, null), Column.of("n", 23, "int4"));
    add(relation("public", "lots", Relation.Kind.TABLE, lots));
    builder.looseCollation(new TableName("public", "ignoring_case"));
    builder.drift(new TableName("public", "mixed"), List.of(new ColumnDrift(new ShardId("s3"), "note")));
    indexes();
    notes();
    partitions();
    views();
    functions();
    guarded();
    return builder.build();
  }

  private void table(String name, String... columns) {
    add(relation("public", name, Relation.Kind.TABLE, columns(name, columns)));
  }

  /// With its first column as primary key.
  private void keyed(String name, String... columns) {
    Relation plain = relation("public", name, Relation.Kind.TABLE, columns(name, columns));
    Relation.UniqueIndex key = new Relation.UniqueIndex(name + "_pkey", List.of(plain.columns().getFirst().name()), true);
    add(
        new Relation(
            plain.oid(), "public", name, plain.kind(), plain.columns(), null, List.of(), List.of(), List.of(), List.of(), List.of(),
            List.of(key), List.of(), false));
  }

  private void add(Relation relation) {
    builder.relation(relation);
  }

  private Relation relation(String schema, String name, Relation.Kind kind, List<Column> columns) {
    return Relation.plain(oid++, schema, name, kind, columns);
  }

  /// `name type[!] [serial | identity | always | default …]`; `!` is NOT NULL.
  private static List<Column> columns(String table, String... texts) {
    List<Column> columns = new ArrayList<>();
    for (String text : texts) {
      String[] words = text.split(" ", 3);
      String how = words.length > 2 ? words[2].replace("!", "") : "";
      boolean notNull = text.contains("!");
      String type = words[1].replace("!", "");
      boolean numbered = List.of("serial", "identity", "always").contains(how);
      TableName sequence = numbered ? new TableName("public", table + "_" + words[0] + "_seq") : null;
      String expression =
          how.equals("serial") ? "nextval('" + table + "_" + words[0] + "_seq'::regclass)" : how.startsWith("default ") ? how.substring(8) : null;
      Column.Identity identity =
          how.equals("identity") ? Column.Identity.BY_DEFAULT : how.equals("always") ? Column.Identity.ALWAYS : Column.Identity.NONE;
      columns.add(new Column(words[0], OIDS.get(type), OIDS.get(type) != 19_000 && OIDS.get(type) != 19_002 ? type : "public." + type, -1, notNull, expression, identity, false, true, sequence));
    }
    return columns;
  }

  private void indexes() {
    for (String table : List.of("orders", "settings")) {
      Relation index = relation("public", table + "_note", Relation.Kind.INDEX, List.of());
      add(
          new Relation(
              index.oid(), "public", index.name(), Relation.Kind.INDEX, List.of(), null, List.of(), List.of(new TableName("public", table)),
              List.of(), List.of(), List.of(), List.of(), List.of(), false));
    }
    for (String sequence : List.of("orders_id_seq", "audit_id_seq", "free_seq")) {
      add(relation("public", sequence, Relation.Kind.SEQUENCE, List.of()));
    }
  }

  private void notes() {
    add(relation("app", "notes", Relation.Kind.TABLE, columns("notes", "tenant text!", "note text")));
    add(relation("app", "orders", Relation.Kind.TABLE, columns("orders", "id int8", "what text")));
  }

  private void partitions() {
    add(relation("public", "events", Relation.Kind.PARTITIONED_TABLE, columns("events", "customer_id int8!", "at date!", "what text")));
    add(with(relation("public", "events_2024", Relation.Kind.TABLE, columns("events", "customer_id int8!", "at date!", "what text")), List.of(new TableName("public", "events"))));
    table("archive", "customer_id int8", "note text");
    add(with(relation("public", "seen", Relation.Kind.TABLE, columns("seen", "customer_id int8!", "note text")), List.of(new TableName("public", "archive"))));
  }

  private static Relation with(Relation plain, List<TableName> parents) {
    return new Relation(
        plain.oid(), plain.schema(), plain.name(), plain.kind(), plain.columns(), null, parents, List.of(), plain.triggers(), List.of(),
        List.of(), List.of(), List.of(), false);
  }

  private void view(String name, Relation.Kind kind, String definition, List<String> reads, String... columns) {
    List<TableName> tables = reads.stream().map(TableName::parse).toList();
    add(new Relation(oid++, "public", name, kind, columns(name, columns), definition, List.of(), tables, List.of(), List.of(), List.of(), List.of(), List.of(), false, new ViewRights("app", false, false, "1")));
  }

  private void views() {
    view("open_orders", Relation.Kind.VIEW, " SELECT orders.id,\n    orders.customer_id AS who,\n    orders.total\n   FROM public.orders\n  WHERE (orders.total > (0)::numeric);", List.of("orders"), "id int8", "who int8", "total numeric");
    view("of_one", Relation.Kind.VIEW, " SELECT orders.id\n   FROM public.orders\n  WHERE (orders.customer_id = 42);", List.of("orders"), "id int8");
    view("recent_orders", Relation.Kind.VIEW, " SELECT orders.id,\n    orders.customer_id\n   FROM public.orders\n  ORDER BY orders.id DESC\n LIMIT 10;", List.of("orders"), "id int8", "customer_id int8");
    view("order_stats", Relation.Kind.MATERIALIZED_VIEW, " SELECT count(*) AS count FROM public.orders;", List.of("orders"), "count int8");
    view("setting_list", Relation.Kind.VIEW, " SELECT settings.key FROM public.settings;", List.of("settings"), "key text");
    view("country_list", Relation.Kind.VIEW, " SELECT countries.code FROM public.countries;", List.of("countries"), "code text");
    view("hidden", Relation.Kind.VIEW, " SELECT public.count_orders() AS n;", List.of(), "n int8");
    view("unreadable", Relation.Kind.VIEW, " SELECT FROM WHERE public.orders;", List.of("orders"), "n int8");
  }

  private void function(String name, String language, char volatility, String body) {
    builder.function(
        new Function(oid++, "public", name, language, 'f', volatility, body, List.of(), List.of(), body == null));
  }

  private void functions() {
    function("count_orders", "sql", 's', "SELECT count(*) FROM orders");
    function("price_of", "sql", 's', "SELECT total FROM orders LIMIT 1");
    function("twice", "sql", 'i', "SELECT $1 * 2");
    function("run", "plpgsql", 'v', "BEGIN EXECUTE $1; END");
    function("touch", "plpgsql", 'v', "BEGIN NEW.note := 'x'; RETURN NEW; END");
    function("stamp", "plpgsql", 'v', "BEGIN NEW.at := now(); RETURN NEW; END");
    function("body", "sql", 's', "SELECT count(*) FROM orders");
    function("count_again", "sql", 's', "SELECT count_orders()");
    function("settle", "plpgsql", 'v', "BEGIN PERFORM set_config('a.b', 'c', false); END");
    function("shift", "plpgsql", 'v', "BEGIN IF NEW.customer_id IS NULL THEN NEW.customer_id := 1; END IF; RETURN NEW; END");
    function("digest", "c", 'i', null);
    function("log_it", "plpgsql", 'v', "BEGIN INSERT INTO public.Audit (what) VALUES (NEW.note); RETURN NEW; END");
    function("next_ticket", "sql", 'v', "SELECT nextval('tickets')");
    function("two_tickets", "plpgsql", 'v', "BEGIN RETURN next_ticket() + next_ticket(); END");
    function("priced", "plpgsql", 's', "BEGIN RETURN price_of($1); END");
    function("escaped", "sql", 's', "SELECT count(*) FROM U&\"\\006frders\"");
    function("lock_out", "sql", 'v', "SELECT pg_advisory_xact_lock(1)");
    function("set_note", "plpgsql", 'v', "BEGIN NEW.settings := 'audit'; RETURN NEW; END");
  }

  private void guarded() {
    Relation.Trigger bad = new Relation.Trigger("count_it", "public", "count_orders", true, List.of("INSERT"), false, true);
    Relation.Trigger good = new Relation.Trigger("touch_it", "public", "touch", true, List.of("INSERT"), false, true);
    Relation.Trigger stamp = new Relation.Trigger("stamp_it", "public", "stamp", true, List.of("INSERT"), false, true);
    Relation.Trigger log = new Relation.Trigger("log_it", "public", "log_it", true, List.of("INSERT"), false, true);
    add(full("logged", List.of(log), List.of(), List.of(), false));
    add(full("watched", List.of(bad), List.of(), List.of(), false));
    add(full("planned", List.of(good), List.of(), List.of(), false));
    add(full("stamped", List.of(stamp), List.of(), List.of(), false));
    add(full("guarded", List.of(), List.of(new Relation.Policy("own", "(EXISTS ( SELECT 1 FROM customers))", null)), List.of(), true));
    add(full("ruled", List.of(), List.of(), List.of("CREATE RULE r AS ON INSERT TO public.ruled DO ALSO INSERT INTO public.orders DEFAULT VALUES;"), false));
    add(
        relation("public", "defaulted", Relation.Kind.TABLE, columns("defaulted", "customer_id int8!", "n int8 default count_orders()")));
    add(full("secured", List.of(), List.of(new Relation.Policy("own", "(note = CURRENT_USER)", null)), List.of(), true));
    Relation.Trigger tally = new Relation.Trigger("tally_it", "public", "touch", true, List.of("INSERT", "TRUNCATE"), true, false);
    Relation.Trigger shift = new Relation.Trigger("shift_it", "public", "shift", true, List.of("INSERT"), false, true);
    add(full("counted", List.of(tally), List.of(), List.of(), false));
    add(full("shifted", List.of(shift), List.of(), List.of(), false));
    add(with(full("counted_part", List.of(tally), List.of(), List.of(), false), List.of(new TableName("public", "secured"))));
    add(full("checked", List.of(), List.of(), List.of(), false));
    add(with(relation("public", "checked_part", Relation.Kind.TABLE, columns("checked_part", "customer_id int8!", "note text")), List.of(new TableName("public", "checked"))));
    table("clipped", "customer_id int8!", "code short", "note text");
    table("tolls", "id int8", "toll taxed");
    hiddenCode();
    add(full("log", List.of(bad), List.of(), List.of(), false));
  }

  /// An operator, a domain and a check constraint that count orders.
  private void hiddenCode() {
    TableName counts = new TableName("public", "count_orders");
    builder.codeUse(new CodeUse(CodeUse.Kind.OPERATOR, new TableName("public", "<+>"), counts));
    builder.codeUse(new CodeUse(CodeUse.Kind.OPERATOR, new TableName("public", "~~*"), counts));
    builder.codeUse(new CodeUse(CodeUse.Kind.TYPE, new TableName("public", "taxed"), counts));
    builder.codeUse(new CodeUse(CodeUse.Kind.WRITE, new TableName("public", "checked_part"), counts));
    builder.codeUse(new CodeUse(CodeUse.Kind.OPERATOR, new TableName("public", "<->"), new TableName("public", "twice")));
    builder.type(new PgTypeEntry(19_000, "public", "taxed", 'd', 0, 0, 0, false));
    builder.type(new PgTypeEntry(19_002, "public", "short", 'd', 1043, 0, 0, true));
    builder.type(new PgTypeEntry(19_001, "public", "_taxed", 'b', 0, 19_000, 0, false));
  }

  private Relation full(String name, List<Relation.Trigger> triggers, List<Relation.Policy> policies, List<String> rules, boolean rowSecurity) {
    return new Relation(
        oid++, "public", name, Relation.Kind.TABLE, columns(name, "customer_id int8!", "note text"), null, List.of(), List.of(),
        triggers, policies, rules, List.of(), List.of(), rowSecurity);
  }
}
