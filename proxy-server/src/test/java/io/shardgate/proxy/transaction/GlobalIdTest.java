package io.shardgate.proxy.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.ShardId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobalIdTest {
  @Test
  void theLongestFitsIntoWhatPostgresqlAllowsAndReadsBack() {
    ShardId longest = new ShardId("s".repeat(32));
    GlobalId id = GlobalId.of("0123456789ab", longest, "01234567", -1, "token");
    assertThat(id.on(longest)).hasSizeLessThanOrEqualTo(199);
    assertThat(GlobalId.parse(id.on(longest))).contains(new GlobalId.Prepared(id, longest));
  }

  @Test
  void theTokenIsNotInIt() {
    assertThat(GlobalId.of("0123456789ab", new ShardId("s1"), "01234567", 28, "abc"))
        .hasToString("sg:0123456789ab:s1:01234567:1c.ba7816bf8f01cfea414140de5dae2223");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "", "sg:", "sg:0123456789ab:s1:01234567:1c.ba7816bf8f01cfea414140de5dae2223",
    "sg:0123456789ab:s1:01234567:1c.ba7816bf8f01cfea414140de5dae2223:s2:s3",
    "sg:0123456789ab:s'1:01234567:1c.ba7816bf8f01cfea414140de5dae2223:s2",
    "SG:0123456789ab:s1:01234567:1c.ba7816bf8f01cfea414140de5dae2223:s2",
    "sg:0123456789ab:s1:01234567:1:s2",
  })
  void whatIsNotOursIsNotRead(String text) {
    assertThat(GlobalId.parse(text)).isEmpty();
  }
}
