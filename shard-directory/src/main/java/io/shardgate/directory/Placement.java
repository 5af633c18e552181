package io.shardgate.directory;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// How a key of strategy *directory* that is seen for the first time gets its owner.
///
/// @param rule which shards may be it; null for all
public record Placement(Policy policy, @Nullable LabelRule rule) {
  /// What a topology that says nothing means.
  public static final Placement DEFAULT = new Placement(Policy.LEAST_LOADED, null);

  /// Which of the shards that may be it.
  public enum Policy {
    /// The one with the fewest keys of the group for its weight; the first by id of several.
    LEAST_LOADED("least-loaded"),
    /// The one that would own the key on a ring that is cut afresh over them, as a group of strategy *hash* begins.
    HASH("hash");

    private final String word;

    Policy(String word) {
      this.word = word;
    }

    /// The word in a topology.
    public String word() {
      return word;
    }

    /// The policy of that word.
    public static Optional<Policy> of(String word) {
      for (Policy policy : values()) {
        if (policy.word.equals(word)) {
          return Optional.of(policy);
        }
      }
      return Optional.empty();
    }
  }

  /// Only shards whose `label` has the value that the first row of the new key has in `column`.
  public record LabelRule(String label, String column) {}

  /// The shards that may own a new key.
  ///
  /// @param value what the first row has in the rule's column; without meaning where there is no rule
  /// @return empty when no shard has the label with this value
  public Set<ShardId> candidates(Map<ShardId, Shard> shards, @Nullable String value) {
    Set<ShardId> candidates = new TreeSet<>();
    LabelRule by = rule;
    shards.forEach((id, shard) -> {
      if (by == null || (value != null && value.equals(shard.labels().get(by.label)))) {
        candidates.add(id);
      }
    });
    return candidates;
  }

  /// The owner for a new key; the answer is the same for the same arguments.
  ///
  /// @param candidates at least one, in the order of their ids
  /// @param keys how many keys of the group a shard has
  public ShardId choose(KeyValue key, Collection<Shard> candidates, ToLongFunction<ShardId> keys) {
    return switch (policy) {
      case HASH -> Ring.cut(candidates).ownerOf(key);
      case LEAST_LOADED -> leastLoaded(candidates, keys);
    };
  }

  private static ShardId leastLoaded(Collection<Shard> candidates, ToLongFunction<ShardId> keys) {
    Shard least = candidates.iterator().next();
    for (Shard shard : candidates) {
      if (keys.applyAsLong(shard.id()) * least.weight() < keys.applyAsLong(least.id()) * shard.weight()) {
        least = shard;
      }
    }
    return least.id();
  }
}
