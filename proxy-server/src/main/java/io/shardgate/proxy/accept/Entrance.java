package io.shardgate.proxy.accept;

import io.netty.channel.ChannelHandler;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.proxy.auth.Login;
import org.jspecify.annotations.Nullable;

/// Where a connection goes that has said who it is. Implementations are thread-safe.
public interface Entrance {
  /// The longest startup packet that is read, without its length.
  int startupPacketBytes();

  /// Somebody asks for a client's statement to be cancelled. Nobody is told whether there was such a client.
  void cancel(int processId, CancelKey key);

  /// Who takes the typed messages of a new client, the login's first.
  ///
  /// @param tls what its connection was offered; null for none
  Guest guest(Login login, @Nullable ServerTls tls);

  /// One client. Confined to its channel's event loop.
  interface Guest extends ChannelHandler {
    /// Begins the login; the handler is in its channel's pipeline.
    void begin();
  }
}
