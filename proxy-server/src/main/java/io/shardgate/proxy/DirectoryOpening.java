package io.shardgate.proxy;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.directory.etcd.EtcdStore;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.admin.TopologyChange;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfig.DirectoryPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// Opens the directory that the settings name, and applies a topology where one is given. For the main thread: it waits.
final class DirectoryOpening {
  /// How often an etcd that does not answer, or has no map yet, is looked at again.
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private DirectoryOpening() {}

  /// Throws [IOException] when a file can't be opened, or is not there and no topology is given. An etcd is waited for, until it answers and has
  /// a map: any proxy that is given a topology makes the first one.
  ///
  /// @param waiting is told what is waited for
  static ShardDirectory open(ProxyConfig settings, Optional<Topology> topology, Consumer<String> waiting)
      throws IOException, TopologyException, InterruptedException {
    ShardDirectory directory =
        switch (settings.directory()) {
          case DirectoryPlace.File file -> open(file.path(), topology, settings);
          case DirectoryPlace.Etcd etcd -> open(etcd.place(), topology, settings, waiting);
        };
    try {
      if (topology.isPresent()) {
        TopologyChange.apply(topology.get(), directory, settings);
      }
      return directory;
    } catch (TopologyException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private static ShardDirectory open(Path file, Optional<Topology> topology, ProxyConfig settings) throws IOException, TopologyException {
    if (Files.exists(file)) {
      return FileDirectory.open(file);
    }
    if (topology.isEmpty()) {
      throw new IOException("the directory " + file + " does not exist yet (give the topology to begin with: --topology FILE)");
    }
    return FileDirectory.open(file, TopologyChange.first(topology.get(), settings));
  }

  private static ShardDirectory open(EtcdPlace place, Optional<Topology> topology, ProxyConfig settings, Consumer<String> waiting)
      throws IOException, TopologyException, InterruptedException {
    try (EtcdStore store = EtcdStore.at(place)) {
      while (true) {
        try {
          if (store.read().isEmpty() && topology.isPresent()) {
            store.create(TopologyChange.first(topology.get(), settings));
          }
          if (store.read().isPresent()) {
            return store.follow();
          }
          waiting.accept(place + " holds no shard map yet (start any proxy with --topology FILE to make the first)");
        } catch (IOException e) {
          waiting.accept(e.getMessage());
        }
        Thread.sleep(LOOK_AGAIN);
      }
    }
  }
}
