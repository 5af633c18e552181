package io.shardgate.router.analyze;

import io.shardgate.directory.Group;
import io.shardgate.directory.Strategy;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Concludes key sets from facts.
/// Not thread-safe; owned by the planning of one statement.
final class Facts {
  /// Ways through alternatives that are tried for one key before the rest counts as unknown.
  private static final int MAX_STEPS = 512;

  private int steps;

  private Facts() {}

  static List<Fact> and(List<Fact> left, List<Fact> right) {
    if (left.isEmpty()) {
      return right;
    }
    if (right.isEmpty()) {
      return left;
    }
    List<Fact> both = new ArrayList<>(left);
    both.addAll(right);
    return both;
  }

  /// The values that the column, a shard key of the group, must have for a row to matter.
  static KeySet solve(Var column, List<Fact> facts, Group group) {
    KeySet keys = new Facts().keys(column, facts);
    return switch (group.strategy()) {
      case Strategy.Hash _, Strategy.Directory _ -> keys.withoutBounds();
      case Strategy.Range _ -> keys;
    };
  }

  private KeySet keys(Var column, List<Fact> facts) {
    if (facts.stream().anyMatch(Fact.Never.class::isInstance)) {
      return new KeySet.Nothing();
    }
    Set<Var> equal = equalTo(column, facts);
    List<KeySet> found = new ArrayList<>();
    for (Fact fact : facts) {
      if (fact instanceof Fact.Among(Var var, KeySet keys) && equal.contains(var) && !found.contains(keys)) {
        found.add(keys);
      }
    }
    if (found.stream().allMatch(KeySet.Within.class::isInstance)) {
      addAlternatives(column, facts, found); // bounds alone seldom tell one shard
    }
    return switch (found.size()) {
      case 0 -> new KeySet.Everything();
      case 1 -> found.getFirst();
      default -> new KeySet.Intersection(found);
    };
  }

  private void addAlternatives(Var column, List<Fact> facts, List<KeySet> found) {
    for (Fact fact : facts) {
      if (fact instanceof Fact.Either(List<List<Fact>> branches)) {
        List<Fact> others = new ArrayList<>(facts);
        others.remove(fact);
        KeySet union = union(column, others, branches);
        if (!(union instanceof KeySet.Everything)) {
          found.add(union);
        }
      }
    }
  }

  private KeySet union(Var column, List<Fact> others, List<List<Fact>> branches) {
    List<KeySet> sets = new ArrayList<>();
    for (List<Fact> branch : branches) {
      if (++steps > MAX_STEPS) {
        return new KeySet.Everything();
      }
      KeySet keys = keys(column, and(others, branch));
      if (keys instanceof KeySet.Everything) {
        return keys;
      }
      sets.add(keys);
    }
    return new KeySet.Union(sets);
  }

  private static Set<Var> equalTo(Var column, List<Fact> facts) {
    Set<Var> equal = new HashSet<>();
    equal.add(column);
    boolean grew = true;
    while (grew) {
      grew = false;
      for (Fact fact : facts) {
        grew |= switch (fact) {
          case Fact.Same(Var left, Var right) -> join(equal, left, right);
          case Fact.Link(Var shown, Var inner) -> join(equal, shown, inner);
          case Fact.Among _, Fact.Either _, Fact.Never _ -> false;
        };
      }
    }
    return equal;
  }

  private static boolean join(Set<Var> equal, Var left, Var right) {
    if (equal.contains(left)) {
      return equal.add(right);
    }
    return equal.contains(right) && equal.add(left);
  }

  /// Whether a fact is about a column of one of these.
  static boolean mentions(Set<Source> sources, Fact fact) {
    return switch (fact) {
      case Fact.Same(Var left, Var right) -> sources.contains(left.source()) || sources.contains(right.source());
      case Fact.Link(Var shown, Var inner) -> sources.contains(shown.source()) || sources.contains(inner.source());
      case Fact.Among(Var var, KeySet _) -> sources.contains(var.source());
      case Fact.Either(List<List<Fact>> branches) ->
          branches.stream().anyMatch(branch -> branch.stream().anyMatch(each -> mentions(sources, each)));
      case Fact.Never() -> false;
    };
  }

  /// What is left for rows that may be there though the facts say there are none.
  static List<Fact> withoutNever(List<Fact> facts) {
    return facts.stream().filter(fact -> !saysNever(fact)).toList();
  }

  private static boolean saysNever(Fact fact) {
    return switch (fact) {
      case Fact.Never() -> true;
      case Fact.Either(List<List<Fact>> branches) -> branches.stream().anyMatch(branch -> branch.stream().anyMatch(Facts::saysNever));
      case Fact.Same _, Fact.Link _, Fact.Among _ -> false;
    };
  }

  /// Whether some fact is strict on a column of one of these sources: rows without them don't matter.
  static boolean needs(Set<Source> sources, List<Fact> facts) {
    return facts.stream().anyMatch(fact -> needs(sources, fact, facts));
  }

  private static boolean needs(Set<Source> sources, Fact fact, List<Fact> facts) {
    return switch (fact) {
      case Fact.Same(Var left, Var right) -> shows(left, sources, facts) || shows(right, sources, facts);
      case Fact.Among(Var var, KeySet _) -> shows(var, sources, facts);
      case Fact.Either(List<List<Fact>> branches) ->
          branches.stream().allMatch(branch -> branch.stream().anyMatch(each -> needs(sources, each, facts)));
      case Fact.Link _ -> false;
      case Fact.Never() -> true;
    };
  }

  /// Whether a column is one of these sources', or shows one of theirs.
  private static boolean shows(Var column, Set<Source> sources, List<Fact> facts) {
    if (sources.contains(column.source())) {
      return true;
    }
    for (Fact fact : facts) {
      if (fact instanceof Fact.Link(Var shown, Var inner) && shown.equals(column) && shows(inner, sources, facts)) {
        return true;
      }
    }
    return false;
  }
}
