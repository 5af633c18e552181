package io.shardgate.directory.keys;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.Placement;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.Strategy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class KeyWriterTest {
  private static final Group TENANT = new Group("tenant", new Strategy.Directory(Placement.DEFAULT), KeyType.BIGINT, Map.of());
  private static final Set<ShardId> SHARDS = Set.of(new ShardId("s1"));

  @Test
  void whoWaitsForAKeyIsToldWhateverBecomesOfTheWrite() {
    KeyWriter writer = new KeyWriter(_ -> {
      throw new IllegalStateException("client is closed");
    });
    for (int i = 0; i < 2; i++) {
      var owner = writer.place(TENANT, new KeyValue.OfLong(i), SHARDS).orTimeout(10, TimeUnit.SECONDS);
      assertThatThrownBy(owner::join).cause().isInstanceOf(DirectoryException.class).hasMessageContaining("client is closed");
    }
    writer.close();
    var late = writer.place(TENANT, new KeyValue.OfLong(3), SHARDS).orTimeout(10, TimeUnit.SECONDS);
    assertThatThrownBy(late::join).cause().isInstanceOf(DirectoryException.class).hasMessageContaining("closed");
  }
}
