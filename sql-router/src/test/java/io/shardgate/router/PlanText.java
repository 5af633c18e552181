package io.shardgate.router;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyValue;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.plan.Target;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Prints plans for golden files.
final class PlanText {
  /// Keys that nobody has placed, and that is known.
  private static final Set<GroupKey> ABSENT =
      Set.of(new GroupKey("topic", KeyValue.OfText.of("gone")), new GroupKey("firm", new KeyValue.OfLong(7)));

  private PlanText() {}

  static List<String> of(Plan plan, Lexed lexed, SqlRouter router, RoutingView view) {
    List<String> lines = new ArrayList<>();
    switch (plan) {
      case Plan.Local(var statement) -> lines.add("Local " + statement.getClass().getSimpleName());
      case Plan.Forward forward -> forward(forward, lexed, router, view, lines);
      case Plan.SplitInsert insert -> split(insert, lexed, router, view, lines);
      case Plan.InsertSelect insert -> {
        lines.add("InsertSelect " + insert.table() + " (" + String.join(", ", insert.columns()) + ") " + destination(insert.destination()));
        insert.generated().forEach(column -> lines.add("  generate " + column.name() + " as " + column.expression()));
        lines.add("  query: " + new String(router.queryOf(insert, lexed, view).text(), StandardCharsets.UTF_8));
      }
      case Plan.CopyIn copy -> {
        lines.add("CopyIn " + copy.table() + " (" + String.join(", ", copy.columns()) + ") " + destination(copy.destination()));
        copy.generated().forEach(column -> lines.add("  generate " + column.name() + " as " + column.expression()));
        lines.add("  " + copy.shardText());
      }
      case Plan.CopyOut(var table, var _, var _, var texts, var _) -> {
        lines.add("CopyOut " + table);
        lines.addAll(texts(texts));
      }
      case Plan.Broadcast broadcast -> {
        lines.add("Broadcast" + (broadcast.lockFirst().isEmpty() ? "" : " lock " + broadcast.lockFirst()) + (broadcast.byRows() ? " by rows" : "")
            + (broadcast.password() == null ? "" : " password") + effects(broadcast.effects()));
        lines.addAll(texts(broadcast.texts()));
      }
      case Plan.Filled filled -> {
        lines.add("Filled" + effects(filled.effects()));
        filled.gaps().forEach(gap -> lines.add("  " + gap));
      }
      case Plan.AroundQuery(Lexed query, Plan.Forward body) -> {
        lines.add("Around a query");
        forward(body, query, router, view, lines);
      }
      case Plan.ShardByShard shards -> {
        lines.add("ShardByShard" + effects(shards.effects()));
        lines.addAll(texts(shards.texts()));
      }
      case Plan.Refuse refuse -> lines.addAll(refuse(refuse));
    }
    return lines;
  }

  private static List<String> refuse(Plan.Refuse refuse) {
    return List.of("Refuse " + refuse.refusal() + " " + refuse.refusal().sqlState() + ": " + refuse.message());
  }

  private static void forward(Plan.Forward forward, Lexed lexed, SqlRouter router, RoutingView view, List<String> lines) {
    lines.add(
        "Forward " + target(forward.target()) + (forward.unknownRelation() ? " unknown relation" : "") + effects(forward.effects()));
    boolean keyed = !(forward.target() instanceof Target.Home || forward.target() instanceof Target.AnyShard);
    if (keyed && lexed.parameterCount() == 0) {
      Decision decision = router.decide(forward, lexed, Bindings.NONE, view, ABSENT);
      lines.add("  → " + decision(decision));
      if (forward.several() != null && decision instanceof Decision.Many many) {
        gathered(router.gather(forward.several(), many.pulled(), lexed, Bindings.NONE, view), lexed, lines);
      }
    }
  }

  /// Each text once, with the shards that get it.
  private static void gathered(Gathered gathered, Lexed lexed, List<String> lines) {
    Map<String, List<String>> shards = new LinkedHashMap<>();
    for (Gathered.Leaf leaf : gathered.leaves()) {
      String text = new String(leaf.piece().text(), lexed.encoding());
      shards.computeIfAbsent(text, _ -> new ArrayList<>()).add(leaf.piece().shard().value());
    }
    shards.forEach((text, of) -> lines.add("    " + String.join(", ", of) + ": " + text));
    lines.add("    last: " + new String(gathered.last().text(), lexed.encoding()));
  }

  static String decision(Decision decision) {
    return switch (decision) {
      case Decision.One(var shard) -> shard.toString();
      case Decision.AnyShard _ -> "any shard";
      case Decision.Home _ -> "home";
      case Decision.Many many -> "many: " + many.shards();
      case Decision.Unplaced(var keys) -> "unplaced: " + unplaced(keys);
      case Decision.Refused(var refuse) -> refuse(refuse).getFirst();
    };
  }

  private static String unplaced(List<UnplacedKey> keys) {
    return keys.stream()
        .map(key -> key.group().name() + " " + key.key() + (key.candidates().isEmpty() ? "" : " on one of " + key.candidates()))
        .collect(Collectors.joining(", "));
  }

