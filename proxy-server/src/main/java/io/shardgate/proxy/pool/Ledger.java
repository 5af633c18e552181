package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Counts one shard's connections over all event loops and decides which bucket gets the next place.
/// Confined to its channel's event loop: one loop of the group is each ledger's own; other loops send it messages.
/// Methods in the first part may be called by any thread.
///
/// A *place* is the right to have one connection; it is taken by [#settle] and comes back by [#freed], when the server's
/// process is gone. So `used <= cap` always, and the server never counts more.
///
/// A bucket whose waiters found nothing is *hungry*. When the cap is reached, the ledger publishes a [Call] for the neediest
/// hungry bucket; another bucket answers it by claiming it with a connection that it has idle or is being given back, and
/// closes that connection. Who is called upon depends on how many it has, so that loops and roles converge to equal
/// shares, and one that has none never waits for longer than a slice and one transaction.
final class Ledger {

  /// How long a bucket may keep its only connection while another bucket has none. Opening one costs some milliseconds; a
  /// slice well above that keeps taking turns from costing more than the work.
  static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /// A connection idle for less than this is not taken from a bucket by one that has some already: between two statements
  /// of one client there is always a short pause.
  static final long IDLE_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /// Places that may change hands at one time.
  private static final int MOST_COMING = 8;

  private static final long LOOK_AGAIN_MILLIS = 10;

  /// Asks for a place for `wanting`, from a bucket that has at least `minOpen` connections, or one idle.
  ///
  /// @param wanting null when the place is for an [Adoption]
  /// @param starving whether `wanting` has none and none is coming
  record Call(@Nullable Bucket wanting, int minOpen, boolean starving) {}

  /// What the ledger knows of one bucket. Confined to the ledger's loop, as the ledger.
  static final class Account {
    private int inFlight;
    private long hungrySinceNanos;
    private long notBeforeNanos = System.nanoTime();
  }

  private final EventLoop loop;
  private final int cap;
  private final Set<Bucket> buckets = ConcurrentHashMap.newKeySet();
  private final Set<Bucket> hungry = new LinkedHashSet<>();
  private final ArrayDeque<Adoption> adoptions = new ArrayDeque<>();
  private final AtomicReference<@Nullable Call> call = new AtomicReference<>();
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private volatile int used;
  private int placesComing;
  private boolean lookingAgain;
  private boolean closing;

  Ledger(EventLoop loop, int cap) {
    this.loop = loop;
    this.cap = cap;
  }

  // ---- any thread ----

  int used() {
    return used;
  }

  int cap() {
    return cap;
  }

  /// Connections without a holder, about.
  int idle() {
    return buckets.stream().mapToInt(Bucket::idle).sum();
  }

  /// The call that waits for an answer, or null.
  @Nullable Call call() {
    return call.get();
  }

  /// Answers a call: true for exactly one bucket, which then closes a connection and reports it [#freed] as claimed.
  boolean claim(Call answered) {
    if (!call.compareAndSet(answered, null)) {
      return false;
    }
    loop.execute(() -> {
      placesComing++;
      settle();
    });
    return true;
  }

  /// Takes a place for a connection that another ledger of the shard counts, before any that is to be opened: the shard gets no more
  /// connections by it, and a place set apart becomes free.
  void adopt(Adoption adoption) {
    loop.execute(() -> {
      adoptions.addLast(adoption);
      settle();
    });
  }

  void add(Bucket bucket) {
    loop.execute(() -> {
      buckets.add(bucket);
      if (closing) {
        bucket.closeSoon();
      }
    });
  }

  void remove(Bucket bucket) {
    loop.execute(() -> buckets.remove(bucket));
  }

  /// The bucket has waiters and nothing for them.
  void hungry(Bucket bucket) {
    loop.execute(() -> {
      bucket.account().hungrySinceNanos = System.nanoTime();
      hungry.add(bucket);
      settle();
    });
  }

  /// A place that was granted is in use: its connection is logged in.
  void arrived(Bucket bucket) {
    loop.execute(() -> {
      Account account = bucket.account();
      account.inFlight--;
      account.hungrySinceNanos = System.nanoTime();
      settle();
    });
  }

  /// A place that was granted was not needed, or its login failed and the connection is gone.
  ///
  /// @param pauseNanos for how long the bucket gets no other
  void returned(Bucket bucket, long pauseNanos) {
    loop.execute(() -> {
      Account account = bucket.account();
      account.inFlight--;
      account.notBeforeNanos = System.nanoTime() + pauseNanos;
      placeFreed(false);
    });
  }

