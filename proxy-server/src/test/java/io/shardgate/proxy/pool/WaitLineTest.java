package io.shardgate.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WaitLineTest {
  private final WaitLine line = new WaitLine();

  private void add(@Nullable CrossShardClaim claim, int seconds) {
    line.add(new Wait(null, null, PoolFixture.APP, PoolFixture.APP.credential(), claim, TimeUnit.SECONDS.toNanos(seconds)));
  }

  @Test
  void whoComesLaterWithLessTimeIsNotKeptBeyondIt() {
    add(new CrossShardClaim(1, Set.of(PoolFixture.S2), true), 15);
    add(null, 15);
    assertThat(line.leastLeftNanos()).isGreaterThan(TimeUnit.SECONDS.toNanos(4));
    add(new CrossShardClaim(2, Set.of(PoolFixture.S2)), 3);
    assertThat(line.leastLeftNanos()).isLessThanOrEqualTo(TimeUnit.SECONDS.toNanos(3));
  }

  @Test
  void whoHoldsConnectionsGoesFirst() {
    add(null, 15);
    add(new CrossShardClaim(1, Set.of(PoolFixture.S2)), 3);
    add(new CrossShardClaim(2, Set.of(PoolFixture.S2), true), 15);
    assertThat(line.poll().claim().transaction()).isEqualTo(1);
    assertThat(line.poll().claim().transaction()).isEqualTo(2);
    assertThat(line.poll().claim()).isNull();
    assertThat(line.isEmpty()).isTrue();
  }
}
