package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects.SessionEffect;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.TransactionStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `EXPLAIN (ROUTE) …`: which shards a statement would go to, and why. Nothing is run, but that PostgreSQL may be asked for the value of an
/// EXECUTE's literal.
/// Confined to its channel's event loop.
final class ExplainRoute {
  private final ClientSession session;

  private ExplainRoute(ClientSession session) {
    this.session = session;
  }

  /// @param bindings the values of the client's Bind; none where it came by the simple protocol
  static CompletableFuture<Void> run(ClientSession session, DataStatement.Explain explain, Bindings bindings, boolean describe) {
    Lexed body = explain.body();
    Bindings known = bindings.count() < body.parameterCount() ? null : bindings;
    return session.plan(body)
        .thenCompose(plan -> new ExplainRoute(session).lines(plan, body, known))
        .thenAccept(lines -> ShowShardgate.write(session, List.of("QUERY PLAN"), lines.stream().map(List::of).toList(), "EXPLAIN", describe));
  }

  /// The types of a statement's parameters, where the proxy answers it: only what is explained can have any.
  ///
  /// @param describe has PostgreSQL describe a statement, and completes when it has
  static CompletableFuture<int[]> parameterTypes(ClientPortal.Local local, Function<ClientStatement, CompletableFuture<?>> describe) {
    DataStatement.Explain explain =
        switch (local.parsed()) {
          case DataStatement.Explain known -> known;
          case AdminStatement.Route route -> AdminCommands.explain(route);
          default -> null;
        };
    if (explain == null || explain.body().parameterCount() == 0) {
      return CompletableFuture.completedFuture(new int[0]);
    }
    ClientStatement statement = local.statement();
    if (statement.knownOids() != null) {
      return CompletableFuture.completedFuture(statement.typeOids());
    }
    ClientStatement body = new ClientStatement("", explain.body().toBytes(), statement.parameterOids(), explain.body());
    return describe.apply(body).thenApply(_ -> {
      statement.knownOids(body.typeOids());
      return body.typeOids();
    });
  }

  private CompletableFuture<List<String>> lines(Plan plan, Lexed body, @Nullable Bindings bindings) {
    return switch (plan) {
      case Plan.Local(SessionStatement statement) -> session(statement, body, bindings);
      case Plan.Local(TransactionStatement statement) -> done(transaction(statement));
      case Plan.Local(AdminStatement _) -> done(local("it is about the proxy itself"));
      default -> done(explained(plan, body, bindings));
    };
  }

  private List<String> explained(Plan plan, Lexed body, @Nullable Bindings bindings) {
    if (plan instanceof Plan.Forward forward && forward.effects().session().contains(SessionEffect.SEQUENCE_STATE)) {
      return refused(ProxyRefusal.SEQUENCE_STATE);
    }
    return session.services().router().explain(plan, body, bindings, session.view());
  }

  private static List<String> refused(ProxyRefusal refusal) {
    ErrorFields fields = refusal.fields();
    return List.of("Refused: " + fields.message(), "  " + refusal.hint());
  }

  private static CompletableFuture<List<String>> done(List<String> lines) {
    return CompletableFuture.completedFuture(lines);
  }

  private static List<String> with(List<String> lines, String reason) {
    List<String> more = new ArrayList<>(lines);
    more.add("  because " + reason);
    return more;
  }

  private List<String> local(String reason) {
    return List.of("No shard: the proxy answers", "  because " + reason);
  }

  private List<String> shard(ShardId shard, String reason) {
    return List.of("Shard " + shard + (shard.equals(session.map().home()) ? " (home)" : ""), "  because " + reason);
  }

  // ---- the session ----

  private CompletableFuture<List<String>> session(SessionStatement statement, Lexed body, @Nullable Bindings bindings) {
    return switch (statement) {
      case SessionStatement.DeclareCursor cursor -> session.plan(cursor.body()).thenApply(plan -> declared(cursor, plan, bindings));
      case SessionStatement.Execute execute -> execute(execute, body);
      case SessionStatement.Prepare prepare ->
          session.plan(prepare.body()).thenApply(plan ->
              with(explained(plan, prepare.body(), null), "so goes its EXECUTE; PREPARE has shard " + session.map().home() + " read the statement"));
      case SessionStatement.Fetch fetch -> done(cursor(fetch.cursor()));
      case SessionStatement.CloseCursor(String name) when name != null -> done(cursor(name));
      default -> done(stateless(statement));
    };
  }

