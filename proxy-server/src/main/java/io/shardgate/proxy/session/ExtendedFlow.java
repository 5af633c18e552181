package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.pgwire.message.FrontendReader;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.TransactionStatement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The extended protocol: Parse, Bind, Describe, Execute, Close, Flush, and the Sync that ends a batch.
/// Confined to its channel's event loop.
///
/// A Parse waits for the Bind behind it, which says the shard. All messages for one shard go out as they come; before the batch
/// turns to another shard, the first one's replies are awaited, so that replies keep their order. A batch is one implicit transaction:
/// when it turns to another shard after something was executed, a BEGIN makes the first shard's part a block that can be committed
/// together with the others.
///
///     READING  → SKIPPING [failBatch]   an error: everything up to Sync is dropped, as PostgreSQL does
///     any      → READING  [sync]
final class ExtendedFlow {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);
  private static final String BEGIN_NAME = "sg-begin";
  private static final CompletableFuture<Boolean> WANTED = CompletableFuture.completedFuture(true);
  private static final CompletableFuture<Boolean> PASSED_OVER = CompletableFuture.completedFuture(false);

  /// A residue and where it was left.
  private record Left(Participant participant, Residue residue) {}

  private final ClientSession session;
  private final TransactionBlock block;
  private final ServerStatements servers;
  private final Beside beside;
  private final Lexer lexer = new Lexer();
  private final Map<String, ClientStatement> statements = new HashMap<>();
  private final Map<String, ClientPortal> portals = new HashMap<>();
  private final List<Left> left = new ArrayList<>();
  private @Nullable ClientStatement pendingParse;
  private @Nullable ClientStatement replaced;
  private @Nullable Participant current;
  private boolean executed;
  private boolean skipping;
  private boolean poisoned;

  ExtendedFlow(ClientSession session) {
    this.session = session;
    this.block = session.block();
    this.servers = new ServerStatements(session);
    this.beside = new Beside(session);
  }

  /// Takes one message of the extended protocol. Borrowed.
  void frame(byte type, ByteBuf frame) {
    if (type == 'S') {
      sync();
      return;
    }
    if (skipping) {
      return;
    }
    CompletableFuture<@Nullable Void> step;
    try {
      step =
          switch (type) {
            case 'P' -> parse((FrontendMessage.Parse) FrontendReader.read(type, frame));
            case 'B' -> bind(BindFrame.read(frame));
            case 'D' -> describe((FrontendMessage.Describe) FrontendReader.read(type, frame));
            case 'E' -> execute((FrontendMessage.Execute) FrontendReader.read(type, frame));
            case 'C' -> close((FrontendMessage.Close) FrontendReader.read(type, frame));
            default -> flush();
          };
    } catch (ServerErrorException failure) {
      step = CompletableFuture.failedFuture(failure);
    } catch (MalformedMessageException malformed) {
      // The frame's bounds are known, so only this batch is lost, as in PostgreSQL.
      step = CompletableFuture.failedFuture(new ServerErrorException(malformed.code(), String.valueOf(malformed.getMessage())));
    }
    if (step.isDone() && !step.isCompletedExceptionally()) {
      return;
    }
    session.frames().hold();
    step.handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .whenComplete((_, _) -> session.frames().proceed());
  }

  // ---- messages ----

  private CompletableFuture<@Nullable Void> parse(FrontendMessage.Parse message) {
    if (pendingParse != null) {
      return resolveParse().thenCompose(_ -> parse(message));
    }
    String name = message.statement();
    if (name.isEmpty()) {
      replaced = statements.remove(""); // gone, whatever comes of this one, unless it is never read
    }
    int limit = session.services().config().limits().clientStatements();
    if (statements.size() >= limit) {
      throw new ServerErrorException(
          ErrorFields.error(SqlState.PROGRAM_LIMIT_EXCEEDED, "too many prepared statements: " + limit)
              .withHint("Deallocate some; the limit is limits.client_statements."));
    }
    if (message.sql().length > session.services().config().limits().statementBytes()) {
      throw error(SqlState.PROGRAM_LIMIT_EXCEEDED, "statement text is too long: " + message.sql().length + " bytes");
    }
    List<Lexed> parts = lexer.statements(message.sql(), session.sessionView().lexicalRules());
    Lexed lexed = parts.size() == 1 ? parts.getFirst() : null;
    ClientStatement statement = new ClientStatement(name, message.sql(), message.parameterTypes(), lexed);
    if (block.isFailed() && !parts.isEmpty() && (lexed == null || !SimpleFlow.endsTransaction(session.sessionView().planNow(lexed)))) {
      ErrorFields forbidden = java.util.Objects.requireNonNull(session.failedBlockError());
      return new SyntaxCheck(session).of(message.sql(), parts)
          .thenApply(
              error -> {
                throw new ServerErrorException(error.orElse(forbidden));
              });
    }
    if (!name.isEmpty() && statements.containsKey(name)) {
      return leaveCurrent()
          .thenCompose(_ -> session.join(session.map().home()))
          .thenCompose(home -> servers.parsedInVain(home.conversation(), message.sql()))
          .thenRun(
              () -> {
                throw error(SqlState.DUPLICATE_PREPARED_STATEMENT, "prepared statement \"" + name + "\" already exists");
              });
    }
    statements.put(name, statement);
    pendingParse = statement;
    return DONE;
  }

  private CompletableFuture<@Nullable Void> bind(BindFrame frame) {
    ClientStatement statement = statements.get(frame.statement());
    if (statement == null) {
      throw noStatement(frame.statement());
    }
    if (pendingParse != null && pendingParse != statement) {
      BindFrame copy = frame.copy();
      return resolveParse().thenCompose(_ -> bind(copy));
    }
    frame.typedBy(statement);
    Lexed lexed = statement.lexed();
    if (block.isFailed()) {
      requireParameters(statement, frame);
    }
    if (lexed == null) {
      requireWorkingBlock();
      return bindOn(session.map().home(), Residue.NONE, false, statement, frame);
    }
    Plan plan = statement.planFor(session.view());
    if (plan != null && !session.sessionView().isStale()) {
      return bindPlan(plan, lexed, statement, frame);
    }
    CompletableFuture<Plan> planning = drainFor(session.sessionView().isStale()).thenCompose(_ -> session.plan(lexed));
    BindFrame kept = planning.isDone() ? frame : frame.copy();
    return planning.thenCompose(
        made -> {
          statement.plan(made, session.view());
          return bindPlan(made, lexed, statement, kept);
        });
  }

  /// PostgreSQL counts parameters before it looks whether the transaction failed.
  private static void requireParameters(ClientStatement statement, BindFrame frame) {
    int[] known = statement.knownOids();
    if (known != null && known.length != frame.count()) {
      throw error(
          SqlState.PROTOCOL_VIOLATION,
          "bind message supplies " + frame.count() + " parameters, but prepared statement \"" + statement.name() + "\" requires "
              + known.length);
    }
  }

  private void requireWorkingBlock() {
    ErrorFields forbidden = session.failedBlockError();
    if (forbidden != null) {
      throw new ServerErrorException(forbidden);
    }
  }

  private CompletableFuture<@Nullable Void> drainFor(boolean needed) {
    Participant now = current;
    return needed && now != null ? leave(now) : DONE;
  }

  private CompletableFuture<@Nullable Void> bindPlan(Plan plan, Lexed lexed, ClientStatement statement, BindFrame frame) {
    session.services().metrics().planned(plan.getClass());
    if (!SimpleFlow.endsTransaction(plan)) {
      requireWorkingBlock();
    }
    return switch (plan) {
      case Plan.Forward forward -> {
        Route route = Route.of(session, forward, lexed, frame);
        yield bindOn(route.shard(), route.residue(), forward.effects().writes(), statement, frame);
      }
      case Plan.Local local -> {
        Errand errand = session.local().errand(local.statement(), lexed, frame);
        if (errand != null) {
          yield bindOn(errand.shard(), errand.residue(), errand.writes(), statement, frame);
        }
        String portal = frame.portal();
        yield quiet()
            .thenRun(
                () -> {
                  answerLocalParse(statement);
                  requireNoPortal(portal, null);
                  portals.put(portal, new ClientPortal.Local(local.statement(), statement));
                  BackendWriter.bindComplete(session.output().stage());
                });
      }
      case Plan.Refuse refuse -> throw session.local().refused(refuse);
      case Plan.ParseOnHome parse -> {
        pendingParse = null;
        yield quiet().thenCompose(_ -> session.local().parseOnHome(parse, lexed));
      }
      case Plan.SplitInsert _, Plan.InsertSelect _, Plan.CopyIn _, Plan.CopyOut _, Plan.Broadcast _, Plan.ShardByShard _ -> {
        BindFrame copy = frame.copy();
        yield resolveParse()
            .thenCompose(_ -> copy.count() == 0 ? DONE : described(statement))
            .thenCompose(_ -> quiet())
            .thenRun(
                () -> {
                  portals.put(copy.portal(), new ClientPortal.Spread(plan, statement, copy));
                  BackendWriter.bindComplete(session.output().stage());
                });
      }
    };
  }

  /// Learns the types of parameters, which a piece of the statement may not tell as the whole does, and the columns.
  private CompletableFuture<@Nullable Void> described(ClientStatement statement) {
    if (statement.isDescribed()) {
      return DONE;
    }
    return reading(statement, conversation -> servers.describe(conversation, statement, false));
  }

  /// A portal of that name on `participant` itself is the server's to refuse.
  private void requireNoPortal(String name, @Nullable Participant participant) {
    ClientPortal known = name.isEmpty() ? null : portals.get(name);
    if (known != null && !(known instanceof ClientPortal.Remote remote && remote.participant() == participant)) {
      throw error(SqlState.DUPLICATE_CURSOR, "cursor \"" + name + "\" already exists");
    }
  }

  private CompletableFuture<@Nullable Void> bindOn(
      ShardId shard, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    CompletableFuture<Participant> reaching = target(shard);
    BindFrame kept = reaching.isDone() ? frame : frame.copy();
    return reaching.thenCompose(participant -> {
      requireNoPortal(kept.portal(), participant);
      if (pendingParse == statement) {
        String name = parseNow(participant.conversation(), statement, false);
        writeBind(participant, name, residue, writes, statement, kept);
        return DONE;
      }
      CompletableFuture<String> ensured = servers.ensure(participant, statement);
      BindFrame still = ensured.isDone() ? kept : kept.copy();
      return ensured.thenAccept(name -> writeBind(participant, name, residue, writes, statement, still));
    });
  }

  private void writeBind(
      Participant participant, String name, Residue residue, boolean writes, ClientStatement statement, BindFrame frame) {
    Conversation conversation = participant.conversation();
    ByteBuf out = conversation.stage();
    int at = out.writerIndex();
    frame.write(out, name);
    int[] oids = parameterOids(statement);
    if (oids.length > 0) {
      session.oids().fromHome(participant.shard()).bind(out.slice(at, out.writerIndex() - at), oids);
    }
    ClientPortal made =
        new ClientPortal.Remote(frame.portal(), participant, statement, residue, writes, frame.resultFormats());
    ClientPortal before = portals.put(frame.portal(), made);
    conversation.announce(
        new BindReply(session, (c, outcome, shell) -> {
          if (outcome != Reply.Outcome.DONE) {
            bindFailed(frame.portal(), made, shell ? ClientPortal.Shell.INSTANCE : before);
          }
          ended(c, outcome);
        }));
  }

  private void bindFailed(String name, ClientPortal made, @Nullable ClientPortal instead) {
    if (instead == null) {
      portals.remove(name, made);
    } else {
      portals.replace(name, made, instead);
    }
  }

  private CompletableFuture<@Nullable Void> describe(FrontendMessage.Describe message) {
    return message.subject() == FrontendMessage.Subject.STATEMENT
        ? describeStatement(message.name())
        : describePortal(message.name());
  }

  private CompletableFuture<@Nullable Void> describeStatement(String name) {
    ClientStatement statement = statements.get(name);
    if (statement == null) {
      throw noStatement(name);
    }
    if (pendingParse != null && pendingParse != statement) {
      return resolveParse().thenCompose(_ -> describeStatement(name));
    }
    return locally(statement).thenCompose(
        local -> {
          if (local != null) {
            return quiet().thenRun(() -> {
              answerLocalParse(statement);
              BackendWriter.parameterDescription(session.output().stage(), new int[0]);
              describeLocal(local);
            });
          }
          if (block.isFailed() && pendingParse != statement) {
            return describeInFailedBlock(statement);
          }
          return reading(statement, conversation -> {
            if (pendingParse == statement) {
              parseNow(conversation, statement, true);
              return DONE;
            }
            return servers.describe(conversation, statement, true);
          });
        });
  }

  /// What returns rows is not described there, whether the shard that is asked failed or another.
  private CompletableFuture<@Nullable Void> describeInFailedBlock(ClientStatement statement) {
    return described(statement)
        .thenCompose(_ -> quiet())
        .thenRun(
            () -> {
              if (statement.rowDescription() != null) {
                requireWorkingBlock();
              }
              BackendWriter.parameterDescription(session.output().stage(), parameterOids(statement));
              BackendWriter.noData(session.output().stage());
            });
  }

  private static int[] parameterOids(ClientStatement statement) {
    int[] known = statement.knownOids();
    return known != null ? known : statement.parameterOids();
  }

  private void describeLocal(ClientPortal.Local local) {
    if (local.parsed() instanceof SessionStatement.Execute execute) {
      ClientStatement executed = statements.get(execute.name());
      byte[] body = executed == null ? null : executed.rowDescription();
      if (body != null) {
        RowDescriptions.write(session.output().stage(), body, new short[0]);
        return;
      }
    }
    List<String> columns = session.local().columns(local.parsed());
    if (columns.isEmpty()) {
      BackendWriter.noData(session.output().stage());
    } else {
      ShowShardgate.describe(session, columns);
    }
  }

  private void answerLocalParse(ClientStatement statement) {
    if (pendingParse == statement) {
      pendingParse = null;
      BackendWriter.parseComplete(session.output().stage());
    }
  }

  /// Whether the proxy answers a statement itself, whatever its parameters will be.
  private boolean isAnswered(Statement parsed, Lexed lexed) {
    return !(parsed instanceof SessionStatement.DeclareCursor) && session.local().errand(parsed, lexed, Bindings.NONE) == null;
  }

  /// The statement as one that the proxy answers, or null.
  private CompletableFuture<ClientPortal.@Nullable Local> locally(ClientStatement statement) {
    Lexed lexed = statement.lexed();
    if (lexed == null) {
      return CompletableFuture.completedFuture(null);
    }
    return drainFor(session.sessionView().isStale()).thenCompose(_ -> session.plan(lexed)).thenApply(
        plan -> {
          statement.plan(plan, session.view());
          return plan instanceof Plan.Local local && isAnswered(local.statement(), lexed)
              ? new ClientPortal.Local(local.statement(), statement)
              : null;
        });
  }

  private CompletableFuture<@Nullable Void> describePortal(String name) {
    ShardId declared = portals.containsKey(name) ? null : session.local().declaredShard(name);
    if (declared != null) {
      // A cursor of SQL is a portal too (libpq's PQdescribePortal asks so).
      return target(declared).thenAccept(participant -> describePortalOn(participant, name));
    }
    return describe(portal(name), name);
  }

  private void describePortalOn(Participant participant, String name) {
    FrontendWriter.describePortal(participant.conversation().stage(), name);
    participant.conversation().announce(relay(Reply.Until.DESCRIBED));
  }

  private CompletableFuture<@Nullable Void> describe(ClientPortal portal, String name) {
    return switch (portal) {
      case ClientPortal.Remote remote ->
          targetOf(remote).thenAccept(participant -> describePortalOn(participant, name));
      case ClientPortal.Done(ClientPortal ran) -> describe(ran, name);
      case ClientPortal.Local local -> quiet().thenRun(() -> describeLocal(local));
      case ClientPortal.Shell _ -> quiet().thenRun(() -> BackendWriter.noData(session.output().stage()));
      case ClientPortal.Spread spread ->
          described(spread.statement()).thenCompose(_ -> quiet()).thenRun(() -> RowDescriptions.describe(session, spread));
    };
  }

  private CompletableFuture<@Nullable Void> execute(FrontendMessage.Execute message) {
    ClientPortal portal = portal(message.portal());
    if (!endsTransaction(portal)) {
      requireWorkingBlock();
    }
    return switch (portal) {
      case ClientPortal.Shell _ -> quiet().thenRun(() -> BackendWriter.emptyQueryResponse(session.output().stage()));
      case ClientPortal.Remote remote ->
          targetOf(remote).thenCompose(participant -> executeRemote(participant, remote, message));
      case ClientPortal.Local local -> {
        Lexed lexed = java.util.Objects.requireNonNull(local.statement().lexed());
        portals.put(message.portal(), new ClientPortal.Done(local));
        yield leaveCurrent()
            .thenCompose(_ -> session.local().run(local.parsed(), lexed, false))
            .thenRun(() -> executed |= staysInTransaction(local.parsed()));
      }
      case ClientPortal.Spread spread -> {
        portals.put(message.portal(), new ClientPortal.Done(spread));
        yield leaveCurrent().thenCompose(_ -> executeSpread(spread));
      }
      case ClientPortal.Done _ ->
          throw error(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"" + message.portal() + "\" cannot be run");
    };
  }

  /// What begins or ends a transaction, and what commits at once, leaves nothing to be committed by Sync.
  private static boolean staysInTransaction(Statement statement) {
    return !(statement instanceof TransactionStatement)
        && !(statement instanceof SessionStatement.Discard(SessionStatement.Discard.What what) && what == SessionStatement.Discard.What.ALL);
  }

  private static boolean endsTransaction(ClientPortal portal) {
    return switch (portal) {
      case ClientPortal.Local local -> SimpleFlow.endsTransaction(new Plan.Local(local.parsed()));
      case ClientPortal.Done(ClientPortal ran) -> endsTransaction(ran);
      case ClientPortal.Shell _ -> true;
      case ClientPortal.Remote _, ClientPortal.Spread _ -> false;
    };
  }

  private CompletableFuture<@Nullable Void> executeRemote(
      Participant participant, ClientPortal.Remote remote, FrontendMessage.Execute message) {
    Conversation conversation = participant.conversation();
    executed = true;
    if (remote.writes()) {
      conversation.wrote(true);
    }
    if (!remote.residue().isNone()) {
      conversation.state().mayKnow(remote.residue().settings());
      left.add(new Left(participant, remote.residue()));
    }
    RowTranslation rows = RowDescriptions.translation(session, participant.shard(), remote.statement(), remote.resultFormats());
    FrontendWriter.execute(conversation.stage(), message.portal(), message.maxRows());
    Lexed lexed = remote.statement().lexed();
    if (lexed == null || !lexed.is(0, "copy")) {
      conversation.announce(new ExecuteReply(session, rows, remote.residue().settings().isEmpty() ? this::ended : (c, outcome) -> {
        if (outcome == Reply.Outcome.DONE) {
          session.connections().knowNames(remote.residue().settings());
        }
        ended(c, outcome);
      }));
      return DONE;
    }
    // The Sync behind a COPY FROM STDIN must not reach a server that is copying: it would be ignored.
    CompletableFuture<@Nullable Void> copied = new CompletableFuture<>();
    conversation.announce(new ExecuteReply(session, rows, (c, outcome) -> {
      session.copy().relayEnded(c);
      ended(c, outcome);
      copied.complete(null);
    }));
    FrontendWriter.flush(conversation.stage());
    conversation.flush();
    return copied;
  }

  private CompletableFuture<@Nullable Void> executeSpread(ClientPortal.Spread spread) {
    if (!(spread.plan() instanceof Plan.ShardByShard)) {
      block.beginImplicit();
      executed = true;
    }
    Lexed lexed = java.util.Objects.requireNonNull(spread.statement().lexed());
    Execution execution = new Execution(lexed, spread.bind(), spread.bind().resultFormats(), false, lexed.charStart());
    return SpreadRun.of(session, spread.plan(), execution)
        .thenCompose(
            tag -> {
              BackendWriter.commandComplete(session.output().stage(), tag);
              boolean catalog = PlanEffects.of(spread.plan()).changesCatalog();
              return catalog && !block.isOpen() ? session.aftermath().transactionEnded(true) : DONE;
            });
  }

  private CompletableFuture<@Nullable Void> close(FrontendMessage.Close message) {
    if (message.subject() == FrontendMessage.Subject.STATEMENT) {
      ClientStatement statement = statements.remove(message.name());
      if (statement != null && pendingParse == statement) {
        statements.put(message.name(), statement);
        return resolveParse().thenCompose(_ -> close(message));
      }
      return closeComplete();
    }
    ClientPortal portal = portals.remove(message.name());
    if (portal instanceof ClientPortal.Remote remote && !remote.participant().conversation().isLost()) {
      return targetOf(remote).thenAccept(
          participant -> {
            FrontendWriter.closePortal(participant.conversation().stage(), message.name());
            participant.conversation().announce(relay(Reply.Until.CLOSED));
          });
    }
    return closeComplete();
  }

  private CompletableFuture<@Nullable Void> closeComplete() {
    Participant now = current;
    if (now != null && !now.conversation().isQuiet()) {
      servers.mark(now.conversation(), relay(Reply.Until.CLOSED));
    } else {
      BackendWriter.closeComplete(session.output().stage());
    }
    return DONE;
  }

  private CompletableFuture<@Nullable Void> flush() {
    return resolveParse().thenRun(
        () -> {
          Participant now = current;
          if (now != null) {
            FrontendWriter.flush(now.conversation().stage());
            now.conversation().flush();
          }
          session.output().flush();
        });
  }

  // ---- shards of a batch ----

  /// The participant for the next messages; leaves the one before first.
  private CompletableFuture<Participant> target(ShardId shard) {
    Participant now = current;
    if (now != null && now.conversation().isLost()) {
      current = null;
      now = null;
    }
    if (now != null && now.shard().equals(shard) && block.isCurrent(now)) {
      return CompletableFuture.completedFuture(now);
    }
    if (now == null && executed && !block.isOpen() && session.pipelinesAreBlocks()) {
      block.beginImplicit(); // what the proxy carried out itself was the beginning of it
    }
    CompletableFuture<@Nullable Void> free = now == null ? DONE : leave(now);
    return free.thenCompose(_ -> session.join(shard))
        .thenApply(
            participant -> {
              current = participant;
              return participant;
            });
  }

  private CompletableFuture<Participant> targetOf(ClientPortal.Remote remote) {
    if (remote.participant() == current && !remote.participant().conversation().isLost()) {
      return CompletableFuture.completedFuture(remote.participant());
    }
    if (block.participant(remote.participant().shard()) != remote.participant()) {
      throw noPortal(remote.name());
    }
    return target(remote.participant().shard());
  }

  private CompletableFuture<@Nullable Void> leaveCurrent() {
    Participant now = current;
    return now == null ? DONE : leave(now);
  }

  /// Waits for all replies of a participant and ends its pipeline, so that the batch can go on elsewhere. What it executed outside
  /// of a block becomes the beginning of one.
  private CompletableFuture<@Nullable Void> leave(Participant participant) {
    Conversation conversation = participant.conversation();
    current = null;
    if (!conversation.needsSync()) {
      return settleLeft();
    }
    if (!block.isOpen() && (executed || hasPortalOn(participant))) {
      beginBehind(participant);
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    conversation.sync(new SilentReply(session, Reply.Until.READY, 0, _ -> {
      if (skipping) {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      } else {
        done.complete(null);
      }
    }));
    conversation.flush();
    return done.thenCompose(_ -> settleLeft());
  }

  /// Whether the client may still execute a portal there, which a Sync outside of a block would end.
  private boolean hasPortalOn(Participant participant) {
    return portals.values().stream().anyMatch(portal -> portal instanceof ClientPortal.Remote remote && remote.participant() == participant);
  }

  /// BEGIN in the pipeline keeps what was done before it (PostgreSQL docs, "Pipelining").
  private void beginBehind(Participant participant) {
    Conversation conversation = participant.conversation();
    ByteBuf out = conversation.stage();
    FrontendWriter.parse(out, BEGIN_NAME, new byte[] {'B', 'E', 'G', 'I', 'N'}, new int[0]);
    FrontendWriter.bind(out, BEGIN_NAME, BEGIN_NAME, new int[0], List.of(), new int[0]);
    FrontendWriter.execute(out, BEGIN_NAME, 0);
    FrontendWriter.closeStatement(out, BEGIN_NAME);
    for (Reply.Until until : List.of(Reply.Until.PARSED, Reply.Until.BOUND, Reply.Until.EXECUTED, Reply.Until.CLOSED)) {
      conversation.announce(
          new SilentReply(session, until, 0, outcome -> {
            if (outcome != Reply.Outcome.DONE) {
              participant.ended(false); // an error before it: the server skips the BEGIN, and Sync rolls back
            }
          }));
    }
    block.beginImplicit();
    block.adopt(participant);
  }

  private CompletableFuture<@Nullable Void> settleLeft() {
    List<Left> now = List.copyOf(left);
    left.clear();
    CompletableFuture<@Nullable Void> done = DONE;
    for (Left one : now) {
      done = done.thenCompose(_ -> session.aftermath().of(one.participant(), one.residue()));
    }
    return done;
  }

  /// Has a statement without a Bind read by a server.
  private CompletableFuture<@Nullable Void> reading(
      ClientStatement statement, Function<Conversation, CompletableFuture<@Nullable Void>> messages) {
    ShardId shard = beside.readerInTransaction(statement, current);
    return shard == null
        ? quiet().thenCompose(_ -> beside.run(messages::apply))
        : target(shard).thenCompose(participant -> messages.apply(participant.conversation()));
  }

  /// Sends the Parse that waits for a Bind, as none comes.
  private CompletableFuture<@Nullable Void> resolveParse() {
    ClientStatement statement = pendingParse;
    if (statement == null) {
      return DONE;
    }
    return locally(statement).thenCompose(
        local -> {
          if (local != null) {
            return quiet().thenRun(() -> answerLocalParse(statement));
          }
          Lexed lexed = statement.lexed();
          if (lexed != null && statement.planFor(session.view()) instanceof Plan.Refuse refuse) {
            pendingParse = null;
            throw session.local().refused(refuse);
          }
          return reading(statement, conversation -> {
            parseNow(conversation, statement, false);
            return DONE;
          });
        });
  }

  private String parseNow(Conversation reader, ClientStatement statement, boolean tellDescription) {
    pendingParse = null;
    ClientStatement before = replaced;
    return servers.parse(
        reader, statement, tellDescription,
        (conversation, outcome) -> {
          if (outcome == Reply.Outcome.DONE) {
            statement.parsed();
          } else if (outcome == Reply.Outcome.SKIPPED) {
            neverRead(statement, before);
          } else {
            statements.remove(statement.name(), statement);
          }
          ended(conversation, outcome);
        });
  }

  /// Completes when the current participant has answered all it was sent, so that the client may be told something else.
  private CompletableFuture<@Nullable Void> quiet() {
    Participant now = current;
    if (now == null || now.conversation().isQuiet() || now.conversation().isLost()) {
      return DONE;
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    servers.mark(now.conversation(), new SilentReply(session, Reply.Until.CLOSED, 0, outcome -> {
      if (outcome == Reply.Outcome.DONE) {
        done.complete(null);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    FrontendWriter.flush(now.conversation().stage());
    now.conversation().flush();
    return done;
  }

  // ---- the end of a batch ----

  private RelayReply relay(Reply.Until until) {
    return new RelayReply(session, until, 0, this::ended);
  }

  private void ended(Conversation conversation, Reply.Outcome outcome) {
    boolean told = outcome == Reply.Outcome.FAILED || (outcome == Reply.Outcome.LOST && !session.connections().isBeside(conversation));
    if (told) {
      skipping = true;
      dropPending();
    }
  }

  /// The Parse that waits for its Bind is behind an error: it was never read.
  private void dropPending() {
    ClientStatement pending = pendingParse;
    pendingParse = null;
    if (pending != null) {
      neverRead(pending, replaced);
    }
  }

  private void neverRead(ClientStatement statement, @Nullable ClientStatement before) {
    if (statements.remove(statement.name(), statement) && before != null && !statement.isNamed()) {
      statements.put("", before);
    }
  }

  private CompletableFuture<@Nullable Void> failBatch(Throwable failure) {
    return quiet().handle((_, _) -> null).thenAccept(
        _ -> {
          dropPending();
          if (!skipping) {
            session.fail(failure);
            skipping = true;
            poisoned = executed && !block.isOpen();
          }
        });
  }

  private void sync() {
    session.frames().hold();
    CompletableFuture<@Nullable Void> resolved;
    try {
      resolved = skipping ? DONE : resolveParse();
    } catch (ServerErrorException failure) {
      resolved = CompletableFuture.failedFuture(failure);
    }
    resolved.handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .thenCompose(_ -> syncCurrent())
        .whenComplete((_, _) -> left.forEach(one -> session.aftermath().evenIfFailed(one.residue())))
        .thenCompose(_ -> skipping ? DONE : settleLeft())
        .handle((_, failure) -> failure)
        .thenCompose(
            failure -> {
              if (failure != null && !skipping) {
                session.fail(failure);
                skipping = true;
              }
              return endImplicit();
            })
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                session.fail(failure);
              }
              endBatch();
              session.ready();
              session.frames().proceed();
            });
  }

  private CompletableFuture<@Nullable Void> syncCurrent() {
    Participant now = current;
    if (now == null || now.conversation().isLost() || !now.conversation().needsSync()) {
      return DONE;
    }
    Conversation conversation = now.conversation();
    if (poisoned) {
      // The client was told that its batch failed: what the shard did of it must not be committed by Sync.
      FrontendWriter.execute(conversation.stage(), BEGIN_NAME, 0);
      conversation.announce(new MuteReply(Reply.Until.EXECUTED));
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    conversation.sync(new SilentReply(session, Reply.Until.READY, 0, _ -> done.complete(null)));
    conversation.flush();
    return done;
  }

  private CompletableFuture<@Nullable Void> endImplicit() {
    if (!block.isOpen() || block.isExplicit()) {
      return skipping || block.isOpen() || !session.sessionView().hasOwn() ? DONE : session.aftermath().transactionEnded(true);
    }
    CompletableFuture<TransactionBlock.End> ending = skipping ? block.rollback() : block.commit();
    return ending.thenCompose(
        ended -> {
          session.local().tell(ended);
          return session.aftermath().transactionEnded(ended.tag().equals("COMMIT"));
        });
  }

  private void endBatch() {
    skipping = false;
    executed = false;
    poisoned = false;
    current = null;
    left.clear();
    if (!block.isOpen()) {
      portals.clear();
    }
  }

  // ---- what the rest of the session asks ----

  /// A Query came. Behind messages without a Sync it waits until these were answered; behind a failed one it is passed over, as
  /// everything up to Sync is. It ends the unnamed statement and portal. What the batch executed stays an open implicit transaction, which
  /// the Query joins and does not end, if it is of one statement.
  ///
  /// @return whether the Query is to be carried out
  CompletableFuture<Boolean> queryCame() {
    if (skipping) {
      return PASSED_OVER;
    }
    Participant now = current;
    if (pendingParse == null && (now == null || !now.conversation().needsSync())) {
      queryTurn();
      return WANTED;
    }
    return resolveParse()
        .thenCompose(
            _ -> {
              if (!executed && !block.isOpen()) {
                portals.clear();
              }
              return leaveCurrent();
            })
        .handle((_, failure) -> failure)
        .thenCompose(failure -> failure == null ? DONE : failBatch(failure))
        .thenApply(
            _ -> {
              if (!skipping) {
                queryTurn();
              }
              return !skipping;
            });
  }

  private void queryTurn() {
    if (executed && !block.isOpen()) {
      block.beginImplicit();
    }
    statements.remove("");
    portals.remove("");
    endBatch();
  }

  /// A transaction block ended: its portals end with it.
  void blockEnded() {
    portals.clear();
    executed = false;
  }

  /// Where a portal of the extended protocol lives, which SQL's FETCH, MOVE and CLOSE know as a cursor; null when there is none.
  @Nullable ShardId portalShard(String name) {
    return portals.get(name) instanceof ClientPortal.Remote remote ? remote.participant().shard() : null;
  }

  /// Whether something was executed since the last Sync: what can't run inside a transaction can't run now.
  boolean isInPipeline() {
    return executed;
  }

  /// DISCARD ALL.
  void discardAll() {
    forgetAll();
    portals.clear();
  }

  /// DEALLOCATE ALL and DISCARD ALL. The unnamed statement is no prepared one to them.
  void forgetAll() {
    statements.keySet().removeIf(name -> !name.isEmpty());
  }

  /// DEALLOCATE of one; false when there is none.
  boolean forget(String name) {
    return statements.remove(name) != null;
  }

  @Nullable ClientStatement statement(String name) {
    return statements.get(name);
  }

  void put(ClientStatement statement) {
    statements.put(statement.name(), statement);
  }

  ServerStatements servers() {
    return servers;
  }

  private ClientPortal portal(String name) {
    ClientPortal portal = portals.get(name);
    if (portal == null) {
      throw noPortal(name);
    }
    return portal;
  }

  private static ServerErrorException noPortal(String name) {
    return error(SqlState.INVALID_CURSOR_NAME, "portal \"" + name + "\" does not exist");
  }

  private static ServerErrorException noStatement(String name) {
    return error(
        SqlState.INVALID_SQL_STATEMENT_NAME,
        name.isEmpty() ? "unnamed prepared statement does not exist" : "prepared statement \"" + name + "\" does not exist");
  }

  private static ServerErrorException error(SqlState state, String message) {
    return new ServerErrorException(state, message);
  }
}
