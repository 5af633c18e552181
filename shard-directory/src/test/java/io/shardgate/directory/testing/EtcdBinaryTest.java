package io.shardgate.directory.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EtcdBinaryTest {
  private static final Path FOLDER = Path.of("target");

  private static EtcdBinary.Source failing(String reason) {
    return _ -> {
      throw new IOException(reason);
    };
  }

  @Test
  void theFirstThatHasItIsTakenAndNoOtherIsAsked() {
    EtcdBinary.Source never = _ -> {
      throw new AssertionError("asked");
    };
    assertThat(EtcdBinary.choose(List.of(failing("no PATH"), folder -> folder.resolve("etcd"), never), FOLDER).binary()).contains(Path.of("target/etcd"));
  }

  @Test
  void whatIsWrongWithOneIsToldAndTheNextIsTried() {
    EtcdBinary.Source broken = _ -> {
      throw new IllegalStateException("no valid Docker environment");
    };
    EtcdBinary.Source unlinked = _ -> {
      throw new NoClassDefFoundError("org/testcontainers/X");
    };
    EtcdBinary.Search search = EtcdBinary.choose(List.of(failing("no PATH"), broken, unlinked, failing("no apt-get")), FOLDER);
    assertThat(search.binary()).isEmpty();
    assertThat(search.tried())
        .isEqualTo("no PATH; java.lang.IllegalStateException: no valid Docker environment; java.lang.NoClassDefFoundError: org/testcontainers/X; no apt-get");
    assertThat(EtcdBinary.choose(List.of(broken, Path::toAbsolutePath), FOLDER).binary()).contains(FOLDER.toAbsolutePath());
  }

  @Test
  void containersComeBetweenPathAndThePackage() {
    EtcdBinary.Source container = failing("container");
    assertThat(EtcdBinary.sources(List.of(container))).hasSize(3).element(1).isSameAs(container);
    assertThat(EtcdBinary.sources(List.of())).hasSize(2);
  }
}
