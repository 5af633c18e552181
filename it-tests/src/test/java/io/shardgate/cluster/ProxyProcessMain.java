package io.shardgate.cluster;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Password;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.ProxyServer;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.testing.PostgresServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A proxy of its own process: the directory's folder, a topology and the URLs of shards s1 … sN as arguments. Says its port on standard output.
final class ProxyProcessMain {
  static final String READY = "ready on port ";

  private ProxyProcessMain() {}

  public static void main(String... arguments) throws Exception {
    Map<ShardId, Shard> shards = new TreeMap<>();
    for (int i = 2; i < arguments.length; i++) {
      ShardId id = new ShardId("s" + (i - 1));
      shards.put(id, new Shard(id, Endpoint.parse(arguments[i])));
    }
    var map = TopologyReader.read(arguments[1], "topology.yaml", new DevShards(new ShardId("s1"), shards)).toMap(MapVersion.FIRST);
    ProxyConfig config =
        ProxyConfig.defaults()
            .withListen(new ProxyConfig.Address("127.0.0.1", 0))
            .withHttp(new ProxyConfig.Address("127.0.0.1", 0))
            .withAdmins(new ProxyConfig.Admins(Set.of(TestCluster.ROLE), Map.of()))
            .withService(new ProxyConfig.ServiceRole(PostgresServer.SUPERUSER, new Password(PostgresServer.SUPERUSER_PASSWORD)));
    ProxyServer proxy = ProxyServer.start(config, FileDirectory.open(Path.of(arguments[0], "directory.json"), map));
    System.out.println(READY + proxy.port());
    System.in.read(); // the parent's end is this one's too
    Runtime.getRuntime().halt(0);
  }
}
