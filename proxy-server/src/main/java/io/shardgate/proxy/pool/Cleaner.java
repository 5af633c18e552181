package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes a connection that was given back fit for another client, or closes it.
/// Confined to its channel's event loop.
///
///     SETTLING → SYNCING     [cancelsEnded]  no cancel request is under way any more
///     SYNCING  → ROLLING_BACK [ready]        a transaction is open
///     SYNCING, ROLLING_BACK → DISCARDING [ready]  clients left state behind
///     SYNCING, ROLLING_BACK → CALMING [ready]        the server would end it while it rests
///     SYNCING, ROLLING_BACK, DISCARDING, CALMING → DONE [ready]  back to the bucket
///
/// The Sync after a cancel is what makes a late one harmless: the server's signal has been sent when the cancel connection is closed,
/// and is handled, at the latest, before the next message is answered. An error at any step, or no answer in time, and the connection is closed.
final class Cleaner implements ServerListener {
  private static final byte[] ROLLBACK = "ROLLBACK".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DISCARD_ALL = "DISCARD ALL".getBytes(StandardCharsets.US_ASCII);

  private enum State {
    SETTLING,
    SYNCING,
    ROLLING_BACK,
    DISCARDING,
    CALMING,
    DONE
  }

  private final Bucket bucket;
  private final ServerConnection connection;
  private final Future<?> timeout;
  private State state = State.SETTLING;

  private Cleaner(Bucket bucket, ServerConnection connection) {
    this.bucket = bucket;
    this.connection = connection;
    long limit = bucket.settings().cleanTimeout().toNanos();
    this.timeout = bucket.loop().schedule(connection::closeNow, limit, TimeUnit.NANOSECONDS);
  }

  /// Of a connection at rest.
  static void clean(Bucket bucket, ServerConnection connection) {
    Cleaner cleaner = new Cleaner(bucket, connection);
    connection.beginCleaning(cleaner);
    connection.whenCancelsEnded(cleaner::cancelsEnded);
  }

  /// Of a connection in any state. What runs is cancelled and the connection closed, as nobody knows how far its messages are; where
  /// nothing runs, it is rolled back and kept.
  static void abandon(Bucket bucket, ServerConnection connection) {
    if (connection.mayBeBusy()) {
      CancelDispatch.send(connection);
      bucket.retire(connection, false);
      return;
    }
    connection.taint();
    clean(bucket, connection);
  }

  private void cancelsEnded() {
    if (connection.isOpen()) {
      state = State.SYNCING;
      ByteBuf sync = connection.alloc().ioBuffer(8);
      FrontendWriter.sync(sync);
      send(sync);
    }
  }

  private void send(ByteBuf message) {
    connection.write(message, 1);
    connection.flush();
  }

  private void query(State next, byte[] sql) {
    state = next;
    ByteBuf query = connection.alloc().ioBuffer(32);
    FrontendWriter.query(query, sql);
    send(query);
  }

  @Override
  public void onFrame(byte type, ByteBuf frame) {
    if (type == 'E') {
      stop();
      bucket.retire(connection, false);
    } else if (type == 'Z' && connection.readiesDue() == 0) {
      ready();
    }
  }

  private void ready() {
    if (state == State.SYNCING) {
      connection.cancelsSettled();
    }
    if (connection.transactionStatus() != ServerConnection.IDLE) {
      if (state == State.SYNCING) {
        query(State.ROLLING_BACK, ROLLBACK);
      } else {
        stop();
        bucket.retire(connection, false);
      }
    } else if (connection.isTainted() && state != State.DISCARDING) {
      query(State.DISCARDING, DISCARD_ALL);
    } else {
      calmOrFinish();
    }
  }

  private void calmOrFinish() {
    if (state == State.DISCARDING) {
      connection.becameFresh();
    } else if (state == State.CALMING) {
      connection.readyToRest();
    }
    String sql = connection.beforeRest();
    if (sql != null) {
      query(State.CALMING, sql.getBytes(StandardCharsets.US_ASCII));
      return;
    }
    stop();
    bucket.available(connection);
  }

  private void stop() {
    state = State.DONE;
    timeout.cancel(false);
  }

  @Override
  public void onRun(ByteBuf run, int startedFrames) {}

  @Override
  public void onReadComplete() {}

  @Override
  public void onWritable(boolean writable) {}

  @Override
  public void onClosed(Throwable cause, @Nullable ErrorFields fatal) {
    stop();
  }
}
