package io.shardgate.proxy.execute;

import io.shardgate.directory.TableName;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleRecording;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.Span;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Carries out [Plan.Broadcast]: the home shard first, then the others in the plan's order, all in the session's transaction.
/// Thread-safe: executions keep their state to themselves.
///
/// The client hears the home shard: its rows, its notices, its command tag. The others are silent but for errors. One after the
/// other, because two statements that lock in the same order never wait for each other in a circle.
final class EveryShard {
  private static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

  private final RoleVerifiers roles;
  private final RoleRecording recording;
  private final Databases databases;
  private final NewPassword newPassword;

  EveryShard(RoleVerifiers roles, RoleRecording recording, Databases databases, ServerPools pools) {
    this.roles = roles;
    this.recording = recording;
    this.databases = databases;
    this.newPassword = new NewPassword(pools);
  }

  /// Runs the plan; gives the home shard's command tag.
  CompletableFuture<String> execute(Plan.Broadcast plan, Execution execution, ExecutionPort port) {
    if (!plan.effects().changesCatalog()) {
      return run(plan, execution, port);
    }
    Set<String> changed = ChangedRoles.of(execution.lexed(), port.view().currentUser());
    port.block().afterCommit(() -> {
      forgetLogins();
      recording.changed(changed);
    });
    Span literal = plan.password();
    String password = literal == null ? null : PasswordText.plain(literal, execution.lexed());
    return literal == null || password == null
        ? run(plan, execution, port)
        : newPassword.run(plan, literal, password, execution, port, safe -> run(safe, execution, port));
  }

  /// What was remembered of roles and databases may be wrong after DDL; a new password holds at once.
  private void forgetLogins() {
    roles.forget();
    databases.forget();
  }

  private static CompletableFuture<String> run(Plan.Broadcast plan, Execution execution, ExecutionPort port) {
    if (plan.texts().isEmpty()) {
      return CompletableFuture.failedFuture(new IllegalArgumentException("broadcast: no shards (expected: at least the home shard)"));
    }
    ShardText first = plan.texts().getFirst();
    return port.join(first.shard())
        .thenCompose(home -> (plan.texts().size() < 2 ? NOTHING : port.mayCross(home)).thenApply(_ -> home))
        .thenCompose(home -> locked(home, plan.lockFirst()).thenCompose(_ -> runHome(home, first, plan, execution, port)));
  }

  private static CompletableFuture<String> runHome(
      Participant home, ShardText first, Plan.Broadcast plan, Execution execution, ExecutionPort port) {
    if (plan.byRows()) {
      return byRows(home, first, plan, execution, port);
    }
    return ShardRun.aloud(home, first.text(), execution, port, plan.effects().writes())
        .thenCompose(tag -> repeat(plan, 1, execution, port).thenApply(_ -> tag));
  }

  private static CompletableFuture<String> byRows(
      Participant home, ShardText first, Plan.Broadcast plan, Execution execution, ExecutionPort port) {
    if (plan.lockFirst().size() != 1) {
      return CompletableFuture.failedFuture(
          ProxyRefusal.REFERENCE_TABLES_DIFFER.error());
    }
    return RowReplay.watch(home, plan.lockFirst().getFirst(), port)
        .thenCompose(
            replay ->
                ShardRun.aloud(home, first.text(), execution, port, true)
                    .thenCompose(
                        tag ->
                            replay.read(home).thenCompose(_ -> carryOver(replay, plan.texts(), 1, port)).thenApply(_ -> tag)));
  }

  private static CompletableFuture<Void> carryOver(RowReplay replay, List<ShardText> texts, int index, ExecutionPort port) {
    if (index == texts.size()) {
      return CompletableFuture.completedFuture(null);
    }
    return port.join(texts.get(index).shard())
        .thenCompose(replay::apply)
        .thenCompose(_ -> carryOver(replay, texts, index + 1, port));
  }

  private static CompletableFuture<Void> locked(Participant home, List<TableName> tables) {
    return TableLock.take(home.conversation(), tables);
  }

  private static CompletableFuture<Void> repeat(Plan.Broadcast plan, int index, Execution execution, ExecutionPort port) {
    if (index == plan.texts().size()) {
      return CompletableFuture.completedFuture(null);
    }
    ShardText next = plan.texts().get(index);
    return port.join(next.shard())
        .thenCompose(participant -> ShardRun.silent(participant, next.text(), execution, port, plan.effects().writes()))
        .thenCompose(_ -> repeat(plan, index + 1, execution, port));
  }

  /// An error of a shard that the client does not know it speaks to: PostgreSQL's own, with the shard as its context.
  static ServerErrorException on(Participant participant, ErrorFields error) {
    String context = error.field(ErrorFields.WHERE).map(where -> where + "\n").orElse("");
    return new ServerErrorException(error.with(ErrorFields.WHERE, context + "shard \"" + participant.shard() + "\""));
  }

  /// For a connection that broke.
  static ServerErrorException lost(Participant participant) {
    return new ServerErrorException(
        SqlState.CONNECTION_FAILURE, "shard \"" + participant.shard() + "\": server closed the connection unexpectedly");
  }
}
