package io.shardgate.proxy.execute;

import io.shardgate.pgwire.scram.ScramKeys;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.Span;
import io.shardgate.router.statement.StatementReader;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A password in the clear: hashed once, beside the event loop, and all shards are told the one verifier. Sessions that the role has
/// already open their next server connections with the keys of the new password, from the commit on.
/// Thread-safe: immutable.
final class NewPassword {
  private final ServerPools pools;

  NewPassword(ServerPools pools) {
    this.pools = pools;
  }

  private record Hashed(Plan.Broadcast plan, ScramKeys keys) {}

  CompletableFuture<String> run(
      Plan.Broadcast plan, Span literal, String password, Execution execution, ExecutionPort port,
      Function<Plan.Broadcast, CompletableFuture<String>> broadcast) {
    return hashed(plan, literal, password, execution.lexed(), port)
        .thenCompose(hashed ->
            broadcast.apply(hashed.plan)
                .thenCompose(tag -> pass(hashed.keys, execution.lexed(), port).thenApply(_ -> tag)));
  }

  private static CompletableFuture<Hashed> hashed(
      Plan.Broadcast plan, Span literal, String password, Lexed lexed, ExecutionPort port) {
    CompletableFuture<Hashed> done = new CompletableFuture<>();
    Thread.ofVirtual().name("hash-password").start(() -> {
      ScramVerifier verifier = ScramVerifier.of(password);
      ScramKeys keys = ScramKeys.of(password, verifier);
      String text = PasswordText.withVerifier(literal, lexed, verifier);
      List<ShardText> texts = plan.texts().stream().map(one -> new ShardText(one.shard(), text)).toList();
      port.eventLoop().execute(() -> done.complete(new Hashed(new Plan.Broadcast(texts, plan.lockFirst(), plan.effects()), keys)));
    });
    return done;
  }

  /// Asked in the transaction that changed it, the role's number is that of the very role which got the password.
  private CompletableFuture<Void> pass(ScramKeys keys, Lexed lexed, ExecutionPort port) {
    if (!(StatementReader.read(lexed) instanceof DefinitionStatement.RoleChange change) || change.create()) {
      return CompletableFuture.completedFuture(null);
    }
    String name = ChangedRoles.ONESELF.contains(change.name()) ? change.name().toUpperCase(Locale.ROOT) : SettingsVector.literal(change.name());
    return port.join(port.view().map().home())
        .thenCompose(home ->
            home.conversation().ask("SELECT rolname, oid FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) " + name))
        .thenAccept(answer -> after(answer, keys, port));
  }

  private void after(Answer answer, ScramKeys keys, ExecutionPort port) {
    for (List<@Nullable String> row : answer.orThrow().rows()) {
      String role = row.get(0);
      String oid = row.get(1);
      if (role != null && oid != null) {
        port.block().afterCommit(() -> pools.proven(role, Long.parseLong(oid), keys));
      }
    }
  }
}
