package io.shardgate.proxy.config;

import io.shardgate.directory.Password;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.config.ProxyConfig.Admins;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads who has the admin right:
///
///     admins: [ app ]
///     admins: { app: "SCRAM-SHA-256$4096:…", ops: { password_file: /run/secrets/ops }, other: }
///
/// Immutable.
final class AdminsReader {
  private static final String EXPECTED = "a SCRAM-SHA-256 verifier, as pg_authid.rolpassword has it";

  private final SecretReader secrets;

  AdminsReader(SecretReader secrets) {
    this.secrets = secrets;
  }

  Admins read(ConfigNode root, Admins otherwise) {
    if (!root.isMapping("admins")) {
      return Admins.of(new TreeSet<>(root.texts("admins", List.copyOf(otherwise.roles()))));
    }
    ConfigNode node = root.child("admins");
    Set<String> roles = new TreeSet<>(node.keys());
    TreeMap<String, ScramVerifier> verifiers = new TreeMap<>();
    roles.forEach(role -> verifier(node, role).ifPresent(verifier -> verifiers.put(role, verifier)));
    return new Admins(roles, verifiers);
  }

  private Optional<ScramVerifier> verifier(ConfigNode node, String role) {
    if (node.takeEmpty(role)) {
      return Optional.empty();
    }
    if (node.isMapping(role)) {
      return secret(node.child(role));
    }
    @Nullable String text = node.textOrNull(role);
    return text == null ? Optional.empty() : stored(node, role, text);
  }

  /// What stands in the settings themselves is readable to whoever reads them: so no password.
  private static Optional<ScramVerifier> stored(ConfigNode node, String key, String text) {
    Optional<ScramVerifier> verifier = ScramVerifier.parse(text);
    if (verifier.isEmpty()) {
      node.faultAt(key, "no verifier (expected: " + EXPECTED + "; a password in the clear only by password_file or password_environment)");
    }
    return verifier;
  }

  private Optional<ScramVerifier> secret(ConfigNode node) {
    @Nullable String verifier = node.textOrNull("verifier");
    if (node.has("password")) {
      node.faultAt("password", "a password in the clear (expected: verifier, password_file or password_environment)");
      node.textOrNull("password");
    }
    boolean both = verifier != null && (node.has("password_file") || node.has("password_environment"));
    @Nullable Password password = secrets.password(node);
    node.refuseOthers();
    if (both) {
      node.fault(node.name() + ": one of verifier, password_file and password_environment is enough");
    }
    if (verifier != null) {
      return stored(node, "verifier", verifier);
    }
    return password == null || password.reveal().isEmpty() ? Optional.empty() : ofSecret(node, password.reveal());
  }

  /// As PostgreSQL takes what stands behind PASSWORD: hashed already, or not.
  private static Optional<ScramVerifier> ofSecret(ConfigNode node, String secret) {
    if (secret.startsWith("SCRAM-SHA-256$") || secret.matches("md5[0-9a-f]{32}")) {
      Optional<ScramVerifier> verifier = ScramVerifier.parse(secret);
      if (verifier.isEmpty()) {
        node.fault(node.name() + ": no password (expected: one in the clear, or " + EXPECTED + ")");
      }
      return verifier;
    }
    return Optional.of(ScramVerifier.of(secret));
  }
}
