package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

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
}
