package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.proxy.execute.PasswordMask;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.TransactionStatement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The simple protocol: one Query, its statements one after the other, one ReadyForQuery.
/// Confined to its channel's event loop.
///
/// Several statements in one Query are one implicit transaction, as in PostgreSQL, and each is routed by itself.
final class SimpleFlow {
  private static final int HEADER_BYTES = 5;

  private final ClientSession session;
  private final TransactionBlock block;
  private final SyntaxCheck syntax;
  private final Objections objections;
  private final RelayReply.End atOnceEnd = this::endedAtOnce;

  /// The Query that runs, when its bytes may be sent as they came.
  private @Nullable ByteBuf kept;

  SimpleFlow(ClientSession session) {
    this.session = session;
    this.block = session.block();
    this.syntax = new SyntaxCheck(session);
    this.objections = new Objections(session);
  }

  /// Takes a Query. Nothing more is read from the client until ReadyForQuery.
  void query(ByteBuf frame) {
    session.frames().hold();
    CompletableFuture<Boolean> turn = session.extended().queryCame();
    if (turn.isDone()) {
      take(frame, turn.join());
      return;
    }
    ByteBuf held = frame.retainedSlice();
    kept = held;
    turn.thenAccept(
        wanted -> {
          if (session.isClosed()) {
            return; // abandon released it
          }
          kept = null;
          take(held, wanted);
          held.release();
        });
  }

  /// The function call message of old: refused, and answered with ReadyForQuery as it would be.
  void functionCall() {
    session.frames().hold();
    session.extended().queryCame()
        .thenAccept(
            wanted -> {
              if (wanted) {
                session.fail(ProxyRefusal.FUNCTION_CALL.error());
                endImplicit(false);
              } else {
                session.frames().proceed();
              }
            });
  }

