package io.shardgate.proxy.admin;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.relay.ServerErrorException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Where admin statements run that may block, a few at a time.
/// Thread-safe: each act runs on a virtual thread of its own.
final class ActThreads implements AutoCloseable {
  /// Acts that run at once on this proxy; one more gets 53300. They are rare, and each holds connections to all shards.
  private static final int ACTS_MAX = 4;

  private final Semaphore running = new Semaphore(ACTS_MAX);
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("admin-", 0).factory());

  /// Completes on any thread, and fails with a [ServerErrorException] that the client is to see.
  CompletableFuture<AdminAnswer> run(Supplier<AdminAnswer> act) {
    if (!running.tryAcquire()) {
      return CompletableFuture.failedFuture(Refusals.error(
          SqlState.TOO_MANY_CONNECTIONS, ACTS_MAX + " admin statements are running on this proxy already", "Run the statement again when one has ended."));
    }
    return CompletableFuture.supplyAsync(() -> told(act), threads).whenComplete((_, _) -> running.release());
  }

  private static AdminAnswer told(Supplier<AdminAnswer> act) {
    try {
      return act.get();
    } catch (ServiceException shard) {
      throw new ServerErrorException(ErrorFields.error(SqlState.CONNECTION_FAILURE, String.valueOf(shard.getMessage())).with(ErrorFields.CODE, shard.sqlState()));
    } catch (UncheckedIOException store) {
      throw Refusals.error(
          SqlState.IO_ERROR, "the directory did not take the change: " + store.getMessage(), "Look at SHARDGATE MAP before trying again: it may be recorded all the same.");
    }
  }

  /// No more acts; those under way go on, so that whoever waits is told how they ended.
  void end() {
    threads.shutdown();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