  private static String target(Target target) {
    return switch (target) {
      case Target.Home _ -> "home";
      case Target.AnyShard _ -> "any shard";
      case Target.ByKey byKey ->
          byKey.table() + " by " + keys(byKey.keys()) + (byKey.writesKey() ? " new rows" : "")
              + (byKey.assigned() == null ? "" : " assigned " + source(byKey.assigned()))
              + byKey.newRows().stream().map(rows -> " placing " + keys(rows.keys()) + label(rows.label())).collect(Collectors.joining());
      case Target.NoShard(var why) -> "no one shard (" + why.refusal() + ")";
      case Target.Meeting(var relations) -> relations.stream().map(PlanText::target).collect(Collectors.joining(" & "));
    };
  }

  private static String keys(KeySet keys) {
    return switch (keys) {
      case KeySet.One(var source) -> source(source);
      case KeySet.Union(var sets) -> sets.stream().map(PlanText::keys).collect(Collectors.joining(" | ", "(", ")"));
      case KeySet.Intersection(var sets) -> sets.stream().map(PlanText::keys).collect(Collectors.joining(" & ", "(", ")"));
      case KeySet.Within(var low, var high, boolean excluded) ->
          "[" + (low == null ? "" : source(low)) + " … " + (high == null ? "" : source(high)) + (excluded ? ")" : "]");
      case KeySet.Nothing() -> "nothing";
      case KeySet.Everything() -> "everything";
    };
  }

  private static String type(int oid) {
    return oid == KeySource.UNTOLD ? "untold" : Integer.toString(oid);
  }

  private static String source(KeySource source) {
    return switch (source) {
      case KeySource.Literal(int slot, boolean negative) -> (negative ? "-" : "") + "literal " + slot;
      case KeySource.Parameter(int number, int oid) -> "$" + number + "::" + type(oid);
      case KeySource.ParameterArray(int number, int oid) -> "$" + number + "::" + type(oid) + "[]";
      case KeySource.LiteralArray(int slot) -> "array literal " + slot;
      case KeySource.Spelled(String text) -> "text '" + text + "'";
      case KeySource.Constant(var value) -> "constant " + value;
      case KeySource.Stored(KeySource value, int typmod) -> source(value) + " stored with " + typmod;
      case KeySource.Null() -> "null";
    };
  }

  private static String label(LabelSource label) {
    return switch (label) {
      case LabelSource.None _ -> "";
      case LabelSource.Value(var source) -> " by " + source(source);
      case LabelSource.At(int column) -> " by column " + column;
      case LabelSource.Untold _ -> " by nothing told";
    };
  }

  private static void split(Plan.SplitInsert insert, Lexed lexed, SqlRouter router, RoutingView view, List<String> lines) {
    lines.add(
        "SplitInsert " + insert.table() + " (" + String.join(", ", insert.columns()) + ") " + destination(insert.destination())
            + (insert.lockFirst() == null ? "" : " lock " + insert.lockFirst()));
    insert.rowLabels().forEach(label -> lines.add("  row placed" + label(label)));
    insert.generated()
        .forEach(
            column ->
                lines.add(
                    "  generate " + column.name() + " as " + column.expression()
                        + (column.sequence() == null ? "" : " of " + column.sequence()) + (column.place() < 0 ? "" : " at " + column.place())));
    if (lexed.parameterCount() > 0) {
      return;
    }
    List<List<String>> generated = new ArrayList<>();
    for (int row = 0; row < router.rowCount(insert, lexed); row++) {
      List<String> values = new ArrayList<>();
      for (var column : insert.generated()) {
        values.add(column.typeName().equals("uuid") ? "00000000-0000-0000-0000-00000000000" + row : String.valueOf(1000 + row));
      }
      generated.add(values);
    }
    switch (router.split(insert, lexed, Bindings.NONE, view, generated, ABSENT)) {
      case Split.Pieces(var pieces) ->
          pieces.forEach(piece -> lines.add("  " + piece.shard() + ": " + new String(piece.text(), StandardCharsets.UTF_8)));
      case Split.Unplaced(var keys) -> lines.add("  unplaced: " + unplaced(keys));
      case Split.Refused(var refuse) -> lines.addAll(refuse(refuse));
    }
  }

  private static String destination(RowDestination destination) {
    return switch (destination) {
      case RowDestination.ByKey(var group, int column, int _, int _, var label) -> "by " + group.name() + " at " + column + (label instanceof LabelSource.None ? "" : " placed" + label(label));
      case RowDestination.Everywhere() -> "everywhere";
    };
  }

  private static List<String> texts(List<ShardText> texts) {
    Map<String, List<String>> shardsByText = new TreeMap<>();
    for (ShardText text : texts) {
      shardsByText.computeIfAbsent(text.text() == null ? "as written" : text.text(), _ -> new ArrayList<>()).add(text.shard().toString());
    }
    return shardsByText.entrySet().stream().map(e -> "  " + String.join(" ", e.getValue()) + ": " + e.getKey()).sorted().toList();
  }

  private static String effects(Effects effects) {
    List<String> words = new ArrayList<>();
    if (effects.writes()) {
      words.add("writes");
    }
    if (effects.changesCatalog()) {
      words.add("catalog");
    }
    if (effects.volatileFunctions()) {
      words.add("volatile");
    }
    effects.session().stream().sorted().forEach(effect -> words.add(effect.name()));
    effects.settings()
        .forEach(change -> words.add("set " + (change.name() == null ? "?" : source(change.name())) + (change.local() ? " local" : "")));
    return words.isEmpty() ? "" : " [" + String.join(" ", words) + "]";
  }
}
