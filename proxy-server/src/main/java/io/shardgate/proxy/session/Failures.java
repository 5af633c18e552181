package io.shardgate.proxy.session;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.pool.PoolException;
import io.shardgate.proxy.relay.ConnectionLostException;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.DocumentedRefusal;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns what went wrong into what the client is told.
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /// The error for the client, null when it has one already. A failure that is nobody's but ours is logged, once, and told as XX000.
  static @Nullable ErrorFields fields(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof AlreadyToldException || cause instanceof ConnectionLostException) {
      return null;
    }
    if (cause instanceof ServerErrorException known) {
      return known.fields();
    }
    if (cause instanceof PoolException pool) {
      return pool(pool);
    }
    LOG.error("internal error", cause);
    return ErrorFields.error(SqlState.INTERNAL_ERROR, "internal error: " + cause);
  }

  /// What is declined, if that is what went wrong.
  static @Nullable DocumentedRefusal refusal(Throwable failure) {
    return cause(failure) instanceof ServerErrorException known ? known.refusal() : null;
  }

  /// Whether the client's message is to blame, not a connection.
  static boolean isOfStatement(Throwable failure) {
    return cause(failure) instanceof ServerErrorException;
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
  }

  private static ErrorFields pool(PoolException pool) {
    ErrorFields server = pool.fromServer();
    if (server != null) {
      return ofShard(pool.shard(), server);
    }
    ErrorFields fields = ErrorFields.error(pool.sqlState(), Objects.requireNonNullElse(pool.getMessage(), "no connection"));
    String hint = pool.hint();
    return hint == null ? fields : fields.withHint(hint);
  }

  /// For a connection that broke while it was needed.
  static ErrorFields lost(ShardId shard, @Nullable ErrorFields fatal) {
    return fatal != null
        ? ofShard(shard, fatal)
        : ErrorFields.error(SqlState.CONNECTION_FAILURE, "shard \"" + shard + "\": server closed the connection unexpectedly");
  }

  /// What a shard said before it closed a connection: the client's own stays open.
  private static ErrorFields ofShard(ShardId shard, ErrorFields fatal) {
    return new ErrorFields(Map.copyOf(fatal.byType()))
        .with(ErrorFields.SEVERITY, "ERROR")
        .with(ErrorFields.SEVERITY_PLAIN, "ERROR")
        .with(ErrorFields.MESSAGE, "shard \"" + shard + "\": " + fatal.message());
  }
}
