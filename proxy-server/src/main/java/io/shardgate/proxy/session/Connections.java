package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.execute.RowStream;
import io.shardgate.proxy.pool.CrossShardClaim;
import io.shardgate.proxy.pool.PendingAcquire;
import io.shardgate.proxy.pool.PoolException;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.pool.ServerConnection;
import io.shardgate.proxy.pool.Waiter;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The server connections in one session's hands: taken when a statement needs a shard, kept while a transaction or a pin lasts.
/// Confined to its channel's event loop.
final class Connections {
  private static final AtomicLong TRANSACTIONS = new AtomicLong();

  /// A connection whose custom settings the session does not know is thrown away; after so many in a row the next is taken fresh.
  private static final int UNFIT_MAX = 100;

  /// One wait for a connection. Confined to its channel's event loop.
  private static final class Wait {
    private final CompletableFuture<Conversation> acquired = new CompletableFuture<>();
    private final boolean brief;
    private PendingAcquire pending = PendingAcquire.ANSWERED;

    private Wait(boolean brief) {
      this.brief = brief;
    }
  }

  /// How long a statement waits for a shard that is late with the end of its session's last transaction.
  private static final int UNFINISHED_WAIT_SECONDS = 30;

  /// One wait for the end of a transaction. Confined to its channel's event loop.
  private static final class Settling {
    private final CompletableFuture<Void> over = new CompletableFuture<>();
  }

  private final ClientSession session;
  private final SessionServices services;
  private final TransactionBlock block;
  private final Set<String> placeholdersKnown = new HashSet<>();
  private final Set<Participant> pinned = new HashSet<>();
  private final List<Wait> waiting = new ArrayList<>();
  private final List<Settling> settling = new ArrayList<>();
  private final Admission admission;
  private @Nullable Conversation beside;
  private @Nullable RowStream stream;
  private long transaction;
  private final CrossShardIsolation isolation;

  Connections(ClientSession session, SessionServices services, TransactionBlock block) {
    this.session = session;
    this.services = services;
    this.block = block;
    this.admission = new Admission(session.eventLoop(), services.pools());
    this.isolation = new CrossShardIsolation(block);
  }

  /// See [io.shardgate.proxy.execute.ExecutionPort#join].
  CompletableFuture<Participant> join(ShardId shard) {
    if (session.isClosed()) {
      return CompletableFuture.failedFuture(AlreadyToldException.INSTANCE);
    }
    Participant known = block.participant(shard);
    Participant other = unsettledBeside(known);
    if (other != null) {
      return bringIn(other).thenCompose(isolation::settle).thenCompose(_ -> join(shard));
    }
    if (known != null) {
      return bringIn(known);
    }
    CompletableFuture<?> settled = block.settled(shard);
    if (!settled.isDone()) {
      return waitFor(shard, settled).thenCompose(_ -> join(shard));
    }
    Wait wait = new Wait(false);
    boolean holdsOthers = !block.participants().isEmpty() || !waiting.isEmpty();
    waiting.add(wait);
    admission.before(shard, holdsOthers, isCrossing()).whenComplete((_, refused) -> admitted(shard, wait, refused));
    return wait.acquired.thenCompose(
        conversation -> {
          Participant participant = block.add(conversation);
          admission.joined(participant, isCrossing());
          return bringIn(participant);
        });
  }

  private boolean isCrossing() {
    return block.isOpen() || block.isApart();
  }

  /// The same where nobody has to be waited for: the shard has a part in the transaction already and knows all it has to know, or nothing is
  /// held and a connection is idle. Null otherwise: [#join] then. Hot path.
  @Nullable Participant joinNow(ShardId shard) {
    if (session.isClosed()) {
      return null;
    }
    Participant known = block.participant(shard);
    if (known == null && block.participants().isEmpty() && waiting.isEmpty() && admission.isNotNeeded(block.isOpen()) && block.settled(shard).isDone()) {
      known = takeIdle(shard);
    }
    return known != null && block.isCurrent(known) && unsettledBeside(known) == null ? known : null;
  }

  private @Nullable Participant takeIdle(ShardId shard) {
    ServerConnection connection = services.pools().acquireIdle(session.eventLoop(), shard, session.key());
    if (connection == null) {
      return null;
    }
    Conversation conversation = new Conversation(connection, session);
    knowPlaceholders(block.settings());
    if (!conversation.state().placeholdersWithin(placeholdersKnown)) {
      conversation.release(ReleaseState.BROKEN);
      return null;
    }
    makeKnown(conversation);
    Participant participant = block.add(conversation);
    admission.joined(participant, block.isOpen());
    return participant;
  }

  /// A connection beside the transaction, with whatever settings were in force on it last: for what the server answers without waiting for
  /// anybody. It goes back by [#broughtBack], at once.
  CompletableFuture<Conversation> beside(ShardId shard) {
    if (session.isClosed()) {
      return CompletableFuture.failedFuture(AlreadyToldException.INSTANCE);
    }
    Wait wait = new Wait(true);
    waiting.add(wait);
    acquire(shard, wait, 0);
    return wait.acquired.thenApply(
        conversation -> {
          beside = conversation;
          return conversation;
        });
  }

