package io.shardgate.proxy;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.config.ProxyConfigReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// `train`, for the launchers: a start of the proxy and its end, on ports of its own, before a shard that isn't there. A JVM that writes an AOT cache
/// (`-XX:AOTCacheOutput`, JEP 514) records meanwhile what a start needs.
final class Training {
  /// Nobody listens there; the settings make the proxy give up soon.
  private static final String NO_SERVER = "postgresql://127.0.0.1:1/train";

  /// Jars whose classes serve as soon as a shard answers, which none does here: loaded all.
  private static final Pattern WHOLE = Pattern.compile("(postgresql|HikariCP|proxy-server|sql-router|shard-directory|pg-wire)-[^/]*\\.jar$");

  private Training() {}

  static int run() {
    try {
      Path folder = Files.createTempDirectory("shardgate-train");
      try {
        train(folder);
      } finally {
        delete(folder);
      }
      return 0;
    } catch (IOException | RuntimeException e) {
      System.err.println("shardgate: " + e.getMessage());
      return 1;
    }
  }

  private static void train(Path folder) throws IOException {
    Path settings = folder.resolve("settings.yaml");
    Path map = folder.resolve("directory.json");
    Files.writeString(
        settings,
        """
        listen: { host: 127.0.0.1, port: 0 }
        http: { host: 127.0.0.1, port: 0 }
        pool: { connect_timeout: 250ms }
        directory: { kind: file, path: "%s" }
        """.formatted(map));
    ShardId shard = new ShardId("s1");
    ShardMap first =
        new ShardMap(
            MapVersion.FIRST, shard, Map.of(shard, new Shard(shard, Endpoint.parse(NO_SERVER))), Map.of(), Map.of(), Set.of(), Map.of(), Map.of());
    try (FileDirectory directory = FileDirectory.open(map, first);
        ProxyServer proxy = ProxyServer.start(ProxyConfigReader.read(settings), directory)) {
      for (String path : List.of("/health/live", "/health/ready", "/metrics")) {
        ask(proxy.httpPort(), path);
      }
    }
    for (String jar : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (WHOLE.matcher(jar).find()) {
        load(jar);
      }
    }
  }

  private static void load(String jar) throws IOException {
    try (JarFile file = new JarFile(jar)) {
      for (String name : file.stream().map(JarEntry::getName).filter(name -> name.endsWith(".class") && !name.contains("-")).toList()) {
        try {
          Class.forName(name.substring(0, name.length() - ".class".length()).replace('/', '.'), false, Training.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError _) {
          // It is for a library that isn't here: a start won't need it either.
        }
      }
    }
  }

  private static void ask(int port, String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      if (socket.getInputStream().readAllBytes().length == 0) {
        throw new IOException("no answer to " + path);
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(
          file -> {
            try {
              Files.delete(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
