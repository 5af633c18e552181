package io.shardgate.proxy.session;

import io.shardgate.pgwire.message.CancelKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/// Who is logged in, by the process id that the client was given: for cancel requests and `SHOW SHARDGATE CLIENTS`.
/// Thread-safe: one concurrent map.
public final class SessionRegistry {
  private static final int LONG_KEYS_SINCE = 2;

  /// No server's process has such a number: Linux goes up to 2^22. Each proxy begins elsewhere, so that a number of one is hardly ever one of another.
  private static final int FIRST_ID = 1 << 29;

  private final ConcurrentHashMap<Integer, ClientSession> sessions = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final AtomicInteger next = new AtomicInteger(FIRST_ID + random.nextInt(FIRST_ID));

  /// A number no other client has now.
  int newProcessId(ClientSession session) {
    while (true) {
      int id = next.getAndIncrement() & Integer.MAX_VALUE;
      if (id >= FIRST_ID && sessions.putIfAbsent(id, session) == null) {
        return id;
      }
    }
  }

  /// What cancel requests for a client have to name.
  public CancelKey newKey(int minorVersion) {
    return CancelKey.random(random, minorVersion >= LONG_KEYS_SINCE ? CancelKey.LONG_BYTES : CancelKey.SHORT_BYTES);
  }

  void remove(int processId) {
    sessions.remove(processId);
  }

  /// Cancels what that client runs, if the key is right; else does nothing, and nobody is told (PostgreSQL docs, "Canceling Requests
  /// in Progress").
  ///
  /// @return whether there was such a client
  public boolean cancel(int processId, CancelKey key) {
    ClientSession session = sessions.get(processId);
    if (session == null || !session.cancelKey().equals(key)) {
      return false;
    }
    session.eventLoop().execute(session::cancelRequested);
    return true;
  }

  /// The client with that number.
  Optional<ClientSession> find(int processId) {
    return Optional.ofNullable(sessions.get(processId));
  }

  /// Has every client leave once its transaction has ended; those in none leave now.
  public void leave() {
    sessions.values().forEach(session -> session.eventLoop().execute(session::leave));
  }

  /// Ends every client's session now, and rolls back.
  public void terminate() {
    sessions.values().forEach(session -> session.eventLoop().execute(session::terminate));
  }

  /// Completes once nothing runs any more that was planned before this call: each session has ended its statement and its transaction, or is
  /// gone. Sessions that come later plan later.
  public CompletableFuture<Void> clear() {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (ClientSession session : sessions()) {
      all.add(CompletableFuture.supplyAsync(session::clear, session.eventLoop()).thenCompose(Function.identity()));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
  }

  /// The numbers of the clients that [#clear] waits for; of about now.
  public List<Integer> waitedFor() {
    return sessions.entrySet().stream().filter(entry -> entry.getValue().isWaitedFor()).map(Map.Entry::getKey).sorted().toList();
  }

  public boolean isEmpty() {
    return sessions.isEmpty();
  }

  /// All sessions now.
  public Collection<ClientSession> sessions() {
    return List.copyOf(sessions.values());
  }
}
