package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.FrontendWriter;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// What one event loop has for one role and database on one shard: idle connections and those who wait for one.
/// Confined to its channel's event loop, but for the counts that the ledger reads and the messages it sends.
///
/// Each connection of the bucket, being opened, lent, idle or closing, occupies one place of the [Ledger]. A connection that is
/// given back goes, in this order: away when it is too old or its place is called for; to the first who waits; to the idle, of
/// which the last returned is lent first, so that the others can grow old and be closed.
final class Bucket {

  /// How long no new connection is tried after a login failed while others of the bucket work.
  private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final int AGE_JITTER_PARTS = 10;

  /// Cancel connections for one server connection at one time.
  private static final int MOST_CANCELS = 4;

  private final ShardPool shard;
  private final Ledger ledger;
  private final EventLoop loop;
  private final PoolKey key;
  private final Ledger.Account account = new Ledger.Account();
  private final ArrayDeque<ServerConnection> idle = new ArrayDeque<>();
  private final WaitLine line = new WaitLine();
  private final AtomicInteger idleCount = new AtomicInteger();
  private final AtomicInteger waitingCount = new AtomicInteger();
  private final AtomicInteger liveCount = new AtomicInteger();

  private int places;
  private int live;
  private boolean hungry;
  private @Nullable PoolException lastFailure;
  private long lastFailureNanos;
  private boolean closing;
  private long fedNanos = System.nanoTime();
  private @Nullable Future<?> expiry;
  private long expiryNanos;

  Bucket(ShardPool shard, Ledger ledger, EventLoop loop, PoolKey key) {
    this.shard = shard;
    this.ledger = ledger;
    this.loop = loop;
    this.key = key;
  }

  ShardPool shard() {
    return shard;
  }

  /// Whether no place is free, at about this moment.
  boolean isFull() {
    return ledger.used() >= ledger.cap();
  }

  /// How many places those share who wait here.
  int cap() {
    return ledger.cap();
  }

  EventLoop loop() {
    return loop;
  }

  PoolKey key() {
    return key;
  }

  PoolSettings settings() {
    return shard.pools().settings();
  }

  // ---- acquire ----

  /// Hot path when a connection is idle: allocates nothing.
  PendingAcquire acquire(PoolKey asked, @Nullable CrossShardClaim claim, Waiter waiter) {
    if (acquireIdle(waiter)) {
      return PendingAcquire.ANSWERED;
    }
    PoolException refusal = refusal();
    if (refusal != null) {
      refuse(waiter, refusal);
      return PendingAcquire.ANSWERED;
    }
    return await(asked, claim, waiter);
  }

  /// Lends an idle connection, unless there is none or others wait for it.
  boolean acquireIdle(Waiter waiter) {
    ServerConnection connection = lendIdle();
    if (connection == null) {
      return false;
    }
    waiter.onAcquired(connection);
    return true;
  }

  /// The same, handed over here; null when there is none.
  @Nullable ServerConnection lendIdle() {
    ServerConnection connection = line.isEmpty() ? takeIdle() : null;
    if (connection != null) {
      lend(connection);
      shard.pools().observer().onAcquired(shard.id(), 0);
    }
    return connection;
  }

  private @Nullable ServerConnection takeIdle() {
    long now = System.nanoTime();
    ServerConnection connection = idle.pollFirst();
    while (connection != null) {
      if (!connection.isTooOld(now)) {
        return connection;
      }
      retire(connection, false);
      connection = idle.pollFirst();
    }
    return null;
  }

  private void lend(ServerConnection connection) {
    publishCounts();
    connection.lend();
  }

  private @Nullable PoolException refusal() {
    if (closing) {
      return closed();
    }
    PoolException unreachable = live == 0 ? shard.circuit().refusal() : null;
    if (unreachable != null) {
      return unreachable;
    }
    return shard.enqueue() ? null : new PoolException(
        PoolException.Reason.QUEUE_FULL, shard.id(), SqlState.TOO_MANY_CONNECTIONS,
        "too many clients wait for a connection to shard \"" + shard.id() + "\" (limit: " + settings().queueLimit() + ")");
  }

