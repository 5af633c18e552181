package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import io.shardgate.router.Split;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The rows of an INSERT's query, fetched from a portal in batches, in text. Confined to its channel's event loop.
///
///     NEW → OPEN [first fetch] → OVER [CommandComplete]
///
/// The portal lives as long as the transaction, which the session has opened.
final class SourceRows {
  static final String PORTAL = "sg-source";
  private static final int ROW_BYTES_MAX = (1 << 30) - 1;

  private final Participant participant;
  private final Execution execution;
  private final ExecutionPort port;
  private final Split.Piece query;
  private boolean opened;
  private boolean over;
  private long batchBytes;

  /// @param query the text, and which of the client's parameters it takes
  SourceRows(Participant participant, Execution execution, ExecutionPort port, Split.Piece query) {
    this.participant = participant;
    this.execution = execution;
    this.port = port;
    this.query = query;
  }

  /// Whether the last batch was the last.
  boolean isOver() {
    return over;
  }

  /// The size of the last batch.
  long batchBytes() {
    return batchBytes;
  }

  /// The next rows; null is NULL.
  CompletableFuture<List<List<byte @Nullable []>>> fetch(int rows) {
    Conversation conversation = participant.conversation();
    ByteBuf out = conversation.stage();
    if (!opened) {
      opened = true;
      conversation.wrote(true);
      open(conversation, out);
    }
    batchBytes = 0;
    Batch batch = new Batch();
    FrontendWriter.execute(out, PORTAL, rows);
    FrontendWriter.sync(out);
    conversation.announce(batch);
    conversation.flush();
    return batch.tag().thenApply(_ -> batch.rows);
  }

  private void open(Conversation conversation, ByteBuf out) {
    Bindings bindings = execution.bindings();
    OidTranslation fromHome = port.oids().fromHome(conversation.shard());
    int[] numbers = query.parameters();
    int[] types = new int[numbers.length];
    int[] formats = new int[numbers.length];
    List<byte @Nullable []> parameters = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      int old = numbers[i] - 1;
      types[i] = bindings.typeOid(old) == 0 ? 0 : fromHome.type(bindings.typeOid(old));
      formats[i] = bindings.binary(old) ? 1 : 0;
      parameters.add(bindings.value(old));
    }
    conversation.state().unnamed().taken();
    FrontendWriter.closePortal(out, PORTAL);
    FrontendWriter.parse(out, "", query.text(), types);
    FrontendWriter.bind(out, PORTAL, "", formats, parameters, new int[0]);
  }

  /// One batch. Confined to its conversation's event loop.
  private final class Batch extends ShardCall {
    private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
    private final List<List<byte @Nullable []>> rows = new ArrayList<>();

    Batch() {
      super(SourceRows.this.port);
    }

    @Override
    protected void frame(Conversation conversation, byte type, ByteBuf frame) {
      if (type == 'C') {
        over = true;
      }
      super.frame(conversation, type, frame);
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      cutter.cut(run, (_, frame) -> {
        batchBytes += frame.readableBytes();
        rows.add(row(frame));
      });
    }

    private List<byte @Nullable []> row(ByteBuf frame) {
      frame.skipBytes(5);
      int columns = frame.readUnsignedShort();
      List<byte @Nullable []> row = new ArrayList<>(columns);
      for (int i = 0; i < columns; i++) {
        int length = frame.readInt();
        byte[] value = length < 0 ? null : new byte[length];
        if (value != null) {
          frame.readBytes(value);
        }
        row.add(value);
      }
      return row;
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      return PieceError.inUsersText(fields, query, execution);
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      cutter.release();
      super.ended(conversation, outcome);
    }
  }
}
