package io.shardgate.proxy.transaction;

import java.time.Duration;

/// Times of two-phase commit. None of them is part of what makes it right. Immutable.
///
/// @param inDoubtAfter a prepared transaction of this age, by its server's clock, is settled by whoever finds it
/// @param sweepEvery pause between two looks at a shard
/// @param answerWithin a client's COMMIT is answered this long after the decision at the latest
/// @param askWithin how long a decider that did not answer is asked for its verdict before the client is told that it is unknown
/// @param keepVerdicts rows of `commit_log` younger than this stay
public record CommitTiming(
    Duration inDoubtAfter, Duration sweepEvery, Duration answerWithin, Duration askWithin, Duration keepVerdicts) {
  public static final CommitTiming DEFAULT =
      new CommitTiming(
          Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofDays(7));
}
