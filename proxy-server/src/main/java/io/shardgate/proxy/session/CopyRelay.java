package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.pgwire.message.FrontendReader;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.CopySink;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The client's COPY FROM STDIN stream, on its way to one shard or to an executor that splits it.
/// Confined to its channel's event loop.
///
///     OFF → RELAY [beginRelay]   the shard asked for data: CopyData, CopyDone and CopyFail pass to it
///     OFF → SINK  [beginSink]    an executor asked
///     any → OFF                  CopyDone, CopyFail, or an error: what still comes is skipped by the session
///     RELAY → BROKEN [interrupted]  another message came: the shard is told to fail, and the client's connection ends with its answer
final class CopyRelay {
  private enum State {
    OFF,
    RELAY,
    SINK,
    BROKEN
  }

  private static final int FRAME_BYTES_MAX = (1 << 30) - 1;
  private static final int HEADER_BYTES = 5;

  private final ClientSession session;
  private State state = State.OFF;
  private @Nullable Conversation target;
  private @Nullable CopySink sink;
  private @Nullable CompletableFuture<Void> result;
  private byte interruptedBy;
  private final RunCutter cutter = new RunCutter(FRAME_BYTES_MAX);

  CopyRelay(ClientSession session) {
    this.session = session;
  }

  boolean isActive() {
    return state != State.OFF;
  }

  void beginRelay(Conversation conversation) {
    target = conversation;
    enter(State.RELAY);
    session.frames().proceed();
  }

  CompletableFuture<Void> beginSink(CopySink taker) {
    CompletableFuture<Void> future = new CompletableFuture<>();
    sink = taker;
    result = future;
    enter(State.SINK);
    taker.broken().whenComplete((_, failure) -> {
      if (failure != null && taker.equals(sink)) {
        sinkFailed(failure);
      }
    });
    session.frames().proceed();
    return future;
  }

  /// The reply that asked for data is over, as the shard found an error: what still comes is skipped.
  void relayEnded(Conversation conversation) {
    if ((state == State.RELAY || state == State.BROKEN) && target == conversation) {
      enter(State.OFF);
      target = null;
    }
  }

  /// A shard takes bytes again, or not any more.
  void serverWritable(boolean writable) {
    CopySink taker = sink;
    if (state == State.RELAY) {
      if (writable) {
        session.frames().proceed();
      } else {
        session.frames().hold();
      }
    } else if (state == State.SINK && writable && taker != null) {
      taker.shardWritable();
    }
  }

  /// CopyData, whole or in pieces.
  void run(ByteBuf run) {
    if (state == State.BROKEN) {
      return;
    }
    if (state == State.RELAY) {
      Conversation to = java.util.Objects.requireNonNull(target);
      to.sendRetained(run);
      to.flush();
      if (!to.server().isWritable()) {
        session.frames().hold();
      }
      return;
    }
    CopySink taker = java.util.Objects.requireNonNull(sink);
    cutter.cut(run, (_, frame) -> {
      frame.skipBytes(HEADER_BYTES);
      if (state == State.SINK) {
        give(taker, frame);
      }
    });
  }

  private void give(CopySink taker, ByteBuf piece) {
    try {
      if (!taker.data(piece)) {
        session.frames().hold();
        taker.whenWritable().thenRun(session.frames()::proceed);
      }
    } catch (RuntimeException failure) {
      sinkFailed(failure);
    }
  }

  /// Ends a sink's stream with an error.
  void sinkFailed(Throwable failure) {
    CompletableFuture<Void> future = result;
    if (state == State.SINK && future != null) {
      leaveSink();
      future.completeExceptionally(failure);
    }
  }

  /// Takes a frame while a COPY runs.
  ///
  /// @return false when it is not the COPY's
  boolean frame(byte type, ByteBuf frame) {
    if (type == 'X') {
      return false;
    }
    if (state == State.BROKEN) {
      return true;
    }
    switch (type) {
      case 'c', 'f' -> end(type, frame);
      case 'H', 'S' -> {} // PostgreSQL ignores Flush and Sync while it copies
      default -> interrupted(type);
    }
    return true;
  }

  private void end(byte type, ByteBuf frame) {
    if (state == State.SINK) {
      endSink(type, frame);
      return;
    }
    Conversation to = java.util.Objects.requireNonNull(target);
    enter(State.OFF);
    target = null;
    session.frames().hold();
    to.sendRetained(frame);
    if (to.needsSync()) {
      FrontendWriter.flush(to.stage()); // the server would keep its answer until the Sync, which waits for it
    }
    to.flush();
  }

  /// PostgreSQL meets the message in the middle of reading one: it fails the COPY, and then it has lost its place in the stream.
  private void interrupted(byte type) {
    interruptedBy = type;
    if (state == State.SINK) {
      lostPlace(unexpected().with(ErrorFields.WHERE, java.util.Objects.requireNonNull(sink).where()));
      return;
    }
    Conversation to = java.util.Objects.requireNonNull(target);
    enter(State.BROKEN);
    session.frames().hold();
    FrontendWriter.copyFail(to.stage(), "");
    if (to.needsSync()) {
      FrontendWriter.flush(to.stage());
    }
    to.flush();
  }

  private ErrorFields unexpected() {
    return ErrorFields.error(
        SqlState.PROTOCOL_VIOLATION, "unexpected message type 0x%02X during COPY from stdin".formatted(interruptedBy & 0xff));
  }

  /// Tells an error of the shard that was made to fail, in the words that fit what the client did. What the shard found by itself
  /// is told as it is.
  ///
  /// @return false when no message broke into the COPY
  boolean tellsInstead(ByteBuf frame) {
    if (state != State.BROKEN) {
      return false;
    }
    ErrorFields fields = ErrorFields.read(frame, session.output().charset());
    Optional<String> where = fields.field(ErrorFields.WHERE);
    boolean ours = fields.hasCode(SqlState.QUERY_CANCELED);
    lostPlace(ours && where.isPresent() ? unexpected().with(ErrorFields.WHERE, where.get()) : ours ? unexpected() : fields);
    return true;
  }

  private void lostPlace(ErrorFields error) {
    session.output().error(error);
    session.protocolViolation(
        SqlState.PROTOCOL_VIOLATION, "terminating connection because protocol synchronization was lost");
  }

  private void endSink(byte type, ByteBuf frame) {
    CopySink taker = java.util.Objects.requireNonNull(sink);
    CompletableFuture<Void> future = java.util.Objects.requireNonNull(result);
    leaveSink();
    session.frames().hold();
    CompletableFuture<Void> over =
        type == 'f'
            ? taker.failed(((FrontendMessage.CopyFail) FrontendReader.read(type, frame)).reason())
            : taker.done();
    over.whenComplete((_, failure) -> {
      if (failure != null) {
        future.completeExceptionally(failure);
      } else {
        future.complete(null);
      }
    });
  }

  /// The client is gone.
  void abandon() {
    CopySink taker = sink;
    if (state == State.SINK && taker != null) {
      leaveSink();
      taker.failed("the client is gone");
    }
    enter(State.OFF);
    target = null;
    cutter.release();
  }

  private void leaveSink() {
    enter(State.OFF);
    sink = null;
    result = null;
    cutter.release();
  }

  private void enter(State next) {
    state = next;
  }
}
