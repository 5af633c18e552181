package io.shardgate.proxy.catalog;

import io.shardgate.directory.RoleBook;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.catalog.RoleVerifiers.LoginRole;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the directory's records of roles as the home shard has them, so that every proxy hears of a change at once.
/// Thread-safe: names wait in a concurrent set, and one virtual thread at a time works them off.
///
/// A name is done when the record and the home shard, read after it, agree. Whoever wrote an older answer of the home shard over a newer one has not
/// seen them agree yet, and reads again: so the last word is the home shard's, whatever the order.
public final class RoleRecording {
  private static final Logger LOG = LoggerFactory.getLogger(RoleRecording.class);

  /// Names that wait; another one is recorded when the role next logs in.
  private static final int WAITING_MAX = 10_000;

  /// How often a record may be another one when it is written.
  private static final int ATTEMPTS_MAX = 10;

  private final ShardDirectory directory;
  private final RoleBook book;
  private final ServiceConnections connections;
  private final Set<String> waiting = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean working = new AtomicBoolean();

  public RoleRecording(ShardDirectory directory, ServiceConnections connections) {
    this.directory = directory;
    this.book = directory.roles();
    this.connections = connections;
  }

  /// These roles were made, changed or dropped through this proxy. Does not wait.
  public void changed(Collection<String> roles) {
    for (String role : roles) {
      if (waiting.size() < WAITING_MAX) {
        waiting.add(role);
      }
    }
    if (!waiting.isEmpty() && working.compareAndSet(false, true)) {
      try {
        connections.threads().execute(this::work);
      } catch (RejectedExecutionException _) {
        waiting.clear(); // the proxy ends
      }
    }
  }

  /// The home shard said that of a role. What was changed behind the proxies is recorded so. Does not wait.
  void heard(String role, Optional<LoginRole> said) {
    if (!book.known(role).equals(record(said)) && directory.fault().isEmpty()) {
      changed(List.of(role));
    }
  }

  private void work() {
    do {
      try {
        for (Iterator<String> next = waiting.iterator(); next.hasNext(); ) {
          String role = next.next();
          next.remove();
          settle(role);
        }
      } finally {
        working.set(false);
      }
    } while (!waiting.isEmpty() && working.compareAndSet(false, true));
  }

  private void settle(String role) {
    try {
      for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        Optional<RoleRecord> recorded = book.read(role);
        Optional<RoleRecord> now = record(RoleVerifiers.ask(connections, directory.current().home(), role));
        if (recorded.equals(now)) {
          return;
        }
        book.compareAndSet(role, recorded.orElse(null), now.orElse(null));
      }
    } catch (UncheckedIOException | ServiceException e) {
      LOG.info("a role's change was not recorded ({}): other proxies hear of it within a second all the same", e.getMessage());
    }
  }

  /// Superusers' verifiers stay on the servers.
  private static Optional<RoleRecord> record(Optional<LoginRole> said) {
    return said.filter(role -> !role.superuser())
        .map(role -> new RoleRecord(role.oid(), role.canLogin(), role.validUntil(), role.verifier().map(ScramVerifier::text).orElse(null)));
  }
}