  /// A connection that had been logged in is gone.
  ///
  /// @param wasClaimed whether it was given up for a call
  void freed(boolean wasClaimed) {
    loop.execute(() -> placeFreed(wasClaimed));
  }

  /// Closes all buckets; done when no connection is left.
  CompletableFuture<Void> close() {
    loop.execute(() -> {
      closing = true;
      hungry.clear();
      adoptions.clear();
      buckets.forEach(Bucket::closeSoon);
      settle();
    });
    return closed;
  }

  // ---- on the ledger's loop ----

  private void placeFreed(boolean wasClaimed) {
    takePlaces(-1);
    if (wasClaimed) {
      placesComing--;
    }
    settle();
  }

  private void takePlaces(int places) {
    int now = used + places;
    used = now;
  }

  private void settle() {
    if (closing) {
      call.set(null);
      if (used == 0) {
        closed.complete(null);
      }
      return;
    }
    dropSated();
    adoptions.removeIf(adoption -> !adoption.isWanted());
    while (used < cap && !adoptions.isEmpty()) {
      takePlaces(1);
      adoptions.removeFirst().granted();
    }
    while (used < cap) {
      Bucket next = neediest();
      if (next == null) {
        break;
      }
      takePlaces(1);
      next.account().inFlight++;
      next.grant();
    }
    publishCall();
    if (!hungry.isEmpty() || !adoptions.isEmpty()) {
      lookAgain();
    }
  }

  private void dropSated() {
    for (Iterator<Bucket> each = hungry.iterator(); each.hasNext(); ) {
      Bucket bucket = each.next();
      if (bucket.waiting() == 0 && bucket.account().inFlight == 0) {
        each.remove();
        bucket.sated();
      }
    }
  }

  /// The hungry bucket that has, or will have, the fewest connections; the one hungry for longest among equals.
  private @Nullable Bucket neediest() {
    long now = System.nanoTime();
    Bucket neediest = null;
    for (Bucket bucket : hungry) {
      if (demand(bucket, now) > 0 && (neediest == null || isNeedier(bucket, neediest))) {
        neediest = bucket;
      }
    }
    return neediest;
  }

  private static boolean isNeedier(Bucket bucket, Bucket than) {
    int difference = have(bucket) - have(than);
    return difference < 0
        || (difference == 0 && bucket.account().hungrySinceNanos - than.account().hungrySinceNanos < 0);
  }

  private static int have(Bucket bucket) {
    return bucket.live() + bucket.account().inFlight;
  }

  private static int demand(Bucket bucket, long nowNanos) {
    Account account = bucket.account();
    return nowNanos - account.notBeforeNanos < 0 ? 0 : Math.max(0, bucket.waiting() - account.inFlight);
  }

  private int totalDemand() {
    long now = System.nanoTime();
    int total = 0;
    for (Bucket bucket : hungry) {
      total = Math.min(MOST_COMING, total + demand(bucket, now));
    }
    return total;
  }

  private void publishCall() {
    if (!adoptions.isEmpty() && placesComing < adoptions.size() && used >= cap) {
      Call next = new Call(null, 1, true);
      call.set(next);
      askTheIdle(next);
      return;
    }
    Bucket wanting = placesComing < totalDemand() && used >= cap ? neediest() : null;
    if (wanting == null) {
      call.set(null);
      return;
    }
    int has = have(wanting) + placesComing;
    boolean starving = has == 0;
    boolean forLong = System.nanoTime() - wanting.account().hungrySinceNanos >= SLICE_NANOS;
    Call next = new Call(wanting, starving && forLong ? 1 : has + 2, starving);
    call.set(next);
    askTheIdle(next);
  }

  /// A bucket whose connections are idle gives none back by itself: the one with most is asked.
  private void askTheIdle(Call next) {
    Bucket idlest = null;
    for (Bucket bucket : buckets) {
      if (bucket != next.wanting && bucket.idle() > 0 && (idlest == null || bucket.idle() > idlest.idle())) {
        idlest = bucket;
      }
    }
    if (idlest != null) {
      idlest.offerIdle(next);
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
          settle();
        },
        LOOK_AGAIN_MILLIS,
        TimeUnit.MILLISECONDS);
  }
}
