package io.shardgate.proxy;

import java.util.List;

/// Settings that cannot be used; the message lists every fault with its line.
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final List<String> faults;

  ConfigException(String source, List<String> faults) {
    super(source + ": " + (faults.size() == 1 ? "" : faults.size() + " faults\n  ") + String.join("\n  ", faults));
    this.faults = List.copyOf(faults);
  }

  /// The faults, in the order of the file.
  public List<String> faults() {
    return faults;
  }
}
