package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.QueryPlanner;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Effects.SessionEffect;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.MaintenanceStatement;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.Span;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Plans statements that are neither query nor data change.
/// Not thread-safe; owned by the planning of one statement.
public final class UtilityPlanner {
  private final Lexed lexed;
  private final Placing placing;
  private final ShardTexts texts;

  public UtilityPlanner(Lexed lexed, RoutingView view, Reach reach) {
    this.lexed = lexed;
    this.placing = new Placing(view, reach);
    this.texts = new ShardTexts(lexed, view);
  }

  public Plan plan(DefinitionStatement statement) {
    return guarded(() -> {
      new ForeignRows(lexed, placing).refuse(statement);
      new ClosedNames(lexed, placing.view()).refuse(statement);
      return new DefinitionPlanner(lexed, placing, texts).plan(statement);
    });
  }

  public Plan plan(MaintenanceStatement statement) {
    return guarded(() -> maintenance(statement));
  }

  /// COPY, LOCK, TRUNCATE, CALL and DO.
  public Plan plan(DataStatement statement) {
    return guarded(
        () ->
            switch (statement) {
              case DataStatement.Copy copy -> new CopyPlanner(lexed, placing).plan(copy);
              case DataStatement.Lock lock -> list(lock.tables(), Effects.READ); // no two shards need keep it together
              case DataStatement.Truncate truncate -> truncate(truncate);
              case DataStatement.Call call -> call(call);
              case DataStatement.Do block -> codeBlock(block);
              case DataStatement.Explain explain -> new Plan.Local(explain);
            });
  }

  private interface Planning {
    Plan plan();
  }

  private static Plan guarded(Planning planning) {
    try {
      return planning.plan();
    } catch (RefusedException e) {
      return e.refuse();
    }
  }

  static Plan home(Effects effects) {
    return new Plan.Forward(new Target.Home(), effects);
  }

  private Plan truncate(DataStatement.Truncate truncate) {
    truncate.tables().forEach(table -> refuseBarredWrites(table.name()));
    for (TableName name : truncated(truncate)) {
      new ForeignRows(lexed, placing).refuse(name, "TRUNCATE");
      if (placing.reach().placed(name) instanceof Standing.Sharded) {
        placing.reach().statementTrigger(name, List.of("TRUNCATE")).ifPresent(trigger -> {
          throw new RefusedException(Refusal.STATEMENT_TRIGGER, trigger + "\" on \"" + name);
        });
      }
    }
    // The sequences that are restarted are nobody else's until the transaction ends, as after DDL.
    return list(truncate.tables(), truncate.restartIdentity() ? Effects.CATALOG : Effects.WRITE);
  }

  /// The tables that are emptied: those named, their children, with CASCADE also those that refer to them.
  private Set<TableName> truncated(DataStatement.Truncate truncate) {
    Set<TableName> all = new LinkedHashSet<>();
    truncate.tables().forEach(table -> all.add(placing.resolve(table.name())));
    boolean grew = true;
    while (grew) {
      grew = false;
      for (Relation relation : placing.view().catalog().relations()) {
        boolean child = relation.parents().stream().anyMatch(all::contains);
        boolean refers = truncate.cascade() && relation.foreignKeys().stream().anyMatch(key -> all.contains(key.referenced()));
        grew |= (child || refers) && all.add(relation.tableName());
      }
    }
    return all;
  }

  private void refuseBarredWrites(Name name) {
    placing.reach().writesBarred(placing.resolve(name)).ifPresent(barred -> {
      throw new RefusedException(barred.refusal(), barred.what());
    });
  }

  /// A list of tables: all of it on the home shard, on the others what is there.
  private Plan list(List<DataStatement.TableReference> tables, Effects effects) {
    List<Span> all = tables.stream().map(DataStatement.TableReference::span).toList();
    List<Span> everywhere = new ArrayList<>();
    for (DataStatement.TableReference table : tables) {
      if (placing.isEverywhere(table.name()) && !placing.isTemporary(table.name())) {
        everywhere.add(table.span());
      }
    }
    if (everywhere.isEmpty()) {
      return home(effects);
    }
    String others = everywhere.size() == all.size() ? null : texts.withList(all, everywhere, "");
    return new Plan.Broadcast(texts.homeAndOthers(null, others), List.of(), effects, null);
  }

