package io.shardgate.random;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes one statement after the other by chance, the same for the same seed. Not thread-safe; owned by the test.
final class RandomStatement {
  /// A statement, with what it is sent with.
  ///
  /// @param values of parameters; empty for a simple Query
  /// @param copyData the rows of a COPY FROM STDIN
  /// @param severalRows whether two of its rows may be at fault, in two ways, on two shards: which of them is told first is open
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Made(String sql, List<Value> values, byte @Nullable [] copyData, boolean severalRows) {
    boolean isBinaryCopy() {
      return sql.startsWith("COPY ") && sql.contains("(FORMAT binary)");
    }

    @Override
    public String toString() {
      return sql + (values.isEmpty() ? "" : " " + values) + (copyData == null ? "" : " <<" + new String(copyData, StandardCharsets.UTF_8).replace("\n", "\\n"));
    }
  }

  /// A parameter.
  ///
  /// @param oid what Parse says; 0 for nothing
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Value(String text, int oid, boolean binary, byte @Nullable [] bytes) {
    @Override
    public String toString() {
      return text + "::" + oid + (binary ? "b" : "t");
    }
  }

  /// What values of a column are drawn from.
  enum Type {
    BIGINT(20, 1016),
    INT(23, 1007),
    TEXT(25, 1009),
    UUID(2950, 2951);

    final int oid;
    final int arrayOid;

    Type(int oid, int arrayOid) {
      this.oid = oid;
      this.arrayOid = arrayOid;
    }
  }

  record Col(String name, Type type) {}

  /// @param keys how many of the first columns are the primary key
  record Table(String name, int keys, List<Col> columns) {
    Col key() {
      return columns.getFirst();
    }

    String keyList() {
      return columns.stream().limit(keys).map(Col::name).collect(Collectors.joining(", "));
    }
  }

  static final List<Table> TABLES =
      List.of(
          new Table("accounts", 1, List.of(new Col("id", Type.BIGINT), new Col("name", Type.TEXT), new Col("n", Type.INT))),
          new Table("orders", 2, List.of(new Col("account", Type.BIGINT), new Col("id", Type.INT), new Col("note", Type.TEXT))),
          new Table("notes", 1, List.of(new Col("name", Type.TEXT), new Col("n", Type.INT), new Col("body", Type.TEXT))),
          new Table("devices", 1, List.of(new Col("id", Type.UUID), new Col("label", Type.TEXT), new Col("n", Type.INT))),
          new Table("codes", 1, List.of(new Col("code", Type.TEXT), new Col("n", Type.INT), new Col("title", Type.TEXT))),
          new Table("things", 1, List.of(new Col("id", Type.INT), new Col("what", Type.TEXT), new Col("n", Type.INT))));

  static final String SCHEMA =
      """
      CREATE TABLE accounts (id bigint PRIMARY KEY, name text, n int DEFAULT 7 CHECK (n <> 13), email text UNIQUE);
      CREATE TABLE orders (account bigint, id int DEFAULT 1, note text DEFAULT 'none', PRIMARY KEY (account, id));
      CREATE TABLE notes (name text PRIMARY KEY, n int NOT NULL DEFAULT 3, body text);
      CREATE TABLE devices (id uuid PRIMARY KEY, label text NOT NULL, n int);
      CREATE TABLE codes (code text PRIMARY KEY, n int DEFAULT 1, title varchar(5));
      CREATE TABLE things (id int PRIMARY KEY, what text DEFAULT 'thing', n int)""";

  private static final List<String> TEXTS = List.of("a", "b", "c", "d", "Ä", "", "a'b", "x\\y", "long text");

  private final Random random;
  private final RandomSpelling spelling;
  private final RandomShape shape;
  private final List<Value> values = new ArrayList<>();
  private boolean extended;
  private boolean severalRows;
  private int emails;

  RandomStatement(long seed) {
    random = new Random(seed);
    spelling = new RandomSpelling(random);
    shape = new RandomShape(random);
  }

  Made next() {
    values.clear();
    severalRows = false;
    extended = chance(50);
    int kind = random.nextInt(100);
    if (kind < 14) {
      extended = false;
      return made(transaction());
    }
    Table table = one(TABLES);
    if (kind < 18) {
      extended = false;
      return copy(table);
    }
    return made(kind < 45 ? insert(table) : kind < 60 ? update(table) : kind < 70 ? delete(table) : kind < 71 ? "TRUNCATE " + table.name() : select(table));
  }

