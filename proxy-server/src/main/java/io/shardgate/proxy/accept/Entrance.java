package io.shardgate.proxy.accept;

import io.netty.channel.ChannelHandler;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.proxy.auth.Login;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where a connection goes that has said who it is. Implementations are thread-safe.
public interface Entrance {
  /// What a client that asks for TLS is offered; null when it is refused. Lent, and always the same.
  @Nullable ServerTls tls();

  /// A connection that is no client by then is dropped.
  Duration loginTimeout();

  /// The longest startup packet that is read, without its length.
  int startupPacketBytes();

  /// Somebody asks for a client's statement to be cancelled. Nobody is told whether there was such a client.
  void cancel(int processId, CancelKey key);

  /// Who takes the typed messages of a new client, the login's first.
  Guest guest(Login login);

  /// One client. Confined to its channel's event loop.
  interface Guest extends ChannelHandler {
    /// Begins the login; the handler is in its channel's pipeline.
    void begin();
  }
}
