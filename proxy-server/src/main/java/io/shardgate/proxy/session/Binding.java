package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.gather.GatheredQuery;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.Bindings;
import io.shardgate.router.Scattered;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// The Bind of the extended protocol: plans the statement, finds its shard, has it prepared there, and makes the portal.
/// Confined to its channel's event loop.
final class Binding {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

  private final ClientSession session;
  private final TransactionBlock block;
  private final ClientNames names;
  private final ServerStatements servers;
  private final Batch batch;
  private final StatementReading reading;
  private final Objections objections;
  private final BindReply.BindEnd bindEnd = this::bindEnded;
  private ClientPortal.@Nullable Streamed waiting;

  Binding(ClientSession session, ClientNames names, ServerStatements servers, Batch batch, StatementReading reading) {
    this.session = session;
    this.block = session.block();
    this.names = names;
    this.servers = servers;
    this.batch = batch;
    this.reading = reading;
    this.objections = new Objections(session);
  }

  /// Takes a Bind. Borrowed.
  CompletableFuture<@Nullable Void> bind(BindFrame frame) {
    ClientStatement statement = names.find(frame.statement());
    if (statement == null) {
      throw ClientNames.noStatement(frame.statement());
    }
    if (names.pending() != null && names.pending() != statement) {
      BindFrame copy = frame.copy();
      return reading.readPending().thenCompose(_ -> bind(copy));
    }
    if (batch.hasLeftReset() || batch.hasLeftSettingOf(statement)) {
      BindFrame copy = frame.copy();
      return batch.leaveCurrent().thenCompose(_ -> bind(copy));
    }
    frame.typedBy(statement);
    Lexed lexed = statement.lexed();
    if (block.isFailed()) {
      frame.requireCountOf(statement);
    }
    if (lexed == null) {
      batch.requireWorkingBlock();
      return bindOn(session.map().home(), Residue.NONE, false, statement, frame);
    }
    Plan plan = statement.planFor(session.view());
    if (plan != null && !session.sessionView().isStale()) {
      return bindPlan(plan, lexed, statement, frame);
    }
    if (!session.sessionView().isStale()) {
      Plan made = session.sessionView().planNow(lexed);
      if (!session.sessionView().wantsAnotherLook(made)) {
        statement.plan(made, session.view());
        return bindPlan(made, lexed, statement, frame);
      }
    }
    CompletableFuture<Plan> planning = batch.drainFor(session.sessionView().isStale()).thenCompose(_ -> session.plan(lexed));
    BindFrame kept = planning.isDone() ? frame : frame.copy();
    return planning.thenCompose(
        made -> {
          statement.plan(made, session.view());
          return bindPlan(made, lexed, statement, kept);
        });
  }

  private CompletableFuture<@Nullable Void> bindPlan(Plan plan, Lexed lexed, ClientStatement statement, BindFrame frame) {
    session.services().metrics().planned(plan.getClass());
    if (!SimpleFlow.endsTransaction(plan)) {
      batch.requireWorkingBlock();
    }
    try {
      return bindWhereItGoes(plan, lexed, statement, frame);
    } catch (ServerErrorException failure) {
      return objected(failure, statement, lexed, frame);
    }
  }

  /// Before a refusal is told, PostgreSQL reads the statement and the values.
  CompletableFuture<@Nullable Void> objected(Throwable failure, ClientStatement statement, Lexed lexed, BindFrame frame) {
    BindFrame kept = frame.copy();
    return Failures.refusal(failure) == null
        ? CompletableFuture.failedFuture(failure)
        : reading.readPending().thenCompose(_ -> objections.before(failure, statement, lexed, kept, batch));
  }

