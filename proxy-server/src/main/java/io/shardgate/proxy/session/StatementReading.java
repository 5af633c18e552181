package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Has servers read the client's statements where no Bind says the shard: a Parse that waits, and what a Describe asks of one.
/// Confined to its channel's event loop.
final class StatementReading {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

  private final ClientSession session;
  private final ClientNames names;
  private final ServerStatements servers;
  private final Batch batch;
  private final Beside beside;

  StatementReading(ClientSession session, ClientNames names, ServerStatements servers, Batch batch) {
    this.session = session;
    this.names = names;
    this.servers = servers;
    this.batch = batch;
    this.beside = new Beside(session);
  }

  /// Has a statement without a Bind read by a server.
  CompletableFuture<@Nullable Void> by(
      ClientStatement statement, Function<Conversation, CompletableFuture<@Nullable Void>> messages) {
    if (batch.hasLeftSettingOf(statement)) {
      return batch.leaveCurrent().thenCompose(_ -> by(statement, messages));
    }
    ShardId shard = beside.readerInTransaction(statement, batch.current());
    return shard == null
        ? batch.quiet().thenCompose(_ -> beside.run(messages::apply)).thenRun(batch::requireGoingOn)
        : batch.target(shard).thenCompose(participant -> messages.apply(participant.conversation()));
  }

  /// Sends the Parse that waits for a Bind, as none comes.
  CompletableFuture<@Nullable Void> readPending() {
    ClientStatement statement = names.pending();
    if (statement == null) {
      return DONE;
    }
    return locally(statement).thenCompose(
        local -> {
          if (local != null) {
            return batch.quiet().thenRun(() -> answerLocalParse(statement));
          }
          return by(statement, conversation -> {
            parseNow(conversation, statement, false);
            return DONE;
          });
        });
  }

  String parseNow(Conversation reader, ClientStatement statement, boolean tellDescription) {
    names.pending(null);
    return servers.parse(
        reader, statement, tellDescription,
        (conversation, outcome) -> {
          if (outcome == Reply.Outcome.DONE) {
            statement.parsed();
          } else if (outcome == Reply.Outcome.SKIPPED) {
            names.neverRead(statement);
          } else {
            statement.gone();
            names.remove(statement);
          }
          batch.ended(conversation, outcome);
        });
  }

  void answerLocalParse(ClientStatement statement) {
    if (names.pending() == statement) {
      names.pending(null);
      BackendWriter.parseComplete(session.output().stage());
    }
  }

  /// Whether the proxy answers a statement itself, whatever its parameters will be.
  private boolean isAnswered(Statement parsed) {
    boolean ofCursor = parsed instanceof SessionStatement.DeclareCursor || parsed instanceof SessionStatement.Fetch;
    return !ofCursor && session.local().errandInBatch(parsed) == null;
  }

  /// The statement as one that the proxy answers, or null.
  CompletableFuture<ClientPortal.@Nullable Local> locally(ClientStatement statement) {
    Lexed lexed = statement.lexed();
    return lexed == null ? CompletableFuture.completedFuture(null) : batch.drainFor(session.sessionView().isStale()).thenCompose(_ -> session.plan(lexed)).thenApply(
        plan -> {
          statement.plan(plan, session.view());
          return plan instanceof Plan.Local local && isAnswered(local.statement())
              ? new ClientPortal.Local(local.statement(), statement, Bindings.NONE)
              : null;
        });
  }

  /// Learns the types of parameters, which a piece of the statement may not tell as the whole does, and the columns.
  CompletableFuture<@Nullable Void> described(ClientStatement statement) {
    if (statement.isDescribed()) {
      return DONE;
    }
    return by(statement, conversation -> servers.describe(conversation, statement, false));
  }
}
