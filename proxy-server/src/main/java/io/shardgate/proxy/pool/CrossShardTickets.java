package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Admits transactions to several shards: as many at one time as each shard has places set apart for them.
/// Thread-safe: a free ticket is taken by compare-and-set; the line of those who wait is confined to one loop, which gets messages.
///
/// A transaction with a ticket has at most one connection of each shard, and there are as many tickets as reserved places of each
/// shard: so it never waits for a transaction that waits for a connection or for a ticket, and pool waits form no cycle.
///
/// Row locks can still close one: a transaction that waits here may have locked what all ticket holders need. And a client
/// may sit on its ticket idle. Both look alike: tickets stop moving. After [#STALL] those who wait are let go without
/// a ticket; they get places like everybody, before others, watched by [HoldAndWait].
///
/// First come, first served, but those who hold connections go before those who hold none yet.
public final class CrossShardTickets {

  /// For how long no ticket was given back when waiting for one is no longer worth it. Well above the time of a transaction that runs, well
  /// below [PoolSettings#crossShardTimeout].
  static final Duration STALL = Duration.ofMillis(250);

  private static final long LOOK_AGAIN_MILLIS = 25;

  /// Who asked for a ticket. Called on the asker's loop, once.
  public interface Asker {
    /// @param ticket null when it must do without, because no ticket has moved for long
    void onAdmitted(@Nullable Ticket ticket);

    void onRefused(PoolException why);
  }

  /// The right to hold connections of several shards. Not thread-safe; owned by the transaction that has it.
  public final class Ticket {
    private boolean back;

    private Ticket() {}

    /// Gives it back, once all connections acquired under it are. A second call does nothing.
    public void giveBack() {
      if (!back) {
        back = true;
        put();
      }
    }
  }

  private enum State {
    WAITING,
    ANSWERED,
    CANCELLED
  }

  /// One who waits for a ticket. Thread-safe: whoever moves `state` away from WAITING decides what it ends with.
  private final class Ask implements PendingAcquire {
    private final EventLoop askerLoop;
    private final ShardId shard;
    private final boolean holdsOthers;
    private final Asker asker;
    private final long sinceNanos = System.nanoTime();
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private boolean told;
    private boolean unwanted;

    Ask(EventLoop askerLoop, ShardId shard, boolean holdsOthers, Asker asker) {
      this.askerLoop = askerLoop;
      this.shard = shard;
      this.holdsOthers = holdsOthers;
      this.asker = asker;
    }

    /// Tells the asker; a ticket that nobody wants any more goes back.
    boolean admit(@Nullable Ticket ticket) {
      if (!state.compareAndSet(State.WAITING, State.ANSWERED)) {
        return false;
      }
      askerLoop.execute(() -> {
        if (!unwanted) {
          told = true;
          asker.onAdmitted(ticket);
        } else if (ticket != null) {
          ticket.giveBack();
        }
      });
      return true;
    }

    void refuse(PoolException why) {
      if (state.compareAndSet(State.WAITING, State.ANSWERED)) {
        observer.onRefused(shard, why.reason());
        askerLoop.execute(() -> {
          if (!unwanted) {
            told = true;
            asker.onRefused(why);
          }
        });
      }
    }

    @Override
    public boolean cancel() {
      if (told || unwanted) {
        return false;
      }
      unwanted = true;
      if (state.compareAndSet(State.WAITING, State.CANCELLED)) {
        loop.execute(() -> leave(this));
      }
      return true;
    }
  }

  private final EventLoop loop;
  private final PoolSettings settings;
  private final PoolObserver observer;
  private final AtomicInteger free;
  private final AtomicInteger waiting = new AtomicInteger();
  private final ArrayDeque<Ask> holding = new ArrayDeque<>();
  private final ArrayDeque<Ask> starting = new ArrayDeque<>();
  private volatile long movedNanos = System.nanoTime();
  private volatile boolean crossingIsUsual = true;
  private boolean lookingAgain;
  private boolean closed;

  CrossShardTickets(EventLoop loop, PoolSettings settings, PoolObserver observer) {
    this.loop = loop;
    this.settings = settings;
    this.observer = observer;
    this.free = new AtomicInteger(settings.reservedConnections());
  }

  /// False when the cap is too small to set places apart: then nobody needs a ticket.
  public boolean areNeeded() {
    return settings.reservedConnections() > 0;
  }

  /// What transactions were like lately: a new session expects its own to be alike.
  public boolean crossingIsUsual() {
    return crossingIsUsual;
  }

  /// Notes what transactions are like.
  public void crossingIsUsual(boolean usual) {
    if (crossingIsUsual != usual) {
      crossingIsUsual = usual;
    }
  }

