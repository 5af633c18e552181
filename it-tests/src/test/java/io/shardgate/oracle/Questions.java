package io.shardgate.oracle;

import io.shardgate.oracle.Sources.Source;
import java.util.ArrayList;
import java.util.List;

/// Makes the question of a seed. Not thread-safe; owned by [#of].
final class Questions {
  private static final int BLOCK_PERCENT = 15;

  /// Some more often than others.
  private static final List<Manner> MANNERS =
      List.of(
          Manner.SIMPLE, Manner.SIMPLE, Manner.SIMPLE, Manner.SIMPLE, Manner.SIMPLE, Manner.SIMPLE, Manner.TEXT, Manner.TEXT, Manner.TEXT, Manner.BINARY, Manner.BINARY,
          Manner.BINARY, Manner.BINARY, Manner.NAMED, Manner.NAMED, Manner.IN_PIECES, Manner.IN_PIECES, Manner.SUSPENDED, Manner.TWICE, Manner.EXECUTED, Manner.COPIED, Manner.EXPLAINED, Manner.CURSOR,
          Manner.SCROLLED, Manner.HELD);

  private final Draft draft;
  private final Chance chance;
  private final Selects selects;
  private final Groups groups;
  private final Windows windows;
  private final SetOperations setOperations;
  private final Commons commons;
  private final Oddities oddities;
  private final Sources sources;

  private Questions(Draft draft) {
    this.draft = draft;
    this.chance = draft.chance;
    Terms terms = new Terms(draft);
    Conditions conditions = new Conditions(draft, terms);
    Ordering ordering = new Ordering(draft);
    this.selects = new Selects(draft, terms, conditions, ordering);
    this.groups = new Groups(draft, terms, conditions, ordering, new Aggregates(draft, terms, conditions));
    this.setOperations = new SetOperations(draft, conditions, ordering);
    this.commons = new Commons(draft, conditions);
    this.oddities = new Oddities(draft, conditions);
    this.windows = new Windows(draft, terms, conditions, ordering);
    this.sources = new Sources(draft, conditions, this::nested);
  }

  /// The same question for the same world and seed.
  static Question of(World world, long seed) {
    return of(world, seed, Chance.of(seed));
  }

  /// What these draws make.
  static Question of(World world, long seed, Chance chance) {
    Manner manner = manner(chance);
    Draft draft = new Draft(world, chance, manner.takesParameters);
    Query query = new Questions(draft).query();
    List<String> before = new ArrayList<>();
    if (manner != Manner.HELD && chance.percent(BLOCK_PERCENT)) {
      draft.uses("own writes");
      before.addAll(new Writes(draft).some());
    }
    List<String> meanwhile = new ArrayList<>();
    if (manner.needsBlock() && chance.percent(40)) {
      draft.uses("writes while a cursor is open");
      meanwhile.addAll(new Writes(draft).changes());
    }
    draft.uses(manner.name());
    return new Question(seed, query, draft.parameters(), manner, before, meanwhile, draft.features(), chance.drawn());
  }

  private static Manner manner(Chance chance) {
    return MANNERS.get(chance.between(0, MANNERS.size() - 1));
  }

  private Query query() {
    int way = chance.between(0, 99);
    if (way < 76) {
      return selected(sources.any());
    }
    if (way < 84) {
      return setOperations.of(sources.any(), sources.any(), false);
    }
    if (way < 92) {
      return commons.plain(nested(), (name, relation) -> selected(sources.common(name, relation)));
    }
    return way < 94 ? commons.recursive() : way < 97 ? oddities.wrong() : oddities.unusual();
  }

  private Query selected(Source from) {
    int way = chance.between(0, 99);
    if (way < 45) {
      return selects.rows(from);
    }
    if (way < 58) {
      return groups.whole(from);
    }
    return way < 88 ? groups.grouped(from, false) : windows.rows(from);
  }

  private Query nested() {
    Source from = sources.table(chance.one(draft.world.sharded()));
    int way = chance.between(0, 99);
    if (way < 70) {
      return selects.named(from);
    }
    return way < 90 ? groups.grouped(from, true) : setOperations.of(from, sources.table(chance.one(draft.world.sharded())), true);
  }
}
