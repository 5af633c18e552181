package io.shardgate.proxy.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.relay.ServerErrorException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;

/// Connections are fakes: when one opens or breaks is the test's to say.
@Timeout(60)
final class EarsTest {
  private static final ShardId HOME = new ShardId("s1");
  private static final ShardId OTHER = new ShardId("s2");
  private static final ShardMap MAP =
      new ShardMap(
          new MapVersion(1), HOME, Map.of(HOME, shard(HOME), OTHER, shard(OTHER)), Map.of(), Map.of(), Set.of(), Map.of(), Map.of());

  private static Shard shard(ShardId id) {
    return new Shard(id, Endpoint.parse("postgresql://nowhere.invalid/db"));
  }

  /// Hears nothing. Thread-safe: a queue.
  private static final class FakeHearer implements Hearer {
    final Queue<ShardId> deafened = new ConcurrentLinkedQueue<>();

    @Override
    public void heard(String channel, int process, String payload) {}

    @Override
    public CompletableFuture<Void> caughtUp() {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void deafened(ShardId shard, Throwable cause) {
      deafened.add(shard);
    }
  }

  /// A connection on which nothing is notified. Thread-safe: queues and futures.
  private static final class FakeConnection {
    final Queue<String> said = new ConcurrentLinkedQueue<>();
    final CompletableFuture<Void> closed = new CompletableFuture<>();

    private <T> T fake(Class<T> type) {
      Object made =
          Proxy.newProxyInstance(
              type.getClassLoader(), new Class<?>[] {type},
              (_, method, arguments) ->
                  switch (method.getName()) {
                    case "unwrap" -> fake(PGConnection.class);
                    case "createStatement" -> fake(Statement.class);
                    case "execute" -> said.add((String) arguments[0]);
                    case "getNotifications" -> {
                      Thread.sleep(1);
                      yield null;
                    }
                    case "isValid" -> true;
                    case "setNetworkTimeout" -> null;
                    case "close" -> {
                      if (type == Connection.class) {
                        closed.complete(null);
                      }
                      yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.toString());
                  });
      return type.cast(made);
    }
  }

  @Test
  void aClosedConnectionThatBreaksLateTakesNothingOutOfTheBook() throws Exception {
    CountDownLatch breaks = new CountDownLatch(1);
    CompletableFuture<Void> broken = new CompletableFuture<>();
    FakeConnection next = new FakeConnection();
    Queue<Integer> opened = new ConcurrentLinkedQueue<>();
    Ear.Opening opening =
        (_, _) -> {
          opened.add(opened.size());
          if (opened.size() > 1) {
            return next.fake(Connection.class);
          }
          try {
            breaks.await();
          } catch (InterruptedException e) {
            throw new SQLException(e);
          }
          broken.complete(null);
          throw new SQLException("broke late");
        };
    FakeHearer hearer = new FakeHearer();
    try (Ears ears = new Ears(opening, () -> MAP)) {
      CompletableFuture<Void> inVain = ears.listen("db", "a", hearer);
      await().until(() -> opened.size() == 1);
      ears.unlisten("db", "a", hearer);
      ears.listen("db", "a", hearer).get(20, TimeUnit.SECONDS);
      breaks.countDown();
      assertThat(inVain).failsWithin(20, TimeUnit.SECONDS);
      broken.get(20, TimeUnit.SECONDS);
      ears.listen("db", "b", hearer).get(20, TimeUnit.SECONDS); // in turn behind what the break did
      assertThat(opened).as("connections opened").hasSize(2);
      assertThat(hearer.deafened).isEmpty();
      assertThat(next.said).contains("LISTEN \"a\"", "LISTEN \"b\"");
      ears.unlisten("db", "a", hearer);
      ears.unlisten("db", "b", hearer);
      next.closed.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void aConnectionThatBreaksDeafens() {
    FakeHearer hearer = new FakeHearer();
    try (Ears ears = new Ears((_, _) -> { throw new SQLException("no"); }, () -> MAP)) {
      assertThat(ears.listen("db", "a", hearer)).failsWithin(20, TimeUnit.SECONDS);
      await().untilAsserted(() -> assertThat(hearer.deafened).containsExactly(OTHER));
    }
  }

  @Test
  void aDatabaseHasSoManyChannels() throws Exception {
    FakeHearer hearer = new FakeHearer();
    FakeConnection connection = new FakeConnection();
    try (Ears ears = new Ears((_, _) -> connection.fake(Connection.class), () -> MAP)) {
      CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
      for (int i = 0; i < Ears.CHANNELS_MAX; i++) {
        last = ears.listen("db", "c" + i, hearer);
      }
      last.get(20, TimeUnit.SECONDS);
      assertThat(ears.listen("db", "one more", hearer))
          .failsWithin(20, TimeUnit.SECONDS)
          .withThrowableThat()
          .havingCause()
          .isInstanceOfSatisfying(ServerErrorException.class, refused -> assertThat(refused.fields().code()).isEqualTo("54000"));
      ears.listen("db", "c1", hearer).get(20, TimeUnit.SECONDS);
      ears.unlisten("db", "c2", hearer);
      ears.listen("db", "one more", hearer).get(20, TimeUnit.SECONDS);
    }
  }
}
