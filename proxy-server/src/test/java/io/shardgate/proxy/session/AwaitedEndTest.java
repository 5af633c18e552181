package io.shardgate.proxy.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The clock is the test's own: it stands until it is set forward.
final class AwaitedEndTest {
  private static final int LIMIT_MILLIS = 1_000;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private boolean gone;

  @BeforeEach
  void stopTheClock() {
    channel.freezeTime();
  }

  @AfterEach
  void nothingIsLeftBehind() {
    pass(0);
    assertThat(channel.runScheduledPendingTasks()).as("nanoseconds to the next scheduled task, -1 for none").isEqualTo(-1);
    channel.close();
  }

  private AwaitedEnd begin(OptionalLong statementMillis) {
    return AwaitedEnd.begin(channel.eventLoop(), () -> gone, LIMIT_MILLIS, statementMillis);
  }

  private void pass(int millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    channel.runScheduledPendingTasks();
  }

  private static String fault(CompletableFuture<?> over) {
    return over.isCompletedExceptionally() && over.exceptionNow() instanceof ServerErrorException error
        ? error.fields().code() + " " + error.fields().message()
        : over.state().toString();
  }

  @Test
  void theEndIsSeen() {
    AwaitedEnd wait = begin(OptionalLong.empty());
    pass(500);
    assertThat(wait.over()).isNotDone();
    gone = true;
    pass(20);
    assertThat(wait.over()).isCompletedWithValue(true);
  }

  @Test
  void itsTimeEnds() {
    AwaitedEnd wait = begin(OptionalLong.of(LIMIT_MILLIS + 1));
    pass(LIMIT_MILLIS - 1);
    assertThat(wait.over()).isNotDone();
    pass(1);
    assertThat(wait.over()).isCompletedWithValue(false);
  }

  @Test
  void aCancelRequestEndsIt() {
    AwaitedEnd wait = begin(OptionalLong.of(500));
    pass(100);
    wait.cancel();
    assertThat(fault(wait.over())).isEqualTo("57014 canceling statement due to user request");
  }

  @Test
  void theStatementsTimeEndsItAlsoWhenBothAreOver() {
    AwaitedEnd wait = begin(OptionalLong.of(LIMIT_MILLIS));
    pass(LIMIT_MILLIS);
    assertThat(fault(wait.over())).isEqualTo("57014 canceling statement due to statement timeout");
  }

  @Test
  void whoIsGoneWaitsNoMoreAndHasNothingToTell() {
    AwaitedEnd wait = begin(OptionalLong.of(500));
    pass(100);
    wait.abandon();
    assertThat(wait.over().exceptionNow()).isSameAs(AlreadyToldException.INSTANCE);
  }
}
