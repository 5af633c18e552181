package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.statement.TransactionModes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A session's transaction over the shards it touches. Confined to its channel's event loop.
///
///     NONE     → EXPLICIT [begin]           the client said BEGIN; no shard knows yet (lazy BEGIN)
///     NONE     → IMPLICIT [beginImplicit]   several statements of one Query or pipeline: one transaction, no block for the client
///     IMPLICIT → EXPLICIT [begin]           BEGIN in the middle keeps what was done, as in PostgreSQL
///     any      → NONE     [commit, rollback]
///
/// NONE, `apart`: one statement that only reads is on several shards, on each as a transaction of its own.
///
/// EXPLICIT and IMPLICIT: every participant is inside a transaction block, begun with the same modes. `failed`: a statement
/// failed on some participant; nothing but ROLLBACK (TO) does anything. Shards that join late get BEGIN, the settings in force
/// and the live savepoints ahead of their first statement.
public final class TransactionBlock {
  enum State {
    NONE,
    EXPLICIT,
    IMPLICIT
  }

  /// @param told how many of the statements for shards that join came before it
  private record Savepoint(String name, SettingsVector settings, TransactionModes modes, int told) {}

  private static final CompletableFuture<?> SETTLED = CompletableFuture.completedFuture(null);

  private final CommitProtocol commitProtocol;
  private final Deadlocks deadlocks;
  private final Map<ShardId, Participant> participants = new LinkedHashMap<>();
  private final List<Savepoint> savepoints = new ArrayList<>();
  private SettingsVector settings;
  private SettingsVector settingsAtBegin;
  private State state = State.NONE;
  private long number;
  private boolean snapshotAtOnce;
  private boolean readOnly;
  private TransactionModes modes = TransactionModes.NONE;
  private TransactionModes modesAtBegin = TransactionModes.NONE;
  private boolean failed;
  private boolean apart;
  private String beginText = "BEGIN";
  private final List<String> onJoin = new ArrayList<>();
  private final List<Runnable> afterCommit = new ArrayList<>();
  private final Map<ShardId, CompletableFuture<?>> unfinished = new HashMap<>();
  private @Nullable CompletableFuture<?> ending;
  private @Nullable CrossShardTransaction watched;

  /// @param settings what the session starts with
  public TransactionBlock(CommitProtocol commitProtocol, Deadlocks deadlocks, SettingsVector settings) {
    this.commitProtocol = commitProtocol;
    this.deadlocks = deadlocks;
    this.settings = settings;
    this.settingsAtBegin = settings;
  }

  /// The settings in force for the next statement.
  public SettingsVector settings() {
    return settings;
  }

  /// Notes what a statement changed. Outside a transaction it holds from now on; inside, until a ROLLBACK undoes it.
  public void settings(SettingsVector changed) {
    settings = state == State.NONE ? changed.withoutLocal() : changed;
  }

  /// Tells the session's transactions apart: that of the one that is open, or was last.
  public long number() {
    return number;
  }

  /// Whether any transaction is open, the client's or an implicit one.
  public boolean isOpen() {
    return state != State.NONE;
  }

  /// Whether the client is inside a transaction block.
  public boolean isExplicit() {
    return state == State.EXPLICIT;
  }

  public boolean isFailed() {
    return failed;
  }

  /// What ReadyForQuery says. An implicit transaction is still open at ReadyForQuery when a Query came behind a batch without Sync.
  public char status() {
    return state == State.NONE ? 'I' : failed ? 'E' : 'T';
  }

  public Collection<Participant> participants() {
    return participants.values();
  }

  /// The participant, when there is one and no other.
  public @Nullable Participant onlyParticipant() {
    return participants.size() == 1 ? participants.values().iterator().next() : null;
  }

  public @Nullable Participant participant(ShardId shard) {
    return participants.get(shard);
  }

  /// Opens a block.
  ///
  /// @param text BEGIN with the modes the client gave
  public void begin(String text) {
    begin(text, TransactionModes.NONE);
  }

  /// Opens a block that AND CHAIN asked for.
  ///
  /// @param chained the modes of the one before: unlike those that a client sets, an error does not take them back
  public void begin(String text, TransactionModes chained) {
    if (state == State.NONE) {
      number++;
      settingsAtBegin = settings;
      modesAtBegin = chained;
      modes = chained;
      beginText = text;
    }
    become(State.EXPLICIT);
  }

  /// The modes that AND CHAIN hands on.
  public TransactionModes modes() {
    return modes;
  }

  /// Notes modes that the client has set; like settings, an error takes them back.
  public void modes(TransactionModes set) {
    modes = modes.with(set);
  }

