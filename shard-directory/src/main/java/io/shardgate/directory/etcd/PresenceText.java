package io.shardgate.directory.etcd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ProxyPresence;
import java.util.Optional;

/// What a key `proxies/<id>` holds: `{"address":"host:port","map":7}`.
final class PresenceText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private PresenceText() {}

  static String write(ProxyPresence proxy) {
    return JSON.createObjectNode().put("address", proxy.address()).put("map", proxy.acknowledged().value()).toString();
  }

  /// Empty for what no proxy of this version wrote.
  static Optional<ProxyPresence> read(String id, String text) {
    try {
      JsonNode root = JSON.readTree(text);
      return Optional.of(new ProxyPresence(id, root.path("address").asText(), new MapVersion(root.path("map").asLong())));
    } catch (JsonProcessingException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
