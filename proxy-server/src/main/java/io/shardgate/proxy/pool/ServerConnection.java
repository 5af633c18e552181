package io.shardgate.proxy.pool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.MalformedMessageException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to one server, logged in as one role.
/// Confined to its channel's event loop.
///
///     LENT     → IDLE     [rest]        a holder writes and listens
///     LENT     → CLEANING [beginCleaning]
///     CLEANING → IDLE     [rest]        the pool writes and listens
///     IDLE     → LENT     [lend]        nobody writes; notices and parameter changes are read, an error ends it
///     any      → CLOSING  [retire]      Terminate was written; what still comes is dropped, until the server closes
///     any      → CLOSED   [ended]       the channel is gone, and with it the server's process
///
/// The connection itself keeps what must be true before it may go back to the pool: the last transaction status and the number of
/// ReadyForQuery that are due. A connection waits for the *server* to close: PostgreSQL does so when its process is gone, so
/// that the cap holds as counted on the server.
public final class ServerConnection {

  enum State {
    LENT,
    IDLE,
    CLEANING,
    CLOSING,
    CLOSED
  }

  /// Transaction status of ReadyForQuery: no transaction.
  public static final byte IDLE = 'I';

  /// Transaction status of ReadyForQuery: in a transaction.
  public static final byte IN_TRANSACTION = 'T';

  /// Transaction status of ReadyForQuery: in a failed transaction.
  public static final byte FAILED_TRANSACTION = 'E';

  /// Parameters that a server may report; PostgreSQL reports about 15, extensions may add to them.
  private static final int PARAMETERS_MAX = 200;

  private Bucket bucket;
  private final Channel channel;
  private final PreparedNames prepared;
  private final long createdNanos = System.nanoTime();
  private final long lendUntilNanos;
  private final Map<String, String> parameters = new HashMap<>();
  private final Runnable forcedClose = this::closeNow;

  private State state = State.CLEANING;
  private int backendPid;
  private @Nullable CancelKey backendKey;
  private byte transactionStatus = IDLE;
  private int readiesDue;
  private boolean unsynced;
  private boolean tainted;
  private boolean cancelled;
  private int cancelsUnderWay;
  private @Nullable Runnable whenCancelsEnded;
  private @Nullable ServerListener listener;
  private @Nullable Object settings;
  private @Nullable ErrorFields fatal;
  private @Nullable Throwable failure;
  private boolean givenUp;
  private @Nullable Adoption adoption;
  private long idleSinceNanos;

  ServerConnection(Bucket bucket, Channel channel, long maxAgeNanos) {
    this.bucket = bucket;
    this.channel = channel;
    this.prepared = new PreparedNames(bucket.settings().preparedLimit());
    this.lendUntilNanos = createdNanos + maxAgeNanos;
  }

  // ---- what a holder sees ----

  public ShardId shard() {
    return bucket.shard().id();
  }

  public PoolKey key() {
    return bucket.key();
  }

  public EventLoop eventLoop() {
    return bucket.loop();
  }

  public ByteBufAllocator alloc() {
    return channel.alloc();
  }

  public int backendPid() {
    return backendPid;
  }

  /// Null where the server gave none: then nothing there can be cancelled.
  @Nullable CancelKey backendKey() {
    return backendKey;
  }

  /// `System.nanoTime()` when the login began.
  public long createdNanos() {
    return createdNanos;
  }

  /// The server's last ParameterStatus of that name, or null.
  public @Nullable String parameterStatus(String name) {
    return parameters.get(name);
  }

  /// The transaction status of the last ReadyForQuery.
  public byte transactionStatus() {
    return transactionStatus;
  }

  /// How many ReadyForQuery are still to come for what was written.
  public int readiesDue() {
    return readiesDue;
  }

  /// Sets who hears the server. A holder sets it before its first write.
  public void listener(ServerListener newListener) {
    listener = newListener;
  }

