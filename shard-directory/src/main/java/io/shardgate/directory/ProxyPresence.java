package io.shardgate.directory;

/// A proxy that serves, as it told the directory.
///
/// @param id drawn at each start; connections to shards carry it in application_name
/// @param address the machine and the port that clients connect to
/// @param acknowledged the map version under which, or a later one, everything was planned that runs on the proxy: statements and open transactions
public record ProxyPresence(String id, String address, MapVersion acknowledged) {
  public ProxyPresence {
    if (id.isEmpty() || id.indexOf('/') >= 0) {
      throw new IllegalArgumentException("proxy id: " + id + " (expected: a word without /)");
    }
  }

  /// The same with a later version.
  public ProxyPresence acknowledging(MapVersion version) {
    return version.compareTo(acknowledged) <= 0 ? this : new ProxyPresence(id, address, version);
  }
}
