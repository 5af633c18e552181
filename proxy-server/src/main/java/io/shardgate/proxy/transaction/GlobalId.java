package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a transaction over several shards, as `commit_log` has it; with a participant at its end, the global identifier of one
/// prepared transaction. Immutable.
///
///     sg:<cluster>:<decider>:<proxy boot>:<n>:<participant>
///     sg:4f1c09aa72d1:s1:9d3e77b0:1c.5e88…(32 hex digits):s2
///
/// `<n>` is a counter and the hash of a token that only the owner knows: prepared transactions are visible to everybody, and whoever
/// could write their verdict could cut them in half. At most 137 of the 199 bytes that PostgreSQL allows.
///
/// @param cluster the cluster's id, 12 hex digits
/// @param decider the shard whose commit is the decision
/// @param boot the proxy's run that began it, 8 hex digits
/// @param number counter and token hash
record GlobalId(String cluster, ShardId decider, String boot, String number) {
  static final String PREFIX = "sg:";

  private static final Pattern SHAPE =
      Pattern.compile("sg:([0-9a-f]{12}):([A-Za-z0-9_-]{1,32}):([0-9a-f]{8}):([0-9a-f]{1,16}\\.[0-9a-f]{32}):([A-Za-z0-9_-]{1,32})");
  private static final int HASH_DIGITS = 32;

  /// A prepared transaction's identifier taken apart.
  record Prepared(GlobalId transaction, ShardId participant) {}

  /// The name of the n-th transaction of a proxy's run.
  static GlobalId of(String cluster, ShardId decider, String boot, long n, String token) {
    return new GlobalId(cluster, decider, boot, Long.toHexString(n) + "." + hash(token));
  }

  /// Reads the identifier of a prepared transaction; empty when it is none of ours. Anybody may have made it up.
  static Optional<Prepared> parse(String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    GlobalId transaction = new GlobalId(matcher.group(1), new ShardId(matcher.group(2)), matcher.group(3), matcher.group(4));
    return Optional.of(new Prepared(transaction, new ShardId(matcher.group(5))));
  }

  /// The first half of SHA-256, as `record_commit` computes it.
  private static String hash(String token) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /// The identifier of the part on one shard.
  String on(ShardId participant) {
    return this + ":" + participant;
  }

  @Override
  public String toString() {
    return PREFIX + cluster + ":" + decider + ":" + boot + ":" + number;
  }
}
