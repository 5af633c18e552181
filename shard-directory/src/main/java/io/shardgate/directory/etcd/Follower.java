package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchResponse;
import io.github.resilience4j.core.IntervalFunction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps this process up with what etcd holds: reads it whole, then watches from the next revision on.
/// Thread-safe: a thread of its own connects and polls, another one hands over what was heard; sessions pass between them.
///
///     CUT OFF ──[open]──► FOLLOWING ──[lose]──► CUT OFF
///
/// - CUT OFF: nothing is watched; `open` is tried with growing pauses.
/// - FOLLOWING: all that was recorded up to the session's revision has been handed over, revision by revision. Whatever ends a watch (a member
///   that died, compaction, no leader) ends the session: jetcd would resume, but may leave out revisions.
///
/// A watch that hears nothing looks like one where nothing happens, so a poll of the version key tells them apart. It also tells when etcd
/// came back with an earlier state: its revisions then begin again below the one that is watched for.
final class Follower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

  private static final long POLL_MILLIS = 2_000;

  /// How long the watch may keep back what a poll has found, before all is read again.
  private static final long LATE_NANOS = 1_000_000_000;

  private static final IntervalFunction BACKOFF = IntervalFunction.ofExponentialRandomBackoff(100, 2.0, 0.3, 3_000);

  /// Watch responses that wait to be handed over; one more ends the session, as all of it can be read again.
  private static final int RESPONSES_MAX = 10_000;

  private final EtcdConnection connection;
  private final Layout layout;
  private final Registrar registrar;
  private final Taker taker;
  private final ThreadPoolExecutor turns;
  private final Thread keeper;
  private final Semaphore wake = new Semaphore(0);
  private volatile @Nullable Session session;
  private volatile @Nullable String fault;
  private volatile boolean closed;
  private long pollDueNanos;
  private @Nullable Session latest;

  /// Who is told.
  interface Taker {
    /// Called on the follower's own thread with each revision, in order; at the begin of a session with all of it, which may be older.
    void take(Recorded recorded);

    /// Called at the begin of a session, before anything later is told; when it fails the session does not begin.
    ///
    /// @param wentBack whether etcd may have forgotten what an earlier session has heard: it was restored from a backup
    void load(Recorded begun, boolean wentBack) throws IOException;

    /// A key of strategy *directory* has an owner.
    void placed(ByteSequence key, ByteSequence owner);
  }

  Follower(EtcdConnection connection, Layout layout, Registrar registrar, Taker taker) {
    this.connection = connection;
    this.layout = layout;
    this.registrar = registrar;
    this.taker = taker;
    this.pollDueNanos = System.nanoTime();
    this.turns =
        new ThreadPoolExecutor(
            1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(RESPONSES_MAX), Thread.ofPlatform().name("directory").daemon().factory());
    this.keeper = Thread.ofVirtual().name("directory-keeper").unstarted(this::keep);
  }

  /// Begins with what was read by the caller.
  void start(Recorded read) throws IOException {
    follow(read);
    keeper.start();
  }

  /// Why this process can't follow; empty while it can.
  Optional<String> fault() {
    return Optional.ofNullable(fault);
  }

  /// Does what is due now, not at the next poll.
  void wake() {
    wake.release();
  }

  /// Reads all of it again, soon.
  void reread() {
    lose(session);
  }

  private void keep() {
    int failures = 0;
    while (!closed) {
      try {
        boolean due = System.nanoTime() - pollDueNanos >= 0;
        if (session == null) {
          open();
        } else if (due) {
          poll();
        }
        registrar.beat(due);
        failures = 0;
        if (fault != null) {
          LOG.info("following {} again", connection.place());
          fault = null;
        }
      } catch (IOException | RuntimeException e) {
        failures++;
        failed(e);
      }
      pause(failures);
    }
  }

  private void failed(Exception failure) {
    String reason = failure instanceof IOException ? String.valueOf(failure.getMessage()) : failure.toString();
    if (!closed && fault == null) {
      LOG.warn("{}; serving goes on with the map that is known", reason);
    }
    fault = reason;
  }

  private void pause(int failures) {
    long millis =
        session == null || failures > 0 ? BACKOFF.apply(Math.clamp(failures, 1, 10)) : Math.max(0, (pollDueNanos - System.nanoTime()) / 1_000_000);
    try {
      if (wake.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
        wake.drainPermits();
      }
    } catch (InterruptedException _) {
      closed = true;
    }
  }

  private void open() throws IOException {
    Recorded read = Recorded.read(connection, layout);
    registrar.forget();
    follow(read);
  }

  private void follow(Recorded read) throws IOException {
    Session begun = new Session(read);
    connection.answer(CompletableFuture.runAsync(() -> taker.take(read), turns), "take in what is in");
    taker.load(read, latest != null && read.isBefore(latest.heard));
    latest = begun;
    session = begun;
    try {
      begun.watch();
    } catch (RuntimeException e) {
      lose(begun);
      throw e;
    }
  }

  /// Whether etcd still goes forward from where the session is.
  private void poll() throws IOException {
    Session polled = session;
    if (polled == null) {
      return;
    }
    Recorded before = polled.heard;
    GetResponse answer = connection.answer(connection.client().getKVClient().get(layout.key(Layout.VERSION)), "read");
    pollDueNanos = System.nanoTime() + POLL_MILLIS * 1_000_000;
    Recorded heard = polled.heard;
    long changed = answer.getKvs().isEmpty() ? 0 : answer.getKvs().getFirst().getModRevision();
    boolean othersHistory = answer.getHeader().getClusterId() != before.cluster() || answer.getHeader().getRevision() < before.revision();
    boolean goneUnheard = answer.getKvs().isEmpty() && heard.version() != null;
    boolean unheard = changed > heard.revision() || goneUnheard;
    if (othersHistory || (unheard && polled.isLate())) {
      LOG.warn("the watch of {} does not tell what is recorded there: reading all of it again", connection.place());
      lose(polled);
      return;
    }
    if (!unheard) {
      polled.lateSinceNanos = 0;
    } else {
      pollDueNanos = System.nanoTime() + LATE_NANOS;
    }
  }

  private void lose(@Nullable Session lost) {
    if (lost == null) {
      return;
    }
    synchronized (this) {
      if (session == lost) {
        session = null;
      }
    }
    lost.end();
    wake();
  }

  @Override
  public void close() {
    closed = true;
    keeper.interrupt();
    try {
      if (keeper.getState() != Thread.State.NEW) {
        keeper.join(EtcdConnection.CALL_TIMEOUT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    lose(session);
    turns.shutdownNow();
  }

  /// One watch, from one whole reading on.
  /// Thread-safe: fields are volatile; `heard` is written on the handing-over thread only. `lateSinceNanos` belongs to the keeper.
  private final class Session implements Watch.Listener {
    private final Recorded read;
    private volatile Recorded heard;
    private long lateSinceNanos;
    private volatile Watch.@Nullable Watcher watcher;
    private volatile boolean ended;

    Session(Recorded read) {
      this.read = read;
      this.heard = read;
    }

    /// Asked each time that a poll has found more than the watch has told.
    boolean isLate() {
      if (lateSinceNanos == 0) {
        lateSinceNanos = System.nanoTime();
        return false;
      }
      return System.nanoTime() - lateSinceNanos >= LATE_NANOS;
    }

    void watch() {
      WatchOption option = WatchOption.builder().isPrefix(true).withRevision(read.revision() + 1).withRequireLeader(true).build();
      Watch.Watcher begun = connection.client().getWatchClient().watch(Layout.bytes(layout.prefix()), option, this);
      watcher = begun;
      if (ended) {
        begun.close();
      }
    }

    void end() {
      ended = true;
      Watch.Watcher begun = watcher;
      if (begun != null) {
        begun.close();
      }
    }

    @Override
    public void onNext(WatchResponse response) {
      List<WatchEvent> events = response.getEvents();
      try {
        turns.execute(() -> handOver(events));
      } catch (RejectedExecutionException _) {
        lose(this);
      }
    }

    /// The events of one revision are one step: nobody sees half of a change.
    private void handOver(List<WatchEvent> events) {
      int at = 0;
      while (at < events.size() && session == this) {
        long revision = revision(events.get(at));
        List<WatchEvent> step = new ArrayList<>();
        while (at < events.size() && revision(events.get(at)) == revision) {
          step.add(events.get(at++));
        }
        if (revision > heard.revision()) {
          tell(revision, step);
        }
      }
    }

    private void tell(long revision, List<WatchEvent> step) {
      List<WatchEvent> ofTheMap = step.stream().filter(event -> !layout.isKey(event.getKeyValue().getKey())).toList();
      if (ofTheMap.isEmpty()) {
        heard = heard.at(revision);
      } else {
        heard = heard.after(revision, ofTheMap, layout);
        taker.take(heard);
      }
      for (WatchEvent event : step) {
        if (event.getEventType() == WatchEvent.EventType.PUT && layout.isKey(event.getKeyValue().getKey())) {
          taker.placed(event.getKeyValue().getKey(), event.getKeyValue().getValue());
        }
      }
    }

    private static long revision(WatchEvent event) {
      KeyValue pair = event.getKeyValue();
      return pair.getModRevision();
    }

    @Override
    public void onError(Throwable failure) {
      if (!ended && !closed) {
        LOG.info("the watch of {} ended: {}", connection.place(), EtcdConnection.reason(failure));
      }
      // jetcd holds its lock here, and would begin again by itself.
      Thread.startVirtualThread(() -> lose(this));
    }

    @Override
    public void onCompleted() {
      if (!ended) {
        Thread.startVirtualThread(() -> lose(this));
      }
    }
  }
}
