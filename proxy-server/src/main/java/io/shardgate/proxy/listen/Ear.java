package io.shardgate.proxy.listen;

import io.shardgate.directory.ShardId;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// One connection that listens to one database of one shard, on a virtual thread of its own.
/// Thread-safe: what is to be done is queued.
///
/// The driver reads notifications only while it is asked for them, so the thread asks for [#TURN_MILLIS] at a time and looks between whether there is something
/// to say. A server that has said nothing for [#SILENCE_MILLIS] is asked whether it lives.
///
/// Nothing more is read until what came was handed on. So no more waits here than the driver gathers at once ([BatchedSockets]); the rest waits at the server, as
/// it does for any slow listener of PostgreSQL.
final class Ear {
  /// How long LISTEN waits for its turn at most.
  static final int TURN_MILLIS = 20;

  /// How long the server may take to answer LISTEN.
  static final int SAYING_MILLIS = 60_000;

  private static final int SILENCE_MILLIS = 10_000;
  private static final int PATIENCE_SECONDS = 5;

  /// Handing on is a few steps on event loops: who has not done it by then never will.
  private static final int HANDING_ON_MAX_SECONDS = 60;

  /// Where connections come from.
  @FunctionalInterface
  interface Opening {
    /// Blocks.
    Connection open(ShardId shard, String database) throws SQLException;
  }

  /// @param sql null: the end
  private record Word(@Nullable String sql, CompletableFuture<Void> said) {}

  /// No more than there are channels and sessions: each waits for the answer to its own.
  private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();

  private final Function<PGNotification[], CompletableFuture<Void>> heard;
  private final BiConsumer<Ear, Throwable> lost;
  private volatile @Nullable Throwable over;

  private Ear(Function<PGNotification[], CompletableFuture<Void>> heard, BiConsumer<Ear, Throwable> lost) {
    this.heard = heard;
    this.lost = lost;
  }

  /// Opens the connection in the background; what is said meanwhile is said then.
  ///
  /// @param heard takes what has come, on the ear's thread, and completes when it is handed on
  /// @param lost is told once when the connection could not be opened or broke
  static Ear open(
      Opening opening, ShardId shard, String database, Function<PGNotification[], CompletableFuture<Void>> heard, BiConsumer<Ear, Throwable> lost) {
    Ear ear = new Ear(heard, lost);
    Thread.ofVirtual().name("ear " + shard + "/" + database).start(() -> ear.run(opening, shard, database));
    return ear;
  }

  /// Says LISTEN or UNLISTEN; completes when the server has answered.
  CompletableFuture<Void> say(String sql) {
    Word word = new Word(sql, new CompletableFuture<>());
    words.add(word);
    Throwable failure = over;
    if (failure != null) {
      fail(failure); // nobody else will
    }
    return word.said();
  }

  /// Ends it, once what was said before is done.
  void close() {
    words.add(new Word(null, new CompletableFuture<>()));
  }

  private void run(Opening opening, ShardId shard, String database) {
    try (Connection connection = opening.open(shard, database)) {
      work(connection);
    } catch (SQLException | RuntimeException failure) {
      over = failure;
      lost.accept(this, failure);
      fail(failure);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(Connection connection) throws SQLException, InterruptedException {
    PGConnection server = connection.unwrap(PGConnection.class);
    int silence = 0;
    while (saysAll(connection)) {
      PGNotification[] notifications = server.getNotifications(TURN_MILLIS);
      boolean nothing = notifications == null || notifications.length == 0;
      silence = nothing ? silence + TURN_MILLIS : 0;
      if (!nothing) {
        handOn(notifications);
      } else if (silence >= SILENCE_MILLIS) {
        silence = 0;
        if (!connection.isValid(PATIENCE_SECONDS)) {
          throw new SQLException("the server does not answer", "08006");
        }
      }
    }
  }

  /// Says what there is to say; false at the end.
  private boolean saysAll(Connection connection) throws SQLException {
    for (Word word = words.poll(); word != null; word = words.poll()) {
      String sql = word.sql();
      if (sql == null) {
        return false;
      }
      try (Statement statement = connection.createStatement()) {
        connection.setNetworkTimeout(Runnable::run, SAYING_MILLIS);
        statement.execute(sql);
      } catch (SQLException failure) {
        word.said().completeExceptionally(failure);
        throw failure;
      }
      word.said().complete(null);
    }
    return true;
  }

  private void handOn(PGNotification[] notifications) throws SQLException, InterruptedException {
    try {
      heard.apply(notifications).get(HANDING_ON_MAX_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      throw new SQLException("what was notified could not be handed on", "58000", failure);
    }
  }

  private void fail(Throwable failure) {
    for (Word word = words.poll(); word != null; word = words.poll()) {
      word.said().completeExceptionally(failure);
    }
  }
}
