package io.shardgate.oracle;

import java.nio.charset.StandardCharsets;

/// The value of `$n`, as Parse and Bind say it, and another one for a second time.
/// Immutable.
///
/// @param oid 0 where Parse leaves the type open
/// @param text what it means, to be read
/// @param bytes what it is sent as
/// @param other what is sent the second time
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record Parameter(int oid, String text, boolean isBinary, byte[] bytes, byte[] other) {
  static Parameter text(int oid, String text, String other) {
    return new Parameter(oid, text + (text.equals(other) ? "" : "', then '" + other), false, bytes(text), bytes(other));
  }

  static Parameter binary(int oid, String text, byte[] bytes, byte[] other) {
    return new Parameter(oid, text, true, bytes, other);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "'" + text + "'" + (oid == 0 ? "" : "::" + oid) + (isBinary ? " in binary" : "");
  }
}