  /// Opens a transaction that the client did not ask for by name.
  public void beginImplicit() {
    if (state == State.NONE) {
      number++;
      settingsAtBegin = settings;
      modesAtBegin = TransactionModes.NONE;
      modes = TransactionModes.NONE;
      beginText = "BEGIN";
      become(State.IMPLICIT);
    }
  }

  /// Adds a statement that every shard that joins later has to be told after BEGIN (SET TRANSACTION, SET CONSTRAINTS).
  public void onJoin(String sql) {
    onJoin.add(sql);
  }

  /// Has every shard that joins from now on take its snapshot at once: its first statement may be one that takes none, as LOCK TABLE, and the
  /// snapshots of a REPEATABLE READ transaction are to lie close together.
  ///
  /// @param reads whether it is READ ONLY there, too, wherever the first shard has that from: `set_config` and defaults are one server's
  public void snapshotAtOnce(boolean wanted, boolean reads) {
    snapshotAtOnce = wanted;
    readOnly = reads;
  }

  /// Has something done once what was done so far is committed: now, when no transaction is open.
  public void afterCommit(Runnable action) {
    if (state == State.NONE) {
      action.run();
    } else {
      afterCommit.add(action);
    }
  }

  /// A statement failed: as in PostgreSQL, what was set since the last savepoint is taken back at once.
  public void fail() {
    if (state != State.NONE) {
      failed = true;
      settings = savepoints.isEmpty() ? settingsAtBegin : savepoints.getLast().settings();
      modes = savepoints.isEmpty() ? modesAtBegin : savepoints.getLast().modes();
    }
  }

  /// Adds a connection that was acquired for this session.
  public Participant add(Conversation conversation) {
    Participant participant = new Participant(conversation);
    participants.put(conversation.shard(), participant);
    if (apart) {
      watchIfCrossing(participant);
    }
    return participant;
  }

  /// Takes a participant as begun whose server turned what it had done into a block by itself (BEGIN in the middle of a pipeline).
  public void adopt(Participant participant) {
    boolean wrote = participant.conversation().wrote();
    participant.begun();
    participant.conversation().wrote(wrote);
    watchIfCrossing(participant);
  }

  /// Whether a statement that only reads is on several shards, on each as a transaction of its own.
  public boolean isApart() {
    return apart;
  }

  /// Such a statement begins, outside of a transaction, or ends. Its locks are looked after as a transaction's are: what it waits for on one shard may wait for
  /// it on another.
  public void apart(boolean value) {
    apart = value;
    if (value && !participants.isEmpty()) {
      watchIfCrossing(participants.values().iterator().next());
    } else if (!value && state == State.NONE) {
      unwatch();
    }
  }

  private void watchIfCrossing(Participant joined) {
    if (watched == null && participants.size() > 1) {
      watched = deadlocks.watch(joined.conversation().server().eventLoop(), this);
    }
  }

  /// Forgets a connection that was given back or broke.
  public void remove(Participant participant) {
    participants.remove(participant.shard(), participant);
  }

  /// Whether statements can go to this participant as it is.
  public boolean isCurrent(Participant participant) {
    return participant.isCurrent(state != State.NONE, savepoints.size(), settings);
  }

  /// Brings a participant into the transaction with the settings in force.
  ///
  /// Inside a block this does not wait: when the server refuses it, it also refuses the user's statement behind it. Outside, the
  /// answer is awaited, because a statement must not run without its settings.
  public CompletableFuture<Void> bringIn(Participant participant) {
    Conversation conversation = participant.conversation();
    if (failed && conversation.inBlock()) {
      return CompletableFuture.completedFuture(null); // it refuses everything until it is rolled back
    }
    if (state == State.NONE || conversation.inBlock()) {
      return enter(participant);
    }
    // What was in force before BEGIN must not be undone by ROLLBACK there: it is set before BEGIN too.
    String before = settingsAtBegin.differenceFrom(conversation.state().applied());
    if (before.isEmpty()) {
      return enter(participant);
    }
    conversation.state().applied(settingsAtBegin);
    return accepted(conversation, conversation.ask(before)).thenCompose(_ -> enter(participant));
  }

