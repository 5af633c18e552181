package io.shardgate.proxy.pool;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.scram.ScramKeys;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The door of this package: server connections on the asker's own event loop, one cap per shard over all of them.
/// Thread-safe: each event loop has its own [LoopPools]; what they share is a concurrent map of [ShardPool]s and their ledgers. Changes of the map and the end take turns.
///
/// What a shard's cap means for who gets the next connection, in this order:
///
/// 1. whoever asks on a loop that has an idle connection of his role and database;
/// 2. else the place is free (cap not reached): a new connection for the neediest loop and role, the one with the fewest;
/// 3. else the loop and role that has fewest gets the place of an idle connection of another one, or of the next that is
///    given back by one that has at least two more. One that has none at all gets the next that is given back after a short
///    slice, so that with fewer connections than askers they take turns.
///
/// Within one loop and role: first come first served, but transactions that hold connections of other shards go first, as
/// others wait for what they hold.
public final class ServerPools {

  /// Who needs a connection for a moment and waits for longer than a short statement lasts, waits for transactions.
  private static final long BRIEF_PATIENCE_MILLIS = 20;

  private final EventLoopGroup loops;
  private final Transport transport;
  private final PoolSettings settings;
  private final PoolObserver observer;
  private final Supplier<String> applicationName;
  private final HoldAndWait holdAndWait;
  private final CrossShardTickets tickets;
  private final ProvenCredentials proven = new ProvenCredentials();
  private final HomeModel homeModel;
  private final IdentityHashMap<EventLoop, LoopPools> byLoop = new IdentityHashMap<>();
  private final Map<ShardId, ShardPool> shards = new ConcurrentHashMap<>();

  /// Shards that are gone or live elsewhere now, until their last connection has ended.
  private final Map<ShardPool, CompletableFuture<Void>> leaving = new ConcurrentHashMap<>();

  private final List<EventLoop> loopList = new ArrayList<>();
  private volatile boolean closed;
  private @Nullable CompletableFuture<Void> ended;

  /// Pools over all loops of a group; without shards until [#shards].
  ///
  /// @param applicationName what a connection opened now calls itself: `shardgate <proxy id> map <version>`
  /// @param home asks the home shard what a database of it is like now; completes on any thread
  public ServerPools(
      EventLoopGroup loops,
      Transport transport,
      PoolSettings settings,
      PoolObserver observer,
      Supplier<String> applicationName,
      Function<String, CompletionStage<Likeness>> home) {
    this.loops = loops;
    this.transport = transport;
    this.settings = settings;
    this.observer = observer;
    this.applicationName = applicationName;
    this.homeModel = new HomeModel(home);
    for (EventExecutor executor : loops) {
      EventLoop loop = (EventLoop) executor;
      loopList.add(loop);
      byLoop.put(loop, new LoopPools(loop));
    }
    this.holdAndWait = new HoldAndWait(loopList.getFirst());
    this.tickets = new CrossShardTickets(loopList.getFirst(), settings, observer);
    byLoop.values().forEach(LoopPools::start);
  }

  HomeModel homeModel() {
    return homeModel;
  }

  /// Sets which shards there are and where. A shard that is gone or lives elsewhere now loses its idle connections at once and the others
  /// as they are given back. Reads certificates; not to be called on an event loop. Does nothing after [#close].
  ///
  /// @param home the shard that everybody needs for a moment
  /// @throws IllegalArgumentException when the certificates an endpoint names can't be read
  public synchronized void shards(Map<ShardId, Endpoint> endpoints, ShardId home) {
    if (closed) {
      return; // what was opened now, nobody would close
    }
    for (var entry : endpoints.entrySet()) {
      ShardPool present = shards.get(entry.getKey());
      boolean isHome = entry.getKey().equals(home);
      if (present != null && present.is(entry.getValue(), isHome)) {
        continue;
      }
      ShardPool replaced = shards.put(entry.getKey(), newShard(entry.getKey(), entry.getValue(), isHome));
      if (replaced != null) {
        leaves(replaced);
      }
    }
    for (ShardId id : List.copyOf(shards.keySet())) {
      if (!endpoints.containsKey(id)) {
        ShardPool gone = shards.remove(id);
        if (gone != null) {
          leaves(gone);
        }
      }
    }
  }

  private void leaves(ShardPool gone) {
    CompletableFuture<Void> left = gone.close();
    leaving.put(gone, left);
    left.whenComplete((_, _) -> leaving.remove(gone));
  }

  private ShardPool newShard(ShardId id, Endpoint endpoint, boolean isHome) {
    EventLoop ledgerLoop = loopList.get(Math.floorMod(id.hashCode(), loopList.size()));
    return new ShardPool(id, endpoint, isHome, TlsClient.of(endpoint), ledgerLoop, this);
  }

  /// Asks for a connection, to be used on `loop`, which this is called on. Hot path when one is idle: allocates nothing.
  public PendingAcquire acquire(EventLoop loop, ShardId shard, PoolKey key, Waiter waiter) {
    return acquire(loop, shard, key, null, waiter);
  }

  /// An idle connection, to be used on `loop`, which this is called on; null when there is none, and one has to ask and wait. Hot path: allocates
  /// nothing.
  public @Nullable ServerConnection acquireIdle(EventLoop loop, ShardId shard, PoolKey key) {
    LoopPools pools = poolsOf(loop);
    ShardPool target = shards.get(shard);
    return target == null || closed ? null : pools.bucket(target, target.ledger(), key).lendIdle();
  }

