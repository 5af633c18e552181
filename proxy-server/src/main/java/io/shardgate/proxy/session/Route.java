package io.shardgate.proxy.session;

import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.proxy.execute.TextReadings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Bindings;
import io.shardgate.router.Decision;
import io.shardgate.router.KeyMeanings;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where one execution of a forwarded statement goes, and what it may leave behind. Immutable.
record Route(ShardId shard, Residue residue) implements Routed {

  /// Decides; null when keys have to be looked up or placed first, the shards be asked what texts mean, or several work together, which [#settled] tells. Throws
  /// what the client is to see when no shard will do.
  static @Nullable Route now(ClientSession session, Plan.Forward plan, Lexed lexed, Bindings bindings) {
    if (plan.effects().session().contains(Effects.SessionEffect.SEQUENCE_STATE)) {
      throw ProxyRefusal.SEQUENCE_STATE.error();
    }
    Decision decision = session.services().router().decide(plan, lexed, bindings, session.view());
    boolean waits =
        decision instanceof Decision.Unplaced || decision instanceof Decision.Many || isOfNewKey(decision)
            || (refuses(decision) && needsTexts(session, plan, lexed, bindings));
    return waits ? null : of(session, decision, plan, lexed, bindings);
  }

  private static boolean isOfNewKey(Decision decision) {
    return decision instanceof Decision.Refused(Plan.Refuse why) && why.refusal().isOfNewKey();
  }

  private static boolean refuses(Decision decision) {
    return decision instanceof Decision.Refused || decision instanceof Decision.Many;
  }

  /// Whether it is a matter of texts that no single shard will do: only servers can tell what they mean.
  static boolean needsTexts(ClientSession session, Plan.Forward plan, Lexed lexed, Bindings bindings) {
    KeyMeanings meanings = new KeyMeanings(Map.of(), true);
    Decision decision = session.services().router().decide(plan, lexed, bindings, session.view(), Set.of(), meanings);
    return refuses(decision) && !meanings.unread().isEmpty();
  }

  /// Decides at once, or behind the directory's answer; fails with what the client is to see.
  static CompletableFuture<Routed> routed(ClientSession session, Plan.Forward plan, Lexed lexed, Bindings bindings, ReadingTerms terms) {
    Route now = now(session, plan, lexed, bindings);
    return now == null ? settled(session, plan, lexed, bindings, terms) : CompletableFuture.completedFuture(now);
  }

  /// Has texts read, and keys looked up or placed, then decides; by another plan, when the map changed meanwhile. `bindings` are kept until
  /// then.
  static CompletableFuture<Routed> settled(ClientSession session, Plan.Forward plan, Lexed lexed, Bindings bindings, ReadingTerms terms) {
    ShardMap map = session.map();
    Plan.Forward[] latest = {plan};
    Function<KeyMeanings, CompletableFuture<Decision>> decide =
        meanings ->
            session.services().keys()
                .settled(
                    absent -> {
                      latest[0] = session.map().version().equals(map.version()) ? plan : replanned(session, lexed);
                      return session.services().router().decide(latest[0], lexed, bindings, session.view(), absent, meanings);
                    },
                    decision -> decision instanceof Decision.Unplaced(List<UnplacedKey> keys) ? keys : List.of(),
                    session.eventLoop());
    return session.services().readings()
        .settled(new TextReadings.Attempt<>(decide, Route::refuses, () -> owners(latest[0], session.map())), terms, session)
        .thenApply(
            decision -> {
              if (session.isClosed()) {
                throw AlreadyToldException.INSTANCE;
              }
              Plan.InsertSelect made =
                  isOfNewKey(decision) ? session.services().router().madeRows(latest[0], lexed, session.view(), terms.parsedNow()) : null;
              if (made != null) {
                return new Routed.Made(made);
              }
              return decision instanceof Decision.Many many
                  ? new Routed.Together(
                      Objects.requireNonNull(latest[0].several()), many, session.map().version(), residue(latest[0].effects(), lexed, bindings))
                  : of(session, decision, latest[0], lexed, bindings);
            });
  }

  /// Every shard that a group of the statement lives on.
  private static Set<ShardId> owners(Plan.Forward plan, ShardMap map) {
    List<Target.ByKey> relations =
        switch (plan.target()) {
          case Target.ByKey byKey -> List.of(byKey);
          case Target.Meeting meeting -> meeting.relations();
          case Target.Home _, Target.AnyShard _, Target.NoShard _ -> List.of();
        };
    Set<ShardId> owners = new HashSet<>();
    relations.forEach(relation -> owners.addAll(map.keySpace(relation.group()).owners()));
    return owners;
  }

  private static Plan.Forward replanned(ClientSession session, Lexed lexed) {
    if (session.sessionView().planNow(lexed) instanceof Plan.Forward forward) {
      return forward;
    }
    throw ProxyRefusal.MAP_CHANGED.error();
  }

  private static Route of(ClientSession session, Decision decision, Plan.Forward plan, Lexed lexed, Bindings bindings) {
    ShardId shard =
        switch (decision) {
          case Decision.One one -> one.shard();
          case Decision.Home _ -> session.map().home();
          case Decision.AnyShard _ -> anyShard(session);
          case Decision.Many _, Decision.Unplaced _ -> throw new IllegalStateException("not one shard's: " + decision);
          case Decision.Refused refused -> throw ServerErrorException.of(refused.refuse());
        };
    return new Route(shard, residue(plan.effects(), lexed, bindings));
  }

  /// A shard the transaction uses already, else the home shard.
  private static ShardId anyShard(ClientSession session) {
    ShardId home = session.map().home();
    if (session.block().participant(home) != null || session.block().participants().isEmpty()) {
      return home;
    }
    return session.block().participants().iterator().next().shard();
  }

  /// What a statement may leave behind.
  static Residue residue(Effects effects, Lexed lexed, Bindings bindings) {
    if (effects.settings().isEmpty()) {
      return Residue.of(effects, List.of(), false);
    }
    List<String> names = new ArrayList<>();
    boolean local = effects.settings().getFirst().local();
    for (Effects.SettingChange change : effects.settings()) {
      String name = text(change.name(), lexed, bindings);
      if (name == null) {
        throw ProxyRefusal.COMPUTED_SETTING.error();
      }
      String value = text(change.value(), lexed, bindings);
      if (value != null) {
        LocalStatements.checkValue(name, value);
      }
      if (change.local() != local) {
        throw ProxyRefusal.MIXED_SETTINGS.error();
      }
      names.add(name);
    }
    return Residue.of(effects, names, local);
  }

  private static @Nullable String text(@Nullable KeySource source, Lexed lexed, Bindings bindings) {
    return switch (source) {
      case null -> null;
      case KeySource.Literal literal -> lexed.literalText(literal.slot());
      case KeySource.Parameter parameter when parameter.number() <= bindings.count() -> {
        byte[] value = bindings.value(parameter.number() - 1);
        Charset charset = lexed.encoding();
        yield value == null ? null : new String(value, charset);
      }
      case KeySource.Constant(KeyValue value) -> value.toString();
      case KeySource.Parameter _, KeySource.ParameterArray _, KeySource.LiteralArray _, KeySource.Spelled _, KeySource.Stored _, KeySource.Null _ -> null;
    };
  }
}
