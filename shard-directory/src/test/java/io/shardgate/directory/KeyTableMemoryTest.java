package io.shardgate.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.UUID;
import java.util.function.IntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a key costs of every proxy's memory: `docs/limits.md` says these numbers. `-Dkeys=1000000` counts a full group.
class KeyTableMemoryTest {
  private static final int KEYS = Integer.getInteger("keys", 200_000);
  private static final ShardId OWNER = new ShardId("s1");

  private enum Kind {
    BIGINT(KeyType.BIGINT, 60, KeyValue.OfLong::new),
    TEXT_OF_16_BYTES(KeyType.TEXT, 130, i -> KeyValue.OfText.of("tenant-%09d".formatted(i))),
    UUID(KeyType.UUID, 110, i -> KeyValue.OfUuid.of(new UUID(i * 0x9e3779b97f4a7c15L, i)));

    final KeyType type;
    final int bytesMax;
    final IntFunction<KeyValue> key;

    Kind(KeyType type, int bytesMax, IntFunction<KeyValue> key) {
      this.type = type;
      this.bytesMax = bytesMax;
      this.key = key;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKeyCostsWhatTheLimitsSay(Kind kind) {
    long before = used();
    KeyTable table = new KeyTable(kind.type, Set.of(OWNER));
    for (int i = 0; i < KEYS; i++) {
      table.put(kind.key.apply(i), OWNER);
    }
    double each = (double) (used() - before) / KEYS;
    System.out.printf("%,d keys, %s: %.0f bytes each%n", table.size(), kind, each);
    assertThat(each).isLessThan(kind.bytesMax);
    assertThat(table.ownerOf(kind.key.apply(KEYS / 2))).isEqualTo(OWNER);
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
