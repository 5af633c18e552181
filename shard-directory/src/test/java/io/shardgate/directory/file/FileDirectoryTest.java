package io.shardgate.directory.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.json.MapJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
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
