package io.shardgate.proxy.pool;

import io.shardgate.directory.Password;
import io.shardgate.pgwire.scram.ScramKeys;

/// What proves a role to a server. Never shows a secret.
/// Immutable.
public sealed interface Credential {

  /// What a role's own login left behind: enough to log in as that role where it has the same verifier, without the password
  /// and without its key derivation.
  record Keys(ScramKeys keys) implements Credential {
    @Override
    public String toString() {
      return "scram keys";
    }
  }

  /// A password, for the service role.
  record Secret(Password password) implements Credential {
    @Override
    public String toString() {
      return "password";
    }
  }

  /// Nothing: only servers that ask for nothing (`trust`, `cert`, `peer`) let this in.
  record Nothing() implements Credential {}
}
