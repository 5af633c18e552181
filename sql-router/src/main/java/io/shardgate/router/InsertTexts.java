package io.shardgate.router;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.StoredKey;
import io.shardgate.directory.TableName;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.rewrite.DateText;
import io.shardgate.router.rewrite.InsertShape;
import io.shardgate.router.rewrite.InsertShape.Part;
import io.shardgate.router.rewrite.SplicedText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Makes one INSERT per shard out of one INSERT and the values of its generated columns.
/// Not thread-safe; owned by one execution.
final class InsertTexts {
  private final Lexed lexed;
  private final RoutingView view;
  private final TableName target;
  private final String keyName;
  private final @Nullable String statementTrigger;
  private final Set<GroupKey> absent;
  private final KeyReader reader;
  private final Map<GroupKey, UnplacedKey> unplaced = new LinkedHashMap<>();
  private int unplacedRows;

  /// @param table what is inserted into
  /// @param statementTrigger a trigger of it that may not fire on several shards
  /// @param absent keys that the directory does not have
  InsertTexts(
      Lexed lexed, Bindings bindings, RoutingView view, TableName table, @Nullable String statementTrigger, Set<GroupKey> absent) {
    this(lexed, bindings, view, table, statementTrigger, absent, KeyMeanings.none());
  }

  /// The same, where shards were asked what texts mean.
  InsertTexts(
      Lexed lexed,
      Bindings bindings,
      RoutingView view,
      TableName table,
      @Nullable String statementTrigger,
      Set<GroupKey> absent,
      KeyMeanings meanings) {
    this.reader = new KeyReader(lexed, bindings, meanings);
    this.lexed = lexed;
    this.view = view;
    this.target = table;
    this.keyName = view.map().groupOf(table).flatMap(group -> group.keyColumn(table)).orElse("its key");
    this.statementTrigger = statementTrigger;
    this.absent = absent;
  }

  /// What stops a row; carries the answer.
  private static final class NoOwner extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Plan.Refuse refuse;

