package io.shardgate.proxy.listen;

import io.shardgate.directory.ShardId;
import io.shardgate.proxy.catalog.ServiceConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/// One connection that listens to one database of one shard, on a virtual thread of its own.
/// Thread-safe: what is to be done is queued.
///
/// The driver reads notifications only while it is asked for them, so the thread asks for [#TURN_MILLIS] at a time and looks between whether there is something
/// to say. A server that has said nothing for [#SILENCE_MILLIS] is asked whether it lives.
final class Ear {
  /// How long LISTEN waits for its turn at most.
  private static final int TURN_MILLIS = 20;

  private static final int SILENCE_MILLIS = 10_000;
  private static final int PATIENCE_SECONDS = 5;

  /// @param sql null: the end
  private record Word(@Nullable String sql, CompletableFuture<Void> said) {}

  private final BlockingQueue<Word> words = new LinkedBlockingQueue<>();
  private final Consumer<PGNotification> heard;
  private final BiConsumer<Ear, Throwable> lost;
  private volatile @Nullable Throwable over;

  private Ear(Consumer<PGNotification> heard, BiConsumer<Ear, Throwable> lost) {
    this.heard = heard;
    this.lost = lost;
  }

  /// Opens the connection in the background; what is said meanwhile is said then.
  ///
  /// @param heard is told each notification, on the ear's thread
  /// @param lost is told once when the connection could not be opened or broke
  static Ear open(ServiceConnections service, ShardId shard, String database, Consumer<PGNotification> heard, BiConsumer<Ear, Throwable> lost) {
    Ear ear = new Ear(heard, lost);
    Thread.ofVirtual().name("ear " + shard + "/" + database).start(() -> ear.run(service, shard, database));
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

  private void run(ServiceConnections service, ShardId shard, String database) {
    try (Connection connection = service.open(shard, database)) {
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
    while (true) {
      for (Word word = words.poll(); word != null; word = words.poll()) {
        String sql = word.sql();
        if (sql == null) {
          return;
        }
        try (Statement statement = connection.createStatement()) {
          statement.execute(sql);
        } catch (SQLException failure) {
          word.said().completeExceptionally(failure);
          throw failure;
        }
        word.said().complete(null);
      }
      PGNotification[] notifications = server.getNotifications(TURN_MILLIS);
      boolean nothing = notifications == null || notifications.length == 0;
      silence = nothing ? silence + TURN_MILLIS : 0;
      if (!nothing) {
        for (PGNotification each : notifications) {
          heard.accept(each);
        }
      } else if (silence >= SILENCE_MILLIS) {
        silence = 0;
        if (!connection.isValid(PATIENCE_SECONDS)) {
          throw new SQLException("the server does not answer", "08006");
        }
      }
    }
  }

  private void fail(Throwable failure) {
    for (Word word = words.poll(); word != null; word = words.poll()) {
      word.said().completeExceptionally(failure);
    }
  }
}
