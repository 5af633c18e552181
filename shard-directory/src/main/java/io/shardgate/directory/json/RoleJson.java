package io.shardgate.directory.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.shardgate.directory.RoleRecord;
import java.util.Optional;

/// A role's record as text: `{"oid":16390,"login":true,"until":"1767225600.000000","verifier":"SCRAM-SHA-256$…"}`; what is not there is left out. The same
/// record is always the same text.
public final class RoleJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RoleJson() {}

  public static String write(RoleRecord role) {
    ObjectNode root = JSON.createObjectNode().put("oid", role.oid()).put("login", role.canLogin());
    if (role.validUntil() != null) {
      root.put("until", role.validUntil());
    }
    if (role.verifier() != null) {
      root.put("verifier", role.verifier());
    }
    return root.toString();
  }

  /// Empty for what no proxy of this version wrote.
  public static Optional<RoleRecord> read(String text) {
    try {
      JsonNode root = JSON.readTree(text);
      return Optional.of(new RoleRecord(
          root.path("oid").asLong(), root.path("login").asBoolean(), root.path("until").textValue(), root.path("verifier").textValue()));
    } catch (JsonProcessingException | IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
