package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.NewRows;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// INSERT, UPDATE, DELETE or MERGE, also inside WITH. It runs once, whatever is around it.
final class WriteBlock extends Block {
  private final Reached.Write write;
  private final FromNode from;
  private final List<Fact> where;
  private final List<Block> nested;
  private final List<Block> nestedAfter;
  private final @Nullable KeySet inserted;
  private final List<NewRows> newRows;
  private final List<Shown> returning;
  private final boolean columnsKnown;

  /// @param from the target with all that is joined to it; nothing for INSERT
  /// @param nestedAfter the queries that see rows of the target as the change left them: those of RETURNING
  /// @param inserted the keys of new rows in a sharded table
  /// @param newRows these rows, where their keys may have to be placed
  WriteBlock(
      Reached.Write write,
      FromNode from,
      List<Fact> where,
      List<Block> nested,
      List<Block> nestedAfter,
      @Nullable KeySet inserted,
      List<NewRows> newRows,
      @Nullable List<Shown> returning) {
    this.write = write;
    this.from = from;
    this.where = where;
    this.nested = nested;
    this.nestedAfter = nestedAfter;
    this.inserted = inserted;
    this.newRows = newRows;
    this.returning = returning == null ? List.of() : returning;
    this.columnsKnown = returning != null;
  }

  @Override
  List<Shown> shown() {
    return returning;
  }

  @Override
  boolean columnsKnown() {
    return columnsKnown;
  }

  @Override
  List<Fact> guaranteed() {
    return List.of();
  }

  @Override
  Set<Source> inside() {
    Set<Source> all = new HashSet<>(from.inside());
    nested.forEach(block -> all.addAll(block.inside()));
    nestedAfter.forEach(block -> all.addAll(block.inside()));
    return all;
  }

  /// What still holds after the change: of the target's columns only the shard key is sure to be the one that it was.
  private List<Fact> after(List<Fact> around) {
    List<Fact> after = new ArrayList<>();
    for (Source source : from.sources()) {
      Standing.Sharded sharded = source.sharded();
      KeySet keys = sharded == null ? new KeySet.Everything() : Facts.solve(source.key(sharded), around, sharded.group());
      if (sharded != null && !(keys instanceof KeySet.Everything)) {
        after.add(new Fact.Among(source.key(sharded), keys));
      }
    }
    around.stream().filter(fact -> !Facts.mentions(from.sources(), fact)).forEach(after::add);
    return after;
  }

  @Override
  void descend(List<Fact> facts, List<Var> as, Reached reached) {
    reached.addWrite(write);
    from.descend(where, reached);
    List<Fact> around = Facts.and(where, from.guaranteed());
    nested.forEach(block -> block.descend(around, List.of(), reached));
    nestedAfter.forEach(block -> block.descend(after(around), List.of(), reached));
    if (inserted != null && write.standing() instanceof Standing.Sharded sharded) {
      reached.addSharded(sharded, inserted, newRows);
    }
  }
}
