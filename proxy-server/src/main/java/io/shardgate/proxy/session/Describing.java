package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.router.plan.Plan;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What a Describe is answered with: by a server where one has to be asked, else from what is known.
/// Confined to its channel's event loop.
final class Describing {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

  private final ClientSession session;
  private final ClientNames names;
  private final ServerStatements servers;
  private final Batch batch;
  private final StatementReading reading;

  Describing(ClientSession session, ClientNames names, ServerStatements servers, Batch batch, StatementReading reading) {
    this.session = session;
    this.names = names;
    this.servers = servers;
    this.batch = batch;
    this.reading = reading;
  }

  /// Answers a Describe.
  CompletableFuture<@Nullable Void> describe(FrontendMessage.Describe message) {
    return message.subject() == FrontendMessage.Subject.STATEMENT
        ? describeStatement(message.name())
        : names.pending() == null ? describePortal(message.name()) : reading.readPending().thenCompose(_ -> describePortal(message.name()));
  }

  private CompletableFuture<@Nullable Void> describeStatement(String name) {
    ClientStatement statement = names.find(name);
    if (statement == null) {
      throw ClientNames.noStatement(name);
    }
    if (names.pending() != null && names.pending() != statement) {
      return reading.readPending().thenCompose(_ -> describeStatement(name));
    }
    return reading.locally(statement).thenCompose(
        local -> {
          if (local != null) {
            return ExplainRoute.parameterTypes(local, body -> reading.described(body).thenCompose(_ -> batch.quiet())).thenCompose(oids -> batch.quiet().thenRun(() -> {
              reading.answerLocalParse(statement);
              BackendWriter.parameterDescription(session.output().stage(), oids);
              RowDescriptions.describe(session, local);
            }));
          }
          if (session.block().isFailed() && names.pending() != statement) {
            return describeInFailedBlock(statement);
          }
          return reading.by(statement, conversation -> {
            if (names.pending() == statement) {
              reading.parseNow(conversation, statement, true);
              return DONE;
            }
            return servers.describe(conversation, statement, true);
          });
        });
  }

  /// What returns rows is not described there, whether the shard that is asked failed or another.
  private CompletableFuture<@Nullable Void> describeInFailedBlock(ClientStatement statement) {
    boolean rowless = statement.planFor(session.view()) instanceof Plan.Local local && LocalStatements.isRowless(local.statement());
    return (rowless ? DONE : reading.described(statement))
        .thenCompose(_ -> batch.quiet())
        .thenRun(
            () -> {
              if (statement.rowDescription() != null) {
                batch.requireWorkingBlock();
              }
              BackendWriter.parameterDescription(session.output().stage(), statement.typeOids());
              BackendWriter.noData(session.output().stage());
            });
  }

  /// The shard may not have failed: the error may have been another's, or the proxy's own.
  private CompletableFuture<@Nullable Void> describeInFailedBlock(ClientPortal.Remote portal) {
    return reading.described(portal.statement())
        .thenCompose(_ -> batch.quiet())
        .thenRun(
            () -> {
              if (portal.statement().rowDescription() != null) {
                batch.requireWorkingBlock();
              }
              BackendWriter.noData(session.output().stage());
            });
  }

  private CompletableFuture<@Nullable Void> describePortal(String name) {
    ShardId declared = names.findPortal(name) != null ? null : session.local().declaredShard(name);
    if (declared != null) {
      // A cursor of SQL is a portal too (libpq's PQdescribePortal asks so).
      return batch.target(declared).thenAccept(participant -> PortalDescription.ask(session, participant, name, null, true, batch.end()));
    }
    return describe(names.portal(name), name);
  }

  private CompletableFuture<@Nullable Void> describe(ClientPortal portal, String name) {
    return switch (portal) {
      case ClientPortal.Remote remote when session.block().isFailed() -> describeInFailedBlock(remote);
      case ClientPortal.Remote remote when remote.gathered() ->
          batch.quiet().thenRun(() -> RowDescriptions.describe(session, remote.statement(), remote.resultFormats()));
      case ClientPortal.Remote remote when batch.isAt(remote) -> {
        PortalDescription.ask(session, remote.participant(), name, remote.rows(), true, batch.end());
        yield DONE;
      }
      case ClientPortal.Remote remote ->
          batch.targetOf(remote).thenAccept(
              participant -> PortalDescription.ask(session, participant, name, remote.rows(), true, batch.end()));
      case ClientPortal.Done(ClientPortal.Streamed streamed, _) ->
          batch.quiet().thenRun(() -> RowDescriptions.describe(session, streamed.statement(), streamed.bind().resultFormats()));
      case ClientPortal.Done done -> describe(done.ran(), name);
      case ClientPortal.Local local -> batch.quiet().thenRun(() -> RowDescriptions.describe(session, local));
      case ClientPortal.Shell _ -> batch.quiet().thenRun(() -> BackendWriter.noData(session.output().stage()));
      case ClientPortal.Streamed streamed -> {
        streamed.asked().description();
        yield DONE;
      }
      case ClientPortal.Spread spread ->
          reading.described(spread.statement())
              .thenCompose(_ -> batch.quiet())
              .thenRun(() -> RowDescriptions.describe(session, spread.statement(), spread.bind().resultFormats()));
    };
  }
}
