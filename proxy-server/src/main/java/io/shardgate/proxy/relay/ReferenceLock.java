package io.shardgate.proxy.relay;

/// The advisory lock by which writers of a reference table take turns on the home shard: its key is this number and the table's OID.
public final class ReferenceLock {
  /// "SG" and two letters that mean nothing: a number that no application is likely to use with a table's OID.
  public static final int CLASS_ID = 0x53475246;

  private ReferenceLock() {}
}
