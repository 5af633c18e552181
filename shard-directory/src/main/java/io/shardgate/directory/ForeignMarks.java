package io.shardgate.directory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which parts of which groups are foreign on which shards. Immutable.
///
/// @param byGroup groups that have some, by name; the marks of each by shard, then in the order of their extents
public record ForeignMarks(SortedMap<String, List<ForeignMark>> byGroup) {
  public static final ForeignMarks NONE = new ForeignMarks(new TreeMap<>());

  private static final Comparator<ForeignMark> ORDER =
      Comparator.comparing(ForeignMark::shard).thenComparing((a, b) -> compare(a.extent(), b.extent()));

  /// Sorts. Throws [IllegalArgumentException] for extents of two strategies or key types in one group.
  public ForeignMarks {
    SortedMap<String, List<ForeignMark>> sorted = new TreeMap<>();
    byGroup.forEach((group, marks) -> {
      if (!marks.isEmpty()) {
        sorted.put(group, marks.stream().sorted(ORDER).toList());
      }
    });
    byGroup = Collections.unmodifiableSortedMap(sorted);
  }

  private static int compare(Extent left, Extent right) {
    return switch (left) {
      case Extent.Ring a when right instanceof Extent.Ring b -> Long.compare(a.first(), b.first());
      case Extent.Ordered(KeyValue a, KeyValue _) when right instanceof Extent.Ordered(KeyValue b, KeyValue _) ->
          a == null || b == null ? Boolean.compare(a != null, b != null) : KeyOrder.INSTANCE.compare(a, b);
      case Extent.Single(KeyValue a) when right instanceof Extent.Single(KeyValue b) -> KeyOrder.INSTANCE.compare(a, b);
      default -> throw new IllegalArgumentException("foreign: " + left + " and " + right + " (expected: extents of one strategy)");
    };
  }

  public boolean isEmpty() {
    return byGroup.isEmpty();
  }

  /// A group's marks; none for a group without.
  public List<ForeignMark> of(String group) {
    return byGroup.getOrDefault(group, List.of());
  }

  /// What of a group is foreign on a shard.
  public List<Extent> on(ShardId shard, String group) {
    return of(group).stream().filter(mark -> mark.shard().equals(shard)).map(ForeignMark::extent).toList();
  }

  /// The shards on which a part of a group, or some of it, is foreign, and whether one mark has all of it.
  public SortedMap<ShardId, Boolean> over(Extent part, String group) {
    SortedMap<ShardId, Boolean> found = new TreeMap<>();
    for (ForeignMark mark : of(group)) {
      if (overlap(mark.extent(), part)) {
        found.merge(mark.shard(), covers(mark.extent(), part), Boolean::logicalOr);
      }
    }
    return found;
  }

  /// The same with other marks of one group.
  public ForeignMarks with(String group, List<ForeignMark> marks) {
    SortedMap<String, List<ForeignMark>> all = new TreeMap<>(byGroup);
    all.put(group, marks);
    return new ForeignMarks(all);
  }

  /// Those of some groups only.
  public ForeignMarks ofGroups(Set<String> groups) {
    SortedMap<String, List<ForeignMark>> kept = new TreeMap<>(byGroup);
    kept.keySet().retainAll(groups);
    return new ForeignMarks(kept);
  }

  /// Throws [IllegalArgumentException] that names the rule which a mark breaks: it is on a known shard, of a part of a known group's key space, which that
  /// shard does not own, and no part is marked twice on a shard.
  void check(Map<ShardId, Shard> shards, Map<String, Group> groups, Map<String, KeySpace> spaces) {
    byGroup.forEach((name, marks) -> {
      Group group = groups.get(name);
      KeySpace space = spaces.get(name);
      if (group == null || space == null) {
        throw new IllegalArgumentException("foreign: group " + name + " (expected: one of " + groups.keySet() + ")");
      }
      List<ForeignMark> before = new ArrayList<>();
      for (ForeignMark mark : marks) {
        String what = "foreign: " + mark.extent() + " of group " + name + " on shard " + mark.shard();
        if (!shards.containsKey(mark.shard())) {
          throw new IllegalArgumentException(what + " (expected: one of " + shards.keySet() + ")");
        }
        if (!fits(mark.extent(), group)) {
          throw new IllegalArgumentException(what + " (expected: a part of a " + group.strategy().word() + " of " + group.keyType().word() + ")");
        }
        if (owns(mark, space)) {
          throw new IllegalArgumentException(what + ", which owns it (expected: another shard, or no mark)");
        }
        if (!before.isEmpty() && before.getLast().shard().equals(mark.shard()) && overlap(before.getLast().extent(), mark.extent())) {
          throw new IllegalArgumentException(what + " is marked already: " + before.getLast().extent());
        }
        before.add(mark);
      }
    });
  }

  private static boolean fits(Extent extent, Group group) {
    return switch (group.strategy()) {
      case Strategy.Hash _ -> extent instanceof Extent.Ring;
      case Strategy.Range _ ->
          extent instanceof Extent.Ordered(KeyValue from, KeyValue until)
              && (from == null || from.type() == group.keyType()) && (until == null || until.type() == group.keyType());
      case Strategy.Directory _ -> extent instanceof Extent.Single(KeyValue key) && key.type() == group.keyType();
    };
  }

  private static boolean owns(ForeignMark mark, KeySpace space) {
    return switch (mark.extent()) {
      case Extent.Ring(long first, long last) ->
          ((HashRing) space).rangesOf(mark.shard()).stream().anyMatch(owned -> owned.first() <= last && first <= owned.last());
      case Extent.Ordered(KeyValue from, KeyValue until) -> space.ownersWithin(new KeyBounds(from, until, true)).contains(mark.shard());
      case Extent.Single(KeyValue key) -> mark.shard().equals(space.ownerOf(key));
    };
  }

  private static boolean overlap(Extent one, Extent other) {
    return switch (one) {
      case Extent.Ring a -> other instanceof Extent.Ring b && b.first() <= a.last() && a.first() <= b.last();
      case Extent.Ordered a -> other instanceof Extent.Ordered b && isBelow(a.from(), b.until()) && isBelow(b.from(), a.until());
      case Extent.Single _ -> one.equals(other);
    };
  }

  private static boolean isBelow(@Nullable KeyValue from, @Nullable KeyValue until) {
    return from == null || until == null || KeyOrder.INSTANCE.compare(from, until) < 0;
  }

  private static boolean covers(Extent one, Extent part) {
    return switch (one) {
      case Extent.Ring a -> part instanceof Extent.Ring b && a.first() <= b.first() && b.last() <= a.last();
      case Extent.Ordered(KeyValue from, KeyValue until) ->
          part instanceof Extent.Ordered b
              && (from == null || (b.from() != null && KeyOrder.INSTANCE.compare(from, b.from()) <= 0))
              && (until == null || (b.until() != null && KeyOrder.INSTANCE.compare(b.until(), until) <= 0));
      case Extent.Single _ -> one.equals(part);
    };
  }

  @Override
  public String toString() {
    return byGroup.entrySet().stream().map(group -> group.getKey() + " " + group.getValue()).collect(Collectors.joining(", ", "ForeignMarks {", "}"));
  }
}