  boolean isBeside(Conversation conversation) {
    return beside == conversation;
  }

  void broughtBack(Conversation conversation) {
    if (beside == conversation) {
      beside = null;
      conversation.release(conversation.server().isTainted() ? ReleaseState.TAINTED : ReleaseState.CLEAN);
    }
  }

  /// The session's last transaction is decided but not yet carried out there: what comes after it must see it.
  private CompletableFuture<Void> waitFor(ShardId shard, CompletableFuture<?> settled) {
    Settling wait = new Settling();
    ScheduledFuture<?> limit =
        session.eventLoop().schedule(
            () -> wait.over.completeExceptionally(
                new ServerErrorException(
                    SqlState.LOCK_NOT_AVAILABLE, "shard \"" + shard + "\" has not finished this session's last transaction yet")),
            UNFINISHED_WAIT_SECONDS, TimeUnit.SECONDS);
    settled.whenComplete((_, _) -> wait.over.complete(null));
    settling.add(wait);
    return wait.over.whenComplete((_, _) -> {
      limit.cancel(false);
      settling.remove(wait);
    });
  }

  private void admitted(ShardId shard, Wait wait, @Nullable Throwable refused) {
    if (!waiting.contains(wait)) {
      return;
    }
    if (refused == null) {
      acquire(shard, wait, 0);
    } else {
      waiting.remove(wait);
      wait.acquired.completeExceptionally(refused);
    }
  }

  private CompletableFuture<Participant> bringIn(Participant participant) {
    if (block.isCurrent(participant)) {
      return CompletableFuture.completedFuture(participant);
    }
    knowPlaceholders(block.settings());
    return block.bringIn(participant).thenApply(_ -> participant);
  }

  /// A shard to ask whether the transaction may use this one too; null when it may, or there is no other.
  private @Nullable Participant unsettledBeside(@Nullable Participant known) {
    boolean alone = block.participants().size() < (known == null ? 1 : 2);
    return alone || isolation.isSettled() || (known != null && block.isFailed()) ? null : otherInBlock(known);
  }

  /// A subtransaction ended: what made the transaction READ ONLY may have ended with it.
  void subtransactionEnded() {
    isolation.subtransactionEnded();
  }

  /// Whether the transaction has begun on any shard.
  boolean hasOneInBlock() {
    return otherInBlock(null) != null;
  }

  private @Nullable Participant otherInBlock(@Nullable Participant than) {
    for (Participant participant : block.participants()) {
      if (participant != than && participant.conversation().inBlock()) {
        return participant;
      }
    }
    return null;
  }

  /// See [io.shardgate.proxy.execute.ExecutionPort#mayCross].
  CompletableFuture<Void> mayCross(Participant first) {
    if (block.isApart() && !first.conversation().inBlock()) {
      return isolation.settleApart(first);
    }
    return isolation.isSettled() || !first.conversation().inBlock() ? CompletableFuture.completedFuture(null) : isolation.settle(first);
  }

  private void acquire(ShardId shard, Wait wait, int unfit) {
    Waiter waiter =
        new Waiter() {
          @Override
          public void onAcquired(ServerConnection connection) {
            took(connection, wait, unfit);
          }

          @Override
          public void onRefused(PoolException why) {
            waiting.remove(wait);
            wait.acquired.completeExceptionally(why);
          }
        };
    PendingAcquire started =
        wait.brief
            ? services.pools().acquireBriefly(session.eventLoop(), shard, session.key(), waiter)
            : services.pools().acquire(session.eventLoop(), shard, session.key(), claim(), waiter);
    if (!started.equals(PendingAcquire.ANSWERED)) {
      wait.pending = started;
    }
  }

  private void took(ServerConnection connection, Wait wait, int unfit) {
    if (session.isClosed()) {
      waiting.remove(wait);
      services.pools().release(connection, ReleaseState.CLEAN);
      wait.acquired.completeExceptionally(AlreadyToldException.INSTANCE);
      return;
    }
    Conversation conversation = new Conversation(connection, session);
    knowPlaceholders(block.settings());
    if (!conversation.state().placeholdersWithin(placeholdersKnown) && unfit < UNFIT_MAX) {
      conversation.release(ReleaseState.BROKEN);
      acquire(connection.shard(), wait, unfit + 1);
      return;
    }
    waiting.remove(wait);
    makeKnown(conversation);
    wait.acquired.complete(conversation);
  }

  /// A custom setting that the session set once and took back is '' to it from then on, on every connection.
  private void makeKnown(Conversation conversation) {
    if (placeholdersKnown.isEmpty()) {
      return;
    }
    List<String> unknown = conversation.state().unknown(placeholdersKnown);
    if (!unknown.isEmpty()) {
      conversation.state().mayKnow(unknown);
      conversation.askAhead(
          unknown.stream()
              .map(name -> "pg_catalog.set_config(" + SettingsVector.literal(name) + ", '', false)")
              .collect(Collectors.joining(", ", "SELECT ", "")));
    }
  }

