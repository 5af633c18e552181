package io.shardgate.directory;

import org.jspecify.annotations.Nullable;

/// What the home shard said of a role when it was last recorded: what decides whether it may log in, and by which password. Never the password. Immutable.
///
/// @param oid its number on the home shard: another for a role that is dropped and made again under the name
/// @param canLogin `rolcanlogin`
/// @param validUntil until when its password counts, in seconds since 1970, as PostgreSQL prints that number; null for always
/// @param verifier `rolpassword`, where it is SCRAM-SHA-256's; null where there is none, or another one
public record RoleRecord(long oid, boolean canLogin, @Nullable String validUntil, @Nullable String verifier) {
  public RoleRecord {
    if (verifier != null && !verifier.startsWith("SCRAM-SHA-256$")) {
      throw new IllegalArgumentException("verifier: of another kind (expected: SCRAM-SHA-256$…)");
    }
  }

  /// Without the verifier, by which passwords could be tried.
  @Override
  public String toString() {
    return "RoleRecord[oid=" + oid + ", canLogin=" + canLogin + ", validUntil=" + validUntil + ", verifier=" + (verifier == null ? "none" : "***") + "]";
  }
}
