package io.shardgate.router;

import io.shardgate.directory.KeyBounds;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What a plan's formula over key sources comes to with one execution's values.
/// Immutable.
record KeyEvaluation(KeySpace space, Target.ByKey byKey, KeyReader reader) {

  /// The values of a key set.
  ///
  /// @param known null when they can't be listed
  /// @param owners shards beyond which no key of the set is; null when `known` tells
  /// @param uncertain whether one of them could not be read
  record Values(@Nullable List<KeyValue> known, @Nullable Set<ShardId> owners, boolean hasNull, boolean uncertain) {
    static Values of(List<KeyValue> known, boolean hasNull) {
      return new Values(known, null, hasNull, false);
    }

    static Values on(Set<ShardId> owners) {
      return new Values(null, owners, false, false);
    }

    /// The shards that own a key of the set, as far as that is known here.
    Set<ShardId> shards(KeySpace space) {
      if (owners != null) {
        return owners;
      }
      Set<ShardId> shards = new TreeSet<>();
      if (known != null) {
        for (KeyValue value : known) {
          ShardId owner = space.ownerOf(value);
          if (owner != null) {
            shards.add(owner);
          }
        }
      }
      return shards;
    }
  }

  Values values(KeySet keys) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> one(source);
      case KeySet.Within(KeySource low, KeySource high, boolean highExcluded) -> within(low, high, highExcluded);
      case KeySet.Union(List<KeySet> sets) -> union(sets);
      case KeySet.Intersection(List<KeySet> sets) -> intersection(sets);
      case KeySet.Nothing() -> Values.of(List.of(), false);
      case KeySet.Everything() -> Values.on(space.owners());
    };
  }

  private Values one(KeySource source) {
    return switch (reader.read(source, byKey.group().keyType())) {
      case KeyReader.Keys.Known(List<KeyValue> values) -> Values.of(values, values.isEmpty());
      // No row has it, but a new row is given what PostgreSQL makes of it.
      case KeyReader.Keys.Beyond() -> byKey.writesKey() || !byKey.newRows().isEmpty() ? uncertain() : Values.of(List.of(), false);
      case KeyReader.Keys.Unknown() -> uncertain();
    };
  }

  private Values uncertain() {
    return new Values(null, space.owners(), false, true);
  }

  private Values within(@Nullable KeySource low, @Nullable KeySource high, boolean highExcluded) {
    KeyReader.Keys from = low == null ? KeyReader.UNKNOWN : reader.read(low, byKey.group().keyType());
    KeyReader.Keys to = high == null ? KeyReader.UNKNOWN : reader.read(high, byKey.group().keyType());
    if (isNull(from) || isNull(to)) {
      return Values.of(List.of(), false);
    }
    return Values.on(space.ownersWithin(new KeyBounds(bound(from), bound(to), highExcluded)));
  }

  /// Nothing is above or below NULL.
  private static boolean isNull(KeyReader.Keys keys) {
    return keys instanceof KeyReader.Keys.Known(List<KeyValue> values) && values.isEmpty();
  }

  private static @Nullable KeyValue bound(KeyReader.Keys keys) {
    return keys instanceof KeyReader.Keys.Known(List<KeyValue> values) && values.size() == 1 ? values.getFirst() : null;
  }

  private Values union(List<KeySet> sets) {
    List<KeyValue> all = new ArrayList<>();
    Set<ShardId> owners = new TreeSet<>();
    boolean listed = true;
    boolean hasNull = false;
    boolean uncertain = false;
    for (KeySet set : sets) {
      Values values = values(set);
      uncertain |= values.uncertain;
      hasNull |= values.hasNull;
      listed &= values.known != null;
      owners.addAll(values.shards(space));
      if (values.known != null) {
        all.addAll(values.known);
      }
    }
    return listed ? Values.of(all, hasNull) : new Values(null, owners, hasNull, uncertain);
  }

  private Values intersection(List<KeySet> sets) {
    List<KeyValue> common = null;
    Set<ShardId> owners = new TreeSet<>(space.owners());
    for (KeySet set : sets) {
      Values values = values(set);
      if (values.known != null) {
        List<KeyValue> known = values.known;
        common = common == null ? known : common.stream().filter(known::contains).toList();
      } else {
        owners.retainAll(values.shards(space));
      }
    }
    if (common == null) {
      return Values.on(owners);
    }
    return Values.of(common.stream().filter(key -> mayBeOn(owners, space.ownerOf(key))).toList(), false);
  }

  private static boolean mayBeOn(Set<ShardId> shards, @Nullable ShardId owner) {
    return owner == null || shards.contains(owner);
  }
}