  private CompletableFuture<@Nullable Void> bindWhereItGoes(Plan plan, Lexed lexed, ClientStatement statement, BindFrame frame) {
    return switch (plan) {
      case Plan.Forward _, Plan.AroundQuery _ when frame.count() != statement.parameterCount() ->
          reading.readPending().thenRun(() -> frame.requireCountOf(statement)); // PostgreSQL counts before it looks at them
      case Plan.AroundQuery around -> bindAround(around, lexed, statement, frame.copy());
      case Plan.Forward forward when !statement.isDescribed() && session.services().router().needsTypes(forward, frame) -> {
        BindFrame copy = frame.copy();
        yield reading.readPending()
            .thenCompose(_ -> reading.described(statement))
            .thenCompose(_ -> batch.quiet())
            .thenCompose(_ -> bindForward(forward, lexed, statement, copy));
      }
      case Plan.Local(SessionStatement.DeclareCursor cursor) -> {
        BindFrame copy = frame.copy();
        boolean parsedNow = names.pending() == statement;
        CompletableFuture<@Nullable Void> settled = session.local().needsTexts(cursor, copy) ? batch.leaveCurrent() : DONE;
        yield settled
            .thenCompose(_ -> session.local().declare(cursor, copy, terms(statement, parsedNow)))
            .thenCompose(
                declared -> batch.isSkipping() ? DONE : switch (declared) {
                  case Errand errand -> bindOn(errand.shard(), errand.residue(), errand.writes(), statement, copy);
                  case Declared.Gathered gathered ->
                      bindGathered(
                          gathered.together(), gathered.writes(), cursor.body(), lexed.slice(0, cursor.body().start() - lexed.start()), statement, copy);
                });
      }
      case Plan.Forward forward -> bindForward(forward, lexed, statement, frame);
      case Plan.Local(SessionStatement.Fetch fetch) -> {
        ShardId shard = session.local().cursorShard(fetch.cursor());
        names.requireNoPortal(frame.portal(), block.participant(shard));
        names.requireUnfinished(fetch.cursor());
        yield bindOn(shard, Residue.NONE, true, statement, frame);
      }
      case Plan.Local(SessionStatement.Listen listen) -> {
        Errand errand = Objects.requireNonNull(session.local().errandInBatch(listen));
        BindFrame copy = frame.copy();
        yield session.hearing().prepare(listen.channel())
            .thenCompose(
                _ -> batch.isSkipping() ? DONE : bindOn(errand.shard(), errand.residue(), errand.writes(), statement, copy));
      }
      case Plan.Local local -> {
        Errand errand = session.local().errandInBatch(local.statement());
        if (errand != null) {
          yield bindOn(errand.shard(), errand.residue(), errand.writes(), statement, frame);
        }
        String portal = frame.portal();
        Bindings values = frame.count() == 0 ? Bindings.NONE : frame.copy();
        yield batch.quiet()
            .thenRun(
                () -> {
                  reading.answerLocalParse(statement);
                  names.requireNoPortal(portal, null);
                  names.putPortal(portal, new ClientPortal.Local(local.statement(), statement, values));
                  BackendWriter.bindComplete(session.output().stage());
                });
      }
      case Plan.Refuse refuse -> throw ServerErrorException.of(refuse);
      case Plan.Filled _, Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _, Plan.Broadcast _, Plan.ShardByShard _ ->
          bindSpread(plan, lexed, statement, frame.copy(), names.pending() == statement);
    };
  }

  /// Nothing is sent before Execute.
  private CompletableFuture<@Nullable Void> bindSpread(Plan plan, Lexed lexed, ClientStatement statement, BindFrame frame, boolean parsedNow) {
    return reading.readPending()
        .thenCompose(_ -> frame.count() == 0 && lexed.parameterCount() == 0 ? DONE : reading.described(statement))
        .thenCompose(_ -> plan instanceof Plan.InsertSelect && batch.hasLeft() ? batch.leaveCurrent() : batch.quiet())
        .thenRun(
            () -> {
              frame.requireSound(statement);
              names.requireNoPortal(frame.portal(), null);
              names.putPortal(frame.portal(), new ClientPortal.Spread(plan, statement, frame, terms(statement, parsedNow)));
              BackendWriter.bindComplete(session.output().stage());
            });
  }

  /// A statement around a query: where that is one shard's, so is the portal.
  private CompletableFuture<@Nullable Void> bindAround(Plan.AroundQuery around, Lexed lexed, ClientStatement statement, BindFrame copy) {
    boolean untold = !statement.isDescribed() && session.services().router().needsTypes(around.body(), copy);
    return (untold ? reading.readPending().thenCompose(_ -> reading.described(statement)).thenCompose(_ -> batch.quiet()) : DONE)
        .thenCompose(_ -> routed(around.body(), around.query(), copy, statement, names.pending() == statement))
        .thenCompose(
            routed -> batch.isSkipping() ? DONE : switch (routed) {
              case Route route -> bindOn(route.shard(), route.residue(), around.body().effects().writes(), statement, copy);
              case Routed.Together _ -> bindSpread(around, lexed, statement, copy, names.pending() == statement);
              case Routed.Made _ -> throw Routed.noRows();
            })
        .exceptionallyCompose(failure -> objected(failure, statement, lexed, copy));
  }