  private Wait await(PoolKey asked, @Nullable CrossShardClaim claim, Waiter waiter) {
    boolean mayDeadlock = claim != null && !claim.admitted();
    long limit = mayDeadlock ? settings().crossShardTimeout().toNanos() : settings().queueTimeout().toNanos();
    Wait wait = new Wait(this, waiter, asked, shard.pools().proven().newest(asked), claim, limit);
    line.add(wait);
    publishCounts();
    if (mayDeadlock) {
      shard.pools().holdAndWait().began(wait);
    }
    if (!hungry) {
      hungry = true;
      ledger.hungry(this);
    }
    scheduleExpiry(limit);
    return wait;
  }

  /// A wait was given up by the one who waited.
  void withdrawn(Wait wait) {
    line.remove(wait);
    left(wait);
  }

  private void left(Wait wait) {
    shard.dequeue();
    if (wait.mayDeadlock()) {
      shard.pools().holdAndWait().ended(wait);
    }
    publishCounts();
  }

  private void refuse(Waiter waiter, PoolException why) {
    shard.pools().observer().onRefused(shard.id(), why.reason());
    waiter.onRefused(why);
  }

  private void refuse(Wait wait, PoolException why) {
    if (wait.isAnswered()) {
      return;
    }
    line.remove(wait);
    left(wait);
    shard.pools().observer().onRefused(shard.id(), why.reason());
    wait.refuse(why);
  }

  // ---- waits that end without a connection ----

