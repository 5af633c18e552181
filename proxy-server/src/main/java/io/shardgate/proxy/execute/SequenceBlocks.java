package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.relay.ServerErrorException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// The next values of the home shard's sequences, fetched in blocks that all of the proxy's sessions share.
/// Thread-safe: each block has its own lock; values are fetched on virtual threads.
///
/// The sequence on the home shard is the truth: whoever else calls `nextval` there gets other values. A block is as large as the
/// demand: one value at first, so that a fresh table counts 1, 2, 3; twice as many whenever it was used up within [#BUSY].
final class SequenceBlocks {
  /// A block used up sooner than this is followed by one twice its size, one that lasted longer than [#IDLE] by a single value.
  static final Duration BUSY = Duration.ofSeconds(1);

  static final Duration IDLE = Duration.ofSeconds(30);

  /// Values that may be lost when a proxy ends, for each sequence.
  static final int BLOCK_VALUES_MAX = 1024;

  /// How long a role's right to a sequence is believed.
  private static final Duration RIGHT = Duration.ofSeconds(5);

  private static final int RIGHTS_MAX = 10_000;

  /// @param oid on the home shard, as the catalog has it: a sequence made anew is another one
  private record Name(String database, TableName sequence, int oid) {}

  private record Right(String database, String role, TableName sequence) {}

  private final ServiceConnections service;
  private final Supplier<ShardMap> map;
  private final Map<Name, SequenceBlock> blocks = new ConcurrentHashMap<>();
  private final Map<Right, Long> rights = new ConcurrentHashMap<>();

  SequenceBlocks(ServiceConnections service, Supplier<ShardMap> map) {
    this.service = service;
    this.map = map;
  }

  /// Takes values, all different from what anybody else ever gets. Completes on any thread; fails with a [ServerErrorException].
  CompletableFuture<long[]> take(String database, TableName sequence, int oid, int count) {
    Name name = new Name(database, sequence, oid);
    return blocks.computeIfAbsent(name, _ -> new SequenceBlock((values, atLeast) -> fetch(name, values, atLeast))).take(count);
  }

  /// Fails where PostgreSQL would not let the role call `nextval`. Completes on any thread.
  CompletableFuture<Void> checkRight(String database, String role, TableName sequence) {
    Right right = new Right(database, role, sequence);
    Long until = rights.get(right);
    if (until != null && System.nanoTime() - until < 0) {
      return CompletableFuture.completedFuture(null);
    }
    return service.run(map.get().home(), database, connection -> hasRight(connection, right))
        .handle(
            (has, failure) -> {
              if (failure != null) {
                throw asServerError(failure);
              }
              if (!has) {
                throw new ServerErrorException(
                    SqlState.INSUFFICIENT_PRIVILEGE, "permission denied for sequence " + sequence.name());
              }
              if (rights.size() >= RIGHTS_MAX) {
                rights.clear();
              }
              rights.put(right, System.nanoTime() + RIGHT.toNanos());
              return (Void) null;
            })
        .toCompletableFuture();
  }

  private static boolean hasRight(Connection connection, Right right) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement("SELECT has_sequence_privilege(?, ?, 'USAGE, UPDATE')")) {
      statement.setString(1, right.role());
      statement.setString(2, quoted(right.sequence()));
      try (ResultSet result = statement.executeQuery()) {
        return result.next() && result.getBoolean(1);
      }
    }
  }

  /// Drops what was fetched of a database's sequences: setval, RESTART, DROP.
  void forget(String database) {
    blocks.forEach(
        (name, block) -> {
          if (name.database().equals(database)) {
            blocks.remove(name, block);
            block.forget();
          }
        });
  }

  private CompletableFuture<long[]> fetch(Name name, int values, int atLeast) {
    return service.run(map.get().home(), name.database(), connection -> nextValues(connection, name.sequence(), values, atLeast))
        .handle(
            (fetched, failure) -> {
              if (failure != null) {
                throw asServerError(failure);
              }
              return fetched;
            })
        .toCompletableFuture();
  }

  private static long[] nextValues(Connection connection, TableName sequence, int values, int atLeast) throws SQLException {
    String name = quoted(sequence);
    // Never asks for more than the sequence has left, unless one more is needed: its own error is then the answer.
    String sql =
        "SELECT nextval(k.id) FROM (SELECT s.seqrelid::regclass AS id, least(?::numeric, greatest(?::numeric, CASE"
            + " WHEN s.seqcycle THEN ?::numeric"
            + " WHEN s.seqincrement > 0 THEN div(s.seqmax::numeric - q.last_value, s.seqincrement)"
            + " ELSE div(q.last_value::numeric - s.seqmin, -s.seqincrement) END))::bigint AS n"
            + " FROM pg_sequence s, " + name + " q WHERE s.seqrelid = ?::regclass) k, generate_series(1, k.n)";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setInt(1, values);
      statement.setInt(2, atLeast);
      statement.setInt(3, values);
      statement.setString(4, name);
      try (ResultSet result = statement.executeQuery()) {
        long[] next = new long[values];
        int n = 0;
        while (result.next()) {
          next[n++] = result.getLong(1);
        }
        return java.util.Arrays.copyOf(next, n);
      }
    }
  }

  private static ServerErrorException asServerError(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    if (cause instanceof ServiceException && cause.getCause() instanceof SQLException sql && sql.getSQLState() != null) {
      String message = String.valueOf(sql.getMessage()).replaceFirst("^ERROR: ", "").lines().findFirst().orElse("");
      return new ServerErrorException(
          ErrorFields.error(SqlState.INTERNAL_ERROR, message).with(ErrorFields.CODE, sql.getSQLState()));
    }
    return new ServerErrorException(SqlState.CONNECTION_FAILURE, "sequence values could not be fetched: " + cause.getMessage());
  }

  /// The name as `regclass` reads it.
  private static String quoted(TableName table) {
    return quoted(table.schema()) + "." + quoted(table.name());
  }

  private static String quoted(String identifier) {
    return '"' + identifier.replace("\"", "\"\"") + '"';
  }
}