  /// A free ticket, or null when there is none or others wait.
  public @Nullable Ticket tryTake() {
    return waiting.get() == 0 ? take() : null;
  }

  /// Asks for a ticket and waits, no longer than [PoolSettings#queueTimeout].
  ///
  /// @param askerLoop the loop this is called on and the answer is given on
  /// @param shard the shard the transaction is on its way to, for messages
  /// @param holdsOthers whether it holds a connection already
  public PendingAcquire ask(EventLoop askerLoop, ShardId shard, boolean holdsOthers, Asker asker) {
    Ask ask = new Ask(askerLoop, shard, holdsOthers, asker);
    int before = waiting.getAndIncrement();
    loop.execute(() -> {
      lineOf(ask).addLast(ask);
      if (ask.state.get() == State.CANCELLED) {
        leave(ask);
      } else if (closed || before >= settings.queueLimit()) {
        leave(ask);
        ask.refuse(closed ? closing(ask) : full(ask));
      }
      settle();
    });
    return ask;
  }

  private @Nullable Ticket take() {
    int now = free.get();
    while (now > 0) {
      if (free.compareAndSet(now, now - 1)) {
        return new Ticket();
      }
      now = free.get();
    }
    return null;
  }

  private void put() {
    movedNanos = System.nanoTime();
    free.incrementAndGet();
    if (waiting.get() > 0) {
      loop.execute(this::settle);
    }
  }

  private ArrayDeque<Ask> lineOf(Ask ask) {
    return ask.holdsOthers ? holding : starting;
  }

  private void leave(Ask ask) {
    if (lineOf(ask).remove(ask)) {
      waiting.decrementAndGet();
    }
  }

  private @Nullable Ask next() {
    Ask first = holding.isEmpty() ? starting.pollFirst() : holding.pollFirst();
    if (first != null) {
      waiting.decrementAndGet();
    }
    return first;
  }

  private void settle() {
    while (!holding.isEmpty() || !starting.isEmpty()) {
      Ticket ticket = take();
      if (ticket == null) {
        lookAgain();
        return;
      }
      Ask first = next();
      if (first == null || !first.admit(ticket)) {
        ticket.giveBack();
      }
    }
  }

  private void lookAgain() {
    if (lookingAgain) {
      return;
    }
    lookingAgain = true;
    loop.schedule(
        () -> {
          lookingAgain = false;
          expire();
          letGoWhenStalled();
          settle();
        },
        LOOK_AGAIN_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  private void expire() {
    long now = System.nanoTime();
    for (ArrayDeque<Ask> line : List.of(holding, starting)) {
      for (Iterator<Ask> each = line.iterator(); each.hasNext(); ) {
        Ask ask = each.next();
        if (now - ask.sinceNanos < settings.queueTimeout().toNanos()) {
          break;
        }
        each.remove();
        waiting.decrementAndGet();
        ask.refuse(late(ask));
      }
    }
  }

  /// Those who hold connections and have waited through the whole stall; with none of these, those who start. A few at a time: the first may end it.
  private void letGoWhenStalled() {
    long before = System.nanoTime() - STALL.toNanos();
    ArrayDeque<Ask> line = holding.isEmpty() ? starting : holding;
    for (int i = 0; i < settings.reservedConnections() && !line.isEmpty(); i++) {
      if (movedNanos - before > 0 || line.getFirst().sinceNanos - before > 0) {
        return;
      }
      Ask first = next();
      if (first != null) {
        first.admit(null);
      }
    }
  }

  void close() {
    loop.execute(() -> {
      closed = true;
      for (Ask ask = next(); ask != null; ask = next()) {
        ask.refuse(closing(ask));
      }
    });
  }

  private static PoolException closing(Ask ask) {
    return new PoolException(PoolException.Reason.CLOSED, ask.shard, SqlState.ADMIN_SHUTDOWN, "the proxy is shutting down");
  }

  private PoolException full(Ask ask) {
    return new PoolException(
        PoolException.Reason.QUEUE_FULL, ask.shard, SqlState.TOO_MANY_CONNECTIONS,
        "too many transactions wait to use several shards (limit: " + settings.queueLimit() + ")");
  }

  private PoolException late(Ask ask) {
    return new PoolException(
        PoolException.Reason.QUEUE_TIMEOUT, ask.shard, SqlState.TOO_MANY_CONNECTIONS,
        "transaction could not begin on shard \"" + ask.shard + "\" besides others within " + settings.queueTimeout().toMillis() + " ms",
        "At most " + settings.reservedConnections()
            + " transactions use several shards at one time. End transactions sooner, or raise the proxy's limit.",
        null, null);
  }
}
