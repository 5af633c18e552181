package io.shardgate.router;

import io.shardgate.directory.Extent;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.router.analyze.Moments;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Gathering.PulledColumn;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Reduction;
import io.shardgate.router.rewrite.ForeignPredicate;
import io.shardgate.router.rewrite.SplicedText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Makes the texts of a [Gathering]: what each shard is asked for, and what the home shard is told to finish.
///
/// A shard is asked once, whatever it has to send, so that all of it is of one snapshot. Where that is more than one reference, each row begins with the
/// number of its own, and the columns of the others are NULL.
/// Not thread-safe; owned by the making of one execution's texts.
final class GatherTexts {
  private final Gathering gathering;
  private final Lexed lexed;
  private final MomentTexts moments;
  private final RoutingView view;

  GatherTexts(Gathering gathering, Lexed lexed, Bindings bindings, RoutingView view) {
    this.gathering = gathering;
    this.lexed = lexed;
    this.moments = new MomentTexts(lexed, bindings);
    this.view = view;
  }

  /// Whether every condition means on each shard what it means on the home shard, so that what the shards leave out is what the query would.
  boolean canLeaveToShards() {
    return gathering.pulls().stream().allMatch(pull -> pull.conditions().stream().noneMatch(this::meansMoment));
  }

  Gathered made(List<PulledRows> pulled) {
    return new Gathered(gathering, leaves(pulled), last());
  }

  /// One text for each shard that has rows to send.
  private List<Gathered.Leaf> leaves(List<PulledRows> pulled) {
    List<Gathered.Leaf> leaves = new ArrayList<>();
    for (ShardId shard : view.map().allShards()) {
      List<Integer> from = new ArrayList<>();
      for (int i = 0; i < pulled.size(); i++) {
        if (pulled.get(i).shards().contains(shard)) {
          from.add(i);
        }
      }
      if (!from.isEmpty()) {
        leaves.add(leaf(shard, from, pulled));
      }
    }
    return leaves;
  }

  private Gathered.Leaf leaf(ShardId shard, List<Integer> from, List<PulledRows> pulled) {
    SplicedText text = new SplicedText(lexed);
    for (int i = 0; i < from.size(); i++) {
      text.add(i == 0 ? "SELECT " : " UNION ALL SELECT ");
      selectList(text, from, i);
      rowsOf(text, gathering.pulls().get(from.get(i)), shard, pulled.get(from.get(i)));
    }
    return new Gathered.Leaf(new Split.Piece(shard, text.bytes(), new int[0], text.parameters(), text.origins()), List.copyOf(from));
  }

  private void selectList(SplicedText text, List<Integer> from, int chosen) {
    String joint = "";
    if (from.size() > 1) {
      text.add("'" + from.get(chosen) + "'::pg_catalog.int4");
      joint = ", ";
    }
    for (int i = 0; i < from.size(); i++) {
      Pull pull = gathering.pulls().get(from.get(i));
      for (int place = 0; place < pull.columns().size(); place++) {
        text.add(joint);
        joint = ", ";
        if (i == chosen) {
          value(text, pull, place);
        } else {
          text.add("NULL::" + carrier(pull.columns().get(place).carried()));
        }
      }
    }
  }

  private static String carrier(CarriedType type) {
    return type.form() == CarriedType.Form.TEXT ? "pg_catalog.text" : type.element();
  }

  private static void value(SplicedText text, Pull pull, int place) {
    if (pull.reduction() instanceof Reduction.Aggregates aggregates && place >= aggregates.groups()) {
      Reduction.Partial partial = aggregates.partials().get(place - aggregates.groups());
      text.add(partial.function() == null ? "" : partial.function() + "(")
          .tokens(partial.tokens().first(), partial.tokens().last())
          .add(partial.function() == null ? "" : ")");
      return;
    }
    PulledColumn column = pull.columns().get(place);
    text.add(qualified(pull, column.name()) + (column.carried().form() == CarriedType.Form.TEXT ? "::pg_catalog.text" : ""));
  }

  private static String qualified(Pull pull, String column) {
    return SplicedText.quote(pull.alias()) + "." + SplicedText.quote(column);
  }

  private void rowsOf(SplicedText text, Pull pull, ShardId shard, PulledRows rows) {
    text.add(" FROM " + (pull.only() ? "ONLY " : "") + SplicedText.quote(pull.table().schema()) + "." + SplicedText.quote(pull.table().name()) + " AS " + SplicedText.quote(pull.alias()));
    conditions(text, pull, shard, rows);
    switch (pull.reduction()) {
      case null -> {}
      case Reduction.First first -> first(text, first);
      case Reduction.Aggregates aggregates when aggregates.groups() > 0 ->
          text.add(" GROUP BY " + IntStream.range(0, aggregates.groups()).mapToObj(place -> qualified(pull, pull.columns().get(place).name())).collect(Collectors.joining(", ")));
      case Reduction.Aggregates _ -> {}
      case Reduction.Locked(QuerySpan clause) -> text.add(" ").tokens(clause.first(), clause.last());
    }
  }

