package io.shardgate.directory.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/// `etcd` out of an image (profile `containers`). The program is linked statically: it is copied out once and then run as a process, which tests
/// can kill, freeze and give other data.
public final class ContainerImage implements EtcdBinary.Source {
  /// The project's own, as in `docker/compose.yaml`; `-Detcd.image=…` names another.
  private static final String IMAGE = System.getProperty("etcd.image", "quay.io/coreos/etcd:v3.5.21");

  private static final List<String> PLACES = List.of("/usr/local/bin/etcd", "/usr/bin/etcd");
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  @Override
  public Path find(Path folder) throws IOException {
    Path binary = Files.createDirectories(folder.resolve("image")).resolve("etcd");
    if (Files.isExecutable(binary)) {
      return binary;
    }
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IOException("there is no Docker engine");
    }
    try (GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))) {
      container.withStartupTimeout(START_TIMEOUT).start();
      for (String place : PLACES) {
        if (copied(container, place, binary)) {
          return binary;
        }
      }
    }
    throw new IOException("image " + IMAGE + " has no etcd at any of " + PLACES);
  }

  private static boolean copied(GenericContainer<?> container, String place, Path binary) throws IOException {
    Path copy = binary.resolveSibling("copy");
    try {
      container.copyFileFromContainer(place, copy.toString());
    } catch (RuntimeException _) { // not there
      return false;
    }
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(copy, binary);
    return true;
  }
}