  private CompletableFuture<Void> enter(Participant participant) {
    Conversation conversation = participant.conversation();
    String sql = entry(participant);
    if (sql.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Answer> answer = conversation.askAhead(sql);
    if (state != State.NONE) {
      return CompletableFuture.completedFuture(null);
    }
    conversation.flush();
    return accepted(conversation, answer);
  }

  private static CompletableFuture<Void> accepted(Conversation conversation, CompletableFuture<Answer> answer) {
    return answer.thenAccept(
        given -> {
          if (given.error() != null) {
            conversation.server().taint();
            throw new ServerErrorException(given.error());
          }
        });
  }

  private String entry(Participant participant) {
    Conversation conversation = participant.conversation();
    List<String> parts = new ArrayList<>();
    boolean joining = false;
    if (state != State.NONE && !conversation.inBlock()) {
      parts.add(readOnly ? beginText + "; SET TRANSACTION READ ONLY" : beginText);
      participant.begun();
      watchIfCrossing(participant);
      joining = true;
    }
    int told = 0;
    for (int i = participant.savepoints(); i < savepoints.size(); i++) {
      Savepoint savepoint = savepoints.get(i);
      if (joining) {
        parts.addAll(onJoin.subList(told, savepoint.told()));
        told = savepoint.told();
      }
      addDifference(parts, conversation, savepoint.settings());
      parts.add("SAVEPOINT " + quoted(savepoint.name()));
      participant.savepointMade();
    }
    if (joining) {
      parts.addAll(onJoin.subList(told, onJoin.size()));
    }
    addDifference(parts, conversation, settings);
    if (joining && snapshotAtOnce) {
      parts.add("SELECT");
    }
    return String.join("; ", parts);
  }

  private static void addDifference(List<String> parts, Conversation conversation, SettingsVector wanted) {
    String difference = wanted.differenceFrom(conversation.state().applied());
    if (!difference.isEmpty()) {
      parts.add(difference);
    }
    conversation.state().applied(wanted);
  }

  /// Makes a savepoint; shards are told with their next statement.
  public void savepoint(String name) {
    savepoints.add(new Savepoint(name, settings, modes, onJoin.size()));
  }

  /// How many subtransactions deep what the client says now is.
  public int savepoints() {
    return savepoints.size();
  }

  /// Releases a savepoint and all made after it.
  public CompletableFuture<Void> release(String name) {
    int index = find(name);
    if (index < 0) {
      return missing(name);
    }
    CompletableFuture<Void> told = tell(index, "RELEASE SAVEPOINT " + quoted(name));
    savepointsLeft(index);
    for (Participant participant : participants.values()) {
      participant.savepointsLeft(Math.min(participant.savepoints(), index));
    }
    return told;
  }

  /// Undoes what was done since a savepoint, on every shard.
  public CompletableFuture<Void> rollbackTo(String name) {
    int index = find(name);
    if (index < 0) {
      return missing(name);
    }
    Savepoint restored = savepoints.get(index);
    return tell(index, "ROLLBACK TO SAVEPOINT " + quoted(name))
        .thenRun(
            () -> {
              savepointsLeft(index + 1);
              for (Participant participant : participants.values()) {
                if (participant.conversation().inBlock() && participant.savepoints() > index) {
                  participant.rolledBackTo(index);
                }
              }
              settings = restored.settings();
              modes = restored.modes();
              onJoin.subList(savepoints.getLast().told(), onJoin.size()).clear();
              failed = false;
            });
  }

  /// A participant that has not heard of the savepoint is told of it first: what it did before must stay.
  private CompletableFuture<Void> tell(int index, String sql) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Participant participant : participants.values()) {
      if (participant.conversation().inBlock() && participant.savepoints() > index) {
        answers.add(participant.conversation().askAloud(sql).thenAccept(Answer::orThrow));
      }
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> missing(String name) {
    fail();
    return CompletableFuture.failedFuture(
        new ServerErrorException(SqlState.INVALID_SAVEPOINT_SPECIFICATION, "savepoint \"" + name + "\" does not exist"));
  }

  private int find(String name) {
    for (int i = savepoints.size() - 1; i >= 0; i--) {
      if (savepoints.get(i).name().equals(name)) {
        return i;
      }
    }
    return -1;
  }

  private void savepointsLeft(int count) {
    while (savepoints.size() > count) {
      savepoints.removeLast();
    }
  }

  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /// How a COMMIT ended.
  ///
  /// @param tag COMMIT, or ROLLBACK when the transaction had failed
  public record End(String tag, @Nullable ErrorFields error, @Nullable ErrorFields warning) {}

  /// Commits on every shard. Afterwards no transaction is open. Never fails exceptionally.
  public CompletableFuture<End> commit() {
    if (failed) {
      return rollback();
    }
    List<Participant> written = new ArrayList<>();
    List<Participant> read = new ArrayList<>();
    for (Participant participant : participants.values()) {
      if (participant.conversation().inBlock()) {
        (participant.conversation().wrote() && !isReadOnly() ? written : read).add(participant);
      }
    }
    if (written.size() > 1) {
      return ending(commitProtocol.commit(List.copyOf(written), List.copyOf(read)).thenApply(this::over));
    }
    return ending(
        commitAll(written)
            .thenCompose(end -> isCommit(end) ? commitAll(read).thenApply(reads -> written.isEmpty() ? reads : end) : rollBackRest(end))
            .thenApply(
                end -> {
                  ended(isCommit(end));
                  return end;
                }));
  }

  /// Whether the whole transaction was begun READ ONLY, so that no shard took anything that must be on all or none.
  private boolean isReadOnly() {
    return beginText.contains(" READ ONLY") && onJoin.isEmpty();
  }

  private static boolean isCommit(End end) {
    return end.error() == null && end.tag().equals("COMMIT");
  }

  private End over(CommitProtocol.Verdict verdict) {
    for (CommitProtocol.Unfinished each : verdict.unfinished()) {
      unfinished(each);
    }
    ended(verdict.committed());
    return new End(verdict.committed() ? "COMMIT" : "ROLLBACK", verdict.error(), verdict.warning());
  }

  /// The connection goes back by itself, and whoever wants the shard waits.
  private void unfinished(CommitProtocol.Unfinished late) {
    Participant participant = late.participant();
    ShardId shard = participant.shard();
    remove(participant);
    late.answered().whenComplete((_, _) -> participant.conversation().release(ReleaseState.CLEAN));
    unfinished.put(shard, late.settled());
    late.settled().whenComplete((_, _) -> unfinished.remove(shard, late.settled()));
  }

  /// Completes when a shard has carried out the end of this session's last transaction: at once, but for one that is late.
  public CompletableFuture<?> settled(ShardId shard) {
    return unfinished.getOrDefault(shard, SETTLED);
  }

  private <T> CompletableFuture<T> ending(CompletableFuture<T> end) {
    ending = end.isDone() ? null : end;
    return end.whenComplete((_, _) -> ending = null);
  }

  /// The end of the transaction that is under way: what breaks meanwhile, it tells itself. Null when none is.
  public @Nullable CompletableFuture<?> ending() {
    return ending;
  }

  private CompletableFuture<End> commitAll(List<Participant> order) {
    CompletableFuture<End> all = CompletableFuture.completedFuture(new End("COMMIT", null, null));
    for (Participant participant : order) {
      CompletableFuture<End> one =
          participant.conversation().askAloud("COMMIT")
              .handle((answer, failure) -> endOf(answer, failure))
              .thenApply(
                  end -> {
                    participant.ended(isCommit(end));
                    return end;
                  });
      all = all.thenCombine(one, (before, end) -> isCommit(before) ? end : before);
    }
    return all;
  }

  private CompletableFuture<End> rollBackRest(End end) {
    return rollback().thenApply(_ -> end);
  }

  private static End endOf(@Nullable Answer answer, @Nullable Throwable failure) {
    if (answer != null) {
      return new End(answer.lastTag(), answer.error(), null);
    }
    return new End("", commitUnknown(failure), null);
  }

  /// The connection broke between COMMIT and its answer: nobody knows which of the two happened.
  private static ErrorFields commitUnknown(@Nullable Throwable failure) {
    String why = failure == null ? "" : ": " + failure.getMessage();
    return ErrorFields.error(SqlState.TRANSACTION_RESOLUTION_UNKNOWN, "transaction may or may not have been committed" + why);
  }

  /// Rolls back on every shard. Afterwards no transaction is open. Never fails exceptionally.
  public CompletableFuture<End> rollback() {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Participant participant : List.copyOf(participants.values())) {
      if (participant.conversation().inBlock() && !participant.conversation().isLost()) {
        answers.add(
            participant.conversation().askAloud("ROLLBACK")
                .handle((answer, failure) -> {
                  participant.ended(false);
                  return answer;
                }));
      }
    }
    return ending(
        CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
            .handle((_, _) -> {
              ended(false);
              return new End("ROLLBACK", null, null);
            }));
  }

  /// The transaction ended on the server by itself: the only participant committed or rolled back what was implicit.
  public void ended(boolean committed) {
    settings = committed ? settings.withoutLocal() : settingsAtBegin;
    for (Participant participant : participants.values()) {
      if (participant.conversation().inBlock()) {
        participant.ended(committed);
      }
    }
    savepoints.clear();
    onJoin.clear();
    failed = false;
    snapshotAtOnce(false, false);
    become(State.NONE);
    unwatch();
    List<Runnable> due = List.copyOf(afterCommit);
    afterCommit.clear();
    if (committed) {
      due.forEach(Runnable::run);
    }
  }

  /// Nobody need look after this transaction any more: it has ended, or its session has.
  public void unwatch() {
    CrossShardTransaction over = watched;
    if (over != null) {
      watched = null;
      deadlocks.forget(over);
    }
  }

  private void become(State next) {
    state = next;
  }
}
