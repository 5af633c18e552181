package io.shardgate.proxy.config;

import java.util.List;

/// Settings that cannot be used; the message lists every fault with its line.
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final List<String> faults;

  /// @param source what was read: a file, a setting
  /// @param faults one line each
  public ConfigException(String source, List<String> faults) {
    super(source + ": " + (faults.size() == 1 ? "" : faults.size() + " faults\n  ") + String.join("\n  ", faults));
    this.faults = List.copyOf(faults);
  }

  /// The faults, in the order of the file.
  public List<String> faults() {
    return faults;
  }
}
