package io.shardgate.pgwire.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.SqlState;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Writes down what a splitter hands over, so that two ways of cutting the same bytes can be compared.
class RecordingSplitter extends FrameSplitter {
  private final String streamed;

  /// What came, in order: `frame <hex>`, one `run <number of frames> <hex>` for all runs without a frame between them.
  private final List<String> events = new ArrayList<>();

  private final ByteArrayOutputStream run = new ByteArrayOutputStream();
  private int runFrames;
  private int longestRun;
  private int readCompletes;

  /// Called after each callback.
  private Consumer<ChannelHandlerContext> afterEach = _ -> {};

  /// Called when a read is complete.
  private Consumer<ChannelHandlerContext> onComplete = _ -> {};

  RecordingSplitter(Sender sender, String streamed) {
    super(sender);
    this.streamed = streamed;
  }

  RecordingSplitter afterEach(Consumer<ChannelHandlerContext> action) {
    afterEach = action;
    return this;
  }

  RecordingSplitter onComplete(Consumer<ChannelHandlerContext> action) {
    onComplete = action;
    return this;
  }

  List<String> events() {
    endRun();
    return List.copyOf(events);
  }

  int longestRun() {
    return longestRun;
  }

  int readCompletes() {
    return readCompletes;
  }

  void pauseNow() {
    pause();
  }

  void resumeNow(ChannelHandlerContext ctx) {
    resume(ctx);
  }

  int buffered() {
    return bufferedBytes();
  }

  int unfinished() {
    return unfinishedRunBytes();
  }

  @Override
  protected boolean streams(byte type) {
    return streamed.indexOf(type) >= 0;
  }

  @Override
  protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
    endRun();
    events.add("frame " + ByteBufUtil.hexDump(frame));
    frame.skipBytes(frame.readableBytes() / 2);
    afterEach.accept(ctx);
  }

  @Override
  protected void onRun(ChannelHandlerContext ctx, ByteBuf bytes, int startedFrames) {
    longestRun = Math.max(longestRun, bytes.readableBytes());
    runFrames += startedFrames;
    run.writeBytes(ByteBufUtil.getBytes(bytes));
    afterEach.accept(ctx);
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
    endRun();
    events.add("violation " + code.code() + " " + message);
    afterEach.accept(ctx);
  }

  @Override
  protected void onReadComplete(ChannelHandlerContext ctx) {
    readCompletes++;
    onComplete.accept(ctx);
  }

  private void endRun() {
    if (run.size() > 0) {
      events.add("run " + runFrames + " " + ByteBufUtil.hexDump(run.toByteArray()));
      run.reset();
      runFrames = 0;
    }
  }
}
