package io.shardgate.directory.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class NeedsEtcdTest {
  @Test
  void withoutEtcdTestsAreSkippedButForCi() {
    assertThat(NeedsEtcd.Condition.evaluate(true, true, "x").isDisabled()).isFalse();
    assertThat(NeedsEtcd.Condition.evaluate(false, false, "MapIT").getReason().orElse("")).contains("NO ETCD: MapIT");
    assertThatThrownBy(() -> NeedsEtcd.Condition.evaluate(false, true, "MapIT")).isInstanceOf(IllegalStateException.class).hasMessageContaining("NO ETCD");
  }
}
