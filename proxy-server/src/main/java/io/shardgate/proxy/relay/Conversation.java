package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.pool.ServerConnection;
import io.shardgate.proxy.pool.ServerListener;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One server connection in the hands of one session: what was sent, and which replies are due, in order.
/// Confined to its channel's event loop.
///
/// A conversation sends messages with the [Reply] each brings and hands every frame to the reply it belongs to. After an error
/// in the extended protocol it skips the replies up to the next Sync, as the server skips the messages.
public final class Conversation implements ServerListener {
  /// Messages up to this size are copied into the stage; longer ones are passed on by reference.
  private static final int COPY_BYTES = 1024;

  /// Parse, Bind, Describe, Execute, Sync.
  private static final int REPLIES_USUALLY = 5;

  private final ServerConnection server;
  private final ConversationOwner owner;
  private final ServerState state;
  private final ArrayDeque<Reply> due = new ArrayDeque<>(REPLIES_USUALLY);
  private @Nullable ByteBuf stage;
  private int stagedReadies;
  private long askedNanos;
  private boolean skippingToSync;
  private boolean unflushed;
  private boolean unsynced;
  private int unfinishedRunBytes;
  private boolean inBlock;
  private boolean wrote;
  private boolean lost;
  private @Nullable ErrorFields insteadOfCancel;
  private int runBytesDue;

  /// Takes the connection: sets its listener. `owner` hears what belongs to no reply.
  public Conversation(ServerConnection server, ConversationOwner owner) {
    this.server = server;
    this.owner = owner;
    this.state = ServerState.of(server);
    server.listener(this);
  }

  public ShardId shard() {
    return server.shard();
  }

  public ServerConnection server() {
    return server;
  }

  public ServerState state() {
    return state;
  }

  /// Whether the server said everything it has to say.
  public boolean isQuiet() {
    return due.isEmpty();
  }

  /// When the server began with what it is at: the same number until it has answered; 0 when it is at rest.
  public long runningSinceNanos() {
    return due.isEmpty() ? 0 : askedNanos;
  }

  /// What runs is going to be cancelled for a reason that its client is to hear instead of "canceling statement due to user request".
  public void tellInsteadOfCancel(ErrorFields why) {
    insteadOfCancel = why;
  }

  /// Whether the connection is gone.
  public boolean isLost() {
    return lost;
  }

  /// Whether messages of the extended protocol were sent and no Sync since.
  public boolean needsSync() {
    return unsynced;
  }

  /// Whether an error was met and the server skips everything up to the next Sync.
  public boolean isSkipping() {
    return skippingToSync;
  }

  /// Whether a transaction block was begun here and not ended.
  public boolean inBlock() {
    return inBlock;
  }

  public void inBlock(boolean value) {
    inBlock = value;
  }

  /// Whether a statement ran here, since the block began, that was not proven to read.
  public boolean wrote() {
    return wrote;
  }

  public void wrote(boolean value) {
    wrote = value;
  }

  /// The status of the last ReadyForQuery.
  public byte transactionStatus() {
    return server.transactionStatus();
  }

  /// The buffer to append whole messages to; they go out with the next [#flush]. Announce each reply they bring.
  public ByteBuf stage() {
    ByteBuf current = stage;
    if (current == null) {
      current = server.alloc().ioBuffer(512);
      stage = current;
    }
    return current;
  }

  /// Expects one more reply, for a message that was just staged. Behind an error it is none, before the Sync that is still to be sent.
  public void announce(Reply reply) {
    boolean ready = reply.until() == Reply.Until.READY;
    if (skippingToSync && due.isEmpty() && !ready) {
      reply.ended(this, Reply.Outcome.SKIPPED);
      return;
    }
    if (due.isEmpty()) {
      askedNanos = System.nanoTime();
    }
    due.add(reply);
    if (ready) {
      stagedReadies++;
    }
    unsynced = !ready;
  }

  /// Sends bytes behind what is staged without copying them: a long statement, CopyData. Borrowed; a reference is kept until
  /// they are written. Announce the reply, if they bring one, before.
  public void sendRetained(ByteBuf messages) {
    if (messages.readableBytes() <= COPY_BYTES) {
      stage().writeBytes(messages, messages.readerIndex(), messages.readableBytes());
      return;
    }
    handOver();
    server.write(messages.retainedSlice(), stagedReadies);
    stagedReadies = 0;
    unflushed = true;
  }

  /// Sends a Sync.
  public void sync(Reply reply) {
    FrontendWriter.sync(stage());
    announce(reply);
  }

  /// Sends SQL as one simple Query.
  public void query(byte[] sql, Reply reply) {
    FrontendWriter.query(stage(), sql);
    state.unnamed().taken(); // a Query ends it
    announce(reply);
  }

  /// Asks on the proxy's own behalf: the client hears nothing of it. Flushes. The answer comes on the event loop.
  public CompletableFuture<Answer> ask(String sql) {
    CompletableFuture<Answer> answer = askAhead(sql);
    flush();
    return answer;
  }

  /// Has the server read a statement, and run nothing of it.
  ///
  /// @param charset of the text, and of an error
  public CompletableFuture<Answer> parse(byte[] sql, Charset charset) {
    AnswerReply reply = new AnswerReply(null, charset);
    FrontendWriter.parse(stage(), "", sql, new int[0]);
    state.unnamed().taken();
    sync(reply);
    return reply.answer();
  }

  /// Asks on the user's behalf (COMMIT, ROLLBACK): notices and settings that change are passed on to the client. Flushes.
  public CompletableFuture<Answer> askAloud(String sql) {
    AnswerReply reply = new AnswerReply(owner, StandardCharsets.UTF_8);
    query(sql.getBytes(StandardCharsets.UTF_8), reply);
    flush();
    return reply.answer();
  }

