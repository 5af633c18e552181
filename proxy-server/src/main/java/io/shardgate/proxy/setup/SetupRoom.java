package io.shardgate.proxy.setup;

import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.proxy.accept.Entrance;
import io.shardgate.proxy.accept.ServerTls;
import io.shardgate.proxy.admin.FirstTopology;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.config.ProxyConfig;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where clients go while there is no shard map.
/// Thread-safe: guests are in a concurrent set, and each is told on its own event loop.
public final class SetupRoom implements Entrance, AutoCloseable {
  /// Clients at once; the next one gets 53300. A few admins, and health checks that are told to come again.
  private static final int GUESTS_MAX = 100;

  private final ProxyConfig config;
  private final FirstTopology acts;
  private final Supplier<String> reason;
  private final Consumer<String> errorSeen;
  private final byte[] mockSecret = new byte[32];
  private final Set<SetupGuest> guests = ConcurrentHashMap.newKeySet();

  /// @param place where the first map is recorded
  /// @param reason why this proxy does not serve
  /// @param errorSeen is told the SQLSTATE of every error that a client is sent
  public SetupRoom(ProxyConfig config, FirstTopology.Place place, Supplier<String> reason, Consumer<String> errorSeen) {
    this.config = config;
    this.acts = new FirstTopology(place, config);
    this.reason = reason;
    this.errorSeen = errorSeen;
    new SecureRandom().nextBytes(mockSecret);
  }

  @Override
  public int startupPacketBytes() {
    return config.limits().startupPacketBytes();
  }

  /// Nothing here can be cancelled.
  @Override
  public void cancel(int processId, CancelKey key) {}

  @Override
  public Guest guest(Login login, @Nullable ServerTls tls) {
    return new SetupGuest(this, tls, login);
  }

  /// Takes a guest in; false when there are too many.
  boolean enter(SetupGuest guest) {
    return guests.size() < GUESTS_MAX && guests.add(guest);
  }

  void leave(SetupGuest guest) {
    guests.remove(guest);
  }

  ProxyConfig config() {
    return config;
  }

  FirstTopology acts() {
    return acts;
  }

  String reason() {
    return reason.get();
  }

  Consumer<String> errorSeen() {
    return errorSeen;
  }

  byte[] mockSecret() {
    return mockSecret;
  }

  /// There is a map now: guests are told to connect again, those with a statement under way when it is answered.
  public void dismiss() {
    guests.forEach(SetupGuest::dismiss);
  }

  /// Takes no more statements; those under way are answered.
  @Override
  public void close() {
    acts.close();
  }
}