  /// Writes messages that bring no ReadyForQuery (Parse, Bind, Execute, CopyData …). Takes the buffer.
  public void write(ByteBuf messages) {
    write(messages, 0);
  }

  /// Writes messages of which `readies` bring a ReadyForQuery each: Query, Sync, FunctionCall. Takes the buffer, also when
  /// the connection is gone already. Nothing is sent before [#flush].
  public void write(ByteBuf messages, int readies) {
    if (state == State.CLOSING || state == State.CLOSED) {
      messages.release();
      return;
    }
    readiesDue += readies;
    unsynced = readies == 0;
    channel.write(messages, channel.voidPromise());
  }

  public void flush() {
    channel.flush();
  }

  /// Whether the outbound buffer is below its high mark; [ServerListener#onWritable] tells of changes.
  public boolean isWritable() {
    return channel.isWritable();
  }

  /// Stops or continues reading, as the client is slow or not. What was read already is still handed over.
  public void setAutoRead(boolean autoRead) {
    channel.config().setAutoRead(autoRead);
  }

  /// What the session layer knows of the connection's settings, or null when they are those of a fresh login.
  public @Nullable Object settings() {
    return settings;
  }

  public void settings(@Nullable Object newSettings) {
    settings = newSettings;
  }

  public PreparedNames prepared() {
    return prepared;
  }

  /// Notes that something ran that may leave state behind: the connection is reset before anyone else gets it.
  public void taint() {
    tainted = true;
  }

  public boolean isTainted() {
    return tainted;
  }

  public boolean isOpen() {
    return state != State.CLOSING && state != State.CLOSED;
  }

  /// Ends the connection instead of giving it back. Its listener hears nothing more.
  public void close() {
    bucket.release(this, ReleaseState.BROKEN);
  }

  @Override
  public String toString() {
    return "connection to " + shard() + " as " + key().role() + ", pid " + backendPid + ", " + state;
  }

  // ---- the pool's side ----

  Bucket bucket() {
    return bucket;
  }

  /// From now on it occupies a place of another ledger.
  void moveTo(Bucket other) {
    bucket = other;
    adoption = null;
  }

  boolean isMoving() {
    return adoption != null;
  }

  void adoption(Adoption begun) {
    adoption = begun;
  }

  /// It is no longer the holder's: it stays where it is.
  void stay() {
    Adoption begun = adoption;
    if (begun != null) {
      adoption = null;
      begun.drop();
    }
  }

  Channel channel() {
    return channel;
  }

  State state() {
    return state;
  }

  /// The login is over.
  void loggedIn() {
    unsynced = false;
  }

  void backendKey(int pid, CancelKey key) {
    backendPid = pid;
    backendKey = key;
  }

  void parameter(String name, String value) {
    parameters.put(name, value);
    if (parameters.size() > PARAMETERS_MAX) {
      parameters.clear();
      throw new MalformedMessageException(SqlState.PROTOCOL_VIOLATION, "the server reports more than " + PARAMETERS_MAX + " parameters");
    }
  }

  /// The longest message of the server that is held whole.
  int frameBytesMax() {
    return bucket.settings().frameBytes();
  }

  void lend() {
    enter(State.LENT);
  }

  void beginCleaning(ServerListener cleaner) {
    listener = cleaner;
    enter(State.CLEANING);
    channel.config().setAutoRead(true);
  }

  void rest() {
    listener = null;
    enter(State.IDLE);
    idleSinceNanos = System.nanoTime();
    channel.config().setAutoRead(true);
  }

  /// The server has forgotten all that clients did: DISCARD ALL was answered.
  void becameFresh() {
    prepared.clear();
    if (settings instanceof ConnectionMemory memory) {
      memory.becameFresh();
    } else {
      settings = null;
    }
    tainted = false;
  }

  /// What has to be said before it may rest; null when nothing.
  @Nullable String beforeRest() {
    return settings instanceof ConnectionMemory memory ? memory.beforeRest() : null;
  }

