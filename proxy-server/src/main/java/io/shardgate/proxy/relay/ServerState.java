package io.shardgate.proxy.relay;

import io.shardgate.proxy.pool.ConnectionMemory;
import io.shardgate.proxy.pool.ServerConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What outlives a conversation on its server connection: settings in force, custom settings ever set, who owns the unnamed statement.
/// Confined to its channel's event loop. Kept in [ServerConnection#settings].
public final class ServerState implements ConnectionMemory {
  private static final String IDLE_TIMEOUT = "idle_session_timeout";

  /// How long what is known of a server's defaults counts: when they change, no client sees it at once.
  private static final long KNOWN_NANOS = TimeUnit.SECONDS.toNanos(1);

  private SettingsVector applied = SettingsVector.EMPTY;
  private final Set<String> placeholders = new HashSet<>();
  private @Nullable SettingsVector crossesUnder;
  private long crossesSinceNanos;
  private final UnnamedStatement unnamed = new UnnamedStatement();

  private ServerState() {}

  static ServerState of(ServerConnection server) {
    if (server.settings() instanceof ServerState known) {
      return known;
    }
    ServerState fresh = new ServerState();
    server.settings(fresh);
    return fresh;
  }

  /// All is forgotten but the names of custom settings: PostgreSQL keeps those, with empty values.
  @Override
  public void becameFresh() {
    mayHaveChanged();
    applied = SettingsVector.EMPTY;
    unnamed.taken();
  }

  /// A server would end a connection that only waits for its next client.
  @Override
  public @Nullable String beforeRest() {
    String timeout = applied.value(IDLE_TIMEOUT);
    return timeout == null || timeout.matches("0\\D*") ? null : "RESET " + IDLE_TIMEOUT;
  }

  @Override
  public void readyToRest() {
    applied = applied.without(IDLE_TIMEOUT); // 0, as the login said
  }

  /// The settings in force on the server.
  public SettingsVector applied() {
    return applied;
  }

  /// Notes that these settings are in force from the next message on.
  public void applied(SettingsVector vector) {
    applied = vector;
    if (!vector.placeholders().isEmpty()) {
      placeholders.addAll(vector.placeholders());
    }
  }

  /// Notes the names that a statement is about to set: PostgreSQL keeps a custom one even if the statement's transaction fails.
  public void mayKnow(List<String> names) {
    mayHaveChanged();
    for (String name : names) {
      if (SettingsVector.isPlaceholder(name)) {
        placeholders.add(name.toLowerCase(Locale.ROOT));
      }
    }
  }

  /// Whether it was seen a moment ago that with the settings in force a statement's own transaction may read here what it reads on other shards, too.
  public boolean mayCross(long nanos) {
    return applied.equals(crossesUnder) && nanos - crossesSinceNanos < KNOWN_NANOS;
  }

  /// It was seen now.
  public void crosses(long nanos) {
    crossesUnder = applied;
    crossesSinceNanos = nanos;
  }

  /// Something ran that may have changed settings.
  public void mayHaveChanged() {
    crossesUnder = null;
  }

  /// Whether every custom setting that this connection ever knew is one that the session knows too: PostgreSQL never forgets
  /// one, and `current_setting` would say '' where a new session says NULL.
  public boolean placeholdersWithin(Set<String> known) {
    return placeholders.isEmpty() || known.containsAll(placeholders);
  }

  /// The names among these that this connection never knew: there, `current_setting` says NULL.
  public List<String> unknown(Set<String> names) {
    return names.stream().filter(name -> !placeholders.contains(name)).toList();
  }

  /// Whose unnamed statement the server has.
  public UnnamedStatement unnamed() {
    return unnamed;
  }
}
