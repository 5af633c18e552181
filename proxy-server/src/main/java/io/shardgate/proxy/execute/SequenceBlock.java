package io.shardgate.proxy.execute;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The values of one sequence that were fetched and not given out.
/// Thread-safe: guarded by its own lock, under which nothing waits and no future completes.
final class SequenceBlock {
  /// Fetches values from the sequence.
  interface Source {
    /// @param values how many are wanted
    /// @param atLeast how many are needed: an error if the sequence has not so many left
    CompletableFuture<long[]> fetch(int values, int atLeast);
  }

  private record Wanted(int count, CompletableFuture<long[]> values) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Served(CompletableFuture<long[]> to, long[] values) {}

  private final Source source;
  private final Deque<Wanted> waiting = new ArrayDeque<>();
  private long[] values = new long[0];
  private int next;
  private int size = 1;
  private boolean fetching;
  private boolean stale;
  private long fetchedNanos = System.nanoTime() - SequenceBlocks.IDLE.toNanos();

  SequenceBlock(Source source) {
    this.source = source;
  }

  CompletableFuture<long[]> take(int count) {
    CompletableFuture<long[]> wanted = new CompletableFuture<>();
    int fetch = 0;
    int atLeast = 0;
    synchronized (this) {
      if (waiting.isEmpty() && values.length - next >= count) {
        next += count;
        return CompletableFuture.completedFuture(Arrays.copyOfRange(values, next - count, next));
      }
      waiting.add(new Wanted(count, wanted));
      if (!fetching) {
        atLeast = missing();
        fetch = begin(atLeast);
      }
    }
    if (fetch > 0) {
      fetch(fetch, atLeast);
    }
    return wanted;
  }

  /// What was fetched, or is being fetched, is not to be given out.
  synchronized void forget() {
    values = new long[0];
    next = 0;
    size = 1;
    stale = fetching;
  }

  private int missing() {
    int wanted = 0;
    for (Wanted one : waiting) {
      wanted += one.count();
    }
    return wanted - (values.length - next);
  }

  /// Under the lock: how many values to fetch.
  private int begin(int atLeast) {
    long now = System.nanoTime();
    long lasted = now - fetchedNanos;
    if (lasted < SequenceBlocks.BUSY.toNanos()) {
      size = Math.min(2 * size, SequenceBlocks.BLOCK_VALUES_MAX);
    } else if (lasted > SequenceBlocks.IDLE.toNanos()) {
      size = 1;
    }
    fetchedNanos = now;
    fetching = true;
    stale = false;
    return Math.max(atLeast, size);
  }

  private void fetch(int count, int atLeast) {
    source.fetch(count, atLeast).whenComplete(this::fetched);
  }

  private void fetched(long @Nullable [] more, @Nullable Throwable failure) {
    List<Served> served = new ArrayList<>();
    List<Wanted> failed = new ArrayList<>();
    int again = 0;
    int atLeast = 0;
    synchronized (this) {
      fetching = false;
      if (more == null) {
        failed.addAll(waiting);
        waiting.clear();
      } else {
        if (!stale) {
          append(more);
        }
        serve(served);
        if (!waiting.isEmpty()) {
          atLeast = missing();
          again = begin(atLeast);
        }
      }
    }
    if (again > 0) {
      fetch(again, atLeast);
    }
    Throwable why = failure == null ? new IllegalStateException("no values") : failure;
    failed.forEach(one -> one.values().completeExceptionally(why));
    served.forEach(one -> one.to().complete(one.values()));
  }

  private void append(long[] more) {
    int left = values.length - next;
    long[] joined = Arrays.copyOfRange(values, next, next + left + more.length);
    System.arraycopy(more, 0, joined, left, more.length);
    values = joined;
    next = 0;
  }

  private void serve(List<Served> served) {
    Wanted head = waiting.peek();
    while (head != null && values.length - next >= head.count()) {
      waiting.poll();
      served.add(new Served(head.values(), Arrays.copyOfRange(values, next, next + head.count())));
      next += head.count();
      head = waiting.peek();
    }
  }
}