  /// That was answered.
  void readyToRest() {
    if (settings instanceof ConnectionMemory memory) {
      memory.readyToRest();
    }
  }

  boolean isAtRest() {
    return readiesDue == 0 && !unsynced && transactionStatus == IDLE;
  }

  /// Whether a statement may be running, or a message half written. COPY data and messages without a Sync say nothing of their end.
  boolean mayBeBusy() {
    return readiesDue > 0 || unsynced;
  }

  boolean wasCancelled() {
    return cancelled;
  }

  int cancelsUnderWay() {
    return cancelsUnderWay;
  }

  void cancelBegan() {
    cancelled = true;
    cancelsUnderWay++;
  }

  void cancelEnded() {
    cancelsUnderWay--;
    Runnable next = whenCancelsEnded;
    if (cancelsUnderWay == 0 && next != null) {
      whenCancelsEnded = null;
      next.run();
    }
  }

  /// Runs `next` when no cancel connection is open any more: now, or later.
  void whenCancelsEnded(Runnable next) {
    if (cancelsUnderWay == 0) {
      next.run();
    } else {
      whenCancelsEnded = next;
    }
  }

  void cancelsSettled() {
    cancelled = false;
  }

  boolean isTooOld(long nowNanos) {
    return nowNanos - lendUntilNanos >= 0;
  }

  boolean isIdleSince(long nanos) {
    return idleSinceNanos - nanos <= 0;
  }

  /// Whether its place was promised to another event loop or role.
  boolean givenUp() {
    return givenUp;
  }

  void giveUp() {
    givenUp = true;
  }

  /// Says goodbye and waits for the server to close. Nobody hears of it any more.
  void retire(ByteBuf terminate) {
    if (!isOpen()) {
      terminate.release();
      return;
    }
    listener = null;
    enter(State.CLOSING);
    channel.config().setAutoRead(true);
    channel.writeAndFlush(terminate).addListener(_ -> halfClose());
    eventLoop().schedule(forcedClose, bucket.settings().cleanTimeout().toNanos(), TimeUnit.NANOSECONDS);
  }

  /// A server in the middle of a COPY does not read a Terminate as one; the end of the stream it does.
  private void halfClose() {
    if (channel.isActive() && channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
  }

  void closeNow() {
    channel.close();
  }

  private void enter(State next) {
    state = next;
  }

  // ---- what the channel says ----

  void frameCame(byte type, ByteBuf frame) {
    switch (type) {
      case 'Z' -> {
        transactionStatus = ServerFrames.readStatus(frame);
        readiesDue--;
        unsynced &= readiesDue != 0;
      }
      case 'S' -> ServerFrames.readParameterStatus(frame, this);
      case 'E' -> fatal = ServerFrames.readFatal(frame);
      default -> {}
    }
    ServerListener hearing = listener;
    if (hearing != null) {
      hearing.onFrame(type, frame);
    } else if (state == State.IDLE && !ServerFrames.mayComeUnasked(type)) {
      failure = new IllegalStateException("unexpected message \"" + (char) type + "\" from an idle server");
      closeNow();
    }
  }

  void runCame(ByteBuf run, int startedFrames) {
    ServerListener hearing = listener;
    if (hearing != null) {
      hearing.onRun(run, startedFrames);
    }
  }

  void readCompleted() {
    ServerListener hearing = listener;
    if (hearing != null) {
      hearing.onReadComplete();
    }
  }

  void writabilityChanged() {
    ServerListener hearing = listener;
    if (hearing != null) {
      hearing.onWritable(channel.isWritable());
    }
  }

  void failed(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    closeNow();
  }

  void ended() {
    if (state == State.CLOSED) {
      return;
    }
    State before = state;
    enter(State.CLOSED);
    stay();
    ServerListener hearing = listener;
    listener = null;
    bucket.ended(this, before);
    if (hearing != null) {
      Throwable cause = failure != null ? failure : new IOException("the server closed the connection unexpectedly");
      hearing.onClosed(cause, fatal);
    }
  }
}
