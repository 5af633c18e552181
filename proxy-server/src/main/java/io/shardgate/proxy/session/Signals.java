package io.shardgate.proxy.session;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// `pg_cancel_backend` and `pg_terminate_backend` of a number that the proxy gave to a client (PostgreSQL docs, "Server Signaling Functions").
/// Confined to the asking session's event loop.
final class Signals {
  private final ClientSession session;
  private @Nullable AwaitedEnd awaited;

  Signals(ClientSession session) {
    this.session = session;
  }

  /// Sends it; gives whether the client got it, and within its time was gone.
  ///
  /// @param sinceNanos when the asking statement began
  CompletableFuture<Boolean> send(int processId, boolean terminate, int timeoutMillis, long sinceNanos) {
    if (session.isClosed()) {
      return CompletableFuture.failedFuture(AlreadyToldException.INSTANCE);
    }
    if (timeoutMillis < 0) {
      throw new ServerErrorException(SqlState.NUMERIC_VALUE_OUT_OF_RANGE, "\"timeout\" must not be negative");
    }
    return session.services().registry().find(processId)
        .map(target -> terminate ? terminate(target, timeoutMillis, sinceNanos) : cancel(target))
        .orElseGet(() -> CompletableFuture.completedFuture(false));
  }

  private CompletableFuture<Boolean> cancel(ClientSession target) {
    if (target.processId() == session.processId()) {
      throw new ServerErrorException(SqlState.QUERY_CANCELED, "canceling statement due to user request");
    }
    target.eventLoop().execute(target::cancelRequested);
    return CompletableFuture.completedFuture(true);
  }

  private CompletableFuture<Boolean> terminate(ClientSession target, int timeoutMillis, long sinceNanos) {
    target.eventLoop().execute(target::terminate);
    if (timeoutMillis == 0) {
      return CompletableFuture.completedFuture(true);
    }
    int process = target.processId();
    AwaitedEnd wait =
        AwaitedEnd.begin(
            session.eventLoop(), () -> session.services().registry().find(process).isEmpty(), timeoutMillis,
            StatementTimeout.leftMillis(session.block().settings(), sinceNanos));
    awaited = wait;
    return wait.over()
        .whenComplete((_, _) -> awaited = null)
        .thenApply(
            gone -> {
              if (!gone) {
                warn("backend with PID " + process + " did not terminate within " + timeoutMillis + " milliseconds");
              }
              return gone;
            });
  }

  private void warn(String message) {
    BackendWriter.notice(session.output().stage(), ErrorFields.warning(SqlState.WARNING, message), session.output().charset());
  }

  /// A cancel request came: what is waited for is waited for no longer.
  void cancelRequested() {
    AwaitedEnd wait = awaited;
    if (wait != null) {
      wait.cancel();
    }
  }

  /// The asking session is over.
  void abandon() {
    AwaitedEnd wait = awaited;
    if (wait != null) {
      wait.abandon();
    }
  }
}
