package io.shardgate.directory.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A program or library out of a Debian package, fetched and unpacked under `target/`, not installed.
public final class DebianPackage {
  private static final int STEP_SECONDS = 120;

  private DebianPackage() {}

  /// A file of the package. Throws [IOException] that says why it can't be had.
  ///
  /// @param name the package, which is also the folder under `target/`
  /// @param inside how the file's path ends
  public static Path file(String name, String inside) throws IOException {
    Path folder = Files.createDirectories(root().resolve("target").resolve(name));
    try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var _ = lock.lock()) {
      return file(folder, name, inside);
    }
  }

  static Path file(Path folder, String name, String inside) throws IOException {
    Optional<Path> there = find(folder, inside);
    if (there.isPresent()) {
      return there.get();
    }
    if (onPath("apt-get").isEmpty() || onPath("dpkg").isEmpty()) {
      throw new IOException("there is no apt-get or no dpkg");
    }
    if (!run(folder, "apt-get", "-q", "download", name)) {
      throw new IOException("apt-get download " + name + " failed (see " + folder.resolve("log") + ", and try apt-get update)");
    }
    Optional<Path> archive = find(folder, ".deb");
    if (archive.isPresent() && run(folder, "dpkg", "-x", archive.get().toString(), ".")) {
      return find(folder, inside).orElseThrow(() -> new IOException("package " + name + " has no " + inside));
    }
    throw new IOException("the package could not be unpacked (see " + folder.resolve("log") + ")");
  }

  private static Optional<Path> find(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(end) && Files.isRegularFile(file)).findFirst();
    }
  }

  static Optional<Path> onPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .filter(folder -> !folder.isEmpty()).map(folder -> Path.of(folder, program)).filter(Files::isExecutable).findFirst();
  }

  static Path root() {
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
