package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import io.shardgate.oracle.Table.Form;
import io.shardgate.oracle.Table.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The tables of one seed: two or three of one group, one of another, a reference table, a home table. Nine seeds in a row have every strategy with
/// every type of key.
/// Immutable.
///
/// @param settings what a session says first
record World(long seed, String topology, List<Table> tables, List<View> views, List<String> settings) {
  private static final List<String> STRATEGIES = List.of("hash", "range", "directory");
  private static final List<KeyKind> KEYS =
      List.of(
          new KeyKind("bigint", Kind.INT8, IntStream.rangeClosed(-3, 14).mapToObj(Integer::toString).toList()),
          new KeyKind("text", Kind.TEXT, List.of("", "A", "B", "a", "a b", "a''", "b", "c\\", "d", "e", "f", "k 10%", "x", "z", "Ä", "漢字")),
          new KeyKind("uuid", Kind.UUID, IntStream.range(0, 16).mapToObj(i -> "%x0000000-0000-4000-8000-00000000000%x".formatted(i, i)).toList()),
          new KeyKind("date", Kind.DATE, IntStream.range(10, 26).mapToObj(i -> "2026-01-" + i).toList()),
          new KeyKind("timestamptz", Kind.TIMESTAMPTZ, IntStream.range(10, 26).mapToObj(i -> "2026-01-" + i + " 10:00:00+00").toList()),
          new KeyKind("numeric", Kind.PRICE, IntStream.rangeClosed(-2, 13).mapToObj(i -> i + ".50").toList()));
  private static final List<Kind> KINDS = List.of(Kind.values());
  private static final int NULL_PERCENT = 15;
  private static final int ODD_NAME_PERCENT = 8;

  /// @param unique as in [Relation]
  record View(String name, String query, List<Column> columns, List<String> unique) {
    String definition() {
      return "CREATE VIEW " + name + " AS " + query;
    }
  }

  /// @param values in the order of their bytes, or of their type
  private record KeyKind(String type, Kind kind, List<String> values) {}

  World {
    tables = List.copyOf(tables);
    views = List.copyOf(views);
    settings = List.copyOf(settings);
  }

  static World of(long seed) {
    return new Making(seed).world();
  }

  /// As one would make it by hand, without rows.
  String shown() {
    return topology + tables.stream().flatMap(table -> table.definition().stream()).collect(Collectors.joining(";\n")) + ";\n"
        + views.stream().map(View::definition).collect(Collectors.joining(";\n")) + ";\n" + String.join(";\n", settings) + ";\n";
  }

  List<Table> sharded() {
    return tables.stream().filter(table -> table.place() == Place.SHARDED).toList();
  }

  Table only(Place place) {
    return tables.stream().filter(table -> table.place() == place).findFirst().orElseThrow();
  }

  /// Not thread-safe; owned by [#of].
  private static final class Making {
    private final long seed;
    private final Chance chance;
    private final StringBuilder topology = new StringBuilder();
    private final List<Table> tables = new ArrayList<>();

    Making(long seed) {
      this.seed = seed;
      this.chance = Chance.of(seed);
    }

    World world() {
      int first = (int) Math.floorMod(2 * seed, 18L);
      KeyKind near = KEYS.get(first % 6);
      List<String> together = new ArrayList<>(List.of("item", "part"));
      if (chance.percent(50)) {
        together.add("note");
      }
      group("near", STRATEGIES.get(first / 6), near, "k", together);
      group("far", STRATEGIES.get((first + 1) / 6), KEYS.get((first + 1) % 6), "f", List.of("other"));
      table("code", Place.REFERENCE, "code", new KeyKind("", Kind.INT4, List.of("0", "1", "2", "3", "4", "5")), "c", 6);
      table("home", Place.HOME, "home", near, "h", 12);
      return new World(seed, topology.toString(), tables, views(), settings());
    }