  private @Nullable CrossShardClaim claim() {
    if (block.participants().isEmpty() && !admission.hasTicket()) {
      transaction = 0;
      return null;
    }
    if (transaction == 0) {
      transaction = TRANSACTIONS.incrementAndGet();
    }
    Set<ShardId> holds = new HashSet<>();
    for (Participant participant : block.participants()) {
      holds.add(participant.shard());
    }
    return new CrossShardClaim(transaction, holds, admission.hasTicket());
  }

  /// Gives back every connection that no transaction and no pin holds.
  void settle() {
    if (!block.isOpen()) {
      transaction = 0;
    }
    Participant only = block.onlyParticipant();
    if (only != null) {
      settle(only);
    } else {
      List.copyOf(block.participants()).forEach(this::settle);
    }
    if (!block.isOpen() && waiting.isEmpty()) {
      admission.transactionEnded(block.participants());
    }
  }

  private void settle(Participant participant) {
    Conversation conversation = participant.conversation();
    if (!conversation.inBlock() && !pinned.contains(participant) && conversation.isQuiet() && !conversation.needsSync()) {
      block.remove(participant);
      conversation.release(conversation.server().isTainted() ? ReleaseState.TAINTED : ReleaseState.CLEAN);
    }
  }

  /// Keeps a connection for this session until [#unpin].
  void pin(Participant participant) {
    pinned.add(participant);
    participant.pinned(true);
  }

  void unpin(Participant participant) {
    pinned.remove(participant);
    participant.pinned(false);
  }

  boolean isPinned(Conversation conversation) {
    Participant participant = block.participant(conversation.shard());
    return participant != null && participant.conversation() == conversation && pinned.contains(participant);
  }

  boolean isPinned(Participant participant) {
    return pinned.contains(participant);
  }

  Set<Participant> pinned() {
    return Set.copyOf(pinned);
  }

  /// Custom settings of the session's own: a connection that knows only these is as good as a new one.
  void knowPlaceholders(SettingsVector vector) {
    if (!vector.placeholders().isEmpty()) {
      placeholdersKnown.addAll(vector.placeholders());
    }
  }

  /// Names that a statement has set, even if that is taken back.
  void knowNames(List<String> names) {
    for (String name : names) {
      if (SettingsVector.isPlaceholder(name)) {
        placeholdersKnown.add(name.toLowerCase(Locale.ROOT));
      }
    }
  }

  void flush() {
    for (Participant participant : block.participants()) {
      participant.conversation().flush();
    }
  }

  /// Stops a shard whose client is slow.
  void paceBy(Conversation conversation) {
    if (!session.output().isWritable()) {
      conversation.server().setAutoRead(false);
    }
  }

  /// Whose rows wait for the client; null: nobody's.
  void streaming(@Nullable RowStream rows) {
    stream = rows;
  }

  void clientWritable(boolean writable) {
    RowStream rows = stream;
    if (writable && rows != null) {
      rows.proceed();
    } else if (writable) {
      for (Participant participant : block.participants()) {
        participant.conversation().server().setAutoRead(true);
      }
    }
  }

  /// Cancels whatever runs, or the wait for a connection.
  void cancel() {
    admission.cancel();
    for (Wait wait : List.copyOf(waiting)) {
      if (wait.pending.cancel()) {
        waiting.remove(wait);
        wait.acquired.completeExceptionally(
            new ServerErrorException(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
      }
    }
    List.copyOf(settling).forEach(
        wait -> wait.over.completeExceptionally(
            new ServerErrorException(SqlState.QUERY_CANCELED, "canceling statement due to user request")));
    for (Participant participant : block.participants()) {
      cancel(participant.conversation());
    }
    Conversation apart = beside;
    if (apart != null) {
      cancel(apart);
    }
  }

  private void cancel(Conversation conversation) {
    if (!conversation.isQuiet()) {
      services.pools().cancel(conversation.server());
    }
  }

  /// A connection broke.
  ///
  /// @return whether it was one of the session's own: one that is late with the end of a transaction is not any more
  boolean lost(Conversation conversation) {
    Participant participant = block.participant(conversation.shard());
    if (participant == null || participant.conversation() != conversation) {
      return false;
    }
    block.remove(participant);
    pinned.remove(participant);
    return true;
  }

  /// The client is gone: what runs is cancelled, what is open rolled back.
  void abandon() {
    RowStream rows = stream;
    stream = null;
    if (rows != null) {
      rows.abandon();
    }
    List<Wait> waits = List.copyOf(waiting);
    waiting.clear();
    for (Wait wait : waits) {
      wait.pending.cancel();
      wait.acquired.completeExceptionally(AlreadyToldException.INSTANCE);
    }
    admission.withdraw();
    block.unwatch();
    pinned.clear();
    Conversation apart = beside;
    if (apart != null) {
      beside = null;
      apart.release(ReleaseState.ABANDONED);
    }
    for (Participant participant : List.copyOf(block.participants())) {
      block.remove(participant);
      participant.conversation().release(ReleaseState.ABANDONED);
    }
    admission.transactionEnded(block.participants());
  }
}
