package io.shardgate.proxy.relay;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The setting `shardgate.snapshot`: what a REPEATABLE READ transaction that only reads makes of several shards. Pure.
///
///     consistent  one snapshot for all it reads, and so one shard
///     per-shard   a snapshot for each shard, taken when the transaction first comes there
///
/// Every session has a value of it, as it has of PostgreSQL's own settings. The servers keep it like any custom setting; they don't know what it may be.
public final class SnapshotSetting {
  public static final String NAME = "shardgate.snapshot";
  public static final String DEFAULT = "consistent";
  public static final String PER_SHARD = "per-shard";

  private static final Set<String> VALUES = Set.of(DEFAULT, PER_SHARD);

  private SnapshotSetting() {}

  public static boolean is(String name) {
    return name.equalsIgnoreCase(NAME);
  }

  public static boolean isValue(String value) {
    return VALUES.contains(value);
  }

  /// What PostgreSQL says of a value that a setting of its own can't have.
  public static ServerErrorException refused(String value) {
    return new ServerErrorException(
        ErrorFields.error(SqlState.INVALID_PARAMETER_VALUE, "invalid value for parameter \"" + NAME + "\": \"" + value + "\"")
            .withHint("Available values: " + DEFAULT + ", " + PER_SHARD + "."));
  }

  /// The value where it is one, else the default: ALTER ROLE and functions may have set anything.
  public static String orDefault(@Nullable String value) {
    return value != null && isValue(value) ? value : DEFAULT;
  }
}
