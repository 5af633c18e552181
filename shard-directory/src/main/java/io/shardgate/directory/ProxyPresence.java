package io.shardgate.directory;

/// A proxy that serves, as it told the directory.
///
/// @param id drawn at each start; connections to shards carry it in application_name
/// @param address the machine and the port that clients connect to
/// @param acknowledged the map version that all of the proxy's own listeners have been told of: it serves by no earlier one
public record ProxyPresence(String id, String address, MapVersion acknowledged) {
  public ProxyPresence {
    if (id.isEmpty() || id.indexOf('/') >= 0) {
      throw new IllegalArgumentException("proxy id: " + id + " (expected: a word without /)");
    }
  }

  public ProxyPresence acknowledging(MapVersion version) {
    return new ProxyPresence(id, address, version);
  }
}
