package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import java.util.Collection;
import java.util.stream.Collectors;

/// What a client is told of a commit over several shards that did not go as it should.
final class Outcomes {
  private static final String RELATED = "The transaction wrote on several shards; it was rolled back on all of them.";

  private Outcomes() {}

  /// A server's answer to PREPARE TRANSACTION. What the user's own constraints and triggers say passes as it is.
  static ErrorFields prepareRefused(ShardId shard, ErrorFields error) {
    if (error.hint().orElse("").contains("max_prepared_transactions")) {
      return error.with(ErrorFields.MESSAGE, "shard \"" + shard + "\": " + error.message())
          .withDetail(RELATED)
          .withHint("Set max_prepared_transactions = 200 in postgresql.conf of shard \"" + shard + "\" and restart it.");
    }
    if (error.hasCode(SqlState.FEATURE_NOT_SUPPORTED)) {
      return error.with(ErrorFields.MESSAGE, "shard \"" + shard + "\": " + error.message())
          .withDetail(RELATED)
          .withHint(
              "Temporary objects, LISTEN, NOTIFY, WITH HOLD and exported snapshots can be used on one shard of a transaction only;"
                  + " NOTIFY in a trigger on the home shard only.");
    }
    return error;
  }

  /// The decider's answer to COMMIT.
  static ErrorFields decisionRefused(ShardId decider, ErrorFields error) {
    if (error.hasCode(SqlState.UNIQUE_VIOLATION)
        && error.field(ErrorFields.SCHEMA).orElse("").equals("shardgate")
        && error.field(ErrorFields.TABLE).orElse("").equals("commit_log")) {
      return ErrorFields.error(
          SqlState.SERIALIZATION_FAILURE, "could not commit transaction: it took so long that another proxy settled it as rolled back");
    }
    if (error.field(ErrorFields.SCHEMA).isEmpty() && isMissingObject(error)) {
      return error.with(ErrorFields.MESSAGE, "shard \"" + decider + "\": " + error.message()).withDetail(RELATED);
    }
    return error;
  }

  /// Whether `shardgate.record_commit` was not there.
  static boolean isMissingObject(ErrorFields error) {
    return error.hasCode(SqlState.UNDEFINED_FUNCTION) || error.hasCode(SqlState.INVALID_SCHEMA_NAME) || error.hasCode(SqlState.UNDEFINED_TABLE);
  }

  /// The schema `shardgate` could not be made on the decider.
  static ErrorFields notReady(ShardId decider, Throwable cause) {
    return ErrorFields.error(
            SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "shard \"" + decider + "\" is not ready for transactions over several shards")
        .withDetail(String.valueOf(cause.getMessage()));
  }

  /// A connection broke before the decision: nothing of the transaction stays anywhere.
  static ErrorFields lostBeforeDecision(ShardId shard) {
    return ErrorFields.error(
        SqlState.TRANSACTION_ROLLBACK, "transaction was rolled back: shard \"" + shard + "\" closed the connection unexpectedly");
  }

  /// The decider's connection broke at COMMIT, and nobody could be asked what became of it.
  static ErrorFields unknown(ShardId decider) {
    return ErrorFields.error(
            SqlState.TRANSACTION_RESOLUTION_UNKNOWN,
            "transaction may or may not have been committed: shard \"" + decider + "\" closed the connection and can't be asked")
        .withDetail("It ends alike on all its shards as soon as shard \"" + decider + "\" can be reached again.");
  }

  /// Decided, but not carried out everywhere.
  static ErrorFields late(boolean committed, Collection<ShardId> shards) {
    String names = shards.stream().map(shard -> '"' + shard.value() + '"').collect(Collectors.joining(", "));
    return ErrorFields.warning(
            SqlState.WARNING, "transaction is " + (committed ? "committed" : "rolled back") + ", but not finished yet on shard " + names)
        .withDetail("Until it is, its rows there stay locked and its changes are not visible.");
  }
}
