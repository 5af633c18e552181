package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ShardFunctionTest {
  @Test
  void knownValuesOfPostgreSql() {
    assertThat(ShardFunction.hash(new KeyValue.OfLong(42))).isEqualTo(8010225493015854792L);
    assertThat(ShardFunction.hash(KeyValue.OfText.of("abc"))).isEqualTo(-6747756470228489321L);
    assertThat(ShardFunction.hash(KeyValue.OfUuid.of(UUID.fromString("00000000-0000-0000-0000-000000000001"))))
        .isEqualTo(3419970005924668665L);
  }

  @Test
  void everyFrozenVectorOfARealServerAgrees() throws IOException {
    List<String> lines = frozen();
    assertThat(lines).hasSizeGreaterThan(3000);
    for (String line : lines) {
      String[] parts = line.split("\t", -1);
      KeyValue key = HashVectors.key(parts[0], parts[1]);
      assertThat(HashVectors.line(key, ShardFunction.hash(key))).isEqualTo(line);
    }
  }

  @Test
  void bytesInsideALargerArrayHashAlike() {
    byte[] framed = "<<a text longer than twelve>>".getBytes(StandardCharsets.UTF_8);
    assertThat(ShardFunction.hashBytes(framed, 2, framed.length - 4))
        .isEqualTo(ShardFunction.hash(KeyValue.OfText.of("a text longer than twelve")));
  }

  private static List<String> frozen() throws IOException {
    InputStream file = Objects.requireNonNull(ShardFunctionTest.class.getResourceAsStream("hash-vectors.tsv"));
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }
}
