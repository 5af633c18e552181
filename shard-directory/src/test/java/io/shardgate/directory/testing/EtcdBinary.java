package io.shardgate.directory.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/// The program `etcd`: from PATH, else out of a container's image (profile `containers`), else out of Debian's package, which is unpacked
/// under `target/` and needs no root.
public final class EtcdBinary {
  /// One way to get the program.
  public interface Source {
    /// The program. Throws [IOException] that says why it can't be had this way.
    ///
    /// @param folder a place to put it
    Path find(Path folder) throws IOException;
  }

  /// What came of a search: the program, or why each way failed.
  record Search(Optional<Path> binary, String tried) {}

  private static final class Found {
    static final Search SEARCH = search();

    private static Search search() {
      try {
        Path folder = Files.createDirectories(DebianPackage.root().resolve("target/etcd"));
        try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE); var _ = lock.lock()) {
          return choose(sources(added()), folder);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private EtcdBinary() {}

  private static List<Source> added() {
    List<Source> all = new ArrayList<>();
    try {
      ServiceLoader.load(Source.class).forEach(all::add);
    } catch (ServiceConfigurationError _) {
      // What an earlier build with the profile left in target/.
    }
    return all;
  }

  /// In the order in which they are tried.
  static List<Source> sources(List<Source> others) {
    List<Source> all = new ArrayList<>();
    all.add(_ -> DebianPackage.onPath("etcd").orElseThrow(() -> new IOException("it is not on PATH")));
    all.addAll(others);
    all.add(EtcdBinary::fromPackage);
    return all;
  }

  /// The first that has it; whatever is wrong with one, the next is tried.
  static Search choose(List<Source> sources, Path folder) {
    List<String> tried = new ArrayList<>();
    for (Source source : sources) {
      try {
        return new Search(Optional.of(source.find(folder)), String.join("; ", tried));
      } catch (IOException | RuntimeException | LinkageError e) {
        tried.add(e instanceof IOException ? String.valueOf(e.getMessage()) : e.toString());
      }
    }
    return new Search(Optional.empty(), String.join("; ", tried));
  }

  private static Path fromPackage(Path folder) throws IOException {
    return DebianPackage.file(folder, "etcd-server", "usr/bin/etcd");
  }

  /// Empty when there is none; then [#tried] says why.
  public static Optional<Path> find() {
    return Found.SEARCH.binary();
  }

  static String tried() {
    return Found.SEARCH.tried();
  }
}
