package io.shardgate.oracle;

import io.shardgate.oracle.Sources.Source;
import java.util.ArrayList;
import java.util.List;

/// Makes the question of a seed. Not thread-safe; owned by [#of].
final class Questions {
  private static final int BLOCK_PERCENT = 15;

  private final Draft draft;
  private final Chance chance;
  private final Selects selects;
  private final Groups groups;
  private final Windows windows;
  private final Sources sources;

  private Questions(Draft draft) {
    this.draft = draft;
    this.chance = draft.chance;
    Terms terms = new Terms(draft);
    Conditions conditions = new Conditions(draft, terms);
    Ordering ordering = new Ordering(draft);
    this.selects = new Selects(draft, terms, conditions, ordering);
    this.groups = new Groups(draft, terms, conditions, ordering, new Aggregates(draft, terms, conditions));
    this.windows = new Windows(draft, terms, conditions, ordering);
    this.sources = new Sources(draft, conditions, this::nested);
  }

  /// The same question for the same world and seed.
  static Question of(World world, long seed) {
    Chance chance = new Chance(seed);
    Manner manner = manner(chance);
    Draft draft = new Draft(world, chance, manner.takesParameters);
    Query query = new Questions(draft).query();
    List<String> before = new ArrayList<>();
    if (manner != Manner.HELD && chance.percent(BLOCK_PERCENT)) {
      draft.uses("own writes");
      before.addAll(new Writes(draft).some());
    }
    draft.uses(manner.name());
    return new Question(seed, query, draft.parameters(), manner, before, draft.features());
  }

  private static Manner manner(Chance chance) {
    int way = chance.between(0, 99);
    return way < 34 ? Manner.SIMPLE : way < 52 ? Manner.TEXT : way < 72 ? Manner.BINARY : way < 80 ? Manner.NAMED : way < 89 ? Manner.IN_PIECES : way < 96 ? Manner.CURSOR : Manner.HELD;
  }

  private Query query() {
    Source from = sources.any();
    int way = chance.between(0, 99);
    if (way < 40) {
      return selects.rows(from);
    }
    if (way < 55) {
      return groups.whole(from);
    }
    return way < 85 ? groups.grouped(from, false) : windows.rows(from);
  }

  private Query nested() {
    Source from = sources.table(chance.one(draft.world.sharded()));
    return chance.percent(25) ? groups.grouped(from, true) : selects.named(from);
  }
}