  /// Sends SQL ahead of the user's statement without waiting. Does not flush.
  public CompletableFuture<Answer> askAhead(String sql) {
    AnswerReply reply = new AnswerReply(null, StandardCharsets.UTF_8);
    query(sql.getBytes(StandardCharsets.UTF_8), reply);
    return reply.answer();
  }

  /// Sends what was written since the last flush.
  public void flush() {
    handOver();
    if (unflushed) {
      unflushed = false;
      server.flush();
    }
  }

  private void handOver() {
    ByteBuf current = stage;
    if (current != null && current.isReadable()) {
      stage = null;
      server.write(current, stagedReadies);
      stagedReadies = 0;
      unflushed = true;
    }
  }

  /// Gives the connection back. The conversation is over.
  public void release(ReleaseState how) {
    if (!lost) {
      lost = true;
      dropStage();
      owner.poolReturn(server, how);
    }
  }

  private void dropStage() {
    ByteBuf current = stage;
    stage = null;
    if (current != null) {
      current.release();
    }
  }

  @Override
  public void onFrame(byte type, ByteBuf frame) {
    switch (type) {
      case 'S' -> parameterChanged(frame);
      case 'A' -> owner.notification(this, frame);
      case 'N' -> notice(frame);
      default -> answer(type, frame);
    }
  }

  private void answer(byte type, ByteBuf frame) {
    Reply head = due.peek();
    if (head == null) {
      if (type == 'E') {
        return; // FATAL on its way to onClosed
      }
      throw new IllegalStateException("message \"" + (char) type + "\" from shard " + shard() + " answers nothing");
    }
    if (type == 'E') {
      if (!isFatal(frame)) {
        errorOrInstead(head, frame);
      } // else it is told with the shard's name when the server has closed
      return;
    }
    if (head.until().endsWith(type)) {
      due.poll();
      if (type == 'Z') {
        skippingToSync = false;
        insteadOfCancel = null;
        long now = System.nanoTime();
        owner.answered(this, now - askedNanos);
        askedNanos = now;
      }
      Reply.Outcome outcome = head.takeFailed() ? Reply.Outcome.FAILED : Reply.Outcome.DONE;
      head.frame(this, type, frame);
      head.ended(this, outcome);
    } else {
      head.frame(this, type, frame);
    }
  }

  private static boolean isFatal(ByteBuf frame) {
    String severity = ErrorFields.read(frame.slice()).severity();
    return severity.equals("FATAL") || severity.equals("PANIC");
  }

  private void errorOrInstead(Reply head, ByteBuf frame) {
    ErrorFields instead = insteadOfCancel;
    if (instead == null || !ErrorFields.read(frame.slice()).code().equals(SqlState.QUERY_CANCELED.code())) {
      error(head, frame);
      return;
    }
    ByteBuf told = server.alloc().buffer();
    try {
      BackendWriter.errorResponse(told, instead);
      error(head, told);
    } finally {
      told.release();
    }
  }

  private void error(Reply head, ByteBuf frame) {
    head.frame(this, (byte) 'E', frame);
    if (head.until() == Reply.Until.READY) {
      head.markFailed();
      return;
    }
    due.poll();
    skippingToSync = true;
    head.ended(this, Reply.Outcome.FAILED);
    Reply next = due.peek();
    while (next != null && next.until() != Reply.Until.READY) {
      due.poll();
      next.ended(this, Reply.Outcome.SKIPPED);
      next = due.peek();
    }
  }

  private void parameterChanged(ByteBuf frame) {
    int at = frame.readerIndex() + 5;
    int end = frame.indexOf(at, frame.writerIndex(), (byte) 0);
    String name = frame.toString(at, end - at, StandardCharsets.UTF_8);
    int valueEnd = frame.indexOf(end + 1, frame.writerIndex(), (byte) 0);
    String value = frame.toString(end + 1, valueEnd - end - 1, StandardCharsets.UTF_8);
    Reply head = due.peek();
    if (head == null || !head.isSilent()) {
      owner.parameterChanged(name, value);
    }
  }

  private void notice(ByteBuf frame) {
    Reply head = due.peek();
    if (head != null) {
      head.frame(this, (byte) 'N', frame);
    }
  }

  @Override
  public void onRun(ByteBuf run, int startedFrames) {
    Reply head = due.peek();
    if (head == null) {
      throw new IllegalStateException("rows from shard " + shard() + " answer nothing");
    }
    trackRun(run);
    head.run(this, run);
  }

  /// Bytes at the end of the last run that belong to a message whose rest has not come.
  public int unfinishedRunBytes() {
    return unfinishedRunBytes;
  }

  /// The last run's end, found from its front: cheap, as a run holds few headers that cross its border.
  private void trackRun(ByteBuf run) {
    int last = run.readerIndex();
    int at = last + runBytesDue;
    int end = run.writerIndex();
    while (at < end) {
      last = at;
      at += 1 + run.getInt(at + 1);
    }
    runBytesDue = at - end;
    unfinishedRunBytes = runBytesDue == 0 ? 0 : end - last;
  }

  @Override
  public void onReadComplete() {
    owner.readComplete(this);
  }

  @Override
  public void onWritable(boolean writable) {
    owner.serverWritable(this, writable);
  }

  @Override
  public void onClosed(Throwable cause, @Nullable ErrorFields fatal) {
    if (lost) {
      return;
    }
    lost = true;
    dropStage();
    owner.serverLost(this, cause, fatal);
    while (!due.isEmpty()) {
      due.poll().ended(this, Reply.Outcome.LOST);
    }
  }
}
