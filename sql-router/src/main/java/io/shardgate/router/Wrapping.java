package io.shardgate.router;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Gap;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.NewRows;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import io.shardgate.router.statement.DataStatement.Copy;
import io.shardgate.router.statement.DataStatement.Explain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plans statements around another one: EXPLAIN, COPY (query) TO. They go where the inner one goes.
///
/// Literals of such a statement are part of its shape, so its plan holds their values.
final class Wrapping {
  private Wrapping() {}

  static Plan explain(Explain explain, Plan body) {
    return switch (body) {
      case Plan.Forward(Target target, Effects effects, boolean unknown, Gathering several) when several != null ->
          new Plan.AroundQuery(explain.body(), new Plan.Forward(target, explain.analyze() ? effects : Effects.READ, unknown, several));
      case Plan.Forward(Target target, Effects effects, boolean unknown, var _) ->
          new Plan.Forward(
              constant(explain.analyze() ? target : withoutNewRows(target), explain.body()), explain.analyze() ? effects : Effects.READ, unknown);
      case Plan.Filled(var gaps, var effects) ->
          explain.analyze() && gaps.getFirst() instanceof Gap.Signal signal
              ? Refusal.UNFILLED_CALL.of(signal.function())
              : new Plan.Forward(new Target.Home(), explain.analyze() ? effects : Effects.READ);
      case Plan.Refuse _, Plan.AroundQuery _ -> body;
      case Plan.Local _ -> Refusal.UTILITY.of("EXPLAIN of a prepared statement or cursor");
      case Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _, Plan.Broadcast _, Plan.ShardByShard _ ->
          explain.analyze()
              ? Refusal.UTILITY.of("EXPLAIN ANALYZE of a statement over several shards")
              : new Plan.Forward(new Target.Home(), Effects.READ);
    };
  }

  static Plan copy(Copy copy, Lexed query, Plan body) {
    return switch (body) {
      case Plan.Forward forward when copy.place() == Copy.Place.CLIENT && forward.several() != null -> new Plan.AroundQuery(query, forward);
      case Plan.Forward(Target target, Effects effects, boolean unknown, var _) ->
          copy.place() == Copy.Place.CLIENT || target instanceof Target.Home
              ? new Plan.Forward(constant(target, query), effects, unknown)
              : Refusal.COPY_FILE.of("a query");
      case Plan.Filled(var gaps, var _) -> Refusal.UNFILLED_CALL.of(gaps.getFirst().function());
      case Plan.Refuse _, Plan.AroundQuery _ -> body;
      case Plan.Local _, Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _, Plan.Broadcast _,
          Plan.ShardByShard _ ->
          Refusal.UTILITY.of("COPY of a statement over several shards");
    };
  }

  /// What only explains places no key.
  private static Target withoutNewRows(Target target) {
    return switch (target) {
      case Target.Home _, Target.AnyShard _, Target.NoShard _ -> target;
      case Target.ByKey byKey -> withoutNewRows(byKey);
      case Target.Meeting(List<Target.ByKey> relations) -> new Target.Meeting(relations.stream().map(Wrapping::withoutNewRows).toList());
    };
  }

  private static Target.ByKey withoutNewRows(Target.ByKey byKey) {
    return new Target.ByKey(byKey.table(), byKey.group(), byKey.keyOid(), byKey.keys(), byKey.writesKey(), byKey.assigned(), List.of());
  }

  private static Target constant(Target target, Lexed body) {
    return switch (target) {
      case Target.Home _, Target.AnyShard _, Target.NoShard _ -> target;
      case Target.ByKey byKey -> constant(byKey, body);
      case Target.Meeting(List<Target.ByKey> relations) ->
          new Target.Meeting(relations.stream().map(each -> constant(each, body)).toList());
    };
  }

  private static Target.ByKey constant(Target.ByKey byKey, Lexed body) {
    KeyReader reader = new KeyReader(body, Bindings.NONE);
    KeySource assigned = byKey.assigned();
    KeySource same = assigned == null ? null : constant(assigned, byKey, reader) instanceof KeySet.One(KeySource one) ? one : assigned;
    return new Target.ByKey(
        byKey.table(), byKey.group(), byKey.keyOid(), constant(byKey.keys(), byKey, reader), byKey.writesKey(), same,
        byKey.newRows().stream().map(rows -> new NewRows(constant(rows.keys(), byKey, reader), constant(rows.label(), reader))).toList());
  }

  private static LabelSource constant(LabelSource label, KeyReader reader) {
    KeySource source = label instanceof LabelSource.Value(KeySource said) ? said : new KeySource.Null();
    KeySource inner = source instanceof KeySource.Stored(KeySource said, int _) ? said : source;
    if (!(inner instanceof KeySource.Literal)) {
      return label;
    }
    String value = NewKeys.label(label, reader);
    return value == null ? new LabelSource.Untold() : new LabelSource.Value(new KeySource.Constant(KeyValue.OfText.of(value)));
  }

  private static KeySet constant(KeySet keys, Target.ByKey byKey, KeyReader reader) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> constant(source, byKey, reader);
      case KeySet.Union(List<KeySet> sets) -> new KeySet.Union(sets.stream().map(set -> constant(set, byKey, reader)).toList());
      case KeySet.Intersection(List<KeySet> sets) ->
          new KeySet.Intersection(sets.stream().map(set -> constant(set, byKey, reader)).toList());
      case KeySet.Within(KeySource low, KeySource high, boolean highExcluded) ->
          new KeySet.Within(bound(low, byKey, reader), bound(high, byKey, reader), highExcluded);
      case KeySet.Nothing _, KeySet.Everything _ -> keys;
    };
  }

  private static @Nullable KeySource bound(@Nullable KeySource source, Target.ByKey byKey, KeyReader reader) {
    return source != null && constant(source, byKey, reader) instanceof KeySet.One(KeySource one) ? one : null;
  }

  private static KeySource constant(KeySource source, KeyValue value) {
    KeySource constant = new KeySource.Constant(value);
    return source instanceof KeySource.Stored(KeySource _, int typmod) ? new KeySource.Stored(constant, typmod) : constant;
  }

  private static KeySet constant(KeySource source, Target.ByKey byKey, KeyReader reader) {
    KeySource said = source instanceof KeySource.Stored(KeySource inner, int _) ? inner : source;
    if (!(said instanceof KeySource.Literal) && !(said instanceof KeySource.LiteralArray)) {
      return new KeySet.One(source);
    }
    return switch (reader.read(said, byKey.group().keyType())) {
      case KeyReader.Keys.Known(List<KeyValue> values) -> {
        List<KeySet> constants = values.stream().map(value -> (KeySet) new KeySet.One(constant(source, value))).toList();
        yield constants.size() == 1 ? constants.getFirst() : new KeySet.Union(constants);
      }
      case KeyReader.Keys.Beyond() -> byKey.writesKey() ? new KeySet.Everything() : new KeySet.Nothing();
      case KeyReader.Keys.Unknown _ -> new KeySet.Everything();
    };
  }
}
