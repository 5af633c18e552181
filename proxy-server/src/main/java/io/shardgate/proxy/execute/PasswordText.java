package io.shardgate.proxy.execute;

import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.Span;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// CREATE and ALTER ROLE with a password in the clear: every shard would make a verifier with a salt of its own, and keys that prove a
/// client to one shard would mean nothing to the next. So the proxy makes one verifier, and that is what all shards are told.
final class PasswordText {
  /// What PostgreSQL takes as a password that is hashed already.
  private static final Pattern HASHED = Pattern.compile("md5[0-9a-f]{32}|SCRAM-SHA-256\\$\\d+:[^$]+\\$[^:]+:.+");

  private PasswordText() {}

  /// The password in the clear, or null when the literal is none: an empty one (PostgreSQL has its own notice for it), a hashed one.
  static @Nullable String plain(Span literal, Lexed lexed) {
    String password = lexed.stringValue(lexed.tokenAt(literal.start()));
    return password.isEmpty() || HASHED.matcher(password).matches() ? null : password;
  }

  /// The statement with a verifier of the password in the literal's place.
  static String withVerifier(Span literal, Lexed lexed, ScramVerifier verifier) {
    return lexed.string(0, literal.start())
        + "'" + verifier.text() + "'"
        + lexed.string(literal.end(), lexed.length());
  }
}
