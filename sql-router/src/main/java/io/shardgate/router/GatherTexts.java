package io.shardgate.router;

import io.shardgate.directory.Extent;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Gathering.PulledColumn;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.rewrite.ForeignPredicate;
import io.shardgate.router.rewrite.SplicedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Makes the texts of a [Gathering]: what each shard is asked for, and what the home shard is told to finish.
///
/// A shard is asked once, whatever it has to send, so that all of it is of one snapshot. Where that is more than one reference, each row begins with the
/// number of its own, and the columns of the others are NULL.
/// Not thread-safe; owned by the making of one execution's texts.
final class GatherTexts {
  /// Texts that mean a moment: what a shard makes of them now is not what another makes of them later.
  private static final Set<String> MOMENTS = Set.of("now", "today", "tomorrow", "yesterday");

  private final Gathering gathering;
  private final Lexed lexed;
  private final Bindings bindings;
  private final RoutingView view;

  GatherTexts(Gathering gathering, Lexed lexed, Bindings bindings, RoutingView view) {
    this.gathering = gathering;
    this.lexed = lexed;
    this.bindings = bindings;
    this.view = view;
  }

  /// One text for each shard that has rows to send.
  List<Gathered.Leaf> leaves(List<PulledRows> pulled) {
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
      text.add(i == 0 ? "SELECT " : " UNION ALL SELECT ").add(selectList(from, i));
      rowsOf(text, gathering.pulls().get(from.get(i)), shard, pulled.get(from.get(i)));
    }
    return new Gathered.Leaf(new Split.Piece(shard, text.bytes(), new int[0], text.parameters(), text.origins()), List.copyOf(from));
  }

  private String selectList(List<Integer> from, int chosen) {
    List<String> items = new ArrayList<>();
    if (from.size() > 1) {
      items.add("'" + from.get(chosen) + "'::pg_catalog.int4");
    }
    for (int i = 0; i < from.size(); i++) {
      Pull pull = gathering.pulls().get(from.get(i));
      for (PulledColumn column : pull.columns()) {
        boolean text = column.carried().form() == CarriedType.Form.TEXT;
        String value = i == chosen ? SplicedText.quote(pull.alias()) + "." + SplicedText.quote(column.name()) : "NULL";
        items.add(text ? value + "::pg_catalog.text" : i == chosen ? value : value + "::" + column.carried().element());
      }
    }
    return String.join(", ", items);
  }

  private void rowsOf(SplicedText text, Pull pull, ShardId shard, PulledRows rows) {
    text.add(" FROM " + SplicedText.quote(pull.table().schema()) + "." + SplicedText.quote(pull.table().name()) + " AS " + SplicedText.quote(pull.alias()));
    String joint = " WHERE ";
    for (QuerySpan condition : pull.conditions()) {
      if (!meansMoment(condition)) {
        text.add(joint + "(").tokens(condition.first(), condition.last()).add(")");
        joint = " AND ";
      }
    }
    if (!(pull.source() instanceof Gathering.Source.Sharded(var byKey, String keyColumn))) {
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
    for (int token = condition.first(); token < condition.last(); token++) {
      if (lexed.kind(token).isString() && meansMoment(lexed.raw(token))) {
        return true;
      }
      if (lexed.is(token, TokenKind.PARAMETER) && meansMoment(lexed.parameterNumber(token))) {
        return true;
      }
    }
    return false;
  }

  private boolean meansMoment(int parameter) {
    byte[] value = parameter <= bindings.count() && !bindings.binary(parameter - 1) ? bindings.value(parameter - 1) : null;
    return value != null && meansMoment(new String(value, lexed.encoding()));
  }

  private static boolean meansMoment(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return MOMENTS.stream().anyMatch(lower::contains);
  }

  /// What the home shard runs: the user's text, in which each reference is a query of arrays. Their parameters are those behind the user's, one for each
  /// column in the order of the pulls; a reference without columns has one, of booleans, for its rows.
  Split.Piece last() {
    SplicedText text = new SplicedText(lexed).keepNumbers();
    int token = 0;
    int own = 0;
    for (Pull pull : gathering.pulls()) {
      boolean command = isTableCommand(lexed, pull.name());
      text.add(" ").tokens(token, command ? pull.name().first() - 1 : pull.name().first()).add(command ? "SELECT * FROM" : "");
      List<String> arrays = new ArrayList<>();
      List<String> values = new ArrayList<>();
      for (PulledColumn column : pull.columns()) {
        CarriedType type = column.carried();
        boolean asText = type.form() == CarriedType.Form.TEXT;
        arrays.add(unnested(text.own(own++), asText ? "pg_catalog.text" : type.element()));
        values.add("g.c" + arrays.size() + "::" + type.declared() + (type.collation() == null ? "" : " COLLATE " + type.collation())
            + " AS " + SplicedText.quote(column.name()));
      }
      if (arrays.isEmpty()) {
        arrays.add(unnested(text.own(own++), "pg_catalog.bool"));
      }
      String names = IntStream.rangeClosed(1, arrays.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
      text.add(" (SELECT " + String.join(", ", values) + " FROM ROWS FROM (" + String.join(", ", arrays) + ") AS g(" + names + "))");
      text.add(pull.named() ? " " : " AS " + SplicedText.quote(pull.alias()) + " ");
      token = pull.name().last();
    }
    text.tokens(token, lexed.size());
    return new Split.Piece(view.map().home(), text.bytes(), new int[0], text.parameters(), text.origins());
  }

  /// Whether it is the TABLE of a command that stands for SELECT * FROM.
  static boolean isTableCommand(Lexed lexed, QuerySpan name) {
    return name.first() > 0 && lexed.is(name.first() - 1, "table");
  }

  private static String unnested(String parameter, String type) {
    return "pg_catalog.unnest(" + parameter + "::" + type + "[])";
  }
}
