package io.shardgate.proxy.accept;

import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.catalog.Databases;
import io.shardgate.proxy.catalog.RoleVerifiers;
import io.shardgate.proxy.session.SessionServices;
import org.jspecify.annotations.Nullable;

/// What it takes to let clients in. Immutable.
///
/// @param mockSecret makes the exchange with an unknown role look like any other
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record Gate(
    SessionServices services, RoleVerifiers roles, Databases databases, byte[] mockSecret) implements Entrance {
  @Override
  public int startupPacketBytes() {
    return services.config().limits().startupPacketBytes();
  }

  @Override
  public void cancel(int processId, CancelKey key) {
    services.registry().cancel(processId, key);
  }

  @Override
  public Guest guest(Login login, @Nullable ServerTls tls) {
    return new ClientChannel(this, tls, login);
  }
}
