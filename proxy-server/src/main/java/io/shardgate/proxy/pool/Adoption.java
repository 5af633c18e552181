package io.shardgate.proxy.pool;

/// A lent connection that is to be counted among another ledger's places, of the same shard: one that stays pinned beyond the transaction for
/// which it was taken from the places set apart.
/// Confined to its channel's event loop, but for [#isWanted] and [#granted], which the ledger's loop calls.
///
/// First a place of the new ledger is taken, then the connection moves, then the old place comes back: at no moment is it counted nowhere.
final class Adoption {
  private final ServerConnection connection;
  private final LoopPools pools;
  private final Ledger ledger;
  private final Runnable moved;
  private volatile boolean wanted = true;

  Adoption(ServerConnection connection, LoopPools pools, Ledger ledger, Runnable moved) {
    this.connection = connection;
    this.pools = pools;
    this.ledger = ledger;
    this.moved = moved;
  }

  /// False once the connection was given back or is gone.
  boolean isWanted() {
    return wanted;
  }

  void drop() {
    wanted = false;
  }

  /// A place of the new ledger is taken for it.
  void granted() {
    connection.eventLoop().execute(this::move);
  }

  private void move() {
    if (!wanted) {
      ledger.freed(false);
      return;
    }
    wanted = false;
    Bucket from = connection.bucket();
    Bucket to = pools.bucket(from.shard(), ledger, from.key());
    connection.moveTo(to);
    to.tookIn();
    from.letGo();
    moved.run();
  }
}