  /// Looks again when that time has passed, unless it does so before.
  private void scheduleExpiry(long leftNanos) {
    long atNanos = System.nanoTime() + Math.max(0, leftNanos);
    Future<?> scheduled = expiry;
    if (scheduled != null && expiryNanos - atNanos <= 0) {
      return;
    }
    if (scheduled != null) {
      scheduled.cancel(false);
    }
    expiryNanos = atNanos;
    expiry = loop.schedule(this::expire, atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  private void expire() {
    expiry = null;
    for (Wait wait : line.takeIf(each -> each.leftNanos() <= 0)) {
      refuse(wait, wait.mayDeadlock() ? crossShardTimeout() : queueTimeout(wait));
    }
    if (!line.isEmpty()) {
      scheduleExpiry(line.leastLeftNanos());
    }
  }

  /// Where no connection could be opened in the meantime, that is the reason.
  private PoolException queueTimeout(Wait wait) {
    PoolException failure = lastFailure;
    if (failure != null && wait.beganBefore(lastFailureNanos)) {
      return failure;
    }
    return new PoolException(
        PoolException.Reason.QUEUE_TIMEOUT, shard.id(), SqlState.TOO_MANY_CONNECTIONS,
        "no connection to shard \"" + shard.id() + "\" became free within " + settings().queueTimeout().toMillis() + " ms",
        "All " + cap() + " connections for such statements are in use (max_connections: " + settings().maxConnections()
            + "). End transactions sooner, or raise the proxy's limit.",
        null, null);
  }

  private PoolException crossShardTimeout() {
    return holdAndWait("canceling transaction: it waited longer than " + settings().crossShardTimeout().toMillis()
        + " ms for a connection to shard \"" + shard.id() + "\" while holding connections to other shards");
  }

  private PoolException holdAndWait(String message) {
    return new PoolException(
        PoolException.Reason.HOLD_AND_WAIT, shard.id(), SqlState.SERIALIZATION_FAILURE, message,
        "The transaction might succeed if retried.", null, null);
  }

  /// Called from any thread: the wait is the youngest of a deadlock.
  void breakDeadlock(Wait wait) {
    loop.execute(() -> {
      if (!wait.isAnswered()) {
        refuse(wait, holdAndWait("canceling transaction: it and others wait for each other's connections to shard \""
            + shard.id() + "\""));
      }
    });
  }

  private PoolException closed() {
    return new PoolException(
        PoolException.Reason.CLOSED, shard.id(), SqlState.ADMIN_SHUTDOWN,
        "connections to shard \"" + shard.id() + "\" are being closed");
  }

  // ---- places from the ledger ----

  Ledger.Account account() {
    return account;
  }

  int waiting() {
    return waitingCount.getAcquire();
  }

  int idle() {
    return idleCount.getAcquire();
  }

  /// Connections logged in and not closing.
  int live() {
    return liveCount.getAcquire();
  }

  private void publishCounts() {
    publish(idleCount, idle.size());
    publish(waitingCount, line.size());
    publish(liveCount, live);
  }

  private static void publish(AtomicInteger count, int now) {
    if (count.getPlain() != now) {
      count.setRelease(now);
    }
  }

  /// Called by the ledger: one place is this bucket's, to open a connection.
  void grant() {
    loop.execute(() -> {
      Wait first = line.peek();
      if (first == null || closing) {
        ledger.returned(this, 0);
        return;
      }
      places++;
      new Connector(this, first.credential()).open();
    });
  }

  /// A lent connection is counted here now.
  void tookIn() {
    places++;
    live++;
    publishCounts();
  }

  /// A lent connection is counted elsewhere now.
  void letGo() {
    places--;
    live--;
    publishCounts();
    ledger.freed(false);
  }

  boolean isOf(Ledger asked) {
    return ledger.equals(asked);
  }

  /// Called by the ledger: nobody waited when it looked.
  void sated() {
    loop.execute(() -> {
      hungry = !line.isEmpty();
      if (hungry) {
        ledger.hungry(this);
      }
    });
  }

  /// Called by the ledger: a place is called for, and this bucket seemed to have an idle connection.
  void offerIdle(Ledger.Call call) {
    loop.execute(() -> {
      ServerConnection longestIdle = idle.peekLast();
      if (longestIdle != null && line.isEmpty() && mayTakeIdle(call, longestIdle) && ledger.claim(call)) {
        idle.removeLast();
        retire(longestIdle, true);
      }
    });
  }

  private static boolean mayTakeIdle(Ledger.Call call, ServerConnection connection) {
    return call.starving() || connection.isIdleSince(System.nanoTime() - Ledger.IDLE_GRACE_NANOS);
  }

  // ---- new connections ----

  long maxAgeNanos() {
    long age = settings().maxAge().toNanos();
    return age - ThreadLocalRandom.current().nextLong(Math.max(1, age / AGE_JITTER_PARTS));
  }

  void opened(ServerConnection connection, Credential credential) {
    connection.loggedIn();
    shard.pools().proven().put(key.role(), key.roleOid(), credential);
    live++;
    lastFailure = null;
    fedNanos = System.nanoTime();
    publishCounts();
    shard.circuit().succeeded();
    ledger.arrived(this);
    shard.pools().observer().onOpened(shard.id(), fedNanos - connection.createdNanos());
    available(connection);
  }

  /// A login failed and its channel is closed.
  void openFailed(Credential credential, PoolException why) {
    places--;
    lastFailure = why;
    lastFailureNanos = System.nanoTime();
    ledger.returned(this, live > 0 ? PAUSE_AFTER_FAILURE_NANOS : 0);
    boolean unreachable = why.reason() == PoolException.Reason.SHARD_UNREACHABLE;
    if (unreachable) {
      shard.circuit().failed(why);
    } else {
      shard.circuit().succeeded();
    }
    for (Wait wait : line.which(each -> unreachable || each.credential().equals(credential))) {
      boolean goesOn = why.isWrongPassword() && wait.takesAnother(shard.pools().proven().newest(key));
      if (!goesOn && live == 0) {
        refuse(wait, why);
      }
    }
  }

  // ---- release ----

  void release(ServerConnection connection, ReleaseState state) {
    assert loop.inEventLoop() : "off the event loop";
    if (connection.state() != ServerConnection.State.LENT) {
      return;
    }
    connection.stay();
    switch (state) {
      case BROKEN -> retire(connection, false);
      case ABANDONED -> Cleaner.abandon(this, connection);
      case CLEAN, TAINTED -> {
        if (!connection.isAtRest()) {
          Cleaner.abandon(this, connection);
        } else if (state == ReleaseState.TAINTED || connection.isTainted() || connection.wasCancelled() || connection.beforeRest() != null) {
          if (state == ReleaseState.TAINTED) {
            connection.taint();
          }
          Cleaner.clean(this, connection);
        } else {
          available(connection);
        }
      }
    }
  }

  /// A clean connection nobody holds.
  void available(ServerConnection connection) {
    if (closing || connection.isTooOld(System.nanoTime())) {
      retire(connection, false);
      return;
    }
    Ledger.Call call = ledger.call();
    if (call != null && mayGive(call) && ledger.claim(call)) {
      retire(connection, true);
      return;
    }
    Wait next = line.poll();
    if (next == null) {
      connection.rest();
      idle.addFirst(connection);
      publishCounts();
      return;
    }
    left(next);
    lend(connection);
    shard.pools().observer().onAcquired(shard.id(), next.waitedNanos());
    next.give(connection);
  }

  private boolean mayGive(Ledger.Call call) {
    if (call.wanting() == this) {
      return false;
    }
    if (live >= call.minOpen()) {
      return live > 1 || line.isEmpty() || System.nanoTime() - fedNanos >= Ledger.SLICE_NANOS;
    }
    return call.starving() && line.isEmpty();
  }

  /// Where nothing runs there is nothing to cancel; a client that sends cancels without end gets no further connections for them.
  void cancel(ServerConnection connection) {
    if (connection.state() == ServerConnection.State.LENT
        && connection.mayBeBusy()
        && connection.cancelsUnderWay() < MOST_CANCELS) {
      CancelDispatch.send(connection);
    }
  }

  // ---- the end of a connection ----

  /// Closes a connection that is not in the idle list (any more).
  void retire(ServerConnection connection, boolean claimed) {
    if (claimed) {
      connection.giveUp();
    }
    live--;
    publishCounts();
    ByteBuf terminate = connection.alloc().ioBuffer(8);
    FrontendWriter.terminate(terminate);
    connection.retire(terminate);
  }

  /// The channel is gone. `before` is the state it was in.
  void ended(ServerConnection connection, ServerConnection.State before) {
    if (before != ServerConnection.State.CLOSING) {
      live--;
      idle.remove(connection);
      publishCounts();
    }
    places--;
    ledger.freed(connection.givenUp());
    shard.pools().observer().onEnded(shard.id());
    if (!line.isEmpty() && !hungry) {
      hungry = true;
      ledger.hungry(this);
    }
  }

  /// Closes what is idle for too long or too old.
  ///
  /// @return whether the bucket is empty and was struck off the ledger
  boolean sweep() {
    long now = System.nanoTime();
    long idleBefore = now - settings().idleTimeout().toNanos();
    for (Iterator<ServerConnection> each = idle.descendingIterator(); each.hasNext(); ) {
      ServerConnection connection = each.next();
      if (connection.isTooOld(now) || connection.isIdleSince(idleBefore)) {
        each.remove();
        retire(connection, false);
      }
    }
    boolean empty = places == 0 && line.isEmpty() && !hungry;
    if (empty) {
      ledger.remove(this);
    }
    return empty;
  }

  /// Called by the ledger: the pools are closing.
  void closeSoon() {
    loop.execute(() -> {
      closing = true;
      for (Wait wait : line.takeIf(_ -> true)) {
        refuse(wait, closed());
      }
      while (!idle.isEmpty()) {
        retire(idle.removeFirst(), false);
      }
    });
  }
}
