package io.shardgate.proxy.config;

import io.shardgate.directory.Password;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads secrets, from wherever the settings say they stand. Their values are in no fault.
/// Immutable.
final class SecretReader {
  private final Map<String, String> environment;

  SecretReader(Map<String, String> environment) {
    this.environment = environment;
  }

  /// What stands under `password`, `password_file` or `password_environment`; null when it is not given.
  @Nullable Password password(ConfigNode node) {
    @Nullable String given = node.textOrNull("password");
    @Nullable Path file = node.path("password_file");
    @Nullable String variable = node.textOrNull("password_environment");
    int ways = (given == null ? 0 : 1) + (file == null ? 0 : 1) + (variable == null ? 0 : 1);
    if (ways > 1) {
      node.fault(node.name() + ": one of password, password_file and password_environment is enough (found: " + ways + ")");
    }
    if (given != null) {
      return new Password(given);
    }
    if (file != null) {
      return fromFile(node, file);
    }
    return variable == null ? null : fromEnvironment(node, variable);
  }

  private static Password fromFile(ConfigNode node, Path file) {
    try {
      return new Password(Files.readString(file).stripTrailing());
    } catch (IOException e) {
      node.faultAt("password_file", "file " + file + " cannot be read: " + e.getClass().getSimpleName());
      return new Password("");
    }
  }

  private Password fromEnvironment(ConfigNode node, String variable) {
    @Nullable String value = environment.get(variable);
    if (value == null) {
      node.faultAt("password_environment", "environment variable " + variable + " is not set");
      return new Password("");
    }
    return new Password(value);
  }
}
