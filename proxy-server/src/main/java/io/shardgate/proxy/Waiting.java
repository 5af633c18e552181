package io.shardgate.proxy;

import io.shardgate.proxy.admin.FirstTopology;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.observe.Observatory;
import io.shardgate.proxy.setup.SetupRoom;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A proxy that has no shard map yet: alive, not ready, and open to its admins only.
/// Not thread-safe; owned by the main thread; the reason is read by others.
final class Waiting implements DirectoryOpening.Waiting, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);

  private final ProxyConfig config;
  private final Port port;
  private final Observatory observatory;
  private final AtomicReference<@Nullable String> reason = new AtomicReference<>("it is being read");
  private @Nullable SetupRoom room;

  Waiting(ProxyConfig config, Port port, Observatory observatory) {
    this.config = config;
    this.port = port;
    this.observatory = observatory;
    observatory.health().require("directory", () -> Optional.ofNullable(reason.get()));
  }

  @Override
  public void waits(String why, FirstTopology.Place place) throws IOException {
    if (room == null) {
      SetupRoom opened = new SetupRoom(config, place, () -> String.valueOf(reason.get()), observatory.metrics()::errorSent);
      port.admitTo(opened);
      room = opened;
    }
    // Said once the port is open: who reads it may connect.
    if (!why.equals(reason.getAndSet(why))) {
      LOG.warn("not ready: {}", why);
    }
  }

  /// The proxy serves: clients go there by now.
  @Override
  public void close() {
    reason.set(null);
    SetupRoom opened = room;
    if (opened != null) {
      opened.dismiss();
      opened.close();
    }
  }
}
