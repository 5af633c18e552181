package io.shardgate.proxy.session;

import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Plan;

/// The effects of any plan.
final class PlanEffects {
  private PlanEffects() {}

  static Effects of(Plan plan) {
    return switch (plan) {
      case Plan.Forward forward -> forward.effects();
      case Plan.AroundQuery around -> around.body().effects();
      case Plan.Filled filled -> filled.effects();
      case Plan.SplitInsert insert -> insert.effects();
      case Plan.InsertSelect insert -> insert.effects();
      case Plan.CopyIn copy -> copy.effects();
      case Plan.CopyOut copy -> copy.effects();
      case Plan.Broadcast broadcast -> broadcast.effects();
      case Plan.ShardByShard shards -> shards.effects();
      case Plan.Local _, Plan.Refuse _ -> Effects.READ;
    };
  }
}
