package io.shardgate.router;

import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.Placement;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Strategy;
import io.shardgate.directory.TableName;
import io.shardgate.router.plan.LabelSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What becomes of a new row's key that has no owner here.
final class NewKeys {
  private NewKeys() {}

  /// Placed where its label allows; refused where no shard is left, but only once it is known that the key has no owner anywhere.
  ///
  /// @param label what the row says in the column of the group's rule; null when it tells nothing
  /// @param absent keys that the directory does not have
  static Decision decide(Group group, TableName table, KeyValue key, @Nullable String label, ShardMap map, Set<GroupKey> absent) {
    Placement place = group.strategy() instanceof Strategy.Directory(Placement said) ? said : Placement.DEFAULT;
    Set<ShardId> candidates = place.candidates(map.shards(), label);
    UnplacedKey unplaced = new UnplacedKey(group, key, candidates);
    if (!candidates.isEmpty() || !absent.contains(unplaced.name())) {
      return new Decision.Unplaced(List.of(unplaced));
    }
    Placement.LabelRule rule = place.rule();
    String column = rule == null ? "" : rule.column();
    return new Decision.Refused(
        label == null ? Refusal.PLACE_UNTOLD.of(table, column) : Refusal.PLACE_LABEL.of(rule == null ? "" : rule.label(), label, table));
  }

  /// The label of a row whose values are in the statement or its parameters; null when it tells none.
  static @Nullable String label(LabelSource label, KeyReader reader) {
    return switch (label) {
      case LabelSource.Value(var source) ->
          reader.read(source, io.shardgate.directory.KeyType.TEXT) instanceof KeyReader.Keys.Known(List<KeyValue> values) && values.size() == 1
              ? values.getFirst().toString()
              : null;
      case LabelSource.None _, LabelSource.At _, LabelSource.Untold _ -> null;
    };
  }
}
