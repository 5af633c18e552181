package io.shardgate.proxy.relay;

import io.shardgate.proxy.pool.ServerConnection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What outlives a conversation on its server connection: settings in force, custom settings ever set, who owns the unnamed statement.
/// Confined to its channel's event loop. Kept in [ServerConnection#settings].
public final class ServerState {
  private SettingsVector applied = SettingsVector.EMPTY;
  private final Set<String> placeholders = new HashSet<>();
  private @Nullable Object unnamedStatement;

  private ServerState() {}

  static ServerState of(ServerConnection server) {
    if (server.settings() instanceof ServerState known) {
      return known;
    }
    ServerState fresh = new ServerState();
    server.settings(fresh);
    return fresh;
  }

  /// The settings in force on the server.
  public SettingsVector applied() {
    return applied;
  }

  /// Notes that these settings are in force from the next message on.
  public void applied(SettingsVector vector) {
    applied = vector;
    placeholders.addAll(vector.placeholders());
  }

  /// Whether every custom setting that this connection ever knew is one that the session knows too: PostgreSQL never forgets
  /// one, and `current_setting` would say '' where a new session says NULL.
  public boolean placeholdersWithin(Set<String> known) {
    return known.containsAll(placeholders);
  }

  /// Whose unnamed statement the server has; null when nobody's.
  public @Nullable Object unnamedStatement() {
    return unnamedStatement;
  }

  public void unnamedStatement(@Nullable Object statement) {
    unnamedStatement = statement;
  }
}
