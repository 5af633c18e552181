package io.shardgate.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.Topology;
import io.shardgate.directory.TopologyException;
import io.shardgate.directory.TopologyReader;
import io.shardgate.directory.file.FileDirectory;
import io.shardgate.proxy.config.ProxyConfig;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TopologyChangeTest {
  @TempDir Path folder;

  private static Topology topology(int weight) throws TopologyException {
    String text =
        """
        home: s1
        shards: { s1: { primary: "postgresql://127.0.0.1:1/app", weight: %d } }
        """.formatted(weight);
    return TopologyReader.read(text, "t.yaml");
  }

  /// A directory whose map is another one whenever it is to be changed, `times` times.
  private static ShardDirectory contended(FileDirectory directory, int times, AtomicInteger calls) {
    return (ShardDirectory)
        Proxy.newProxyInstance(ShardDirectory.class.getClassLoader(), new Class<?>[] {ShardDirectory.class}, (_, method, arguments) -> {
          if (method.getName().equals("compareAndSet") && calls.incrementAndGet() <= times) {
            ShardMap map = directory.current();
            return !directory.compareAndSet(map.version(), map.withVersion(map.version().next()));
          }
          return method.invoke(directory, arguments);
        });
  }

  @Test
  void aTopologyIsAppliedToTheMapThatIsThereThenAndNotForEver() throws Exception {
    try (FileDirectory directory = FileDirectory.open(folder.resolve("d.json"), topology(1).toMap(MapVersion.FIRST))) {
      TopologyChange.apply(topology(2), contended(directory, 3, new AtomicInteger()), ProxyConfig.defaults());
      assertThat(directory.current().version()).isEqualTo(new MapVersion(5));
      assertThat(directory.current().shard(directory.current().home()).weight()).isEqualTo(2);
      AtomicInteger calls = new AtomicInteger();
      ShardDirectory never = contended(directory, Integer.MAX_VALUE, calls);
      assertThatThrownBy(() -> TopologyChange.apply(topology(3), never, ProxyConfig.defaults()))
          .isInstanceOf(TopologyException.class).hasMessageContaining("20 attempts");
      assertThat(calls).hasValue(20);
    }
  }
}
