package io.shardgate.oracle;

import java.nio.charset.StandardCharsets;

/// The value of `$n`, as Parse and Bind say it.
/// Immutable.
///
/// @param oid 0 where Parse leaves the type open
/// @param text what it means, to be read
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record Parameter(int oid, String text, boolean isBinary, byte[] bytes) {
  static Parameter text(int oid, String text) {
    return new Parameter(oid, text, false, text.getBytes(StandardCharsets.UTF_8));
  }

  static Parameter binary(int oid, String text, byte[] bytes) {
    return new Parameter(oid, text, true, bytes);
  }

  @Override
  public String toString() {
    return "'" + text + "'" + (oid == 0 ? "" : "::" + oid) + (isBinary ? " in binary" : "");
  }
}
