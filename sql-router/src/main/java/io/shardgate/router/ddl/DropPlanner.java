package io.shardgate.router.ddl;

import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DefinitionStatement.Drop;
import io.shardgate.router.statement.DefinitionStatement.Dropped;
import io.shardgate.router.statement.Span;
import java.util.List;
import java.util.Set;

/// Plans DROP. The home shard says whether an object exists; on the others it goes if it is there.
/// Immutable.
final class DropPlanner {
  private static final Set<String> RELATIONS = Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "SEQUENCE", "FOREIGN TABLE");
  private static final Set<String> ON_TABLE = Set.of("TRIGGER", "RULE", "POLICY");
  private static final Set<String> HOME_ONLY =
      Set.of("PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER", "USER MAPPING", "EVENT TRIGGER", "TABLESPACE");

  private final Placing placing;
  private final ShardTexts texts;

  DropPlanner(Placing placing, ShardTexts texts) {
    this.placing = placing;
    this.texts = texts;
  }

  Plan plan(Drop drop) {
    if (drop.kind().equals("DATABASE")) {
      throw new RefusedException(Refusal.DATABASE, "DROP DATABASE");
    }
    if (HOME_ONLY.contains(drop.kind())) {
      return UtilityPlanner.home(Effects.CATALOG);
    }
    if (drop.objects().isEmpty()) {
      return new Plan.Broadcast(texts.asWritten(), List.of(), Effects.CATALOG, null);
    }
    List<Span> all = drop.objects().stream().map(Dropped::span).toList();
    List<Span> there = drop.objects().stream().filter(object -> isEverywhere(drop.kind(), object)).map(Dropped::span).toList();
    if (there.isEmpty()) {
      return UtilityPlanner.home(Effects.CATALOG);
    }
    String others = texts.withList(all, there, drop.ifExists() ? "" : "IF EXISTS ");
    List<ShardText> shardTexts = texts.homeAndOthers(null, drop.ifExists() && there.size() == all.size() ? null : others);
    return drop.concurrently()
        ? new Plan.ShardByShard(shardTexts, Effects.CATALOG)
        : new Plan.Broadcast(shardTexts, List.of(), Effects.CATALOG, null);
  }

  private boolean isEverywhere(String kind, Dropped object) {
    if (ON_TABLE.contains(kind)) {
      return object.table() != null && placing.isEverywhere(object.table());
    }
    return !RELATIONS.contains(kind) || (!placing.isTemporary(object.name()) && placing.isEverywhere(object.name()));
  }
}
