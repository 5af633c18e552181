package io.shardgate.directory;

import java.util.Locale;
import java.util.Optional;

/// How much a connection to a server insists on TLS, with libpq's words
/// (PostgreSQL docs, "SSL Support", Protection Provided in Different Modes).
public enum SslMode {
  DISABLE,
  ALLOW,
  PREFER,
  REQUIRE,
  VERIFY_CA,
  VERIFY_FULL;

  /// The word in a URL: `verify-full`.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<SslMode> of(String word) {
    for (SslMode mode : values()) {
      if (mode.word().equals(word)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