  private Plan shardByShard(List<DataStatement.TableReference> tables) {
    if (tables.isEmpty()) {
      return new Plan.ShardByShard(texts.asWritten(), Effects.WRITE);
    }
    return list(tables, Effects.WRITE) instanceof Plan.Broadcast broadcast
        ? new Plan.ShardByShard(broadcast.texts(), Effects.WRITE)
        : home(Effects.WRITE);
  }

  private Plan call(DataStatement.Call call) {
    String schema = call.procedure().schema();
    if (!placing.reach().isPlainAlone(schema, call.procedure().name())) {
      throw new RefusedException(Refusal.FUNCTION, call.procedure());
    }
    Effects effects = QueryPlanner.effectsOf(lexed, placing.view(), placing.reach());
    return home(new Effects(true, false, true, effects.session(), effects.settings()));
  }

  private Plan codeBlock(DataStatement.Do block) {
    Plan definition = new DefinitionBlock(lexed, placing).plan(block);
    if (definition != null) {
      return definition;
    }
    if (placing.reach().bodyReaches(block.language(), block.body())) {
      throw new RefusedException(Refusal.CODE_BLOCK);
    }
    return home(new Effects(true, true, true, Set.of(SessionEffect.UNKNOWN_FUNCTION), placing.reach().settings().ofCode(block.body())));
  }

  private Plan maintenance(MaintenanceStatement statement) {
    return switch (statement) {
      case MaintenanceStatement.Vacuum vacuum -> shardByShard(vacuum.tables());
      case MaintenanceStatement.Analyze analyze -> // each shard's statistics are its own
          analyze.tables().isEmpty()
              ? new Plan.Broadcast(texts.asWritten(), List.of(), Effects.READ, null)
              : list(analyze.tables(), Effects.READ);
      case MaintenanceStatement.Reindex reindex -> reindex(reindex);
      case MaintenanceStatement.Cluster cluster -> {
        if (cluster.table() == null) {
          yield new Plan.ShardByShard(texts.asWritten(), Effects.WRITE);
        }
        yield placing.isEverywhere(cluster.table())
            ? new Plan.Broadcast(texts.asWritten(), List.of(), Effects.WRITE, null)
            : home(Effects.WRITE);
      }
      case MaintenanceStatement.RefreshMaterializedView refresh -> {
        if (placing.standing(refresh.view()) instanceof Standing.Barred barred) {
          throw new RefusedException(barred.refusal(), barred.what());
        }
        yield home(Effects.WRITE);
      }
      case MaintenanceStatement.Checkpoint _ -> home(Effects.READ);
      case MaintenanceStatement.AlterSystem _ -> throw new RefusedException(Refusal.DATABASE, "ALTER SYSTEM");
    };
  }

  private Plan reindex(MaintenanceStatement.Reindex reindex) {
    boolean everywhere =
        switch (reindex.target()) {
          case INDEX, TABLE -> reindex.name() != null && placing.isEverywhere(reindex.name());
          case SCHEMA, DATABASE, SYSTEM -> true;
        };
    if (!everywhere) {
      return home(Effects.WRITE);
    }
    boolean inTransaction =
        !reindex.concurrently() && reindex.options().stream().noneMatch(option -> option.name().equals("concurrently"))
            && switch (reindex.target()) {
              case INDEX, TABLE -> true;
              case SCHEMA, DATABASE, SYSTEM -> false;
            };
    return inTransaction
        ? new Plan.Broadcast(texts.asWritten(), List.of(), Effects.WRITE, null)
        : new Plan.ShardByShard(texts.asWritten(), Effects.WRITE);
  }
}
