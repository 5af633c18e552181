package io.shardgate.proxy.admin;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.TopologyChange.Planned;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.relay.ServerErrorException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts one topology into force. Tables that it places and that are nowhere yet might be made by the map before in the very moment: so their names are
/// closed first, and where tables are is looked at again once nothing runs any more that was planned before that.
/// Confined to the act's thread, which may block.
///
///     looked at ──► closed ──[proxies acknowledged, older writers ended]──► looked at again ──► in force
///                     └──[out of time, rows would be left behind, the map was changed]──► opened, refused
final class Settlement {
  private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  /// How often the map may change under an attempt to open names again.
  private static final int OPENINGS_MAX = 20;

  private final Topology wanted;
  private final ShardDirectory directory;
  private final ProxyConfig config;
  private final Supplier<List<Integer>> inTheWay;
  private final long untilNanos;

  /// @param inTheWay numbers of this proxy's own clients that a version is not acknowledged for
  Settlement(Topology wanted, ShardDirectory directory, ProxyConfig config, Supplier<List<Integer>> inTheWay) {
    this.wanted = wanted;
    this.directory = directory;
    this.config = config;
    this.inTheWay = inTheWay;
    this.untilNanos = System.nanoTime() + config.limits().applyWait().toNanos();
  }

  /// What came into force; empty when another change was first. Throws [ServerErrorException] when what was begun before does not end in time,
  /// tables were dropped meanwhile, or a shard that is to go has keys; nothing is changed then.
  ///
  /// @throws TopologyException when rows would be left behind
  Optional<Planned> apply(Planned first) throws TopologyException {
    if (!first.isChange() || first.absent().isEmpty()) {
      return put(first) ? Optional.of(first) : Optional.empty();
    }
    Set<TableName> closing = new TreeSet<>(first.absent());
    closing.addAll(first.current().closed());
    ShardMap closed = first.current().withClosed(closing);
    if (!directory.compareAndSet(first.current().version(), closed)) {
      return Optional.empty();
    }
    boolean done = false;
    try {
      awaitProxies(closed.version());
      awaitWriters();
      Optional<Planned> second = lookedAtAgain(closed.version(), closing);
      done = second.isPresent() && put(second.get());
      return done ? second : Optional.empty();
    } finally {
      if (!done) {
        open(closed);
      }
    }
  }

  private boolean put(Planned planned) throws TopologyException {
    if (planned.isChange() && !planned.joining().isEmpty()) {
      try (ServiceConnections connections = TopologyChange.connections(TopologyChange.undivided(wanted), config)) {
        JoiningRoles.make(connections, planned.current().home(), planned.joining());
      }
    }
    if (!planned.isChange() || directory.compareAndSet(planned.current().version(), planned.next())) {
      return true;
    }
    if (directory.current().version().equals(planned.current().version())) {
      throw Refusals.error(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "a shard that is to go has keys", "Leave it in the topology until its rows were moved.");
    }
    return false;
  }

  private Optional<Planned> lookedAtAgain(MapVersion closed, Set<TableName> closing) throws TopologyException {
    ShardMap current = directory.current();
    if (!current.version().equals(closed)) {
      return Optional.empty();
    }
    Planned second = TopologyChange.plan(wanted, current, config);
    Set<TableName> gone = new TreeSet<>(second.absent());
    gone.removeAll(closing);
    if (!gone.isEmpty()) {
      throw Refusals.error(SqlState.SERIALIZATION_FAILURE, "tables were dropped or moved meanwhile: " + gone, "Run the statement again.");
    }
    return Optional.of(second);
  }

  /// A proxy that is gone, or can't reach the directory, is not waited for once its lease is over.
  private void awaitProxies(MapVersion version) {
    while (true) {
      List<ProxyPresence> late = directory.proxies().stream().filter(proxy -> proxy.acknowledged().compareTo(version) < 0).toList();
      if (late.isEmpty()) {
        return;
      }
      pause(() -> "Proxies on which some runs: " + late.stream().map(proxy -> proxy.id() + " (" + proxy.address() + ")").collect(Collectors.joining(", "))
          + "." + ownClients());
    }
  }

  private String ownClients() {
    List<Integer> clients = inTheWay.get();
    return clients.isEmpty() ? "" : " Clients of this proxy: " + clients.stream().map(String::valueOf).collect(Collectors.joining(", ")) + ".";
  }

  /// What no session speaks for any more, its client or its proxy being gone, may still commit on a server.
  private void awaitWriters() {
    try (ServiceConnections connections = TopologyChange.connections(TopologyChange.undivided(wanted), config)) {
      OlderWriters writers = OlderWriters.of(connections, wanted.shards().keySet());
      while (!writers.haveEnded()) {
        pause(() -> "Transactions that had written something on the shards: " + writers.remaining() + ".");
      }
    }
  }

  private void pause(Supplier<String> who) {
    if (System.nanoTime() - untilNanos >= 0) {
      throw new ServerErrorException(ErrorFields.error(
              SqlState.OBJECT_IN_USE, "statements and transactions that were begun before did not end within " + config.limits().applyWait().toMillis() + " ms")
          .withDetail(who.get())
          .withHint("Nothing was changed. SHOW SHARDGATE CLIENTS on each of these proxies, and pg_stat_activity on the shards, tell who it is; end them, or wait, and"
              + " run the statement again. The limit is limits.apply_wait."));
    }
    try {
      Thread.sleep(LOOK_AGAIN);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new ServerErrorException(SqlState.ADMIN_SHUTDOWN, "the proxy is ending: nothing was changed");
    }
  }

  /// Whatever the map is by now; not where another topology is being settled, which opens these names, too.
  private void open(ShardMap closed) {
    try {
      for (int attempt = 0; attempt < OPENINGS_MAX; attempt++) {
        ShardMap current = directory.current();
        Set<TableName> left = new TreeSet<>(current.closed());
        if (isOthers(current, closed) || !left.removeAll(closed.closed()) || directory.compareAndSet(current.version(), current.withClosed(left))) {
          return;
        }
      }
      LOG.warn("tables {} can't be made until a topology is applied again: the map was changed by others at each attempt to allow it", closed.closed());
    } catch (UncheckedIOException | IllegalStateException store) {
      LOG.warn("tables {} can't be made until a topology is applied again: {}", closed.closed(), store.getMessage());
    }
  }

  /// Whether nothing but the closing of names has happened since.
  private static boolean isOthers(ShardMap current, ShardMap closed) {
    return !current.version().equals(closed.version()) && current.closed().containsAll(closed.closed())
        && current.withClosed(Set.of()).sameContents(closed.withClosed(Set.of()));
  }
}
