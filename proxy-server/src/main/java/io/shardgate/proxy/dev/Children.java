package io.shardgate.proxy.dev;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The processes that this run started, so that none outlives it. Thread-safe: one lock; after [#close] nothing starts.
final class Children implements AutoCloseable {
  /// How long a server may take for a fast shutdown, and then for an immediate one.
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);

  private final List<Process> processes = new ArrayList<>();
  private boolean closed;

  synchronized Process start(ProcessBuilder builder) throws IOException {
    if (closed) {
      throw new IOException("shutting down");
    }
    processes.removeIf(process -> !process.isAlive());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /// Ends all, gently at first, and returns when none is left.
  @Override
  public void close() {
    List<Process> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(processes);
    }
    for (String signal : List.of(Signals.INTERRUPT, Signals.QUIT, Signals.KILL)) {
      left = left.stream().filter(Process::isAlive).toList();
      left.forEach(process -> Signals.send(process.toHandle(), signal));
      long deadlineNanos = System.nanoTime() + STOP_LIMIT.toNanos();
      for (Process process : left) {
        await(process, deadlineNanos - System.nanoTime());
      }
    }
  }

  private static void await(Process process, long limitNanos) {
    try {
      boolean _ = process.waitFor(limitNanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
