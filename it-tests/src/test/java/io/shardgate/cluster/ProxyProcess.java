package io.shardgate.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A proxy in a process of its own, which can be stopped and killed.
/// Not thread-safe; owned by the test.
public final class ProxyProcess implements AutoCloseable {
  private final Process process;
  private final int port;

  private ProxyProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /// Starts it over the shards of a cluster, whose own proxy runs beside it.
  public static ProxyProcess start(TestCluster cluster, String topology) throws IOException {
    return start(cluster, topology, Files.createTempDirectory("shardgate-test-proxy"));
  }

  /// The same with a folder for its directory, which may be that of one before it.
  public static ProxyProcess start(TestCluster cluster, String topology, Path folder) throws IOException {
    return start(cluster, topology, folder, Map.of());
  }

  /// The same with variables of its environment.
  public static ProxyProcess start(TestCluster cluster, String topology, Path folder, Map<String, String> environment) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(ProxyProcessMain.class.getName(), folder.toString(), topology));
    for (String shard : cluster.shardNames()) {
      command.add(cluster.shard(shard).url(cluster.database()));
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.startsWith(ProxyProcessMain.READY)) {
        return new ProxyProcess(process, Integer.parseInt(line.substring(ProxyProcessMain.READY.length())));
      }
    }
    throw new IOException("the proxy did not start");
  }

  public int port() {
    return port;
  }

  /// Kills it, and waits until it is gone.
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
