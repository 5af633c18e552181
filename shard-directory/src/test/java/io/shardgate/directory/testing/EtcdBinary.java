package io.shardgate.directory.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/// The program `etcd`: from PATH, else out of a container's image (profile `containers`), else out of Debian's package, which is unpacked
/// under `target/` and needs no root.
public final class EtcdBinary {
  private static final int STEP_SECONDS = 120;

  /// Finds the program in some other way. Given the folder to put it in; empty answer when it can't.
  public interface Source extends Function<Path, Optional<Path>> {}

  private static final class Found {
    static final StringBuilder TRIED = new StringBuilder();
    static final Optional<Path> BINARY = find();

    private static Optional<Path> find() {
      Optional<Path> onPath = onPath("etcd");
      if (onPath.isPresent()) {
        return onPath;
      }
      TRIED.append("it is not on PATH");
      try {
        Path folder = Files.createDirectories(root().resolve("target/etcd"));
        try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var _ = lock.lock()) {
          for (Source source : ServiceLoader.load(Source.class)) {
            Optional<Path> binary = source.apply(folder);
            if (binary.isPresent()) {
              return binary;
            }
            TRIED.append("; ").append(source.getClass().getSimpleName()).append(" gave none");
          }
          return fromPackage(folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static Optional<Path> fromPackage(Path folder) throws IOException {
      Path binary = folder.resolve("usr/bin/etcd");
      if (Files.isExecutable(binary)) {
        return Optional.of(binary);
      }
      if (onPath("apt-get").isEmpty() || onPath("dpkg").isEmpty()) {
        TRIED.append("; there is no apt-get or no dpkg");
        return Optional.empty();
      }
      if (!run(folder, "apt-get", "-q", "download", "etcd-server")) {
        TRIED.append("; apt-get download etcd-server failed (see ").append(folder.resolve("log")).append(", and try apt-get update)");
        return Optional.empty();
      }
      try (Stream<Path> files = Files.list(folder)) {
        Optional<Path> archive = files.filter(file -> file.getFileName().toString().endsWith(".deb")).findFirst();
        if (archive.isPresent() && run(folder, "dpkg", "-x", archive.get().toString(), ".") && Files.isExecutable(binary)) {
          return Optional.of(binary);
        }
      }
      TRIED.append("; the package could not be unpacked (see ").append(folder.resolve("log")).append(")");
      return Optional.empty();
    }
  }

  private EtcdBinary() {}

  /// Empty when there is none; then [#tried] says why.
  public static Optional<Path> find() {
    return Found.BINARY;
  }

  static String tried() {
    return Found.TRIED.toString();
  }

  private static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .filter(folder -> !folder.isEmpty()).map(folder -> Path.of(folder, program)).filter(Files::isExecutable).findFirst();
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("ARCHITECTURE.md"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static boolean run(Path folder, String... command) throws IOException {
    Process process =
        new ProcessBuilder(List.of(command)).directory(folder.toFile()).redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile())).start();
    try {
      if (process.waitFor(STEP_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    return false;
  }
}
