package io.shardgate.directory.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.DirectoryContract;
import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The contract kept by one file, and what a crash may leave of it.
class FileKeysTest extends DirectoryContract {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("map.json");
  }

  private Path keys() {
    return folder.resolve("map.json.keys");
  }

  @Override
  protected List<ShardDirectory> open(ShardMap initial) throws IOException {
    return List.of(FileDirectory.open(file(), initial, MAX_KEYS));
  }

  @Override
  protected ShardDirectory reopen() throws IOException {
    return FileDirectory.open(file());
  }

  private static KeyValue text(String text) {
    return KeyValue.OfText.of(text);
  }

  private static long size(ShardDirectory directory) {
    return ((KeyTable) directory.current().keySpaces().get("tenant")).size();
  }

  /// Wherever the last write stopped: what was written before it is there, and what is written after it too.
  @Test
  void aWriteThatDidNotEndIsCutOff() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      place(directory, "tenant", text("first"));
      place(directory, "tenant", text("second"));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys()))).isEqualTo("rw-------");
    byte[] whole = Files.readAllBytes(keys());
    int second = new String(whole, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    for (int length = second; length < whole.length; length++) {
      byte[] torn = Arrays.copyOf(whole, length);
      Files.write(keys(), torn);
      try (ShardDirectory directory = reopen()) {
        assertThat(size(directory)).as("%s of %s bytes", length, whole.length).isEqualTo(1);
        assertThat(Files.size(keys())).isEqualTo(second);
        assertThat(directory.current().ownerOf(group(directory, "tenant"), text("second"))).isNull();
        place(directory, "tenant", text("third"));
      }
      try (ShardDirectory directory = reopen()) {
        assertThat(size(directory)).isEqualTo(2);
      }
    }
    byte[] zeros = Arrays.copyOf(whole, whole.length + 4096);
    Files.write(keys(), zeros);
    try (ShardDirectory directory = reopen()) {
      assertThat(size(directory)).isEqualTo(2);
    }
  }

  @Test
  void whatIsBrokenElsewhereIsToldAndKept() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      place(directory, "tenant", text("first"));
      place(directory, "tenant", text("second"));
    }
    String whole = Files.readString(keys());
    String unknownShard = line("[[\"tenant\",\"s9\",\"acme\"]]");
    String noKey = line("[[\"number\",\"s1\",\"one\"]]");
    for (String broken : List.of(whole.replace("first", "fIrst"), whole + unknownShard, whole + noKey)) {
      Files.writeString(keys(), broken);
      assertThatThrownBy(this::reopen).as(broken).isInstanceOf(IOException.class).hasMessageContaining(keys().toString());
      assertThat(Files.readString(keys())).isEqualTo(broken);
    }
  }

  private static String line(String body) {
    var sum = new java.util.zip.CRC32C();
    sum.update((body + "\n").getBytes(StandardCharsets.UTF_8));
    return "%08x %s\n".formatted(sum.getValue(), body);
  }

  @Test
  void keysWithoutTheirMapAreNotThrownAway() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      place(directory, "tenant", text("first"));
    }
    Files.delete(file());
    assertThatThrownBy(() -> open(map())).isInstanceOf(IOException.class).hasMessageContaining("is missing, but");
    assertThat(Files.readString(keys())).contains("first");
  }

  /// The writer is held at the first key's answer, so the others wait together.
  @Test
  void keysThatWaitTogetherShareOneWrite() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      CountDownLatch answered = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      List<CompletableFuture<?>> all = new ArrayList<>();
      all.add(directory.place(group(directory, "tenant"), text("k0"), directory.current().allShards()).thenRun(() -> {
        answered.countDown();
        await(go);
      }));
      answered.await();
      for (int i = 1; i < 30; i++) {
        all.add(directory.place(group(directory, "tenant"), text("k" + i), directory.current().allShards()));
      }
      go.countDown();
      all.forEach(CompletableFuture::join);
      assertThat(Files.readAllLines(keys())).hasSize(2);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aKeyThatCantBeWrittenHasNoOwner() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      Files.createDirectory(keys());
      CompletableFuture<ShardId> placing = directory.place(group(directory, "tenant"), text("acme"), directory.current().allShards());
      assertThatThrownBy(placing::join).cause().isInstanceOfSatisfying(DirectoryException.class, why -> assertThat(why.fault()).isEqualTo(DirectoryException.Fault.STORE));
      assertThat(directory.find(group(directory, "tenant"), text("acme")).join()).isEmpty();
      Files.delete(keys());
      assertThat(place(directory, "tenant", text("acme"))).isNotNull();
    }
  }

  @Test
  void theMapAndItsKeysAreRecordedApart() throws Exception {
    try (ShardDirectory directory = open(map()).getFirst()) {
      place(directory, "tenant", text("secret tenant"));
      assertThat(directory.compareAndSet(MapVersion.FIRST, directory.current().withVersion(new MapVersion(2)))).isTrue();
    }
    assertThat(Files.readString(file())).doesNotContain("secret tenant").contains("\"least-loaded\"", "\"column\" : \"region\"");
    try (ShardDirectory directory = reopen()) {
      assertThat(directory.current()).isEqualTo(map().withVersion(new MapVersion(2)));
    }
  }
}
