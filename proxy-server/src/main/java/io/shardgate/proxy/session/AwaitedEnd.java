package io.shardgate.proxy.session;

import io.netty.util.concurrent.EventExecutor;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// The end of a client's session that another session waits for: `pg_terminate_backend` with a timeout.
/// Confined to the waiting session's event loop.
///
/// As in PostgreSQL, what ends any statement ends the wait: a cancel request, `statement_timeout`, the end of the waiting session itself. Whatever ends it,
/// nothing of it stays scheduled.
final class AwaitedEnd {
  private static final int LOOK_AGAIN_MILLIS = 10;

  private final CompletableFuture<Boolean> over = new CompletableFuture<>();
  private final List<Future<?>> scheduled = new ArrayList<>();

  private AwaitedEnd() {}

  /// Waits from now on.
  ///
  /// @param gone whether the session has ended
  /// @param limitMillis how long it is waited for
  /// @param statementMillis what is left of the waiting statement's time; empty for no limit
  static AwaitedEnd begin(EventExecutor loop, BooleanSupplier gone, int limitMillis, OptionalLong statementMillis) {
    AwaitedEnd wait = new AwaitedEnd();
    wait.over.whenComplete((_, _) -> wait.scheduled.forEach(each -> each.cancel(false)));
    if (statementMillis.isPresent()) { // before the other: of two that are due at once it is the statement's that PostgreSQL looks at first
      wait.scheduled.add(loop.schedule(() -> wait.fail("canceling statement due to statement timeout"), statementMillis.getAsLong(), TimeUnit.MILLISECONDS));
    }
    wait.scheduled.add(loop.schedule(() -> wait.over.complete(false), limitMillis, TimeUnit.MILLISECONDS));
    wait.scheduled.add(loop.scheduleWithFixedDelay(() -> wait.look(gone), 0, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS));
    return wait;
  }

  private void look(BooleanSupplier gone) {
    if (gone.getAsBoolean()) {
      over.complete(true);
    }
  }

  /// Whether the session ended in time; fails with what the client is to see.
  CompletableFuture<Boolean> over() {
    return over;
  }

  /// The waiting client cancels its statement.
  void cancel() {
    fail("canceling statement due to user request");
  }

  /// The waiting session is over.
  void abandon() {
    over.completeExceptionally(AlreadyToldException.INSTANCE);
  }

  private void fail(String message) {
    over.completeExceptionally(new ServerErrorException(SqlState.QUERY_CANCELED, message));
  }
}