  private List<String> declared(SessionStatement.DeclareCursor cursor, Plan plan, @Nullable Bindings bindings) {
    boolean queried = plan instanceof Plan.Forward || plan instanceof Plan.Refuse;
    return queried
        ? with(explained(plan, cursor.body(), bindings), "cursor \"" + cursor.name() + "\" lives where its query runs")
        : shard(session.map().home(), "it is no query that a cursor can have: the home shard says so");
  }

  private List<String> cursor(String name) {
    ShardId shard = session.local().cursorShard(name);
    boolean known = session.local().isCursor(name);
    return shard(shard, known ? "cursor \"" + name + "\" lives there" : "cursor \"" + name + "\" does not exist: the home shard says so");
  }

  private CompletableFuture<List<String>> execute(SessionStatement.Execute execute, Lexed text) {
    ClientStatement prepared = session.local().prepared().find(execute);
    Lexed body = java.util.Objects.requireNonNull(prepared.lexed());
    return session.plan(body).thenCompose(plan -> {
      if (!(plan instanceof Plan.Forward) && !(plan instanceof Plan.Refuse)) {
        return done(refused(ProxyRefusal.EXECUTE_OVER_SHARDS));
      }
      return session.local().prepared().constants(prepared, execute, text)
          .thenApply(bindings -> with(explained(plan, body, bindings.orElse(null)), "\"" + execute.name() + "\" is " + oneLine(body)));
    });
  }

  private static String oneLine(Lexed body) {
    String text = body.toString().strip().replaceAll("\\s+", " ");
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  private List<String> stateless(SessionStatement statement) {
    ShardId home = session.map().home();
    return switch (statement) {
      case SessionStatement.Set set when Residue.endsWithTransaction(set.name()) && session.block().isOpen() ->
          ofTransaction("the setting is the transaction's; shards that join later get it as they join");
      case SessionStatement.Set _, SessionStatement.SetRole _, SessionStatement.SetSessionAuthorization _, SessionStatement.Reset _ ->
          shard(session.local().settingShard(), "any shard can check a setting; the others get it before they are used");
      case SessionStatement.Show _ -> shard(session.local().settingShard(), "settings are the same on every shard that the session uses");
      case SessionStatement.ShowShardgate _ -> local("it asks about the proxy");
      case SessionStatement.Deallocate _ -> local("the proxy keeps the names of prepared statements");
      case SessionStatement.Discard(SessionStatement.Discard.What what) ->
          switch (what) {
            case ALL -> local("the session's connections are given back and its settings forgotten");
            case PLANS -> local("plans belong to connections, which are shared");
            case TEMP -> ofTransaction("temporary tables are where the session has a connection of its own");
            case SEQUENCES -> shard(home, "sequences belong to the home shard");
          };
      case SessionStatement.Listen _, SessionStatement.Notify _ -> shard(home, "notifications pass through the home shard");
      case SessionStatement.Unlisten _ -> ofTransaction("only a session with a connection of its own listens");
      case SessionStatement.CloseCursor _ -> ofTransaction("cursors are where the session has a connection");
      case SessionStatement.Load _ -> refused(ProxyRefusal.LOAD_LIBRARY);
      case SessionStatement.DeclareCursor _, SessionStatement.Execute _, SessionStatement.Prepare _, SessionStatement.Fetch _ ->
          throw new IllegalStateException("explained elsewhere: " + statement.getClass().getSimpleName());
    };
  }

  // ---- the transaction ----

  private List<String> transaction(TransactionStatement statement) {
    return switch (statement) {
      case TransactionStatement.Begin _ -> local("a shard hears of the transaction with its first statement there");
      case TransactionStatement.Savepoint _ -> local("a shard hears of the savepoint before its next statement there");
      case TransactionStatement.SetSessionCharacteristics _ ->
          shard(session.local().settingShard(), "any shard can check a setting; the others get it before they are used");
      case TransactionStatement.PrepareTransaction _, TransactionStatement.CommitPrepared _, TransactionStatement.RollbackPrepared _ ->
          refused(ProxyRefusal.CLIENT_TWO_PHASE);
      case TransactionStatement.SetTransactionSnapshot _ -> refused(ProxyRefusal.IMPORTED_SNAPSHOT);
      case TransactionStatement.Commit _, TransactionStatement.Rollback _, TransactionStatement.RollbackTo _, TransactionStatement.Release _,
          TransactionStatement.SetTransaction _, TransactionStatement.SetConstraints _ ->
          ofTransaction("it is for all that the transaction uses");
    };
  }

  private List<String> ofTransaction(String reason) {
    String shards = session.block().participants().stream().map(Participant::shard).sorted().map(ShardId::value).collect(Collectors.joining(", "));
    return shards.isEmpty() ? local("the transaction uses no shard yet") : List.of("Shards of the transaction: " + shards, "  because " + reason);
  }
}
