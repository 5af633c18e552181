package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// A test's way to borrow connections and run simple queries from outside the event loops.
final class Borrower {
  private Borrower() {}

  /// What a simple query brought.
  record Answer(List<String> rows, ErrorFields error, byte status) {
    String value() {
      return rows.isEmpty() ? null : rows.getFirst();
    }
  }

  static CompletableFuture<ServerConnection> acquire(ServerPools pools, EventLoop loop, ShardId shard, PoolKey key) {
    return acquire(pools, loop, shard, key, null);
  }

  static CompletableFuture<ServerConnection> acquire(
      ServerPools pools, EventLoop loop, ShardId shard, PoolKey key, CrossShardClaim claim) {
    CompletableFuture<ServerConnection> result = new CompletableFuture<>();
    loop.execute(() -> pools.acquire(loop, shard, key, claim, waiter(result)));
    return result;
  }

  static CompletableFuture<ServerConnection> acquireBriefly(ServerPools pools, EventLoop loop, ShardId shard, PoolKey key) {
    CompletableFuture<ServerConnection> result = new CompletableFuture<>();
    loop.execute(() -> pools.acquireBriefly(loop, shard, key, waiter(result)));
    return result;
  }

  static Waiter waiter(CompletableFuture<ServerConnection> result) {
    return new Waiter() {
      @Override
      public void onAcquired(ServerConnection connection) {
        result.complete(connection);
      }

      @Override
      public void onRefused(PoolException why) {
        result.completeExceptionally(why);
      }
    };
  }

  static CompletableFuture<Void> release(ServerPools pools, ServerConnection connection, ReleaseState state) {
    return CompletableFuture.runAsync(() -> pools.release(connection, state), connection.eventLoop());
  }

  static CompletableFuture<Answer> query(ServerConnection connection, String sql) {
    CompletableFuture<Answer> result = new CompletableFuture<>();
    Runnable send = () -> {
      connection.listener(new Collector(connection, result));
      ByteBuf message = connection.alloc().ioBuffer();
      FrontendWriter.query(message, sql.getBytes(StandardCharsets.UTF_8));
      connection.write(message, 1);
      connection.flush();
    };
    if (connection.eventLoop().inEventLoop()) {
      send.run();
    } else {
      connection.eventLoop().execute(send);
    }
    return result;
  }

  static <T> T get(CompletableFuture<T> future) {
    return get(future, 20_000);
  }

  static <T> T get(CompletableFuture<T> future, long millis) {
    try {
      return future.get(millis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  static PoolException refusal(CompletableFuture<?> future) {
    try {
      Object got = future.get(20, TimeUnit.SECONDS);
      throw new AssertionError("not refused: " + got);
    } catch (ExecutionException e) {
      return (PoolException) e.getCause();
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /// Why a connection closed under a query.
  static final class Closed extends RuntimeException {
    private static final long serialVersionUID = 1;
    final transient ErrorFields fatal;

    Closed(Throwable cause, ErrorFields fatal) {
      super(cause);
      this.fatal = fatal;
    }
  }

  private static final class Collector implements ServerListener {
    private final ServerConnection connection;
    private final CompletableFuture<Answer> result;
    private final ByteArrayOutputStream rows = new ByteArrayOutputStream();
    private ErrorFields error;

    Collector(ServerConnection connection, CompletableFuture<Answer> result) {
      this.connection = connection;
      this.result = result;
    }

    @Override
    public void onFrame(byte type, ByteBuf frame) {
      if (type == 'E') {
        error = ErrorFields.read(frame.duplicate());
      } else if (type == 'G') {
        result.complete(new Answer(List.of("COPY IN"), null, connection.transactionStatus()));
      } else if (type == 'Z') {
        result.complete(new Answer(firstColumns(), error, connection.transactionStatus()));
      }
    }

    @Override
    public void onRun(ByteBuf run, int startedFrames) {
      byte[] bytes = new byte[run.readableBytes()];
      run.getBytes(run.readerIndex(), bytes);
      rows.writeBytes(bytes);
    }

    private List<String> firstColumns() {
      List<String> columns = new ArrayList<>();
      ByteBuffer bytes = ByteBuffer.wrap(rows.toByteArray());
      while (bytes.hasRemaining()) {
        int start = bytes.position();
        bytes.get();
        int end = start + 1 + bytes.getInt();
        bytes.getShort();
        byte[] value = new byte[Math.max(0, bytes.getInt())];
        bytes.get(value);
        columns.add(new String(value, StandardCharsets.UTF_8));
        bytes.position(end);
      }
      return columns;
    }

    @Override
    public void onReadComplete() {}

    @Override
    public void onWritable(boolean writable) {}

    @Override
    public void onClosed(Throwable cause, ErrorFields fatal) {
      result.completeExceptionally(new Closed(cause, fatal));
    }
  }
}
