package io.shardgate.directory.etcd;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.json.MapJson;
import java.io.IOException;
import java.util.UUID;

/// What the key `version` holds. Two changes never write the same text: that is how a writer whose call got no answer knows its own.
///
/// @param change drawn for each change
record VersionKey(MapVersion version, String change) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static VersionKey of(MapVersion version) {
    return new VersionKey(version, UUID.randomUUID().toString());
  }

  String text() {
    return JSON.createObjectNode().put("format", MapJson.FORMAT).put("version", version.value()).put("change", change).toString();
  }

  /// Throws [IOException] when the text is something else, or of a newer format.
  static VersionKey parse(String text) throws IOException {
    try {
      JsonNode root = JSON.readTree(text);
      if (root.path("format").asInt() != MapJson.FORMAT) {
        throw new IOException(Layout.VERSION + ": format " + root.path("format") + " (expected: " + MapJson.FORMAT + ")");
      }
      return new VersionKey(new MapVersion(root.path("version").asLong()), root.path("change").asText());
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IOException(Layout.VERSION + " can't be read: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
    }
  }
}
