package io.shardgate.directory.etcd;

import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// A connection to the place in etcd, before there is a map to serve by.
/// Thread-safe: the connection is; but [#follow], which hands it to the directory, and [#close] are for who opened it.
public final class EtcdStore implements Closeable {
  private final EtcdConnection connection;
  private final Layout layout;
  private volatile boolean handedOver;

  private EtcdStore(EtcdConnection connection, Layout layout) {
    this.connection = connection;
    this.layout = layout;
  }

  /// Sends nothing yet. Throws [IOException] when the certificates can't be read.
  public static EtcdStore at(EtcdPlace place) throws IOException {
    return new EtcdStore(EtcdConnection.to(place), new Layout(place));
  }

  /// The recorded map; empty when there is none. The first call takes seconds, while jetcd is loaded. Throws [IOException] when etcd does
  /// not answer, or what it holds is no shard map.
  public Optional<ShardMap> read() throws IOException {
    return map(Recorded.read(connection, layout));
  }

  private Optional<ShardMap> map(Recorded read) throws IOException {
    try {
      return read.map();
    } catch (IOException e) {
      throw new IOException(connection.place() + " holds no valid shard map: " + e.getMessage(), e);
    }
  }

  /// Records the first map, and says whether it did: not when there is one. Throws as [ShardDirectory#compareAndSet] does, but checked.
  public boolean create(ShardMap first) throws IOException {
    Recorded read = Recorded.read(connection, layout);
    return read.version() == null && new MapChange(connection, layout, read, first, first).commit().isEmpty();
  }

  /// Opens the directory. Throws [IOException] as [#read] does, and when there is no map.
  public EtcdDirectory follow() throws IOException {
    return follow(ShardDirectory.MAX_KEYS_PER_GROUP);
  }

  /// The same with another limit.
  EtcdDirectory follow(int maxKeysPerGroup) throws IOException {
    Recorded read = Recorded.read(connection, layout);
    ShardMap map = map(read).orElseThrow(() -> new IOException(connection.place() + " holds no shard map"));
    EtcdDirectory directory = new EtcdDirectory(connection, layout, read, map, maxKeysPerGroup);
    handedOver = true;
    return directory;
  }

  @Override
  public void close() {
    if (!handedOver) {
      connection.close();
    }
  }
}
