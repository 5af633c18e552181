package io.shardgate.directory.keys;

import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.DirectoryException.Fault;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Keys on their way to the disk: all that wait while one write is under way share the next one.
/// Thread-safe: a concurrent queue, emptied by one thread of its own.
///
/// The queue needs no limit of its own: a client waits for its keys, and a statement has as many as its bytes allow.
public final class KeyWriter implements Closeable {
  private static final int BATCH_MAX = 10_000;
  private static final int CLOSE_SECONDS = 10;

  private final Consumer<List<Request>> recorder;
  private final LinkedBlockingQueue<Request> waiting = new LinkedBlockingQueue<>();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("directory-keys").factory());

  /// A key that someone wants to have an owner.
  public record Request(Group group, KeyValue key, Set<ShardId> candidates, CompletableFuture<ShardId> owner) {}

  /// @param recorder records a batch and completes its futures
  public KeyWriter(Consumer<List<Request>> recorder) {
    this.recorder = recorder;
  }

  public CompletableFuture<ShardId> place(Group group, KeyValue key, Set<ShardId> candidates) {
    Request request = new Request(group, key, candidates, new CompletableFuture<>());
    waiting.add(request);
    try {
      thread.execute(this::write);
    } catch (RejectedExecutionException closed) {
      request.owner.completeExceptionally(new DirectoryException(Fault.STORE, "the directory is closed", closed));
    }
    return request.owner;
  }

  private void write() {
    List<Request> batch = new ArrayList<>();
    waiting.drainTo(batch, BATCH_MAX);
    if (batch.isEmpty()) {
      return;
    }
    try {
      recorder.accept(batch);
    } catch (RuntimeException e) {
      fail(batch, new DirectoryException(Fault.STORE, "keys could not be placed: " + e, e));
    }
  }

  /// Those that have an answer keep it.
  private static void fail(List<Request> requests, DirectoryException fault) {
    requests.forEach(request -> request.owner.completeExceptionally(fault));
  }

  /// Writes what waits, then no more.
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
    List<Request> left = new ArrayList<>();
    waiting.drainTo(left);
    fail(left, new DirectoryException(Fault.STORE, "the directory is closed"));
  }
}
