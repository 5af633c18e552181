package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.pgwire.message.FrontendReader;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.PasswordMask;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The extended protocol: Parse, Bind, Describe, Execute, Close, Flush, and the Sync that ends a batch.
/// Confined to its channel's event loop.
///
/// A Parse waits for the Bind behind it, which says the shard. All messages for one shard go out as they come; before the batch
/// turns to another shard, the first one's replies are awaited, so that replies keep their order. A batch is one implicit transaction:
/// when it turns to another shard after something was executed, a BEGIN makes the first shard's part a block that can be committed
/// together with the others.
final class ExtendedFlow {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);
  private static final int HEADER_BYTES = 5;

  private final ClientSession session;
  private final TransactionBlock block;
  private final ServerStatements servers;
  private final StatementReading reading;
  private final Describing describing;
  private final Binding binding;
  private final ClientNames names;
  private final Batch batch;
  private final Consumer<Reply.Outcome> afterSync = this::synced;

  ExtendedFlow(ClientSession session) {
    this.session = session;
    this.block = session.block();
    this.servers = new ServerStatements(session);
    this.names = new ClientNames(block::savepoints);
    this.batch = new Batch(session, names, servers);
    this.reading = new StatementReading(session, names, servers, batch);
    this.describing = new Describing(session, names, servers, batch, reading);
    this.binding = new Binding(session, names, servers, batch, reading);
    servers.whenRefused(batch::ended);
  }

  /// Whether what was executed may have changed settings that were not read back yet.
  boolean hasLeft() {
    return batch.hasLeft();
  }

  /// Takes one message of the extended protocol. Borrowed.
  void frame(byte type, ByteBuf frame) {
    if (type == 'S') {
      sync(frame.readableBytes() == HEADER_BYTES ? null : invalidFormat());
      return;
    }
    if (batch.isSkipping()) {
      return;
    }
    CompletableFuture<@Nullable Void> step;
    try {
      step = binding.isWaiting() ? stepBehindWaiting(type, frame) : step(type, frame);
    } catch (MalformedMessageException malformed) {
      // The frame's bounds are known, so only this batch is lost, as in PostgreSQL.
      step = CompletableFuture.failedFuture(new ServerErrorException(malformed.code(), String.valueOf(malformed.getMessage())));
    } catch (RuntimeException failure) {
      step = CompletableFuture.failedFuture(failure);
    }
    if (step.isDone() && !step.isCompletedExceptionally()) {
      return;
    }
    session.frames().hold();
    step.handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .whenComplete((_, _) -> session.frames().proceed());
  }

  private CompletableFuture<@Nullable Void> step(byte type, ByteBuf frame) {
    return switch (type) {
      case 'P' -> parse((FrontendMessage.Parse) FrontendReader.read(type, frame));
      case 'B' -> binding.bind(names.bindFrame(frame));
      case 'D' -> describing.describe((FrontendMessage.Describe) FrontendReader.read(type, frame));
      case 'E' -> {
        FrontendMessage.Execute message = (FrontendMessage.Execute) FrontendReader.read(type, frame);
        yield names.pending() == null ? execute(message) : reading.readPending().thenCompose(_ -> execute(message));
      }
      case 'C' -> {
        FrontendMessage.Close message = (FrontendMessage.Close) FrontendReader.read(type, frame);
        yield names.pending() == null ? close(message) : reading.readPending().thenCompose(_ -> close(message));
      }
      default -> flush(frame);
    };
  }

  /// A Bind waits for its Execute: anything else that may change what it finds comes behind its rows.
  private CompletableFuture<@Nullable Void> stepBehindWaiting(byte type, ByteBuf frame) {
    boolean may = type == 'E' || type == 'D';
    if (may && binding.isWaitingFor(FrontendReader.read(type, frame.duplicate()))) {
      return step(type, frame);
    }
    ByteBuf kept = frame.copy();
    return binding.settleWaiting()
        .thenCompose(_ -> batch.isSkipping() ? DONE : step(type, kept))
        .whenComplete((_, _) -> kept.release());
  }

  private static ServerErrorException invalidFormat() {
    return error(SqlState.PROTOCOL_VIOLATION, "invalid message format");
  }

  // ---- messages ----

  private CompletableFuture<@Nullable Void> parse(FrontendMessage.Parse message) {
    if (names.pending() != null) {
      return reading.readPending().thenCompose(_ -> parse(message));
    }
    String name = message.statement();
    ClientStatement before = name.isEmpty() ? names.replaceUnnamed() : names.closing(name); // gone, whatever comes of this one, unless it is never read
    names.requireRoom(session.services().config().limits().clientStatements());
    if (message.sql().length > session.services().config().limits().statementBytes()) {
      throw error(SqlState.PROGRAM_LIMIT_EXCEEDED, "statement text is too long: " + message.sql().length + " bytes");
    }
    List<Lexed> parts = session.lexer().statements(message.sql(), session.sessionView().lexicalRules());
    Lexed lexed = parts.size() == 1 ? parts.getFirst() : null;
    byte[] told = PasswordMask.of(SyntaxCheck.withoutOurs(message.sql(), parts), parts);
    ClientStatement statement =
        new ClientStatement(name, lexed == null ? told : PasswordMask.of(message.sql(), parts), message.parameterTypes(), lexed);
    if (block.isFailed() && !parts.isEmpty() && (lexed == null || !SimpleFlow.endsTransaction(session.sessionView().planNow(lexed)))) {
      ErrorFields forbidden = Objects.requireNonNull(session.failedBlockError());
      return new SyntaxCheck(session).of(told, parts)
          .thenApply(
              error -> {
                throw new ServerErrorException(error.orElse(forbidden));
              });
    }
    if (!name.isEmpty() && names.has(name)) {
      if (block.isFailed()) {
        throw ClientNames.duplicate(name);
      }
      return batch.leaveCurrent()
          .thenCompose(_ -> session.join(session.map().home()))
          .thenCompose(home -> servers.parsedInVain(home.conversation(), told))
          .thenRun(
              () -> {
                throw ClientNames.duplicate(name);
              });
    }
    statement.before(before);
    names.put(statement);
    names.pending(statement);
    return DONE;
  }

  private CompletableFuture<@Nullable Void> execute(FrontendMessage.Execute message) {
    ClientPortal portal = names.portal(message.portal());
    if (!ClientPortal.endsTransaction(portal)) {
      batch.requireWorkingBlock();
    }
    return switch (portal) {
      case ClientPortal.Shell _ -> batch.quiet().thenRun(() -> BackendWriter.emptyQueryResponse(session.output().stage()));
      case ClientPortal.Remote remote when batch.isAt(remote) && (remote.name().isEmpty() || remote.residue().isNone()) ->
          executeRemote(remote.participant(), remote, message);
      case ClientPortal.Remote remote ->
          (remote.name().isEmpty() ? DONE : batch.settledBefore(remote.residue())) // its Bind has settled it, which would end it now
              .thenCompose(_ -> batch.targetOf(remote))
              .thenCompose(participant -> executeRemote(participant, remote, message));
      case ClientPortal.Local local -> {
        Lexed lexed = Objects.requireNonNull(local.statement().lexed());
        names.putPortal(message.portal(), new ClientPortal.Done(local, block.isFailed()));
        if (local.parsed() instanceof SessionStatement.Execute) {
          block.beginImplicit(); // what it does ends with the batch, as what a message does
        }
        yield batch.leaveCurrent()
            .thenCompose(_ -> session.local().run(local.parsed(), lexed, local.bindings(), false))
            .thenRun(() -> batch.executed(batch.hasExecuted() || ClientPortal.staysInTransaction(local.parsed())));
      }
      case ClientPortal.Streamed streamed -> {
        binding.nothingWaits();
        names.putPortal(message.portal(), new ClientPortal.Done(streamed, block.isFailed()));
        yield batch.leaveCurrent().thenCompose(_ -> executeStreamed(streamed));
      }
      case ClientPortal.Done(ClientPortal.Streamed _, _) ->
          batch.quiet().thenRun(() -> BackendWriter.commandComplete(session.output().stage(), "SELECT 0")); // its rows were all taken
      case ClientPortal.Spread spread -> {
        names.putPortal(message.portal(), new ClientPortal.Done(spread, block.isFailed()));
        yield batch.leaveCurrent().thenCompose(_ -> executeSpread(spread));
      }
      case ClientPortal.Done(ClientPortal.Local local, _) when RowDescriptions.ofExecute(session, local) != null ->
          batch.quiet().thenRun(() -> BackendWriter.commandComplete(session.output().stage(), "SELECT 0")); // its rows were all taken
      case ClientPortal.Done _ ->
          throw error(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"" + message.portal() + "\" cannot be run");
    };
  }

  private CompletableFuture<@Nullable Void> executeRemote(
      Participant participant, ClientPortal.Remote remote, FrontendMessage.Execute message) {
    Conversation conversation = participant.conversation();
    batch.executed(batch.hasExecuted() || remote.statement().lexed() != null); // an empty text begins no transaction
    if (remote.writes()) {
      conversation.wrote(true);
    }
    if (!remote.residue().isNone()) {
      conversation.state().mayKnow(remote.residue().settings());
      batch.left(participant, remote.residue());
    }
    PortalRows rows = rowsOf(participant, remote);
    FrontendWriter.execute(conversation.stage(), message.portal(), message.maxRows());
    Lexed lexed = remote.statement().lexed();
    if (lexed == null || !lexed.is(0, "copy")) {
      conversation.announce(new ExecuteReply(session, rows, remote.residue().settings().isEmpty() ? batch.end() : (c, outcome) -> {
        if (outcome == Reply.Outcome.DONE) {
          session.connections().knowNames(remote.residue().settings());
        }
        batch.ended(c, outcome);
      }));
      return DONE;
    }
    // The Sync behind a COPY FROM STDIN must not reach a server that is copying: it would be ignored.
    CompletableFuture<@Nullable Void> copied = new CompletableFuture<>();
    conversation.announce(new ExecuteReply(session, rows, (c, outcome) -> {
      session.copy().relayEnded(c);
      batch.ended(c, outcome);
      copied.complete(null);
    }));
    FrontendWriter.flush(conversation.stage());
    conversation.flush();
    return copied;
  }

  /// A client that executes without a Describe knows what it gets; the proxy has to ask, where numbers in binary values may differ.
  private PortalRows rowsOf(Participant participant, ClientPortal.Remote remote) {
    PortalRows unknown = remote.rows();
    if (unknown == null) {
      return PortalRows.of(RowDescriptions.translation(session, participant.shard(), remote.statement(), remote.resultFormats()));
    }
    if (!unknown.isAsked()) {
      PortalDescription.ask(session, participant, remote.name(), unknown, false, batch.end());
    }
    return unknown;
  }

  private CompletableFuture<@Nullable Void> executeStreamed(ClientPortal.Streamed streamed) {
    BindFrame bind = streamed.bind();
    Lexed lexed = Objects.requireNonNull(streamed.statement().lexed());
    if (batch.hasExecuted()) {
      block.beginImplicit();
    }
    batch.executed(true);
    Execution execution = new Execution(lexed, bind, bind.resultFormats(), false, streamed.terms(), lexed.charStart());
    return new GatheredAnswer(session).tell(streamed, execution, columns -> {
          streamed.statement().requireSameShape(columns);
          BackendWriter.bindComplete(session.output().stage());
          binding.describe(streamed);
        })
        .<@Nullable Void>thenApply(
            tag -> {
              BackendWriter.commandComplete(session.output().stage(), tag);
              return null;
            })
        .exceptionallyCompose(failure -> binding.objected(failure, streamed.statement(), lexed, bind));
  }

  private CompletableFuture<@Nullable Void> executeSpread(ClientPortal.Spread spread) {
    servers.requireSameReading(spread.statement()); // its pieces are read by the shards now
    if (!(spread.plan() instanceof Plan.ShardByShard)) {
      block.beginImplicit();
      batch.executed(true);
    }
    Lexed lexed = Objects.requireNonNull(spread.statement().lexed());
    Execution execution = new Execution(lexed, spread.bind(), spread.bind().resultFormats(), false, spread.terms(), lexed.charStart());
    return SpreadRun.of(session, spread.plan(), execution)
        .thenCompose(
            tag -> {
              BackendWriter.commandComplete(session.output().stage(), tag);
              boolean catalog = PlanEffects.of(spread.plan()).changesCatalog();
              return catalog && !block.isOpen() ? session.aftermath().transactionEnded(true) : DONE;
            })
        .exceptionallyCompose(failure -> binding.objected(failure, spread.statement(), lexed, spread.bind()));
  }

  private CompletableFuture<@Nullable Void> close(FrontendMessage.Close message) {
    if (message.subject() == FrontendMessage.Subject.STATEMENT) {
      ClientStatement statement = names.closingStatement(message.name());
      return statement == null ? batch.closeComplete() : batch.closeComplete(done -> names.closed(statement, done));
    }
    ClientPortal portal = names.closingPortal(message.name());
    if (portal instanceof ClientPortal.Remote remote && !remote.participant().conversation().isLost()) {
      return batch.targetOf(remote).thenAccept(
          participant -> {
            FrontendWriter.closePortal(participant.conversation().stage(), message.name());
            participant.conversation().announce(batch.closing(done -> names.portalClosed(message.name(), done)));
          });
    }
    return batch.closeComplete(done -> names.portalClosed(message.name(), done));
  }

  private CompletableFuture<@Nullable Void> flush(ByteBuf frame) {
    if (frame.readableBytes() != HEADER_BYTES) {
      throw invalidFormat();
    }
    return reading.readPending().thenRun(
        () -> {
          Participant now = batch.current();
          if (now != null) {
            FrontendWriter.flush(now.conversation().stage());
            now.conversation().flush();
          }
          session.output().flush();
        });
  }

  // ---- the end of a batch ----

  /// What came before a message that breaks the protocol is answered first, as by a server that reads one message after the other.
  CompletableFuture<@Nullable Void> answered() {
    if (batch.isSkipping()) {
      return DONE;
    }
    CompletableFuture<@Nullable Void> read;
    try {
      read = reading.readPending();
    } catch (ServerErrorException failure) {
      read = CompletableFuture.failedFuture(failure);
    }
    return read.thenCompose(_ -> batch.quiet())
        .handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure));
  }

  private CompletableFuture<@Nullable Void> failBatch(Throwable failure) {
    CompletableFuture<@Nullable Throwable> read = Failures.isOfStatement(failure) ? readBefore() : CompletableFuture.completedFuture(null);
    return read.thenCombine(batch.quiet().handle((_, _) -> null), (earlier, _) -> earlier).thenAccept(
        earlier -> {
          names.dropPending();
          if (!batch.isSkipping()) {
            session.fail(earlier == null ? failure : earlier);
            batch.skip();
            batch.poison();
          }
        });
  }

  /// A Parse that waited for a message which failed by itself was read before it, and its own error comes first.
  private CompletableFuture<@Nullable Throwable> readBefore() {
    try {
      return reading.readPending().thenCompose(_ -> batch.quiet()).handle((_, fault) -> fault instanceof AlreadyToldException ? null : fault);
    } catch (ServerErrorException fault) {
      return CompletableFuture.completedFuture(fault);
    }
  }

  /// Told even behind another error, be that on its way still.
  private CompletableFuture<@Nullable Void> failSync(ServerErrorException malformed) {
    return (batch.isSkipping() ? DONE : batch.quiet())
        .handle(
            (_, _) -> {
              session.fail(malformed);
              if (!batch.isSkipping()) {
                batch.skip();
                batch.poison();
              }
              return null;
            });
  }

  /// @param malformed the fault of the Sync itself: PostgreSQL tells it, and is ready
  private void sync(@Nullable ServerErrorException malformed) {
    session.frames().hold();
    if (malformed == null && names.pending() == null && !binding.isWaiting() && !batch.isSkipping()) {
      batch.syncCurrent(afterSync);
    } else {
      syncBehind(malformed);
    }
  }

  /// A Sync behind messages that have to be answered first, or are passed over.
  private void syncBehind(@Nullable ServerErrorException malformed) {
    CompletableFuture<@Nullable Void> resolved;
    try {
      resolved = batch.isSkipping() ? DONE : binding.settleWaiting().thenCompose(_ -> reading.readPending());
    } catch (ServerErrorException failure) {
      resolved = CompletableFuture.failedFuture(failure);
    }
    resolved.handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .thenCompose(_ -> malformed == null ? DONE : failSync(malformed))
        .whenComplete(
            (_, failure) -> {
              if (failure != null && !batch.isSkipping()) {
                session.fail(failure);
                batch.skip();
              }
              batch.syncCurrent(afterSync);
            });
  }

  /// The servers have answered the Sync: what the batch left behind is looked at, and the client is told that they are ready.
  private void synced(Reply.Outcome outcome) {
    batch.evenIfFailed();
    if (batch.isOver()) {
      ended();
      return;
    }
    (batch.isSkipping() ? DONE : batch.settleLeft())
        .handle((_, failure) -> failure)
        .thenCompose(
            failure -> {
              if (failure != null && !batch.isSkipping()) {
                session.fail(failure);
                batch.skip();
              }
              return batch.endImplicit();
            })
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                session.fail(failure);
              }
              ended();
            });
  }

  private void ended() {
    batch.endBatch();
    session.ready();
    session.frames().proceed();
  }

  // ---- what the rest of the session asks ----

  /// A Query came. Behind messages without a Sync it waits until these were answered; behind a failed one it is passed over, as
  /// everything up to Sync is. It ends the unnamed statement and portal. What the batch executed stays an open implicit transaction, which
  /// the Query joins and does not end, if it is of one statement.
  ///
  /// @return whether the Query is to be carried out
  CompletableFuture<Boolean> queryCame() {
    if (batch.isSkipping()) {
      return CompletableFuture.completedFuture(false);
    }
    Participant now = batch.current();
    if (names.pending() == null && !binding.isWaiting() && (now == null || !now.conversation().needsSync())) {
      queryTurn();
      return CompletableFuture.completedFuture(true);
    }
    return binding.settleWaiting()
        .thenCompose(_ -> reading.readPending())
        .thenCompose(
            _ -> {
              if (!batch.hasExecuted() && !block.isOpen()) {
                names.clearPortals();
              }
              return batch.leaveCurrent();
            })
        .handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .thenApply(
            _ -> {
              if (!batch.isSkipping()) {
                queryTurn();
              }
              return !batch.isSkipping();
            });
  }

  private void queryTurn() {
    if (batch.hasExecuted() && !block.isOpen()) {
      block.beginImplicit();
    }
    names.remove("");
    names.removePortal("");
    batch.endBatch();
  }

  /// A transaction block ended: its portals end with it.
  void blockEnded() {
    names.clearPortals();
    batch.executed(false);
  }

  /// Whether something was executed since the last Sync: what can't run inside a transaction can't run now.
  boolean isInPipeline() {
    return batch.hasExecuted();
  }

  /// What the client gave names to.
  ClientNames names() {
    return names;
  }

  ServerStatements servers() {
    return servers;
  }

  private static ServerErrorException error(SqlState state, String message) {
    return new ServerErrorException(state, message);
  }
}