    NoOwner(Plan.Refuse refuse) {
      super(refuse.message(), null, false, false);
      this.refuse = refuse;
    }
  }

  Split split(Plan.SplitInsert plan, List<List<@Nullable String>> generated) {
    InsertShape shape = InsertShape.ofValues(lexed);
    boolean noRows = lexed.is(shape.source().from(), "default");
    List<Part> rows = noRows ? List.of(new Part(0, 0)) : shape.rows(lexed);
    boolean byKeys = plan.destination() instanceof RowDestination.ByKey;
    if (rows.isEmpty() || (byKeys && rows.size() != plan.rowKeys().size())) {
      throw new IllegalStateException("rows: " + rows.size() + " in the text (expected: " + plan.rowKeys().size() + ")");
    }
    try {
      Map<ShardId, List<Integer>> byShard = new LinkedHashMap<>();
      for (ShardId shard : view.map().allShards()) {
        byShard.put(shard, new ArrayList<>());
      }
      for (int row = 0; row < rows.size(); row++) {
        if (plan.destination() instanceof RowDestination.ByKey byKey) {
          ownerList(byShard, owner(plan, byKey, row, generated)).add(row);
        } else {
          int index = row;
          byShard.values().forEach(list -> list.add(index));
        }
      }
      return pieces(
          byShard, plan.table(), plan.destination(), plan.returning() && skipsRows(shape),
          (shard, mine) -> piece(plan, shape, shard, mine, noRows ? null : rows, generated));
    } catch (NoOwner e) {
      readAll(plan);
      return new Split.Refused(e.refuse);
    }
  }

  /// Has the [KeyMeanings] meet the texts of all rows, so that they are asked for at once.
  private void readAll(Plan.SplitInsert plan) {
    if (plan.destination() instanceof RowDestination.ByKey byKey) {
      for (KeySource source : plan.rowKeys()) {
        if (source != null) {
          reader.read(source, byKey.group().keyType());
        }
      }
    }
  }

  /// The shards that [#split] would come to.
  RowOwners owners(Plan.SplitInsert plan, int rows) {
    Map<ShardId, Integer> counts = new LinkedHashMap<>();
    view.map().allShards().forEach(shard -> counts.put(shard, 0));
    int placed = 0;
    int later = 0;
    try {
      for (int row = 0; row < rows; row++) {
        if (!(plan.destination() instanceof RowDestination.ByKey byKey)) {
          counts.replaceAll((_, count) -> count + 1);
        } else if (plan.rowKeys().get(row) == null) {
          later++;
        } else {
          ShardId owner = owner(plan, byKey, row, List.of());
          if (unplacedRows > placed) {
            placed++;
          } else {
            counts.merge(owner, 1, Integer::sum);
          }
        }
      }
    } catch (NoOwner e) {
      readAll(plan);
      return new RowOwners(Map.of(), 0, 0, e.refuse);
    }
    counts.values().removeIf(count -> count == 0);
    boolean stopped = plan.destination() instanceof RowDestination.ByKey && counts.size() > 1 && statementTrigger != null;
    return new RowOwners(counts, placed, later, stopped ? Refusal.STATEMENT_TRIGGER.of(statementTrigger + "\" on \"" + target) : null);
  }

  private interface PieceMaker {
    Split.Piece make(ShardId shard, List<Integer> rows);
  }

  /// @param rowByRow whether each row becomes a statement of its own, so that it is known which rows are returned
  private Split pieces(
      Map<ShardId, List<Integer>> byShard, TableName table, RowDestination destination, boolean rowByRow, PieceMaker maker) {
    if (!unplaced.isEmpty()) {
      return new Split.Unplaced(List.copyOf(unplaced.values()));
    }
    byShard.values().removeIf(List::isEmpty);
    boolean apart = destination instanceof RowDestination.ByKey && byShard.size() > 1;
    if (apart && statementTrigger != null) {
      return new Split.Refused(Refusal.STATEMENT_TRIGGER.of(statementTrigger + "\" on \"" + table));
    }
    List<Split.Piece> pieces = new ArrayList<>();
    byShard.forEach((shard, mine) -> {
      if (apart && rowByRow) {
        mine.forEach(row -> pieces.add(maker.make(shard, List.of(row))));
      } else {
        pieces.add(maker.make(shard, mine));
      }
    });
    return new Split.Pieces(pieces);
  }

  /// ON CONFLICT DO NOTHING: one statement with all rows does what one for each row does.
  private boolean skipsRows(InsertShape shape) {
    for (int token = shape.tail().from(); token + 1 < shape.tail().to(); token++) {
      if (lexed.is(token, "returning")) {
        return false;
      }
      if (lexed.is(token, "do") && lexed.is(token + 1, "nothing")) {
        return true;
      }
    }
    return false;
  }

  private static List<Integer> ownerList(Map<ShardId, List<Integer>> byShard, ShardId shard) {
    return byShard.computeIfAbsent(shard, _ -> new ArrayList<>());
  }

  private ShardId owner(Plan.SplitInsert plan, RowDestination.ByKey byKey, int row, List<List<@Nullable String>> generated) {
    KeySource source = plan.rowKeys().get(row);
    String label = plan.rowLabels().isEmpty() ? null : NewKeys.label(plan.rowLabels().get(row), reader);
    if (source != null) {
      return owner(byKey, reader.read(source, byKey.group().keyType()), label);
    }
    for (int i = 0; i < plan.generated().size(); i++) {
      if (plan.generated().get(i).name().equals(keyName)) {
        return ownerOfText(byKey, generated.get(row).get(i), label);
      }
    }
    return ownerOfNull();
  }

  private ShardId owner(RowDestination.ByKey byKey, KeyReader.Keys keys, @Nullable String label) {
    return switch (keys) {
      case KeyReader.Keys.Known(List<KeyValue> values) when values.size() == 1 -> owner(byKey, values.getFirst(), label);
      case KeyReader.Keys.Known _ -> ownerOfNull();
      case KeyReader.Keys.Beyond _, KeyReader.Keys.Unknown _ -> throw new NoOwner(Refusal.uncertainKey(byKey.group().keyType()).of(target.name()));
    };
  }

  /// The owner; any shard when the key is [#unplaced], as nothing is inserted then.
  private ShardId owner(RowDestination.ByKey byKey, KeyValue key, @Nullable String label) {
    ShardId owner = view.map().ownerOf(byKey.group(), key);
    if (owner != null) {
      return owner;
    }
    if (!unplaced.containsKey(new GroupKey(byKey.group().name(), key))) {
      switch (NewKeys.decide(byKey.group(), target, key, label, view.map(), absent)) {
        case Decision.Unplaced(List<UnplacedKey> keys) -> keys.forEach(each -> unplaced.put(each.name(), each));
        case Decision.Refused(Plan.Refuse refuse) -> throw new NoOwner(refuse);
        case Decision.One _, Decision.AnyShard _, Decision.Home _, Decision.Many _ -> throw new IllegalStateException("a new key has an owner");
      }
    }
    unplacedRows++;
    return view.map().home();
  }

  /// No shard owns NULL. Where the column is NOT NULL, the home shard says so, and what the row was.
  private ShardId ownerOfNull() {
    if (Decider.isNotNull(target, keyName, view)) {
      return view.map().home();
    }
    throw new NoOwner(Refusal.NULL_KEY.of(keyName, target.name()));
  }

  private ShardId ownerOfText(RowDestination.ByKey byKey, @Nullable String value, @Nullable String label) {
    if (value == null) {
      return ownerOfNull();
    }
    KeyReader.Keys keys = reader.printed(value, byKey.group().keyType());
    return keys instanceof KeyReader.Keys.Known(List<KeyValue> one)
        ? owner(byKey, StoredKey.of(one.getFirst(), byKey.keyTypmod()), label)
        : owner(byKey, keys, label);
  }

  private Split.Piece piece(
      Plan.SplitInsert plan,
      InsertShape shape,
      ShardId shard,
      List<Integer> mine,
      @Nullable List<Part> rows,
      List<List<@Nullable String>> generated) {
    SplicedText text = head(shape, plan.columns(), plan.generated(), plan.overridingSystemValue()).add("VALUES ");
    String separator = "";
    for (int row : mine) {
      text.add(separator).add("(");
      List<@Nullable String> made = generated.isEmpty() ? List.of() : generated.get(row);
      row(text, plan, rows == null ? List.of() : InsertShape.values(lexed, rows.get(row)), made);
      text.add(")");
      separator = ", ";
    }
    tail(text, shape);
    return new Split.Piece(shard, text.bytes(), mine.stream().mapToInt(Integer::intValue).toArray(), text.parameters(), text.origins());
  }

  private SplicedText head(
      InsertShape shape, List<String> columns, List<GeneratedColumn> generated, boolean overridingSystemValue) {
    SplicedText text = new SplicedText(lexed).tokens(0, shape.target().to()).add(" (");
    String separator = "";
    if (!shape.columns().isEmpty()) {
      text.tokens(shape.columns().from(), shape.columns().to());
      separator = ", ";
    } else {
      for (String column : columns) {
        text.add(separator).add(SplicedText.quote(column));
        separator = ", ";
      }
    }
    for (GeneratedColumn column : generated) {
      if (column.place() < 0) {
        text.add(separator).add(SplicedText.quote(column.name()));
        separator = ", ";
      }
    }
    text.add(")");
    if (!shape.overriding().isEmpty()) {
      text.add(" ").tokens(shape.overriding().from(), shape.overriding().to());
    } else if (overridingSystemValue) {
      text.add(" OVERRIDING SYSTEM VALUE");
    }
    return text.add(" ");
  }

  private void row(SplicedText text, Plan.SplitInsert plan, List<Part> values, List<@Nullable String> made) {
    String separator = "";
    for (int place = 0; place < values.size(); place++) {
      text.add(separator);
      separator = ", ";
      Part value = values.get(place);
      int column = lexed.is(value.from(), "default") ? generatedAt(plan.generated(), place) : -1;
      if (column >= 0) {
        text.literal(made.get(column));
      } else {
        text.tokens(value.from(), value.to());
      }
    }
    for (int i = 0; i < plan.generated().size(); i++) {
      if (plan.generated().get(i).place() < 0) {
        text.add(separator).literal(made.get(i));
        separator = ", ";
      }
    }
  }

  private static int generatedAt(List<GeneratedColumn> generated, int place) {
    for (int i = 0; i < generated.size(); i++) {
      if (generated.get(i).place() == place) {
        return i;
      }
    }
    return -1;
  }

  private void tail(SplicedText text, InsertShape shape) {
    if (!shape.tail().isEmpty()) {
      text.add(" ").tokens(shape.tail().from(), shape.tail().to());
    }
  }

  /// What makes the rows, each value cast to the type of the column it is for.
  Split.Piece query(Plan.InsertSelect plan, ShardId shard) {
    SplicedText text = plan.ofValues() ? valuesCast(plan) : queryCast(plan);
    return new Split.Piece(shard, text.bytes(), new int[0], text.parameters(), text.origins());
  }

  /// One by one, as INSERT assigns them: in VALUES by itself all of a column would become one type first.
  private SplicedText valuesCast(Plan.InsertSelect plan) {
    SplicedText text = new SplicedText(lexed).add("VALUES ");
    String separator = "";
    for (Part row : InsertShape.ofValues(lexed).rows(lexed)) {
      text.add(separator).add("(");
      separator = "";
      List<Part> values = InsertShape.values(lexed, row);
      for (int i = 0; i < values.size(); i++) {
        boolean dated = isDated(plan, i);
        text.add(separator).add(dated ? DateText.BEFORE + "(" : "(").tokens(values.get(i).from(), values.get(i).to());
        text.add(")::" + typeName(plan.columnTypes().get(i)) + (dated ? DateText.AFTER : ""));
        separator = ", ";
      }
      text.add(")");
    }
    return text;
  }

  /// Keys are read here, and a shard may take the zone that a timestamptz is printed with for another one.
  private static boolean isDated(Plan.InsertSelect plan, int column) {
    boolean key = plan.destination() instanceof RowDestination.ByKey byKey && byKey.keyColumn() == column;
    String type = plan.columnTypes().get(column);
    return DateText.concerns(type) && (key || type.equals("timestamptz"));
  }

  private SplicedText queryCast(Plan.InsertSelect plan) {
    SplicedText text = new SplicedText(lexed).add("SELECT ");
    String separator = "";
    for (int i = 0; i < plan.columns().size(); i++) {
      String value = "q.c" + i + "::" + typeName(plan.columnTypes().get(i));
      text.add(separator).add(isDated(plan, i) ? DateText.BEFORE + value + DateText.AFTER : value);
      separator = ", ";
    }
    text.add(" FROM (").tokens(plan.query().first(), plan.query().last()).add(") AS q(");
    separator = "";
    for (int i = 0; i < plan.columns().size(); i++) {
      text.add(separator).add("c" + i);
      separator = ", ";
    }
    return text.add(")");
  }

  private static String typeName(String typeName) {
    int dot = typeName.indexOf('.');
    return dot < 0
        ? "pg_catalog." + SplicedText.quote(typeName)
        : SplicedText.quote(typeName.substring(0, dot)) + "." + SplicedText.quote(typeName.substring(dot + 1));
  }

  Split rows(Plan.InsertSelect plan, List<List<@Nullable String>> rows) {
    InsertShape shape = InsertShape.ofQuery(lexed, plan.query().first(), plan.query().last());
    try {
      Map<ShardId, List<Integer>> byShard = new LinkedHashMap<>();
      view.map().allShards().forEach(shard -> byShard.put(shard, new ArrayList<>()));
      for (int row = 0; row < rows.size(); row++) {
        if (plan.destination() instanceof RowDestination.ByKey byKey) {
          String label = byKey.label() instanceof LabelSource.At(int column) ? rows.get(row).get(column) : NewKeys.label(byKey.label(), reader);
          ownerList(byShard, ownerOfText(byKey, rows.get(row).get(byKey.keyColumn()), label)).add(row);
        } else {
          int index = row;
          byShard.values().forEach(list -> list.add(index));
        }
      }
      if (rows.isEmpty() && plan.returning()) {
        return new Split.Pieces(List.of(noRow(plan, shape)));
      }
      return pieces(
          byShard, plan.table(), plan.destination(), plan.returning() && skipsRows(shape),
          (shard, mine) -> literalRows(plan, shape, shard, mine, rows));
    } catch (NoOwner e) {
      return new Split.Refused(e.refuse);
    }
  }

  /// Says what RETURNING gives, without a row.
  private Split.Piece noRow(Plan.InsertSelect plan, InsertShape shape) {
    SplicedText text = head(shape, plan.columns(), plan.generated(), plan.overridingSystemValue());
    int columns = plan.columns().size() + plan.generated().size();
    text.add("SELECT " + String.join(", ", Collections.nCopies(columns, "NULL")) + " WHERE false");
    tail(text, shape);
    return new Split.Piece(view.map().home(), text.bytes(), new int[0], text.parameters(), text.origins());
  }

  private Split.Piece literalRows(
      Plan.InsertSelect plan, InsertShape shape, ShardId shard, List<Integer> mine, List<List<@Nullable String>> rows) {
    SplicedText text = head(shape, plan.columns(), plan.generated(), plan.overridingSystemValue()).add("VALUES ");
    String separator = "";
    for (int row : mine) {
      text.add(separator).add("(");
      separator = "";
      for (String value : rows.get(row)) {
        text.add(separator).literal(value);
        separator = ", ";
      }
      text.add(")");
      separator = ", ";
    }
    tail(text, shape);
    return new Split.Piece(shard, text.bytes(), mine.stream().mapToInt(Integer::intValue).toArray(), text.parameters(), text.origins());
  }
}
