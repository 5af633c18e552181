package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Encodings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SnapshotSetting;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.Bindings;
import io.shardgate.router.Refusal;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.TransactionModes;
import io.shardgate.router.statement.TransactionStatement;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Statements about the session itself: some the proxy answers ([#run]), some a shard has to carry out ([#errand]).
/// Confined to its channel's event loop.
final class LocalStatements {
  private static final List<String> IDENTITY = List.of("session_authorization", "role");
  private static final Set<String> LEVELS = Set.of("serializable", "repeatable read", "read committed", "read uncommitted");
  private static final Set<String> SWITCHES = Set.of("on", "off", "true", "false");

  private final ClientSession session;
  private final TransactionBlock block;
  private final SqlPrepared prepared;
  private final Map<String, Cursor> cursors = new HashMap<>();

  /// A cursor of DECLARE.
  ///
  /// @param columns its query's, as a RowDescription, where it is over gathered rows: those name no table
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Cursor(ShardId shard, byte @Nullable [] columns) {}

  LocalStatements(ClientSession session) {
    this.session = session;
    this.block = session.block();
    this.prepared = new SqlPrepared(session);
  }

  // ---- what a shard carries out ----

  /// Where a statement goes and what it leaves behind; null when the proxy answers it itself. Of DECLARE [#declare] tells.
  @Nullable Errand errand(Statement statement) {
    ShardId home = session.map().home();
    return switch (statement) {
      case SessionStatement.Set set -> {
        checkValue(set);
        yield set(set);
      }
      case SessionStatement.SetRole role -> new Errand(settingShard(), Residue.set(List.of("role"), role.local()), false);
      case SessionStatement.SetSessionAuthorization user -> new Errand(settingShard(), Residue.set(IDENTITY, user.local()), false);
      case TransactionStatement.SetSessionCharacteristics _ ->
          new Errand(
              settingShard(),
              Residue.set(
                  List.of("default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"),
                  false),
              false);
      case SessionStatement.Reset reset -> new Errand(settingShard(), reset(reset.name()), false);
      case SessionStatement.Show _ -> new Errand(settingShard(), Residue.NONE, false);
      case SessionStatement.Fetch fetch -> {
        session.extended().names().requireUnfinished(fetch.cursor());
        yield new Errand(cursorShard(fetch.cursor()), Residue.NONE, true);
      }
      case SessionStatement.CloseCursor close when close.name() != null ->
          new Errand(cursorShard(close.name()), Residue.pinning(), false);
      case SessionStatement.CloseCursor _ -> null;
      case SessionStatement.Listen _ -> new Errand(home, Residue.pinning(), true);
      case SessionStatement.Unlisten _ -> onPinned(home);
      case SessionStatement.Notify _ ->
          new Errand(home, new Residue(List.of(), false, false, false, false, false, false, false, true, false), true);
      case SessionStatement.Discard discard ->
          switch (discard.what()) {
            case ALL, PLANS -> null;
            case TEMP -> block.isOpen() ? new Errand(home, Residue.pinning(), false) : onPinned(home);
            case SEQUENCES -> new Errand(home, Residue.pinning(), false);
          };
      case SessionStatement.Load _ ->
          throw ProxyRefusal.LOAD_LIBRARY.error();
      default -> null;
    };
  }

  /// RESET SESSION AUTHORIZATION leaves the role too.
  private static Residue reset(@Nullable String name) {
    if (name == null) {
      return Residue.resetOfAll();
    }
    return name.equals("session_authorization") ? Residue.set(IDENTITY, false) : Residue.resetOf(name, false);
  }

  /// The same for a batch, which is a transaction up to its Sync: a mode of it holds on all shards that it comes to.
  @Nullable Errand errandInBatch(Statement statement) {
    boolean mode = statement instanceof SessionStatement.Set set && Residue.endsWithTransaction(set.name());
    return mode ? null : errand(statement);
  }

  /// The modes of a transaction end with it, so that nothing of them is to be followed; null when they are set for a whole block.
  private @Nullable Errand set(SessionStatement.Set set) {
    if (Residue.endsWithTransaction(set.name())) {
      return block.isOpen() ? null : new Errand(settingShard(), Residue.NONE, false);
    }
    return new Errand(
        settingShard(),
        set.isDefault() ? Residue.resetOf(set.name(), set.local()) : Residue.set(List.of(set.name()), set.local()),
        false);
  }

  /// A setting may be tried on any shard: on one that the transaction uses anyway.
  ShardId settingShard() {
    ShardId home = session.map().home();
    if (block.participant(home) != null || block.participants().isEmpty()) {
      return home;
    }
    return block.participants().iterator().next().shard();
  }

  private static void checkValue(SessionStatement.Set set) {
    if (set.values().size() == 1) { // what takes one takes no list: PostgreSQL's to say
      checkValue(set.name(), set.values().getFirst().text());
    }
  }

  /// Refuses a value that PostgreSQL would take and the proxy can't.
  static void checkValue(String name, String value) {
    if (name.equalsIgnoreCase("client_encoding")) {
      checkEncoding(value);
    } else if (SnapshotSetting.is(name) && !SnapshotSetting.isValue(value)) {
      throw SnapshotSetting.refused(value);
    }
  }

  /// Refuses an encoding that the proxy can't read; what nobody knows is for PostgreSQL to complain about.
  private static void checkEncoding(String wanted) {
    if (Encodings.charsetOf(wanted).isEmpty() && Encodings.isRefused(wanted)) {
      throw ProxyRefusal.CLIENT_ENCODING.error(wanted);
    }
  }

  /// A statement that only matters on a pinned connection; null when there is none, and so nothing to do.
  private @Nullable Errand onPinned(ShardId home) {
    if (session.connections().pinned().isEmpty() && block.participants().isEmpty()) {
      return null;
    }
    return new Errand(home, Residue.pinning(), false);
  }

  /// The same for a cursor, which goes where its query does.
  CompletableFuture<Declared> declare(SessionStatement.DeclareCursor cursor, Bindings bindings, ReadingTerms terms) {
    Plan body = session.sessionView().planNow(cursor.body());
    return switch (body) {
      case Plan.Forward forward ->
          Route.routed(session, forward, cursor.body(), bindings, terms)
              .thenApply(
                  routed -> switch (routed) {
                    case Route route -> {
                      cursors.put(cursor.name(), new Cursor(route.shard(), null));
                      boolean writes = forward.effects().writes() || cursor.hold();
                      yield new Errand(route.shard(), cursor.hold() ? Residue.pinning() : route.residue(), writes);
                    }
                    case Routed.Together together when together.gathering().locks() -> throw ServerErrorException.of(together.many().otherwise());
                    case Routed.Together together -> {
                      if (!block.isOpen() && !cursor.hold()) {
                        throw new ServerErrorException(SqlState.NO_ACTIVE_SQL_TRANSACTION, "DECLARE CURSOR can only be used in transaction blocks");
                      }
                      cursors.put(cursor.name(), new Cursor(session.map().home(), null));
                      yield new Declared.Gathered(cursor.hold() ? together.leaving(Residue.pinning()) : together, cursor.hold());
                    }
                    case Routed.Made _ -> new Errand(session.map().home(), Residue.NONE, false); // PostgreSQL has no cursors of INSERT
                  });
      case Plan.Refuse refuse -> throw ServerErrorException.of(refuse);
      case Plan.Filled filled -> throw ServerErrorException.of(Refusal.UNFILLED_CALL.of(filled.gaps().getFirst().function()));
      default -> CompletableFuture.completedFuture(new Errand(session.map().home(), Residue.NONE, false));
    };
  }

  /// Whether it is a matter of texts where a cursor goes, or its rows come from.
  boolean needsTexts(SessionStatement.DeclareCursor cursor, Bindings bindings) {
    return session.sessionView().planNow(cursor.body()) instanceof Plan.Forward forward && Route.needsTexts(session, forward, cursor.body(), bindings);
  }

  /// Where a cursor that DECLARE made lives; null when there is none of that name.
  @Nullable ShardId declaredShard(String name) {
    Cursor known = cursors.get(name);
    return known == null ? null : known.shard();
  }

  /// Where a cursor lives: where one was declared, else where the portal of that name is, else at home.
  ShardId cursorShard(String name) {
    ShardId known = declaredShard(name);
    ShardId portal = known != null ? known : session.extended().names().portalShard(name);
    return portal != null ? portal : session.map().home();
  }

  /// What a cursor over gathered rows gives; null for any other.
  byte @Nullable [] columnsOfGathered(String name) {
    Cursor known = cursors.get(name);
    return known == null ? null : known.columns();
  }

  /// Keeps what a cursor over gathered rows gives.
  void gathered(String name, byte[] columns) {
    cursors.put(name, new Cursor(session.map().home(), columns));
  }

  /// Whether there is a cursor of that name, of DECLARE or of the extended protocol.
  boolean isCursor(String name) {
    return cursors.containsKey(name) || session.extended().names().portalShard(name) != null;
  }

  /// PREPARE and EXECUTE.
  SqlPrepared prepared() {
    return prepared;
  }

  // ---- what the proxy answers ----

  /// The columns of what [#run] answers; empty when it answers no rows.
  List<String> columns(Statement statement) {
    return switch (statement) {
      case SessionStatement.ShowShardgate show -> ShowShardgate.columns(show.topic());
      case AdminStatement admin -> AdminCommands.columns(admin);
      case DataStatement.Explain _ -> List.of("QUERY PLAN");
      default -> List.of();
    };
  }

  /// Whether a statement has neither rows nor parameters, wherever it is carried out.
  static boolean isRowless(Statement statement) {
    return !(statement instanceof SessionStatement.Fetch
        || statement instanceof SessionStatement.Show
        || statement instanceof SessionStatement.Execute
        || statement instanceof SessionStatement.DeclareCursor
        || statement instanceof SessionStatement.ShowShardgate
        || statement instanceof AdminStatement
        || statement instanceof DataStatement);
  }

  /// Answers a statement: rows if there are any, and CommandComplete.
  ///
  /// @param bindings the client's parameters
  /// @param describe whether rows are announced by a RowDescription
  CompletableFuture<Void> run(Statement statement, Lexed lexed, Bindings bindings, boolean describe) {
    return switch (statement) {
      case TransactionStatement.Begin begin -> begin(begin);
      case TransactionStatement.Commit commit -> end(true, commit.chain());
      case TransactionStatement.Rollback rollback -> end(false, rollback.chain());
      case TransactionStatement.Savepoint savepoint -> {
        requireBlock("SAVEPOINT");
        block.savepoint(savepoint.name());
        yield tag("SAVEPOINT");
      }
      case TransactionStatement.RollbackTo to -> {
        requireBlock("ROLLBACK TO SAVEPOINT");
        yield block.rollbackTo(to.name())
            .thenRun(session.extended().names()::rolledBack)
            .thenRun(session.connections()::subtransactionEnded)
            .thenRun(session.aftermath()::ownMayDiffer)
            .thenCompose(_ -> tag("ROLLBACK"));
      }
      case TransactionStatement.Release release -> {
        requireBlock("RELEASE SAVEPOINT");
        yield block.release(release.name())
            .thenRun(session.extended().names()::released)
            .thenRun(session.connections()::subtransactionEnded)
            .thenCompose(_ -> tag("RELEASE"));
      }
      case TransactionStatement.SetTransaction set -> ofTransaction("SET TRANSACTION", !describe, () -> changeModes(set.modes()), "SET");
      case TransactionStatement.SetConstraints set ->
          ofTransaction("SET CONSTRAINTS", !describe, () -> setConstraints(set, lexed), "SET CONSTRAINTS");
      case TransactionStatement.PrepareTransaction _, TransactionStatement.CommitPrepared _,
          TransactionStatement.RollbackPrepared _ ->
          throw ProxyRefusal.CLIENT_TWO_PHASE.error();
      case TransactionStatement.SetTransactionSnapshot _ ->
          throw ProxyRefusal.IMPORTED_SNAPSHOT.error();
      case SessionStatement.Set set -> {
        if (set.local() && isOutsideOfBlocks(!describe)) {
          warn(SqlState.NO_ACTIVE_SQL_TRANSACTION, "SET LOCAL can only be used in transaction blocks");
        }
        block.beginImplicit();
        CompletableFuture<?> known = isMode(set) ? CompletableFuture.completedFuture(null) : session.join(settingShard());
        yield known.thenCompose(_ -> everywhere(lexed.toString())).thenCompose(_ -> tag("SET"));
      }
      case SessionStatement.Discard discard -> discard(discard.what());
      case SessionStatement.CloseCursor _ -> closeAll();
      case SessionStatement.Unlisten _ -> tag("UNLISTEN");
      case SessionStatement.Prepare prepare -> prepared.prepare(prepare, lexed).thenCompose(_ -> tag("PREPARE"));
      case SessionStatement.Execute execute -> prepared.execute(execute, lexed, describe);
      case SessionStatement.Deallocate deallocate -> deallocate(deallocate);
      case SessionStatement.ShowShardgate show -> ShowShardgate.run(session, show.topic(), describe);
      case DataStatement.Explain explain -> ExplainRoute.run(session, explain, bindings, describe);
      case AdminStatement admin -> AdminCommands.run(session, admin, lexed, bindings, describe);
      default -> throw new IllegalStateException("not a local statement: " + statement.getClass().getSimpleName());
    };
  }

  /// Whether the value is right without a server's word.
  private static boolean isMode(SessionStatement.Set set) {
    String value = set.isDefault() ? "" : set.values().getFirst().text();
    return (set.name().equals("transaction_isolation") ? LEVELS : SWITCHES).contains(value);
  }

  private CompletableFuture<Void> begin(TransactionStatement.Begin begin) {
    String tag = begin.start() ? "START TRANSACTION" : "BEGIN";
    if (block.isExplicit()) {
      warn(SqlState.ACTIVE_SQL_TRANSACTION, "there is already a transaction in progress");
    } else if (block.isOpen()) {
      return changed(begin.modes()).thenRun(() -> block.begin("BEGIN")).thenCompose(_ -> tag(tag)); // no block if they can't be changed
    } else {
      block.begin("BEGIN" + text(begin.modes()));
      block.modes(begin.modes());
      return tag(tag);
    }
    return changed(begin.modes()).thenCompose(_ -> tag(tag));
  }

  private static String text(TransactionModes modes) {
    StringBuilder text = new StringBuilder();
    TransactionModes.Isolation isolation = modes.isolation();
    if (isolation != null) {
      text.append(" ISOLATION LEVEL ").append(isolation.name().replace('_', ' '));
    }
    Boolean readOnly = modes.readOnly();
    if (readOnly != null) {
      text.append(readOnly ? " READ ONLY" : " READ WRITE");
    }
    Boolean deferrable = modes.deferrable();
    if (deferrable != null) {
      text.append(deferrable ? " DEFERRABLE" : " NOT DEFERRABLE");
    }
    return text.toString();
  }

  private CompletableFuture<Void> end(boolean commit, boolean chain) {
    if (!block.isExplicit()) {
      String name = commit ? "COMMIT" : "ROLLBACK";
      if (chain) {
        throw new ServerErrorException(
            SqlState.NO_ACTIVE_SQL_TRANSACTION, name + " AND CHAIN can only be used in transaction blocks");
      }
      warn(SqlState.NO_ACTIVE_SQL_TRANSACTION, "there is no transaction in progress");
      if (!block.isOpen()) {
        session.extended().blockEnded();
        return tag(name);
      }
    }
    TransactionModes modes = block.modes();
    ErrorFields loss = session.takeUntold();
    if (loss != null && commit) {
      return block.rollback()
          .thenCompose(_ -> session.aftermath().transactionEnded(false))
          .thenRun(() -> {
            throw new ServerErrorException(loss);
          });
    }
    CompletableFuture<TransactionBlock.End> ending = commit ? block.commit() : block.rollback();
    return ending.thenCompose(ended -> {
      cursors.values().removeIf(_ -> session.connections().pinned().isEmpty());
      session.extended().blockEnded();
      return session.aftermath().transactionEnded(ended.tag().equals("COMMIT")).thenApply(_ -> ended);
    }).thenAccept(
        ended -> {
          if (ended.error() != null) {
            throw new ServerErrorException(ended.error());
          }
          if (ended.warning() != null) {
            session.output().notice(ended.warning());
          }
          if (chain) {
            block.begin("BEGIN" + text(modes), modes);
          }
          BackendWriter.commandComplete(session.output().stage(), ended.tag());
        });
  }

  /// Tells of an implicit transaction's end what there is to tell.
  void tell(TransactionBlock.End ended) {
    if (ended.error() != null) {
      session.output().error(ended.error());
    }
    if (ended.warning() != null) {
      session.output().notice(ended.warning());
    }
  }

  private void requireBlock(String what) {
    if (!block.isExplicit()) {
      throw new ServerErrorException(SqlState.NO_ACTIVE_SQL_TRANSACTION, what + " can only be used in transaction blocks");
    }
  }

  /// What holds until the transaction ends. Outside of a block that is at once, but in a batch with its Sync.
  private CompletableFuture<Void> ofTransaction(String what, boolean inBatch, Supplier<CompletableFuture<Void>> change, String tag) {
    if (isOutsideOfBlocks(inBatch)) {
      warn(SqlState.NO_ACTIVE_SQL_TRANSACTION, what + " can only be used in transaction blocks");
      if (!inBatch) {
        return tag(tag);
      }
    }
    block.beginImplicit();
    return change.get().thenCompose(_ -> tag(tag));
  }

  /// Whether PostgreSQL sees no transaction block. Before 18 a batch is none, whatever ran in it.
  private boolean isOutsideOfBlocks(boolean inBatch) {
    if (inBatch && !session.pipelinesAreBlocks()) {
      return !block.isExplicit();
    }
    return !block.isOpen() && !session.extended().isInPipeline();
  }

  private CompletableFuture<Void> changed(TransactionModes wanted) {
    return wanted.equals(TransactionModes.NONE) ? CompletableFuture.completedFuture(null) : changeModes(wanted);
  }

  /// On every shard, and in the transaction that AND CHAIN begins.
  private CompletableFuture<Void> changeModes(TransactionModes wanted) {
    return everywhere("SET TRANSACTION" + text(wanted))
        .thenRun(() -> block.modes(wanted));
  }

  private CompletableFuture<Void> setConstraints(TransactionStatement.SetConstraints set, Lexed lexed) {
    if (!set.names().isEmpty() && block.participants().size() > 1) {
      throw ProxyRefusal.NAMED_CONSTRAINTS.error();
    }
    String text = set.names().isEmpty() ? "SET CONSTRAINTS ALL " + (set.deferred() ? "DEFERRED" : "IMMEDIATE") : lexed.toString();
    return everywhere(text);
  }

  /// On every participant now, and on each that joins later. In a subtransaction some server has to say whether it may.
  private CompletableFuture<Void> everywhere(String sql) {
    CompletableFuture<?> done =
        block.savepoints() > 0 && !session.connections().hasOneInBlock()
            ? session.join(settingShard())
            : CompletableFuture.completedFuture(null);
    return done.thenCompose(_ -> onParticipants(sql));
  }

  private CompletableFuture<Void> onParticipants(String sql) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (Participant participant : List.copyOf(block.participants())) {
      if (participant.conversation().inBlock()) {
        done =
            done.thenCompose(_ -> session.join(participant.shard())) // told of all savepoints, so that ROLLBACK TO undoes it
                .thenCompose(known -> known.conversation().askAloud(sql))
                .thenAccept(Answer::orThrow);
      }
    }
    return done.thenRun(() -> block.onJoin(sql));
  }

  /// Wherever there may be one: in the transaction, and held ones behind it. The extended protocol's portals are cursors too.
  private CompletableFuture<Void> closeAll() {
    Set<Participant> all = new LinkedHashSet<>(session.connections().pinned());
    all.addAll(block.participants());
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (Participant participant : all) {
      done =
          done.thenCompose(_ -> session.join(participant.shard()))
              .thenCompose(known -> known.conversation().askAloud("CLOSE ALL").thenAccept(Answer::orThrow).thenApply(_ -> known))
              .thenCompose(known -> session.aftermath().of(known, Residue.pinning()));
    }
    return done.thenCompose(_ -> {
      cursors.clear();
      session.extended().names().closeAll();
      return tag("CLOSE CURSOR ALL");
    });
  }

  private CompletableFuture<Void> discard(SessionStatement.Discard.What what) {
    return switch (what) {
      case ALL -> discardAll();
      case PLANS -> tag("DISCARD PLANS");
      case TEMP -> tag("DISCARD TEMP");
      case SEQUENCES -> tag("DISCARD SEQUENCES");
    };
  }

  /// What ROLLBACK could not take back has no place in a transaction.
  void requireNoBlock(String what) {
    boolean pipeline = session.extended().isInPipeline() && !block.isExplicit();
    if (block.isOpen() || pipeline) {
      throw new ServerErrorException(
          SqlState.ACTIVE_SQL_TRANSACTION,
          pipeline && !session.pipelinesAreBlocks()
              ? what + " cannot be executed within a pipeline"
              : what + " cannot run inside a transaction block");
    }
  }

  private CompletableFuture<Void> discardAll() {
    requireNoBlock("DISCARD ALL");
    session.extended().names().discardAll();
    cursors.clear();
    session.sessionView().forgetOwn();
    session.hearing().forget();
    for (Participant participant : session.connections().pinned()) {
      session.connections().unpin(participant);
      block.remove(participant);
      participant.conversation().release(ReleaseState.TAINTED);
    }
    boolean settingsChanged = !block.settings().equals(session.startup());
    block.settings(session.startup());
    if (!settingsChanged) {
      return tag("DISCARD ALL");
    }
    return session.join(session.map().home())
        .thenCompose(
            participant -> {
              tellParameters(participant);
              return tag("DISCARD ALL");
            });
  }

  /// Tells the client the values that a server reports, where they are not those it was told before.
  void tellParameters(Participant participant) {
    for (String name : List.copyOf(session.output().toldNames())) {
      String value = participant.conversation().server().parameterStatus(name);
      if (value != null) {
        session.output().parameterStatus(name, value);
      }
    }
  }

  private CompletableFuture<Void> deallocate(SessionStatement.Deallocate deallocate) {
    String name = deallocate.name();
    if (name == null) {
      session.extended().names().forgetAll();
      return tag("DEALLOCATE ALL");
    }
    if (!session.extended().names().forget(name)) {
      throw new ServerErrorException(
          SqlState.INVALID_SQL_STATEMENT_NAME, "prepared statement \"" + name + "\" does not exist");
    }
    return tag("DEALLOCATE");
  }

  private CompletableFuture<Void> tag(String tag) {
    BackendWriter.commandComplete(session.output().stage(), tag);
    return CompletableFuture.completedFuture(null);
  }

  private void warn(SqlState state, String message) {
    session.output().notice(ErrorFields.warning(state, message));
  }

}