    private List<View> views() {
      Table item = tables.get(0);
      Table part = tables.get(1);
      Column i = item.columns().get(2);
      Column p = part.columns().get(3);
      String number = item.number().name();
      Column text = item.columns().get(3);
      Table code = tables.get(tables.size() - 2);
      return List.of(
          new View(
              name("texts"), "SELECT " + text.name() + " AS vt, upper(" + text.name() + ") AS vu FROM " + item.name(), List.of(new Column("vt", text.kind()), new Column("vu", text.kind())), List.of()),
          new View(
              name("few"), "SELECT " + part.key().name() + ", " + part.number().name() + ", " + p.name() + " AS vp FROM " + part.name() + " ORDER BY " + part.number().name() + " DESC LIMIT 7",
              List.of(part.key(), part.number(), new Column("vp", p.kind())), List.of(part.number().name())),
          new View(
              name("either"), "SELECT " + number + " AS vn, 'i' AS vk FROM " + item.name() + " UNION ALL SELECT " + part.number().name() + ", 'p' FROM " + part.name(),
              List.of(new Column("vn", Kind.INT4), new Column("vk", Kind.TEXT)), List.of("vn", "vk")),
          new View(
              name("ranks"), "SELECT " + number + ", row_number() OVER (PARTITION BY " + i.name() + " ORDER BY " + number + ") AS vr FROM " + item.name(),
              List.of(item.number(), new Column("vr", Kind.INT8)), List.of(number)),
          new View(
              name("coded"), "SELECT a." + number + ", b." + code.columns().get(3).name() + " AS vc FROM " + item.name() + " a JOIN " + code.name() + " b ON b.c = a." + number + " % 6",
              List.of(item.number(), new Column("vc", code.columns().get(3).kind())), List.of(number)),
          new View(
              name("some"), "SELECT " + item.key().name() + ", " + number + ", " + i.name() + " AS v2 FROM " + item.name() + " WHERE " + i.name() + " IS DISTINCT FROM 1",
              List.of(item.key(), item.number(), new Column("v2", i.kind())), List.of(number)),
          new View(
              name("over"), "SELECT " + number + ", v2 FROM " + name("some") + " WHERE v2 IS NOT NULL", List.of(item.number(), new Column("v2", i.kind())), List.of(number)),
          new View(
              name("both"), "SELECT a." + number + ", count(b." + p.name() + ") AS n, min(b." + p.name() + ") AS m FROM " + item.name() + " a LEFT JOIN " + part.name()
                  + " b ON b.k = a.k GROUP BY a." + number,
              List.of(item.number(), new Column("n", Kind.INT8), new Column("m", p.kind())), List.of(number)));
    }

    private List<String> settings() {
      return List.of(
          "SET TimeZone = '" + chance.one("UTC", "America/New_York", "Asia/Kolkata") + "'", "SET DateStyle = '" + chance.one("ISO, MDY", "SQL, DMY", "German") + "'",
          "SET IntervalStyle = '" + chance.one("postgres", "iso_8601") + "'", "SET bytea_output = '" + chance.one("hex", "escape") + "'",
          "SET extra_float_digits = " + chance.one("1", "0", "-3"));
    }

    private void group(String name, String strategy, KeyKind key, String column, List<String> names) {
      List<String> placed = names.stream().map(table -> name(table) + ": " + column).toList();
      topology.append("  %s: { strategy: %s, key: %s, tables: { %s }".formatted(name(name), strategy, key.type, String.join(", ", placed)));
      if (strategy.equals("range")) {
        int size = key.values.size();
        topology.append(", splits: [{ until: \"%s\", shard: s2 }, { until: \"%s\", shard: s3 }, { shard: s1 }]".formatted(
            key.values.get(size / 3).replace("\\", "\\\\"), key.values.get(2 * size / 3).replace("\\", "\\\\")));
      }
      topology.append(" }\n");
      for (String table : names) {
        table(table, Place.SHARDED, name(name), key, column, table.equals("part") ? 40 : 20);
      }
    }

    private String name(String short_) {
      return "w" + seed + "_" + short_;
    }

    private void table(String name, Place place, String group, KeyKind key, String keyColumn, int size) {
      String letter = name.substring(0, 1);
      List<Column> columns = new ArrayList<>(List.of(new Column(keyColumn, key.kind), new Column(letter + "0", Kind.INT4)));
      List<Kind> kinds = new ArrayList<>(List.of(Kind.INT4, Kind.TEXT));
      kinds.addAll(chance.some(KINDS, chance.between(3, 6)));
      for (Kind kind : kinds) {
        String column = letter + (columns.size() - 1);
        columns.add(new Column(chance.percent(ODD_NAME_PERCENT) ? "\"" + column.toUpperCase(Locale.ROOT) + " \"\"x\"" : column, kind));
      }
      List<List<@Nullable String>> rows = new ArrayList<>();
      // The last keys have no rows.
      List<String> used = key.values.subList(0, key.values.size() - 3);
      for (int i = 0; i < size; i++) {
        List<@Nullable String> row = new ArrayList<>(List.of(place == Place.SHARDED ? chance.one(used) : key.values.get(i % key.values.size()), Integer.toString(i)));
        for (Kind kind : kinds) {
          row.add(chance.percent(NULL_PERCENT) ? null : chance.one(kind.values));
        }
        rows.add(row);
      }
      tables.add(new Table(name(name), place, place == Place.SHARDED ? chance.one(Form.values()) : Form.PLAIN, group, columns, key.values, rows));
    }
  }
}
