package io.shardgate.directory;

import java.util.List;

/// A topology that can't be used: every fault of it, one a line, in one message.
public final class TopologyException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> faults;

  /// `faults` are whole lines such as `topology.yaml:7: …`, at least one.
  public TopologyException(List<String> faults) {
    super(String.join("\n", faults));
    this.faults = List.copyOf(faults);
  }

  public List<String> faults() {
    return faults;
  }
}
