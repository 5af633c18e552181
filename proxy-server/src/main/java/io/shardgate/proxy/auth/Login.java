package io.shardgate.proxy.auth;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.StartupPacket;
import io.shardgate.proxy.relay.ProxyRefusal;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// What a startup packet asks for. Immutable.
///
/// @param minorVersion of the protocol, the newest that both sides speak
/// @param settings what it sets for the session, `-c` options of `options` included
public record Login(int minorVersion, String role, String database, Map<String, String> settings) {
  public Login {
    settings = Map.copyOf(settings);
  }

  /// Reads a startup packet as PostgreSQL does; throws [LoginException].
  public static Login of(StartupPacket.Startup packet) {
    Map<String, String> settings = new LinkedHashMap<>();
    String role = "";
    String database = "";
    for (Map.Entry<String, String> entry : packet.parameters().entrySet()) {
      String value = entry.getValue();
      switch (entry.getKey()) {
        case "user" -> role = value;
        case "database" -> database = value;
        case "options" -> StartupOptions.read(value, settings);
        case "replication" -> refuseReplication(value);
        default -> {
          if (!entry.getKey().startsWith("_pq_.")) {
            settings.put(entry.getKey().toLowerCase(Locale.ROOT), value);
          }
        }
      }
    }
    if (role.isEmpty()) {
      throw new LoginException(
          SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "no PostgreSQL user name specified in startup packet");
    }
    // The proxy's own server connections have a name; a client that gives none has an empty one, as on PostgreSQL.
    settings.putIfAbsent("application_name", "");
    return new Login(Math.min(packet.minorVersion(), StartupPacket.MINOR_MAX), role, database.isEmpty() ? role : database, settings);
  }

  private static void refuseReplication(String value) {
    String plain = value.toLowerCase(Locale.ROOT);
    if (!plain.equals("false") && !plain.equals("off") && !plain.equals("no") && !plain.equals("0")) {
      throw new LoginException(
          ProxyRefusal.REPLICATION.fields().with(ErrorFields.SEVERITY, "FATAL").with(ErrorFields.SEVERITY_PLAIN, "FATAL"));
    }
  }
}