  private Made made(String sql) {
    return new Made(sql, List.copyOf(values), null, severalRows);
  }

  private String transaction() {
    return one(List.of("BEGIN", "BEGIN", "BEGIN", "COMMIT", "COMMIT", "ROLLBACK", "SAVEPOINT a", "SAVEPOINT a", "ROLLBACK TO a", "RELEASE a", "SELECT 1 / 0"));
  }

  private Made copy(Table table) {
    if (chance(30)) {
      return new Made(
          "COPY " + table.name() + " (" + names(table) + ") TO STDOUT" + (chance(50) ? " (FORMAT binary)" : ""), List.of(), null, false);
    }
    if (chance(35)) {
      return binaryCopy(table);
    }
    boolean csv = chance(50);
    String header = "COPY " + table.name() + " (" + names(table) + ") FROM STDIN" + (csv ? " (FORMAT csv)" : "");
    StringBuilder rows = new StringBuilder();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      rows.append(table.columns().stream().map(column -> field(column, csv)).collect(Collectors.joining(csv ? "," : "\t"))).append('\n');
    }
    return new Made(header, List.of(), rows.toString().getBytes(StandardCharsets.UTF_8), count > 1);
  }

  private Made binaryCopy(Table table) {
    ByteBuffer out = ByteBuffer.allocate(2000);
    out.put("PGCOPY\n".getBytes(StandardCharsets.US_ASCII)).put((byte) 0xff).put((byte) '\r').put((byte) '\n').put((byte) 0).putInt(0).putInt(0);
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      out.putShort((short) table.columns().size());
      for (Col column : table.columns()) {
        byte[] value = chance(4) ? null : binary(column.type(), raw(column.type()));
        out.putInt(value == null ? -1 : value.length);
        if (value != null) {
          out.put(chance(2) ? new byte[value.length] : value);
        }
      }
    }
    out.putShort((short) -1);
    String sql = "COPY " + table.name() + " (" + names(table) + ") FROM STDIN (FORMAT binary)";
    return new Made(sql, List.of(), java.util.Arrays.copyOf(out.array(), out.position()), count > 1);
  }

  private String field(Col column, boolean csv) {
    if (chance(4)) {
      return csv ? "" : "\\N";
    }
    String text = raw(column.type());
    return csv ? '"' + text.replace("\"", "\"\"") + '"' : text.replace("\\", "\\\\");
  }

  private String insert(Table table) {
    List<Col> columns = new ArrayList<>(table.columns());
    if (chance(30)) {
      java.util.Collections.shuffle(columns, random);
    }
    if (chance(25)) {
      columns.remove(random.nextInt(columns.size()));
    }
    boolean all = columns.equals(table.columns()) && !table.name().equals("accounts") && chance(50);
    boolean email = table.name().equals("accounts") && chance(50);
    String list = columns.stream().map(Col::name).collect(Collectors.joining(", ")) + (email ? ", email" : "");
    String into = "INSERT INTO " + table.name() + (all ? "" : " (" + list + ")");
    String source = chance(12) ? insertSelect(columns, email) : "VALUES " + rows(columns, email);
    return into + " " + source + conflict(table) + (chance(40) ? " RETURNING " + names(table) : "");
  }

  private String rows(List<Col> columns, boolean email) {
    int count = chance(60) ? 1 : 2 + random.nextInt(3);
    severalRows = count > 1;
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String row = columns.stream().map(column -> chance(6) ? "DEFAULT" : value(column.type(), 3)).collect(Collectors.joining(", "));
      rows.add("(" + row + (email ? ", 'mail " + ++emails + "'" : "") + ")");
    }
    return String.join(", ", rows);
  }

  /// Of reference rows or numbers, which every shard and every place can give.
  private String insertSelect(List<Col> columns, boolean email) {
    severalRows = true;
    String items =
        columns.stream()
            .map(column -> switch (column.type()) {
              case BIGINT, INT -> "i";
              case TEXT -> "'t' || i";
              case UUID -> "('00000000-0000-0000-0000-00000000000' || i)::uuid";
            })
            .collect(Collectors.joining(", "));
    return "SELECT " + items + (email ? ", 'mail' || " + ++emails + " || '-' || i" : "") + " FROM generate_series(" + (1 + random.nextInt(4)) + ", " + (2 + random.nextInt(5)) + ") i";
  }

  private String conflict(Table table) {
    if (chance(60)) {
      return "";
    }
    if (chance(50)) {
      return " ON CONFLICT DO NOTHING";
    }
    Col set = table.columns().getLast();
    String where = chance(30) ? " WHERE " + table.name() + "." + set.name() + " IS NOT NULL" : "";
    return " ON CONFLICT (" + table.keyList() + ") DO UPDATE SET " + set.name() + " = EXCLUDED." + set.name() + where;
  }

  private String update(Table table) {
    Col set = chance(6) ? table.key() : table.columns().get(1 + random.nextInt(table.columns().size() - 1));
    String value = set.type() == Type.INT && chance(40) ? "coalesce(t." + set.name() + ", 0) + 1" : value(set.type(), 8);
    String head = "UPDATE " + table.name() + " t SET " + set.name() + " = " + value;
    if (chance(15)) {
      Table other = one(TABLES);
      if (other.key().type() == table.key().type()) {
        head += " FROM " + other.name() + " o WHERE o." + other.key().name() + " = t." + table.key().name() + " AND ";
        return head + condition(table) + returning(table);
      }
    }
    return head + " WHERE " + condition(table) + returning(table);
  }

  private String delete(Table table) {
    String head = "DELETE FROM " + table.name() + " t";
    if (chance(15)) {
      Table other = one(TABLES);
      if (other.key().type() == table.key().type()) {
        head += " USING " + other.name() + " o WHERE o." + other.key().name() + " = t." + table.key().name() + " AND ";
        return head + condition(table) + returning(table);
      }
    }
    return head + " WHERE " + condition(table) + returning(table);
  }

  private String returning(Table table) {
    return chance(40) ? " RETURNING t." + table.key().name() + ", t." + table.columns().getLast().name() : "";
  }

  private String select(Table table) {
    int kind = random.nextInt(13);
    Table other = one(TABLES);
    String key = table.key().name();
    if (kind > 9) {
      return shape.select(table, other, () -> condition(table), type -> value(type, 1));
    }
    if (kind < 3 && other.key().type() == table.key().type()) {
      String join = one(List.of("JOIN", "LEFT JOIN", "JOIN", "FULL JOIN", "RIGHT JOIN"));
      return "SELECT t.*, o." + other.columns().getLast().name() + " FROM " + table.name() + " t " + join + " " + other.name() + " o ON o."
          + other.key().name() + " = t." + key + " WHERE " + condition(table);
    }
    return switch (kind) {
      case 4 -> "SELECT count(*), max(t." + key + "::text) FROM " + table.name() + " t WHERE " + condition(table);
      case 5 -> "WITH w AS (SELECT * FROM " + table.name() + ") SELECT " + names(table) + " FROM w t WHERE " + condition(table);
      case 6 -> "SELECT t." + key + ", (SELECT count(*) FROM " + other.name() + " o WHERE o." + other.key().name() + "::text = t." + key
          + "::text) FROM " + table.name() + " t WHERE " + condition(table);
      case 7 -> "SELECT " + names(table) + " FROM " + table.name() + " t WHERE " + condition(table) + " FOR UPDATE";
      case 8 -> "SELECT t." + key + " FROM " + table.name() + " t WHERE EXISTS (SELECT FROM " + other.name() + " o WHERE o."
          + other.key().name() + "::text = t." + key + "::text) AND " + condition(table);
      default -> "SELECT t.* FROM " + table.name() + " t WHERE " + condition(table) + " ORDER BY " + table.columns().stream().limit(table.keys()).map(column -> "t." + column.name()).collect(Collectors.joining(", "));
    };
  }

  private String condition(Table table) {
    String key = "t." + table.key().name();
    Type type = table.key().type();
    Col second = table.columns().get(1);
    return switch (random.nextInt(20)) {
      case 11 -> key + " IS NOT DISTINCT FROM " + value(type, 5);
      case 12 -> "(" + key + " = " + value(type, 2) + ") IS " + (chance(80) ? "TRUE" : "NOT FALSE");
      case 13 -> key + " OPERATOR(pg_catalog.=) " + value(type, 2);
      case 14 -> "CASE WHEN true THEN " + key + " = " + value(type, 2) + " END";
      case 0 -> key + " IN (" + value(type, 5) + ", " + value(type, 5) + ")";
      case 1 -> "(" + key + " = " + value(type, 2) + " OR " + key + " = " + value(type, 2) + ")";
      case 2 -> "(" + key + ", t." + second.name() + ") = (" + value(type, 2) + ", " + value(second.type(), 5) + ")";
      case 3 -> key + " = ANY (" + array(type) + ")";
      case 4 -> key + " = " + value(type, 2) + " AND " + key + " = " + value(type, 2);
      case 5 -> key + " = " + value(type, 1) + " AND t." + second.name() + " IS " + (chance(50) ? "NOT " : "") + "NULL";
      case 6 -> value(type, 2) + " = " + key;
      case 7 -> chance(50) ? key + " IS NULL" : key + " = NULL";
      case 8 -> chance(40) ? "true" : "t." + second.name() + " = " + value(second.type(), 0);
      case 9 -> key + " = (SELECT " + value(type, 0) + ")";
      case 10 -> "NOT " + key + " <> " + value(type, 0);
      default -> key + " = " + value(type, 1);
    };
  }

  private String array(Type type) {
    int count = random.nextInt(3);
    List<String> elements = new ArrayList<>();
    String same = raw(type);
    for (int i = 0; i < count; i++) {
      elements.add(chance(70) ? same : raw(type));
    }
    String text = elements.stream().map(each -> '"' + each.replace("\\", "\\\\") + '"').collect(Collectors.joining(",", "{", "}"));
    if (!extended) {
      return "'" + text.replace("'", "''") + "'";
    }
    boolean binary = chance(50);
    byte[] bytes = binary ? binaryArray(type, elements) : text.getBytes(StandardCharsets.UTF_8);
    values.add(new Value(text, binary || chance(50) ? type.arrayOid : 0, binary, bytes));
    return "$" + values.size();
  }

  private static byte[] binaryArray(Type type, List<String> elements) {
    ByteBuffer out = ByteBuffer.allocate(1000);
    out.putInt(elements.isEmpty() ? 0 : 1).putInt(0).putInt(type.oid);
    if (!elements.isEmpty()) {
      out.putInt(elements.size()).putInt(1);
    }
    for (String element : elements) {
      byte[] bytes = binary(type, element);
      out.putInt(bytes.length).put(bytes);
    }
    return java.util.Arrays.copyOf(out.array(), out.position());
  }

  /// A literal or a parameter.
  private String value(Type type, int nullPercent) {
    boolean none = chance(nullPercent);
    if (!extended || chance(30)) {
      return none ? "NULL" : literal(type, raw(type));
    }
    String text = raw(type);
    if (!none && chance(15)) {
      values.add(spelling.parameter(type, text));
      return "$" + values.size();
    }
    boolean binary = chance(50);
    byte[] bytes = none ? null : binary ? binary(type, text) : text.getBytes(StandardCharsets.UTF_8);
    values.add(new Value(none ? "NULL" : text, binary || chance(50) ? type.oid : 0, binary, bytes));
    return "$" + values.size() + (chance(20) ? "::" + type.name().toLowerCase(Locale.ROOT) : "");
  }

  private String literal(Type type, String text) {
    if (chance(15)) {
      return spelling.literal(type, text);
    }
    boolean number = type == Type.BIGINT || type == Type.INT;
    String quoted = "'" + text.replace("'", "''") + "'";
    return number && chance(80) ? text : chance(10) ? quoted + "::" + type.name().toLowerCase(Locale.ROOT) : quoted;
  }

  private String raw(Type type) {
    return switch (type) {
      case BIGINT -> chance(4) ? one(List.of("-5", "9223372036854775807", "2147483648")) : String.valueOf(1 + random.nextInt(8));
      case INT -> String.valueOf(chance(5) ? 13 : 1 + random.nextInt(6));
      case TEXT -> one(TEXTS);
      case UUID -> "00000000-0000-0000-0000-00000000000" + random.nextInt(8);
    };
  }

  static byte[] binary(Type type, String text) {
    return switch (type) {
      case BIGINT -> ByteBuffer.allocate(8).putLong(Long.parseLong(text)).array();
      case INT -> ByteBuffer.allocate(4).putInt(Integer.parseInt(text)).array();
      case TEXT -> text.getBytes(StandardCharsets.UTF_8);
      case UUID -> {
        UUID uuid = UUID.fromString(text);
        yield ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits()).array();
      }
    };
  }

  private static String names(Table table) {
    return table.columns().stream().map(Col::name).collect(Collectors.joining(", "));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
