package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.calcite.sql.JoinType;
import org.jspecify.annotations.Nullable;

/// FROM as a tree of joins.
sealed interface FromNode {
  /// What holds for each row it gives.
  List<Fact> guaranteed();

  /// The relations and queries in it.
  Set<Source> sources();

  /// Those, and all inside of its queries.
  Set<Source> inside();

  /// Those whose rows no outer join replaces by NULLs.
  Set<Source> certain();

  /// Collects the relations in it.
  ///
  /// @param facts what holds for each of its rows that matters
  void descend(List<Fact> facts, Reached reached);

  /// No FROM.
  record Nothing() implements FromNode {
    @Override
    public List<Fact> guaranteed() {
      return List.of();
    }

    @Override
    public Set<Source> sources() {
      return Set.of();
    }

    @Override
    public Set<Source> inside() {
      return Set.of();
    }

    @Override
    public Set<Source> certain() {
      return Set.of();
    }

    @Override
    public void descend(List<Fact> facts, Reached reached) {}
  }

  /// One relation, or a query in its place.
  ///
  /// @param inner the query; null for a relation
  record Leaf(Source source, @Nullable Block inner) implements FromNode {
    @Override
    public List<Fact> guaranteed() {
      return inner == null ? List.of() : Facts.and(inner.guaranteed(), Block.links(inner.shown(), vars()));
    }

    private List<Var> vars() {
      var columns = source.columns();
      List<Var> vars = new ArrayList<>();
      for (int place = 0; columns != null && place < columns.size(); place++) {
        vars.add(source.var(place));
      }
      return vars;
    }

    @Override
    public Set<Source> sources() {
      return Set.of(source);
    }

    @Override
    public Set<Source> inside() {
      Set<Source> all = new HashSet<>();
      all.add(source);
      if (inner != null) {
        all.addAll(inner.inside());
      }
      return all;
    }

    @Override
    public Set<Source> certain() {
      return Set.of(source);
    }

    @Override
    public void descend(List<Fact> facts, Reached reached) {
      if (inner != null) {
        inner.descend(facts, vars(), reached);
        return;
      }
      Standing.Sharded sharded = source.sharded();
      if (sharded != null) {
        KeySet keys = Facts.solve(source.key(sharded), facts, sharded.group());
        reached.addSharded(sharded, keys, List.of());
        reached.references().keys(source, keys);
      }
    }
  }

  /// A join; a comma is one too.
  ///
  /// @param on what its condition says
  /// @param nested the queries in its condition
  record Join(JoinType type, FromNode left, FromNode right, List<Fact> on, List<Block> nested) implements FromNode {
    @Override
    public List<Fact> guaranteed() {
      return switch (type) {
        case LEFT -> left.guaranteed();
        case RIGHT -> right.guaranteed();
        case FULL -> List.of();
        default -> Facts.and(on, Facts.and(left.guaranteed(), right.guaranteed()));
      };
    }

    @Override
    public Set<Source> sources() {
      Set<Source> both = new HashSet<>(left.sources());
      both.addAll(right.sources());
      return both;
    }

    @Override
    public Set<Source> inside() {
      Set<Source> all = new HashSet<>(left.inside());
      all.addAll(right.inside());
      nested.forEach(block -> all.addAll(block.inside()));
      return all;
    }

    @Override
    public Set<Source> certain() {
      return switch (type) {
        case LEFT -> left.certain();
        case RIGHT -> right.certain();
        case FULL -> Set.of();
        default -> {
          Set<Source> both = new HashSet<>(left.certain());
          both.addAll(right.certain());
          yield both;
        }
      };
    }

    @Override
    public void descend(List<Fact> facts, Reached reached) {
      boolean leftStays = type == JoinType.LEFT || type == JoinType.FULL;
      boolean rightStays = type == JoinType.RIGHT || type == JoinType.FULL;
      // An unmatched row of the left has NULLs at the right: when those don't matter, neither does the row.
      if (leftStays && Facts.needs(right.sources(), facts)) {
        leftStays = false;
      }
      if (rightStays && Facts.needs(left.sources(), facts)) {
        rightStays = false;
      }
      left.descend(leftStays ? facts : Facts.and(facts, Facts.and(on, right.guaranteed())), reached);
      right.descend(rightStays ? facts : Facts.and(facts, Facts.and(on, left.guaranteed())), reached);
      List<Fact> around = Facts.and(facts, on);
      nested.forEach(block -> block.descend(around, List.of(), reached));
    }
  }
}
