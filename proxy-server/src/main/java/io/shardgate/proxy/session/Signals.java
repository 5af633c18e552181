package io.shardgate.proxy.session;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// `pg_cancel_backend` and `pg_terminate_backend` of a number that the proxy gave to a client (PostgreSQL docs, "Server Signaling Functions").
/// Confined to the asking session's event loop.
final class Signals {
  private static final int LOOK_AGAIN_MILLIS = 10;

  private final ClientSession session;

  Signals(ClientSession session) {
    this.session = session;
  }

  /// Sends it; gives whether the client got it, and within its time was gone.
  CompletableFuture<Boolean> send(int processId, boolean terminate, int timeoutMillis) {
    if (timeoutMillis < 0) {
      throw new ServerErrorException(SqlState.NUMERIC_VALUE_OUT_OF_RANGE, "\"timeout\" must not be negative");
    }
    return session.services().registry().find(processId)
        .map(target -> act(target, terminate, timeoutMillis))
        .orElseGet(() -> CompletableFuture.completedFuture(false));
  }

  private CompletableFuture<Boolean> act(ClientSession target, boolean terminate, int timeoutMillis) {
    if (terminate) {
      target.eventLoop().execute(target::terminate);
    } else if (target.processId() == session.processId()) {
      throw new ServerErrorException(SqlState.QUERY_CANCELED, "canceling statement due to user request");
    } else {
      target.eventLoop().execute(target::cancelRequested);
    }
    CompletableFuture<Boolean> sent = new CompletableFuture<>();
    if (terminate && timeoutMillis > 0) {
      await(target, timeoutMillis, timeoutMillis, sent);
    } else {
      sent.complete(true);
    }
    return sent;
  }

  /// Looks until the client is gone, or its time is over.
  private void await(ClientSession target, int timeoutMillis, int leftMillis, CompletableFuture<Boolean> gone) {
    if (session.isClosed()) {
      gone.completeExceptionally(AlreadyToldException.INSTANCE);
    } else if (session.services().registry().find(target.processId()).isEmpty()) {
      gone.complete(true);
    } else if (leftMillis <= 0) {
      BackendWriter.notice(
          session.output().stage(),
          ErrorFields.warning(
              SqlState.WARNING, "backend with PID " + target.processId() + " did not terminate within " + timeoutMillis + " milliseconds"),
          session.output().charset());
      gone.complete(false);
    } else {
      session.eventLoop().schedule(
          () -> await(target, timeoutMillis, leftMillis - LOOK_AGAIN_MILLIS, gone), LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
