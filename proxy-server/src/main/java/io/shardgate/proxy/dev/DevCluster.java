package io.shardgate.proxy.dev;

import io.shardgate.directory.DevShards;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// The running PostgreSQL servers of a dev cluster. Not thread-safe; owned by the main thread. They end with their [Children].
final class DevCluster {
  /// Below the range from which Linux takes ports for outgoing connections.
  private static final int FIRST_PORT = 25_431;
  private static final int PORTS = 4_000;
  private static final int PORT_ATTEMPTS = 5;

  private final Map<ShardId, PostgresServer> servers;

  private DevCluster(Map<ShardId, PostgresServer> servers) {
    this.servers = servers;
  }

  static List<ShardId> ids(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(n -> new ShardId("s" + n)).toList();
  }

  static ShardId home() {
    return new ShardId("s1");
  }

  /// Shards that don't run, for checking a topology before anything is started.
  static DevShards placeholders(List<ShardId> ids) {
    Map<ShardId, Endpoint> endpoints = new HashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      endpoints.put(ids.get(i), Endpoint.parse("postgresql://127.0.0.1:" + (FIRST_PORT + i) + "/" + PostgresTemplate.DATABASE));
    }
    return devShards(endpoints);
  }

  private static DevShards devShards(Map<ShardId, Endpoint> endpoints) {
    Map<ShardId, Shard> shards = new TreeMap<>();
    endpoints.forEach((id, endpoint) -> shards.put(id, new Shard(id, endpoint)));
    return new DevShards(home(), shards);
  }

  /// Makes the data folders that are missing, all as copies of one.
  static void makeDataFolders(Children children, PostgresTools tools, DevFolder folder, List<ShardId> ids)
      throws IOException, InterruptedException, DevException {
    Files.createDirectories(folder.shards());
    Path template = folder.shards().resolve("template");
    DevFolder.delete(template);
    new PostgresTemplate(children, tools).make(template, folder.superuserPasswordFile());
    for (ShardId id : ids) {
      DevFolder.copy(template, folder.shards().resolve(id.value()));
    }
    DevFolder.delete(template);
  }

  /// Starts all servers at once and waits for all. `lastPorts` are tried first.
  static DevCluster start(
      Children children, PostgresTools tools, DevFolder folder, List<ShardId> ids, Map<ShardId, Integer> lastPorts, int maxConnections)
      throws IOException, InterruptedException, DevException {
    Files.createDirectories(folder.logs());
    Map<ShardId, PostgresServer> servers = new LinkedHashMap<>();
    Ports ports = new Ports();
    for (ShardId id : ids) {
      servers.put(id, start(children, tools, folder, id, ports.take(lastPorts.getOrDefault(id, 0)), maxConnections));
    }
    for (PostgresServer first : List.copyOf(servers.values())) {
      PostgresServer server = first;
      for (int attempt = 1; !ready(server, attempt); attempt++) {
        server = start(children, tools, folder, first.id(), ports.take(0), maxConnections);
        servers.put(first.id(), server);
      }
    }
    return new DevCluster(servers);
  }

  /// Waits for a server; false when it is worth trying another port.
  private static boolean ready(PostgresServer server, int attempt) throws IOException, InterruptedException, DevException {
    try {
      server.awaitReady();
      return true;
    } catch (DevException e) {
      if (attempt < PORT_ATTEMPTS && server.lostItsPort()) {
        return false;
      }
      throw e;
    }
  }

  private static PostgresServer start(Children children, PostgresTools tools, DevFolder folder, ShardId id, int port, int maxConnections)
      throws IOException {
    return PostgresServer.start(children, id, tools, folder.shards().resolve(id.value()),
        folder.logs().resolve(id.value() + ".log"), port, maxConnections);
  }

  /// Free ports, each handed out once. Not thread-safe; owned by a start.
  private static final class Ports {
    private int next = FIRST_PORT;

    int take(int preferred) throws DevException {
      if (preferred >= FIRST_PORT && preferred < FIRST_PORT + PORTS && isFree(preferred)) {
        next = Math.max(next, preferred + 1);
        return preferred;
      }
      while (next < FIRST_PORT + PORTS) {
        int port = next++;
        if (isFree(port)) {
          return port;
        }
      }
      throw new DevException("no free port from " + FIRST_PORT + " to " + (FIRST_PORT + PORTS - 1));
    }
  }

  /// Whether a server could listen there on this machine right now.
  static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  DevShards shards() {
    Map<ShardId, Endpoint> endpoints = new HashMap<>();
    servers.forEach((id, server) -> endpoints.put(id, server.endpoint()));
    return devShards(endpoints);
  }

  List<PostgresServer> servers() {
    return List.copyOf(servers.values());
  }
}
