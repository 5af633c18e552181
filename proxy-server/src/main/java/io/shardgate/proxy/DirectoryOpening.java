package io.shardgate.proxy;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.etcd.EtcdPlace;
import io.shardgate.directory.etcd.EtcdStore;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.admin.FirstTopology;
import io.shardgate.proxy.admin.TopologyChange;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.config.ProxyConfig.DirectoryPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.SynchronousQueue;

/// Opens the directory that the settings name, and applies a topology where one is given. For the main thread: it waits.
final class DirectoryOpening {
  /// How often an etcd that does not answer, or has no map yet, is looked at again.
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  /// Who is told what is waited for, and may bring it about.
  interface Waiting {
    /// @param reason why there is no map yet
    /// @param place where a first map is recorded; the same at each call
    void waits(String reason, FirstTopology.Place place) throws IOException;
  }

  private DirectoryOpening() {}

  /// Throws [IOException] when a file can't be opened, or when it is not there and nobody can make it: no topology is given, and no admin can log in
  /// to apply one. Else a directory without a map is waited for, and an etcd that does not answer.
  static ShardDirectory open(ProxyConfig settings, Optional<Topology> topology, Waiting waiting) throws IOException, TopologyException, InterruptedException {
    ShardDirectory directory =
        switch (settings.directory()) {
          case DirectoryPlace.File file -> open(file.path(), topology, settings, waiting);
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

  private static boolean adminsCanLogIn(ProxyConfig settings) {
    return !settings.admins().verifiers().isEmpty();
  }

  private static ShardDirectory open(Path file, Optional<Topology> topology, ProxyConfig settings, Waiting waiting)
      throws IOException, TopologyException, InterruptedException {
    if (Files.exists(file)) {
      return FileDirectory.open(file);
    }
    if (topology.isPresent()) {
      return FileDirectory.open(file, TopologyChange.first(topology.get(), settings));
    }
    if (!adminsCanLogIn(settings)) {
      throw new IOException(
          "the directory " + file + " does not exist yet (give the topology to begin with: --topology FILE; or the verifier of an admin, who can apply one)");
    }
    NewFile made = new NewFile(file);
    waiting.waits("the directory " + file + " does not exist yet (an admin can apply a topology: ./shardctl apply)", made);
    return made.opened.take();
  }

  /// A file that is made by the first who has a map for it.
  /// Thread-safe: guarded by its own lock.
  private static final class NewFile implements FirstTopology.Place {
    private final Path file;
    private final SynchronousQueue<FileDirectory> opened = new SynchronousQueue<>();
    private boolean made;

    NewFile(Path file) {
      this.file = file;
    }

    @Override
    public synchronized boolean record(ShardMap first) throws IOException {
      if (made || Files.exists(file)) {
        return false;
      }
      FileDirectory directory = FileDirectory.open(file, first);
      made = true;
      try {
        opened.put(directory);
      } catch (InterruptedException e) {
        directory.close();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      return true;
    }
  }

  private static ShardDirectory open(EtcdPlace place, Optional<Topology> topology, ProxyConfig settings, Waiting waiting)
      throws IOException, TopologyException, InterruptedException {
    String noMap = place + " holds no shard map yet ("
        + (adminsCanLogIn(settings) ? "an admin can apply a topology: ./shardctl apply; or start" : "start") + " any proxy with --topology FILE to make the first)";
    try (EtcdStore store = EtcdStore.at(place)) {
      while (true) {
        String reason = noMap;
        try {
          if (store.read().isEmpty() && topology.isPresent()) {
            store.create(TopologyChange.first(topology.get(), settings));
          }
          if (store.read().isPresent()) {
            return store.follow();
          }
        } catch (IOException e) {
          reason = String.valueOf(e.getMessage());
        }
        waiting.waits(reason, store::create);
        Thread.sleep(LOOK_AGAIN);
      }
    }
  }
}
