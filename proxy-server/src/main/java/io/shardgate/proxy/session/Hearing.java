package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.listen.Hearer;
import io.shardgate.proxy.relay.ServerErrorException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What a session hears of the other shards' notifications. Those of the home shard come on its own connection there, which also knows the channels.
/// Confined to its channel's event loop, but for the methods of [Hearer].
///
/// As in PostgreSQL, a client is told between its transactions only (PostgreSQL docs, "NOTIFY").
final class Hearing implements Hearer {
  /// Notifications that wait for the client's transaction to end, or for the client to read.
  private static final int WAITING_BYTES_MAX = 8 << 20;

  private static final int OVERHEAD_BYTES = 64;

  private record Notification(String channel, int process, String payload) {
    int bytes() {
      return OVERHEAD_BYTES + 2 * payload.length();
    }
  }

  private final ClientSession session;

  /// What the shards listen to for the session: `channels`, and more while a LISTEN is under way.
  private final Set<String> asked = new HashSet<>();

  private final Queue<Notification> waiting = new ArrayDeque<>();
  private Set<String> channels = Set.of();
  private int waitingBytes;

  Hearing(ClientSession session) {
    this.session = session;
  }

  /// Has all shards listened to before the home shard does; fails with what the client is to see where one can't.
  CompletableFuture<Void> prepare(String channel) {
    asked.add(channel);
    return session.services().ears().listen(session.database(), channel, this)
        .handleAsync(
            (_, failure) -> {
              if (failure != null) {
                if (!channels.contains(channel)) {
                  unlisten(channel);
                }
                if (failure instanceof ServerErrorException refused) {
                  throw refused;
                }
                throw new ServerErrorException(
                    ErrorFields.error(SqlState.CONNECTION_FAILURE, "not every shard can be listened to: " + failure.getMessage())
                        .withHint("LISTEN hears what is notified on any shard."));
              }
              return null;
            },
            session.eventLoop());
  }

  /// Takes over what the home shard says that the session listens to.
  ///
  /// @param hexadecimal the channels, apart by commas; null for none
  /// @param settled whether no LISTEN may still become true by a commit
  CompletableFuture<Void> listens(@Nullable String hexadecimal, boolean settled) {
    Set<String> now = new HashSet<>();
    if (hexadecimal != null) {
      for (String channel : hexadecimal.split(",", -1)) {
        now.add(new String(HexFormat.of().parseHex(channel), StandardCharsets.UTF_8));
      }
    }
    channels = now;
    if (settled) {
      asked.stream().filter(channel -> !now.contains(channel)).toList().forEach(this::unlisten);
    }
    List<CompletableFuture<Void>> unasked = new ArrayList<>(); // a function listened
    now.stream().filter(channel -> !asked.contains(channel)).forEach(channel -> unasked.add(prepare(channel)));
    return CompletableFuture.allOf(unasked.toArray(CompletableFuture<?>[]::new));
  }

  private void unlisten(String channel) {
    asked.remove(channel);
    session.services().ears().unlisten(session.database(), channel, this);
  }

  /// DISCARD ALL.
  void forget() {
    channels = Set.of();
    List.copyOf(asked).forEach(this::unlisten);
  }

  /// The session is over.
  void abandon() {
    forget();
    waiting.clear();
    waitingBytes = 0;
  }

  @Override
  public void heard(String channel, int process, String payload) {
    session.eventLoop().execute(() -> take(new Notification(channel, process, payload)));
  }

  @Override
  public CompletableFuture<Void> caughtUp() {
    return CompletableFuture.runAsync(() -> {}, session.eventLoop());
  }

  private void take(Notification notification) {
    if (session.isClosed() || !asked.contains(notification.channel())) {
      return;
    }
    waiting.add(notification);
    waitingBytes += notification.bytes();
    tell();
    if (waitingBytes > WAITING_BYTES_MAX) {
      session.terminate("terminating connection because too many notifications wait for the end of its transaction, or for the client to read them");
    }
  }

  /// Tells the client what waits, if it may be told now.
  void tell() {
    if (!waiting.isEmpty() && !session.isClosed() && !session.isActive() && !session.block().isOpen() && session.output().isWritable()) {
      stage();
      session.output().flush();
    }
  }

  /// Puts what waits before a ReadyForQuery, unless a transaction is open.
  void stage() {
    if (session.block().isOpen()) {
      return;
    }
    for (Notification next = waiting.poll(); next != null; next = waiting.poll()) {
      waitingBytes -= next.bytes();
      if (channels.contains(next.channel())) {
        BackendWriter.notificationResponse(session.output().stage(), next.process(), next.channel(), next.payload(), session.output().charset());
      }
    }
  }

  @Override
  public void deafened(ShardId shard, Throwable cause) {
    session.eventLoop().execute(
        () -> {
          if (!session.isClosed() && !channels.isEmpty()) {
            session.terminate("terminating connection because notifications of shard \"" + shard + "\" may have been missed");
          }
        });
  }
}