  private CompletableFuture<@Nullable Void> bindForward(Plan.Forward plan, Lexed lexed, ClientStatement statement, BindFrame frame) {
    Route now = Route.now(session, plan, lexed, frame);
    if (now != null) {
      return bindOn(now.shard(), now.residue(), plan.effects().writes(), statement, frame);
    }
    BindFrame copy = frame.copy();
    boolean parsedNow = names.pending() == statement;
    return routed(plan, lexed, copy, statement, parsedNow)
        .thenCompose(
            routed -> batch.isSkipping() ? DONE : switch (routed) {
              case Route route -> bindOn(route.shard(), route.residue(), plan.effects().writes(), statement, copy);
              case Routed.Together together -> bindGathered(together, false, lexed, new byte[0], statement, copy);
              case Routed.Made made -> bindSpread(made.plan(), lexed, statement, copy, parsedNow);
            })
        .exceptionallyCompose(failure -> objected(failure, statement, lexed, copy));
  }

  /// The rows are gathered now, as PostgreSQL takes a portal's snapshot at Bind; the portal is the home shard's, over what was gathered. Where shards can answer
  /// each for itself, it waits for an Execute that takes all their rows.
  ///
  /// @param query the statement's query
  /// @param before what stands before it
  private CompletableFuture<@Nullable Void> bindGathered(
      Routed.Together together, boolean writes, Lexed query, byte[] before, ClientStatement statement, BindFrame frame) {
    boolean parsedNow = names.pending() == statement;
    return reading.readPending()
        .thenCompose(_ -> reading.described(statement))
        .thenCompose(_ -> batch.leaveCurrent())
        .thenCompose(
            _ -> {
              frame.requireSound(statement);
              servers.requireSameReading(statement);
              ReadingTerms terms = terms(statement, parsedNow);
              Execution execution = new Execution(query, frame.typedBy(statement), frame.resultFormats(), false, terms, query.charStart());
              Scattered texts =
                  before.length == 0 && RowDescriptions.fits(statement, frame.resultFormats()) ? new GatheredAnswer(session).streamable(together, execution) : null;
              if (texts != null) {
                names.requireNoPortal(frame.portal(), null);
                waiting = new ClientPortal.Streamed(together, texts, statement, frame, terms, new ClientPortal.Asked());
                names.putPortal(frame.portal(), waiting);
                return DONE;
              }
              return gather(together, writes, execution, before, statement, frame);
            });
  }

  private CompletableFuture<@Nullable Void> gather(
      Routed.Together together, boolean writes, Execution execution, byte[] before, ClientStatement statement, BindFrame frame) {
    block.beginImplicit();
    batch.executed(true);
    return session.services().gatherer().gather(together.gathering(), together.many(), together.map(), execution, session, before)
        .thenCompose(
            rows -> batch.target(rows.home().shard())
                .handle((home, failure) -> bindTo(rows, home, failure, together.residue(), writes, statement, frame)));
  }

  /// Whether a portal waits for its Execute.
  boolean isWaiting() {
    return waiting != null;
  }

  /// Whether a message is one that a waiting portal waits for: a Describe of it, or its Execute, of all rows. Before any other [#settleWaiting] is to be
  /// called.
  boolean isWaitingFor(FrontendMessage message) {
    ClientPortal.Streamed streamed = waiting;
    return streamed != null && switch (message) {
      case FrontendMessage.Execute execute -> execute.maxRows() == 0 && execute.portal().equals(streamed.bind().portal());
      case FrontendMessage.Describe describe -> describe.subject() == FrontendMessage.Subject.PORTAL && describe.name().equals(streamed.bind().portal());
      default -> false;
    };
  }

  /// Tells the client what it asked about a portal that is bound.
  void describe(ClientPortal.Streamed streamed) {
    for (int i = 0; i < streamed.asked().descriptions(); i++) {
      RowDescriptions.describe(session, streamed.statement(), streamed.bind().resultFormats());
    }
  }

  /// The portal is run.
  void nothingWaits() {
    waiting = null;
  }

  /// Has what waits for its Execute gathered: what comes now could change what it finds, or it is not to give all its rows at once.
  CompletableFuture<@Nullable Void> settleWaiting() {
    ClientPortal.Streamed streamed = waiting;
    waiting = null;
    if (streamed == null || batch.isSkipping() || !streamed.equals(names.findPortal(streamed.bind().portal()))) {
      return DONE;
    }
    BindFrame frame = streamed.bind();
    ClientStatement statement = streamed.statement();
    Lexed query = Objects.requireNonNull(statement.lexed());
    Execution execution = new Execution(query, frame.typedBy(statement), frame.resultFormats(), false, streamed.terms(), query.charStart());
    return reading.readPending()
        .thenCompose(_ -> batch.leaveCurrent())
        .thenCompose(
            _ -> {
              names.removePortal(frame.portal());
              return gather(streamed.together(), false, execution, new byte[0], statement, frame);
            })
        .thenCompose(_ -> streamed.asked().descriptions() == 0 ? DONE : batch.quiet().thenRun(() -> describe(streamed)))
        .exceptionallyCompose(failure -> objected(failure, statement, query, frame));
  }

