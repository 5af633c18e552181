package io.shardgate.directory.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDirectoryTest {
  @TempDir Path folder;

  private static ShardMap map() throws TopologyException {
    return TopologyReader.read("""
        home: s1
        shards:
          s1: { primary: "postgresql://svc:p%40ss@127.0.0.1:55431/app?sslmode=require", weight: 2, labels: { region: eu } }
          s2: { primary: "postgresql://[::1]:55432/app" }
        groups:
          customer: { strategy: hash, key: bigint, tables: { customers: id, 'Crm."odd.name"': Key } }
          doc: { strategy: hash, key: uuid, tables: { docs: id } }
        reference: [ countries ]
        unique: { customers: [ [ email ], [ a, b ] ] }
        functions: { f: local }
        """, "t.yaml").toMap(MapVersion.FIRST);
  }

  @Test
  void whatIsRecordedIsThereAfterARestart() throws Exception {
    Path file = folder.resolve("deep/map.json");
    ShardMap first = map();
    ShardMap second = first.withVersion(new MapVersion(2));
    try (FileDirectory directory = FileDirectory.open(file, first)) {
      assertThat(directory.current()).isEqualTo(first);
      assertThat(directory.compareAndSet(first.version(), second)).isTrue();
    }
    try (FileDirectory directory = FileDirectory.open(file, first)) {
      assertThat(directory.current()).isEqualTo(second);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
  }

  @Test
  void theLoserOfARaceReadsAgain() throws Exception {
    ShardMap first = map();
    try (FileDirectory directory = FileDirectory.open(folder.resolve("map.json"), first);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> wins = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        wins.add(threads.submit(() -> {
          int won = 0;
          for (int i = 0; i < 25; i++) {
            MapVersion expected = directory.current().version();
            won += directory.compareAndSet(expected, first.withVersion(expected.next())) ? 1 : 0;
          }
          return won;
        }));
      }
      long total = 0;
      for (Future<Integer> won : wins) {
        total += won.get();
      }
      assertThat(directory.current().version().value()).isEqualTo(1 + total);
    }
  }

  @Test
  void aVersionThatIsNotTheNextIsAFault() throws Exception {
    ShardMap first = map();
    try (FileDirectory directory = FileDirectory.open(folder.resolve("map.json"), first)) {
      assertThatThrownBy(() -> directory.compareAndSet(first.version(), first.withVersion(new MapVersion(3))))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void listenersSeeEveryVersionInOrderAndNoneAfterClosing() throws Exception {
    ShardMap first = map();
    List<Long> seen = new ArrayList<>();
    try (FileDirectory directory = FileDirectory.open(folder.resolve("map.json"), first)) {
      directory.watch(_ -> {
        throw new IllegalStateException("a listener that fails must not stop the others");
      });
      ShardDirectory.Watch watch = directory.watch(map -> seen.add(map.version().value()));
      for (int i = 1; i < 4; i++) {
        directory.compareAndSet(new MapVersion(i), first.withVersion(new MapVersion(i + 1)));
      }
      watch.close();
      directory.compareAndSet(new MapVersion(4), first.withVersion(new MapVersion(5)));
    }
    assertThat(seen).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aSecondProcessIsKeptOut() throws Exception {
    Path file = folder.resolve("map.json");
    ShardMap first = map();
    try (FileDirectory _ = FileDirectory.open(file, first)) {
      assertThatThrownBy(() -> FileDirectory.open(file, first)).isInstanceOf(IOException.class).hasMessageContaining("in use");
    }
    FileDirectory.open(file, first).close();
  }

  @Test
  void aBrokenFileIsToldAndKept() throws Exception {
    Path file = folder.resolve("map.json");
    String whole = new String(MapJson.write(map()), StandardCharsets.UTF_8);
    for (String broken : List.of("", "{", "[]", "{\"format\": 2}", whole.substring(0, whole.length() / 2),
        whole.replace("\"owner\" : \"s2\"", "\"owner\" : \"s3\""), whole.replace("\"-9223372036854775808\"", "\"0\""), whole.replace("bigint", "json"))) {
      Files.writeString(file, broken);
      assertThatThrownBy(() -> FileDirectory.open(file, map())).as(broken)
          .isInstanceOf(IOException.class).hasMessageContaining(file.toString());
      assertThat(Files.readString(file)).isEqualTo(broken);
    }
  }

  @Test
  void aLeftoverOfACrashedChangeIsIgnored() throws Exception {
    Path file = folder.resolve("map.json");
    FileDirectory.open(file, map()).close();
    Files.writeString(folder.resolve("map.json.new"), "{ half");
    try (FileDirectory directory = FileDirectory.open(file, map())) {
      assertThat(directory.current()).isEqualTo(map());
      assertThat(directory.compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(2)))).isTrue();
    }
  }

  @Test
  void aFailedWriteChangesNothing() throws Exception {
    Path file = folder.resolve("map.json");
    try (FileDirectory directory = FileDirectory.open(file, map())) {
      Path block = folder.resolve("map.json.new");
      Files.createDirectories(block.resolve("in the way"));
      assertThatThrownBy(() -> directory.compareAndSet(MapVersion.FIRST, map().withVersion(new MapVersion(2))))
          .isInstanceOf(UncheckedIOException.class);
      assertThat(directory.current().version()).isEqualTo(MapVersion.FIRST);
    }
  }
}