  /// As above, for a transaction over several shards. One that is admitted gets a connection set apart for such when no other is idle.
  /// Any other waits in front, no longer than [PoolSettings#crossShardTimeout], and is refused with 40001 when the
  /// wait can't end by itself and it is the youngest.
  public PendingAcquire acquire(
      EventLoop loop, ShardId shard, PoolKey key, @Nullable CrossShardClaim claim, Waiter waiter) {
    LoopPools pools = poolsOf(loop);
    ShardPool target = shards.get(shard);
    if (target == null || closed) {
      waiter.onRefused(noSuchShard(shard));
      return PendingAcquire.ANSWERED;
    }
    Ledger reserved = target.reserved();
    return claim == null || !claim.admitted() || reserved == null
        ? pools.bucket(target, target.ledger(), key).acquire(key, claim, waiter)
        : ApartWait.begin(pools, target, reserved, key, claim, 0, waiter);
  }

  /// As above, for one who holds the connection while the server reads a statement or tells a setting, and for no longer. When none becomes
  /// free soon, he gets one set apart for such: transactions may hold all others until he is answered.
  public PendingAcquire acquireBriefly(EventLoop loop, ShardId shard, PoolKey key, Waiter waiter) {
    LoopPools pools = poolsOf(loop);
    ShardPool target = shards.get(shard);
    Ledger brief = target == null ? null : target.brief();
    if (target == null || brief == null || closed) {
      return acquire(loop, shard, key, waiter);
    }
    return ApartWait.begin(pools, target, brief, key, null, BRIEF_PATIENCE_MILLIS, waiter);
  }

  private LoopPools poolsOf(EventLoop loop) {
    LoopPools pools = byLoop.get(loop);
    if (pools == null) {
      throw new IllegalArgumentException("event loop: " + loop + " (expected: one of the pools' group)");
    }
    return pools;
  }

  private PoolException noSuchShard(ShardId shard) {
    return closed
        ? new PoolException(PoolException.Reason.CLOSED, shard, SqlState.ADMIN_SHUTDOWN, "the proxy is shutting down")
        : new PoolException(
            PoolException.Reason.CLOSED, shard, SqlState.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
            "shard \"" + shard + "\" does not exist");
  }

  /// Gives a connection back, on its event loop. Does nothing when it is closed or was given back before.
  public void release(ServerConnection connection, ReleaseState state) {
    connection.bucket().release(connection, state);
  }

  /// A connection stays with its holder beyond its transaction. Where it was taken from the places set apart it is counted among the common
  /// ones as soon as one of these is free, or idle. On its event loop.
  ///
  /// @param counted called then, at once when it is a common one; not when it is given back or lost before
  public void keepBeyondTransaction(ServerConnection connection, Runnable counted) {
    Ledger common = connection.bucket().shard().ledger();
    if (connection.bucket().isOf(common)) {
      counted.run();
    } else if (!connection.isMoving()) {
      Adoption adoption = new Adoption(connection, poolsOf(connection.eventLoop()), common, counted);
      connection.adoption(adoption);
      common.adopt(adoption);
    }
  }

  /// Asks the server to cancel what runs on a connection, as a client's CancelRequest does. On the connection's event loop, by its holder. The connection goes to nobody else before the
  /// server has closed the cancel connection and has answered one more Sync.
  public void cancel(ServerConnection connection) {
    connection.bucket().cancel(connection);
  }

  /// What each shard's pool has now, for `SHOW SHARDGATE POOLS` and metrics; numbers of different loops are of slightly different moments.
  public List<ShardPool.View> views() {
    return shards.values().stream().map(ShardPool::view).sorted((a, b) -> a.shard().compareTo(b.shard())).toList();
  }

  /// Refuses all waits, closes what is idle and, when it is given back, the rest. Done when no connection is left, also of shards that are gone.
  public synchronized CompletableFuture<Void> close() {
    CompletableFuture<Void> ending = ended;
    if (ending == null) {
      closed = true;
      byLoop.values().forEach(LoopPools::stop);
      tickets.close();
      ending =
          CompletableFuture.allOf(
              Stream.concat(shards.values().stream().map(ShardPool::close), leaving.values().stream()).toArray(CompletableFuture[]::new));
      ended = ending;
    }
    return ending;
  }

  /// Who may hold connections of several shards at one time.
  public CrossShardTickets tickets() {
    return tickets;
  }

  /// A role has proved itself with these keys, or was given a password that they stand for: what its sessions open from now on, they open
  /// with these.
  public void proven(String role, long roleOid, ScramKeys keys) {
    proven.put(role, roleOid, new Credential.Keys(keys));
  }

  ProvenCredentials proven() {
    return proven;
  }

  boolean isClosed() {
    return closed;
  }

  EventLoopGroup loops() {
    return loops;
  }

  Transport transport() {
    return transport;
  }

  PoolSettings settings() {
    return settings;
  }

  PoolObserver observer() {
    return observer;
  }

  Supplier<String> applicationName() {
    return applicationName;
  }

  HoldAndWait holdAndWait() {
    return holdAndWait;
  }
}
