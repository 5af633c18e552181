package io.shardgate.directory.testing;

import io.shardgate.directory.etcd.EtcdPlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real etcd on free ports of 127.0.0.1: one member or several, in plain or with TLS.
/// Not thread-safe; owned by the test.
public final class EtcdCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

  private final Path folder;
  private final List<Node> nodes = new ArrayList<>();
  private final @Nullable Security security;
  private final Thread hook = new Thread(this::end, "end-etcd");

  /// @param ca PEM; members show `certificate`, and want clients to show one of that authority
  public record Security(Path ca, Path certificate, Path key) {}

  /// One member.
  private static final class Node {
    final String name;
    final int clientPort;
    final int peerPort;
    @Nullable Process process;

    Node(String name, int clientPort, int peerPort) {
      this.name = name;
      this.clientPort = clientPort;
      this.peerPort = peerPort;
    }
  }

  private EtcdCluster(int members, @Nullable Security security) throws IOException {
    this.security = security;
    folder = Files.createTempDirectory("shardgate-etcd");
    int[] ports = freePorts(2 * members);
    for (int i = 0; i < members; i++) {
      nodes.add(new Node("m" + i, ports[2 * i], ports[2 * i + 1]));
    }
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Starts a cluster and waits until every member answers.
  public static EtcdCluster start(int members) {
    return start(members, null);
  }

  /// The same with TLS for clients.
  public static EtcdCluster start(int members, @Nullable Security security) {
    try {
      EtcdCluster cluster = new EtcdCluster(members, security);
      for (int i = 0; i < members; i++) {
        cluster.launch(i);
      }
      cluster.awaitPorts();
      return cluster;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(new ServerSocket(0, 1, InetAddress.getByName(HOST)));
    }
    int[] ports = sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    for (ServerSocket socket : sockets) {
      socket.close();
    }
    return ports;
  }

  private void launch(int member) throws IOException {
    Node node = nodes.get(member);
    String client = (security == null ? "http://" : "https://") + HOST + ":" + node.clientPort;
    String peer = "http://" + HOST + ":" + node.peerPort;
    String all = String.join(",", nodes.stream().map(each -> each.name + "=http://" + HOST + ":" + each.peerPort).toList());
    List<String> command =
        new ArrayList<>(
            List.of(
                EtcdBinary.find().orElseThrow().toString(), "--name", node.name, "--data-dir", data(member).toString(),
                "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--initial-cluster", all, "--initial-cluster-token", folder.getFileName().toString(), "--initial-cluster-state", "new",
                "--heartbeat-interval", "50", "--election-timeout", "500", "--logger", "zap", "--log-level", "warn"));
    if (security != null) {
      command.addAll(
          List.of(
              "--cert-file", security.certificate.toString(), "--key-file", security.key.toString(),
              "--trusted-ca-file", security.ca.toString(), "--client-cert-auth"));
    }
    node.process =
        new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve(node.name + ".log").toFile())).start();
  }

  private Path data(int member) {
    return folder.resolve(nodes.get(member).name);
  }

  private void awaitPorts() throws IOException {
    long until = System.nanoTime() + START_TIMEOUT.toNanos();
    for (Node node : nodes) {
      while (!listens(node.clientPort)) {
        if (System.nanoTime() > until || node.process == null || !node.process.isAlive()) {
          String log = Files.readString(folder.resolve(node.name + ".log"));
          close();
          throw new IOException("etcd did not start: " + log);
        }
        pause(20);
      }
    }
  }

  private static boolean listens(int port) {
    try (Socket _ = new Socket(HOST, port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public int size() {
    return nodes.size();
  }

  public EtcdPlace.Member member(int member) {
    return new EtcdPlace.Member(HOST, nodes.get(member).clientPort);
  }

  /// All members.
  public EtcdPlace place(String prefix) {
    return new EtcdPlace(Stream.iterate(0, i -> i + 1).limit(size()).map(this::member).toList(), prefix, null, null);
  }

  /// Kills a member, at once.
  public void kill(int member) {
    Process process = nodes.get(member).process;
    if (process != null) {
      process.destroyForcibly();
      try {
        process.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  public void killAll() {
    for (int i = 0; i < nodes.size(); i++) {
      kill(i);
    }
  }

  /// Starts killed members again, on what their folders hold.
  public void restart(int... members) {
    try {
      for (int member : members) {
        launch(member);
      }
      awaitPorts();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void restartAll() {
    restart(Stream.iterate(0, i -> i + 1).limit(size()).mapToInt(Integer::intValue).toArray());
  }

  /// Freezes a member: it keeps its connections and answers nothing.
  public void freeze(int member) {
    signal(member, "-STOP");
  }

  public void thaw(int member) {
    signal(member, "-CONT");
  }

  private void signal(int member, String signal) {
    try {
      long pid = nodes.get(member).process.pid();
      new ProcessBuilder("kill", signal, Long.toString(pid)).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// What killed members have on their disks, set aside.
  public Path backUp() {
    try {
      Path copy = folder.resolve("backup");
      remove(copy);
      for (Node node : nodes) {
        copy(folder.resolve(node.name), copy.resolve(node.name));
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Puts what was set aside back under killed members.
  public void restore(Path backup) {
    try {
      for (Node node : nodes) {
        remove(folder.resolve(node.name));
        copy(backup.resolve(node.name), folder.resolve(node.name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static void remove(Path tree) throws IOException {
    if (Files.exists(tree)) {
      try (Stream<Path> paths = Files.walk(tree)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private void end() {
    killAll();
    try {
      remove(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Ends the members; at the latest the JVM's end does.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
      end();
    } catch (IllegalStateException _) {
      // The JVM is ending, and the hook at it.
    }
  }
}
