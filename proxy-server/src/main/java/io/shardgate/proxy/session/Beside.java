package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import io.shardgate.router.statement.SessionStatement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The home shard, asked beside the session's transaction: a statement that is only read need not make it a participant, and must not wait
/// until transactions give connections back, as the client may be what these wait for (libpq's `PQprepare` blocks its thread).
/// Confined to its channel's event loop.
///
/// Only for a transaction that has not touched the home shard: what it changed of the catalog would be there.
final class Beside {
  private final ClientSession session;

  Beside(ClientSession session) {
    this.session = session;
  }

  /// The home shard, or another that the transaction uses anyway if every shard can read the statement; null when the transaction uses none
  /// that can. That of a FETCH is where its cursor lives: nobody else can say its columns.
  @Nullable ShardId readerInTransaction(ClientStatement statement, @Nullable Participant current) {
    TransactionBlock block = session.block();
    ShardId home = session.map().home();
    Plan plan = statement.planFor(session.view());
    if (plan instanceof Plan.Local(SessionStatement.Fetch fetch)) {
      return session.local().cursorShard(fetch.cursor());
    }
    if (block.participants().isEmpty() ? !block.isOpen() : block.participant(home) != null) {
      return home;
    }
    boolean anywhere =
        plan instanceof Plan.Forward forward && !(forward.target() instanceof Target.Home || forward.target() instanceof Target.NoShard);
    Participant now = current != null ? current : block.participants().stream().findFirst().orElse(null);
    return anywhere && now != null && !now.conversation().isLost() ? now.shard() : null;
  }

  /// Runs messages of the extended protocol on a connection with the session's settings in force; a Sync follows them.
  CompletableFuture<Void> run(Function<Conversation, CompletionStage<?>> messages) {
    return session.connections().beside(session.map().home()).thenCompose(
        conversation -> run(conversation, messages).whenComplete((_, _) -> session.connections().broughtBack(conversation)));
  }

  /// The settings hold for a transaction that is rolled back: some may be SET LOCAL.
  private CompletableFuture<Void> run(Conversation conversation, Function<Conversation, CompletionStage<?>> messages) {
    SettingsVector wanted = session.block().settings();
    String settings = wanted.differenceFrom(conversation.state().applied());
    if (!settings.isEmpty()) {
      conversation.state().mayKnow(List.copyOf(wanted.placeholders()));
      conversation.askAhead("BEGIN; " + settings);
    }
    return messages.apply(conversation).handle((_, failure) -> failure).toCompletableFuture().thenCompose(
        failure ->
            synced(conversation, settings.isEmpty())
                .thenCompose(_ -> failure == null ? CompletableFuture.completedFuture(null) : CompletableFuture.failedFuture(failure)));
  }

  private CompletableFuture<@Nullable Void> synced(Conversation conversation, boolean asItWas) {
    if (conversation.isLost()) {
      return CompletableFuture.failedFuture(lost(conversation));
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    conversation.sync(new SilentReply(session, Reply.Until.READY, 0, outcome -> {
      if (outcome == Reply.Outcome.LOST) {
        done.completeExceptionally(lost(conversation));
      } else {
        done.complete(null);
      }
    }));
    CompletableFuture<Answer> undone = asItWas ? null : conversation.askAhead("ROLLBACK");
    conversation.flush();
    return undone == null ? done : CompletableFuture.allOf(done, undone);
  }

  private static ServerErrorException lost(Conversation conversation) {
    return new ServerErrorException(Failures.lost(conversation.shard(), null));
  }
}