  /// As many rows as LIMIT and OFFSET take together; LIMIT NULL is none. What is wrong with their values the query itself says.
  private static void first(SplicedText text, Reduction.First first) {
    String joint = " ORDER BY ";
    for (Reduction.Order item : first.order()) {
      text.add(joint + "(").tokens(item.expression().first(), item.expression().last()).add(")" + (item.descending() ? " DESC" : ""));
      text.add(item.nullsFirst() == null ? "" : item.nullsFirst() ? " NULLS FIRST" : " NULLS LAST");
      joint = ", ";
    }
    QuerySpan fetch = first.fetch();
    text.add(" LIMIT LEAST(GREATEST(COALESCE((");
    SplicedText count = fetch == null ? text.add("1") : text.tokens(fetch.first(), fetch.last());
    count.add(")::pg_catalog.int8, 9223372036854775807), 0)::pg_catalog.numeric");
    QuerySpan offset = first.offset();
    if (offset != null) {
      text.add(" OPERATOR(pg_catalog.+) GREATEST(COALESCE((").tokens(offset.first(), offset.last()).add(")::pg_catalog.int8, 0), 0)::pg_catalog.numeric");
    }
    text.add(", 9223372036854775807)::pg_catalog.int8");
  }

  private void conditions(SplicedText text, Pull pull, ShardId shard, PulledRows rows) {
    String joint = " WHERE ";
    for (QuerySpan condition : pull.conditions()) {
      if (!meansMoment(condition)) {
        text.add(joint + "(").tokens(condition.first(), condition.last()).add(")");
        joint = " AND ";
      }
    }
    if (!(pull.source() instanceof Gathering.Source.Sharded(var byKey, @Nullable String keyColumn)) || keyColumn == null) {
      return;
    }
    String column = SplicedText.quote(pull.alias()) + "." + SplicedText.quote(keyColumn);
    KeyType type = byKey.group().keyType();
    List<KeyValue> keys = rows.keys();
    if (keys != null) {
      List<Extent> own = keys.stream().distinct().filter(key -> shard.equals(view.map().ownerOf(byKey.group(), key))).map(key -> (Extent) new Extent.Single(key)).toList();
      text.add(joint + (own.isEmpty() ? "false" : "(" + ForeignPredicate.of(column, type, own) + ")"));
      joint = " AND ";
    }
    List<Extent> foreign = view.map().foreign().on(shard, byKey.group().name());
    if (!foreign.isEmpty()) {
      text.add(joint + "NOT (" + ForeignPredicate.of(column, type, foreign) + ")");
    }
  }

  private boolean meansMoment(QuerySpan condition) {
    return moments.areIn(condition.first(), condition.last());
  }

  /// What the home shard runs: the user's text, in which each reference is a query of arrays. Their parameters are those behind the user's, one for each
  /// column in the order of the pulls; a reference without columns has one, of booleans, for its rows.
  private Split.Piece last() {
    SplicedText text = new SplicedText(lexed).keepNumbers();
    List<Edit> edits = new ArrayList<>();
    int own = 0;
    for (Pull pull : gathering.pulls()) {
      edits.add(new Edit(isTableCommand(lexed, pull.name()) ? pull.name().first() - 1 : pull.name().first(), pull.name().last(), table(text, pull, own)));
      own += Math.max(1, pull.columns().size());
      if (pull.reduction() instanceof Reduction.Locked(QuerySpan clause)) {
        edits.add(new Edit(clause.first(), clause.last(), " "));
      }
      if (pull.reduction() instanceof Reduction.Aggregates aggregates) {
        aggregates.calls().forEach(call -> edits.add(new Edit(call.tokens().first(), call.tokens().last(), combined(pull, call))));
        QuerySpan where = aggregates.where();
        if (where != null) {
          edits.add(new Edit(where.first(), where.last(), " "));
        }
      }
    }
    gathering.additions().forEach(addition -> edits.add(new Edit(addition.end(), addition.end(), addition.words())));
    edits.sort(Comparator.comparingInt(Edit::first));
    int token = 0;
    for (Edit edit : edits) {
      text.add(" ").tokens(token, edit.first()).add(" " + edit.text() + " ");
      token = edit.last();
    }
    text.tokens(token, lexed.size());
    return new Split.Piece(view.map().home(), text.bytes(), new int[0], text.parameters(), text.origins());
  }

  /// Words in the place of tokens.
  private record Edit(int first, int last, String text) {}

  private static String combined(Pull pull, Reduction.Call call) {
    String partial = qualified(pull, pull.columns().get(call.column()).name());
    int next = Math.min(call.column() + 1, pull.columns().size() - 1);
    return call.combination().over(partial, qualified(pull, pull.columns().get(next).name()));
  }

  private String table(SplicedText text, Pull pull, int firstOwn) {
    List<String> arrays = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (PulledColumn column : pull.columns()) {
      CarriedType type = column.carried();
      arrays.add(unnested(text.own(firstOwn + arrays.size()), carrier(type)));
      values.add("g.c" + arrays.size() + "::" + type.declared() + (type.collation() == null ? "" : " COLLATE " + type.collation())
          + " AS " + SplicedText.quote(column.name()));
    }
    if (arrays.isEmpty()) {
      arrays.add(unnested(text.own(firstOwn), "pg_catalog.bool"));
    }
    String names = IntStream.rangeClosed(1, arrays.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
    return (isTableCommand(lexed, pull.name()) ? "SELECT * FROM " : "") + "(SELECT " + String.join(", ", values) + " FROM ROWS FROM (" + String.join(", ", arrays)
        + ") AS g(" + names + "))" + (pull.named() ? "" : " AS " + SplicedText.quote(pull.alias()));
  }

  /// Whether it is the TABLE of a command that stands for SELECT * FROM.
  static boolean isTableCommand(Lexed lexed, QuerySpan name) {
    return name.first() > 0 && lexed.is(name.first() - 1, "table");
  }

  private static String unnested(String parameter, String type) {
    return "pg_catalog.unnest(" + parameter + "::" + type + "[])";
  }
}