  private void take(ByteBuf frame, boolean wanted) {
    if (!wanted) {
      session.frames().proceed();
      return;
    }
    int zero = frame.indexOf(frame.readerIndex() + HEADER_BYTES, frame.writerIndex(), (byte) 0);
    if (zero != frame.writerIndex() - 1) {
      session.fail(new ServerErrorException(SqlState.PROTOCOL_VIOLATION, zero < 0 ? "invalid string in message" : "invalid message format"));
      endImplicit(false);
      return;
    }
    int length = frame.readableBytes() - HEADER_BYTES - 1;
    byte[] text = new byte[Math.max(0, length)];
    frame.getBytes(frame.readerIndex() + HEADER_BYTES, text);
    if (length > session.services().config().limits().statementBytes()) {
      session.fail(
          new ServerErrorException(
              ErrorFields.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "statement text is too long: " + length + " bytes")
                  .withHint("The limit is limits.statement, " + session.services().config().limits().statementBytes() + " bytes.")));
      end();
      return;
    }
    List<Lexed> statements = session.lexer().statements(text, session.sessionView().lexicalRules());
    if (statements.isEmpty()) {
      BackendWriter.emptyQueryResponse(session.output().stage());
      if (endsPipeline()) {
        endImplicit(true);
      } else {
        end();
      }
      return;
    }
    if (statements.size() == 1) {
      one(statements.getFirst(), frame);
    } else {
      many(statements, frame, text);
    }
  }

  private void one(Lexed lexed, ByteBuf frame) {
    boolean endsPipeline = endsPipeline();
    boolean wasOpen = block.isOpen();
    Plan plan = session.sessionView().isStale() || endsPipeline ? null : planNow(lexed);
    if (plan instanceof Plan.Forward forward && isSentAtOnce(forward, lexed, frame)) {
      return;
    }
    kept = frame.retainedSlice();
    if (endsPipeline) {
      session.completion().withhold();
    }
    (plan == null ? run(lexed, kept, false) : run(plan, lexed, kept, false))
        .whenComplete(
            (_, failure) -> {
              letGo();
              if (failure != null) {
                session.fail(failure);
                endImplicit(false);
              } else if (endsPipeline || (!wasOpen && block.isOpen())) { // the statement may have needed a transaction of its own
                endImplicit(true);
              } else {
                end();
              }
            });
  }

  /// The plan, when nobody has to be asked for it; null otherwise.
  private @Nullable Plan planNow(Lexed lexed) {
    try {
      Plan plan = session.sessionView().planNow(lexed);
      return session.sessionView().wantsAnotherLook(plan) ? null : plan;
    } catch (RuntimeException _) {
      return null; // told on the other way
    }
  }

  /// Sends a statement to its one shard and ends the Query with what that answers, where nobody has to be waited for and nothing is left to be
  /// looked at afterwards. Hot path: the same as [#run], without its steps.
  private boolean isSentAtOnce(Plan.Forward plan, Lexed lexed, ByteBuf frame) {
    if (block.isFailed() || session.hasUntold()) {
      return false;
    }
    Route route;
    try {
      route = Route.now(session, plan, lexed, Bindings.NONE);
    } catch (RuntimeException _) {
      return false; // told on the other way
    }
    Participant participant = route == null || !route.residue().isNone() ? null : session.joinNow(route.shard());
    if (participant == null) {
      return false;
    }
    session.services().metrics().planned(plan.getClass());
    send(participant, lexed, frame, plan.effects().writes(), atOnceEnd);
    return true;
  }

  private void endedAtOnce(Conversation conversation, Reply.Outcome outcome) {
    session.copy().relayEnded(conversation);
    if (outcome == Reply.Outcome.DONE) {
      end();
    } else {
      session.fail(AlreadyToldException.INSTANCE);
      endImplicit(false);
    }
  }

  /// Whether this Query, of one statement, commits what a batch without Sync before it has done.
  private boolean endsPipeline() {
    return block.isOpen() && !block.isExplicit() && !session.pipelinesAreBlocks();
  }

  /// The client is gone: an answer that would end the Query may never come.
  void abandon() {
    letGo();
  }

  private void letGo() {
    ByteBuf held = kept;
    kept = null;
    if (held != null) {
      held.release();
    }
  }

  private void many(List<Lexed> statements, ByteBuf frame, byte[] text) {
    byte[] told = SyntaxCheck.withoutOurs(text, statements);
    for (Lexed lexed : statements) {
      if (lexed.malformed()) {
        frame.setBytes(frame.readerIndex() + HEADER_BYTES, told);
        one(lexed, frame); // PostgreSQL looks at all of the text before it runs any of it
        return;
      }
    }
    syntax.of(PasswordMask.of(told, statements), statements)
        .whenComplete(
            (error, failure) -> {
              if (failure != null) {
                session.fail(failure);
                end();
              } else if (error.isPresent()) {
                session.fail(new ServerErrorException(error.get()));
                end();
              } else {
                next(statements, 0);
              }
            });
  }

  private void next(List<Lexed> statements, int index) {
    if (index == statements.size()) {
      endImplicit(true);
      return;
    }
    Lexed lexed = statements.get(index);
    block.beginImplicit();
    if (index == statements.size() - 1 && !block.isExplicit()) {
      session.completion().withhold();
    }
    run(lexed, null, true)
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                session.fail(failure);
                endImplicit(false);
              } else {
                next(statements, index + 1);
              }
            });
  }

  private void endImplicit(boolean commit) {
    if (!block.isOpen() || block.isExplicit()) {
      session.completion().settled(commit);
      end();
      return;
    }
    CompletableFuture<TransactionBlock.End> ending = commit ? block.commit() : block.rollback();
    ending.thenCompose(
            ended -> {
              session.local().tell(ended);
              session.completion().settled(ended.tag().equals("COMMIT") && ended.error() == null);
              return session.aftermath().transactionEnded(ended.tag().equals("COMMIT"));
            })
        .whenComplete((_, _) -> end());
  }

  private void end() {
    session.ready();
    session.frames().proceed();
  }

  /// Runs one statement up to its CommandComplete.
  ///
  /// @param frame the Query as it came, when it holds nothing but this statement
  private CompletableFuture<Void> run(Lexed lexed, @Nullable ByteBuf frame, boolean amongMany) {
    return session.plan(lexed)
        .thenCompose(plan -> carryOut(plan, lexed, frame, amongMany))
        .exceptionallyCompose(failure -> objections.before(failure, lexed));
  }

  private CompletableFuture<Void> run(Plan plan, Lexed lexed, @Nullable ByteBuf frame, boolean amongMany) {
    CompletableFuture<Void> done;
    try {
      done = carryOut(plan, lexed, frame, amongMany);
    } catch (RuntimeException failure) {
      done = CompletableFuture.failedFuture(failure);
    }
    return done.exceptionallyCompose(failure -> objections.before(failure, lexed));
  }

  private CompletableFuture<Void> carryOut(Plan plan, Lexed lexed, @Nullable ByteBuf frame, boolean amongMany) {
    session.services().metrics().planned(plan.getClass());
    ErrorFields forbidden = endsTransaction(plan) ? null : session.failedBlockError();
    if (forbidden != null) {
      return syntax.of(PasswordMask.of(lexed), List.of(lexed))
          .thenApply(
              error -> {
                throw new ServerErrorException(error.map(each -> each.withPositionShiftedBy(lexed.charStart())).orElse(forbidden));
              });
    }
    return switch (plan) {
      case Plan.Local local -> local(local.statement(), lexed, frame, amongMany);
      case Plan.Forward forward -> {
        Route now = Route.now(session, forward, lexed, Bindings.NONE);
        yield now != null
            ? forward(now.shard(), now.residue(), forward.effects().writes(), lexed, frame)
            : Route.settled(session, forward, lexed, Bindings.NONE, terms())
                .thenCompose(
                    routed -> switch (routed) {
                      case Route route -> forward(route.shard(), route.residue(), forward.effects().writes(), lexed, frame);
                      case Routed.Together together -> gather(together, lexed, amongMany);
                      case Routed.Made made -> execute(made.plan(), lexed, amongMany, true);
                    });
      }
      case Plan.AroundQuery(Lexed query, Plan.Forward body) ->
          Route.settled(session, body, query, Bindings.NONE, terms())
              .thenCompose(
                  routed -> switch (routed) {
                    case Route route -> forward(route.shard(), route.residue(), body.effects().writes(), lexed, frame);
                    case Routed.Together _ -> execute(plan, lexed, amongMany, true);
                    case Routed.Made _ -> throw Routed.noRows();
                  });
      case Plan.Refuse refuse -> CompletableFuture.failedFuture(ServerErrorException.of(refuse));
      case Plan.Filled _, Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _, Plan.Broadcast _ ->
          execute(plan, lexed, amongMany, true);
      case Plan.ShardByShard _ -> execute(plan, lexed, amongMany, false);
    };
  }

  /// A query over several shards; its transaction, where it has none and gets one, ends before its CommandComplete.
  private CompletableFuture<Void> gather(Routed.Together together, Lexed lexed, boolean amongMany) {
    boolean commitsLater = amongMany || block.isOpen();
    Execution execution = new Execution(lexed, Bindings.NONE, new short[0], true, terms(), lexed.charStart());
    return new GatheredAnswer(session).tell(together, execution, true)
        .thenCompose(tag -> commitsLater || !block.isOpen() ? committed(tag, false) : commitThenTell(tag));
  }

  private CompletableFuture<Void> declare(Declared.Gathered declared, SessionStatement.DeclareCursor cursor, Lexed lexed, boolean amongMany) {
    Lexed body = cursor.body();
    boolean commitsLater = amongMany || block.isOpen();
    block.beginImplicit();
    Execution execution = new Execution(body, Bindings.NONE, new short[0], true, terms(), body.charStart());
    return new GatheredAnswer(session).declare(cursor.name(), declared, execution, lexed.slice(0, body.start() - lexed.start()))
        .thenCompose(tag -> commitsLater || !block.isOpen() ? committed(tag, false) : commitThenTell(tag));
  }

  /// What stands in a Query is read when it runs.
  private ReadingTerms terms() {
    return ReadingTerms.now(session.textSettings());
  }

  static boolean endsTransaction(Plan plan) {
    return plan instanceof Plan.Local(Statement statement)
        && (statement instanceof TransactionStatement.Commit
            || statement instanceof TransactionStatement.Rollback
            || statement instanceof TransactionStatement.RollbackTo
            || statement instanceof TransactionStatement.PrepareTransaction);
  }

  private CompletableFuture<Void> local(Statement statement, Lexed lexed, @Nullable ByteBuf frame, boolean amongMany) {
    if (statement instanceof SessionStatement.DeclareCursor cursor) {
      return session.local().declare(cursor, Bindings.NONE, terms())
          .thenCompose(
              declared -> switch (declared) {
                case Errand errand -> forward(errand.shard(), errand.residue(), errand.writes(), lexed, frame);
                case Declared.Gathered gathered -> declare(gathered, cursor, lexed, amongMany);
              });
    }
    Errand errand = session.local().errand(statement);
    if (statement instanceof SessionStatement.Listen listen && errand != null) {
      return session.hearing().prepare(listen.channel())
          .thenCompose(_ -> forward(errand.shard(), errand.residue(), errand.writes(), lexed, frame));
    }
    if (errand != null) {
      session.rows().originsOfNext(statement instanceof SessionStatement.Fetch fetch ? session.local().columnsOfGathered(fetch.cursor()) : null);
      return forward(errand.shard(), errand.residue(), errand.writes(), lexed, frame);
    }
    return session.local().run(statement, lexed, Bindings.NONE, true);
  }

  private CompletableFuture<Void> execute(Plan plan, Lexed lexed, boolean amongMany, boolean inTransaction) {
    boolean commitsLater = amongMany || block.isOpen();
    if (inTransaction) {
      block.beginImplicit();
    }
    Execution execution = new Execution(lexed, Bindings.NONE, new short[0], true, terms(), lexed.charStart());
    return SpreadRun.of(session, plan, execution)
        .thenCompose(
            tag ->
                commitsLater || !block.isOpen()
                    ? committed(tag, !block.isOpen() && PlanEffects.of(plan).changesCatalog())
                    : commitThenTell(tag));
  }

  private CompletableFuture<Void> committed(String tag, boolean catalogChanged) {
    session.completion().tell(tag);
    return catalogChanged ? session.aftermath().transactionEnded(true) : CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> commitThenTell(String tag) {
    return block.commit()
        .thenCompose(
            ended -> {
              if (ended.error() != null) {
                throw new ServerErrorException(ended.error());
              }
              if (ended.warning() != null) {
                session.output().notice(ended.warning());
              }
              return session.aftermath().transactionEnded(true);
            })
        .thenRun(() -> BackendWriter.commandComplete(session.output().stage(), tag));
  }

  /// Sends a statement to one shard and passes everything on that comes back.
  private CompletableFuture<Void> forward(
      ShardId shard, Residue residue, boolean writes, Lexed lexed, @Nullable ByteBuf frame) {
    return session.join(shard)
        .thenCompose(
            participant -> {
              if (session.isClosed()) {
                return CompletableFuture.failedFuture(AlreadyToldException.INSTANCE);
              }
              participant.conversation().state().mayKnow(residue.settings());
              CompletableFuture<Void> done = send(participant, lexed, frame, writes);
              return residue.isNone()
                  ? done
                  : done.whenComplete((_, _) -> session.aftermath().evenIfFailed(residue))
                      .thenCompose(_ -> session.aftermath().of(participant, residue));
            });
  }

  private CompletableFuture<Void> send(Participant participant, Lexed lexed, @Nullable ByteBuf frame, boolean writes) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    send(participant, lexed, frame, writes, (conversation, outcome) -> {
      session.copy().relayEnded(conversation);
      if (outcome == Reply.Outcome.DONE) {
        done.complete(null);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    });
    return done;
  }

  private void send(Participant participant, Lexed lexed, @Nullable ByteBuf frame, boolean writes, RelayReply.End end) {
    Conversation conversation = participant.conversation();
    if (writes) {
      conversation.wrote(true);
    }
    session.rows().none();
    Reply reply = new RelayReply(session, Reply.Until.READY, frame == null ? lexed.charStart() : 0, end);
    if (frame == null) {
      conversation.query(lexed.toBytes(), reply);
    } else {
      conversation.announce(reply);
      conversation.sendRetained(frame);
    }
    conversation.flush();
  }
}
