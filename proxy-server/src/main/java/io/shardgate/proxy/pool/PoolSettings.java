package io.shardgate.proxy.pool;

import java.time.Duration;

/// The limits of the pools.
/// Immutable.
///
/// @param maxConnections connections to one shard at most, over all event loops, roles and databases; those that are being
///     opened or closed count
/// @param queueLimit acquires that may wait for one shard; the next gets 53300
/// @param queueTimeout longest wait of one acquire; then 53300
/// @param crossShardTimeout longest wait of a transaction that holds connections of other shards; then 40001. Pure
///     deadlocks over the pools are found at once; this ends those that also run over row locks
/// @param connectTimeout from the first packet to ReadyForQuery
/// @param maxAge a connection older than this is not lent again; each lives up to a tenth less, so that they don't end together
/// @param idleTimeout a connection idle for longer is closed
/// @param cleanTimeout for the server to answer ROLLBACK, DISCARD ALL or the end of a cancelled statement; then the connection is cut
/// @param preparedLimit statements that one connection keeps prepared
/// @param frameBytes the longest message of a server that is held whole; rows and COPY data are not
public record PoolSettings(
    int maxConnections,
    int queueLimit,
    Duration queueTimeout,
    Duration crossShardTimeout,
    Duration connectTimeout,
    Duration maxAge,
    Duration idleTimeout,
    Duration cleanTimeout,
    int preparedLimit,
    int frameBytes) {

  private static final int DEFAULT_FRAME_BYTES = 256 << 20;

  public static final PoolSettings DEFAULT =
      new PoolSettings(
          50,
          10_000,
          Duration.ofSeconds(30),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5),
          Duration.ofMinutes(30),
          Duration.ofMinutes(5),
          Duration.ofSeconds(5),
          512,
          DEFAULT_FRAME_BYTES);

  /// The same with messages of the size that ships.
  public PoolSettings(
      int maxConnections, int queueLimit, Duration queueTimeout, Duration crossShardTimeout, Duration connectTimeout, Duration maxAge,
      Duration idleTimeout, Duration cleanTimeout, int preparedLimit) {
    this(maxConnections, queueLimit, queueTimeout, crossShardTimeout, connectTimeout, maxAge, idleTimeout, cleanTimeout, preparedLimit, DEFAULT_FRAME_BYTES);
  }

  public PoolSettings {
    atLeastOne("maxConnections", maxConnections);
    atLeastOne("queueLimit", queueLimit);
    atLeastOne("preparedLimit", preparedLimit);
    atLeastOne("frameBytes", frameBytes);
    positive("queueTimeout", queueTimeout);
    positive("crossShardTimeout", crossShardTimeout);
    positive("connectTimeout", connectTimeout);
    positive("maxAge", maxAge);
    positive("idleTimeout", idleTimeout);
    positive("cleanTimeout", cleanTimeout);
  }

  /// Below this many connections to a shard none is set apart.
  private static final int LEAST_TO_RESERVE = 4;

  /// A quarter: how many transactions over several shards run at one time, and how many of each shard's connections only they get.
  public int reservedConnections() {
    return maxConnections < LEAST_TO_RESERVE ? 0 : maxConnections / LEAST_TO_RESERVE;
  }

  /// One of the home shard's, for those who need it for a moment and wait for nobody meanwhile: logins, and statements that are only read.
  int briefConnections() {
    return maxConnections < LEAST_TO_RESERVE ? 0 : 1;
  }

  public PoolSettings withMaxConnections(int connections) {
    return new PoolSettings(connections, queueLimit, queueTimeout, crossShardTimeout, connectTimeout, maxAge, idleTimeout, cleanTimeout, preparedLimit, frameBytes);
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: at least 1)");
    }
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: more than zero)");
    }
  }
}