  private @Nullable Void bindTo(
      GatheredQuery query, @Nullable Participant home, @Nullable Throwable failure, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    if (home == null || failure != null) {
      query.close();
      throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
    }
    try {
      statement.requireSameShape(Unpooled.wrappedBuffer(query.description()));
      names.requireNoPortal(frame.portal(), home);
    } catch (RuntimeException taken) {
      query.close();
      throw taken;
    }
    Conversation conversation = home.conversation();
    query.bind(conversation, frame.portal(), frame.resultFormats());
    ClientPortal.Remote made = new ClientPortal.Remote(frame.portal(), home, statement, residue, writes, frame.resultFormats(), null, true);
    ClientPortal before = names.putPortal(frame.portal(), made);
    conversation.announce(new BindReply(session, made, before, bindEnd));
    GatheredQuery.closeStatement(conversation);
    conversation.announce(new SilentReply(session, Reply.Until.CLOSED, 0, _ -> query.close()));
    return null;
  }

  /// Where texts are in the way, what the batch has executed may have changed the settings that they depend on: it is settled first.
  ///
  /// @param parsedNow whether the statement's Parse is sent together with this Bind
  private CompletableFuture<Routed> routed(Plan.Forward plan, Lexed lexed, BindFrame frame, ClientStatement statement, boolean parsedNow) {
    return Route.needsTexts(session, plan, lexed, frame)
        ? batch.leaveCurrent().thenCompose(_ -> Route.settled(session, plan, lexed, frame, terms(statement, parsedNow)))
        : Route.settled(session, plan, lexed, frame, new ReadingTerms(Optional.empty(), false, parsedNow));
  }

  private ReadingTerms terms(ClientStatement statement, boolean parsedNow) {
    if (batch.hasLeft()) {
      return new ReadingTerms(Optional.empty(), false, parsedNow);
    }
    Optional<TextSettings> settings = session.textSettings();
    return new ReadingTerms(settings, parsedNow || statement.readsTextsUnder(settings), parsedNow);
  }

  private CompletableFuture<@Nullable Void> bindOn(
      ShardId shard, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    Participant now = residue.isNone() ? batch.targetNow(shard) : null;
    if (now != null) {
      return bindTo(now, residue, writes, statement, frame);
    }
    CompletableFuture<Participant> reaching = batch.settledBefore(residue).thenCompose(_ -> batch.target(shard));
    BindFrame kept = reaching.isDone() ? frame : frame.copy();
    return reaching.thenCompose(participant -> bindTo(participant, residue, writes, statement, kept));
  }

  private CompletableFuture<@Nullable Void> bindTo(
      Participant participant, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    names.requireNoPortal(frame.portal(), participant);
    String ready = names.pending() == statement
        ? reading.parseNow(participant.conversation(), statement, false)
        : servers.readyName(participant.conversation(), statement);
    if (ready != null) {
      writeBind(participant, ready, residue, writes, statement, frame);
      return DONE;
    }
    CompletableFuture<String> ensured = servers.ensure(participant, statement);
    BindFrame kept = ensured.isDone() ? frame : frame.copy();
    return ensured.thenAccept(name -> writeBind(participant, name, residue, writes, statement, kept));
  }

  private void writeBind(
      Participant participant, String name, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    Conversation conversation = participant.conversation();
    ByteBuf out = conversation.stage();
    int at = out.writerIndex();
    frame.write(out, name);
    int[] oids = statement.typeOids();
    OidTranslation fromHome = session.oids().fromHome(participant.shard());
    if (oids.length > 0 && !fromHome.isIdentity() && frame.hasBinary()) {
      fromHome.bind(out.slice(at, out.writerIndex() - at), oids);
    }
    short[] formats = frame.resultFormats();
    PortalRows rows = RowDescriptions.areUnknown(session, participant.shard(), statement, formats) ? new PortalRows() : null;
    ClientPortal.Remote made = new ClientPortal.Remote(frame.portal(), participant, statement, residue, writes, formats, rows, false);
    ClientPortal before = names.putPortal(frame.portal(), made);
    conversation.announce(new BindReply(session, made, before, bindEnd));
  }

  private void bindEnded(Conversation conversation, Reply.Outcome outcome, ClientPortal.Remote made, @Nullable ClientPortal instead) {
    if (outcome != Reply.Outcome.DONE) {
      names.bindFailed(made.name(), made, instead);
    }
    batch.ended(conversation, outcome);
  }
}
