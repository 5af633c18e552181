package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.PieceError;
import io.shardgate.proxy.execute.PieceMessages;
import io.shardgate.proxy.execute.ShardCall;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.router.Gathered;
import io.shardgate.router.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// EXPLAIN of a query over several shards: the home shard's plan of what it finishes, and under it each shard's plan of what it sends.
/// Confined to its channel's event loop.
///
/// With ANALYZE rows are gathered as for the query itself, and each shard then runs its part once more, for its plan. Without, nothing is sent, and the home shard plans for no rows.
final class ExplainRun {
  private final GatherRun gathering;
  private final Execution execution;
  private final ExecutionPort port;
  private final byte[] explain;
  private final boolean analyze;
  private final List<String> lines = new ArrayList<>();

  ExplainRun(GatherRun gathering, Execution execution, ExecutionPort port, byte[] explain, boolean analyze) {
    this.gathering = gathering;
    this.execution = execution;
    this.port = port;
    this.explain = explain;
    this.analyze = analyze;
  }

  CompletableFuture<List<String>> run() {
    return gathering.run().thenCompose(this::finisher).thenCompose(_ -> leaf(0)).thenApply(_ -> lines);
  }

  private CompletableFuture<String> finisher(GatheredQuery query) {
    Conversation home = query.home().conversation();
    Lines call = new Lines("", null);
    query.bind(home, "", new short[0]);
    FrontendWriter.execute(home.stage(), "", 0);
    GatheredQuery.closeStatement(home);
    FrontendWriter.sync(home.stage());
    home.announce(call);
    home.flush();
    return call.tag().whenComplete((_, _) -> query.close());
  }

  private CompletableFuture<String> leaf(int index) {
    List<Gathered.Leaf> leaves = gathering.leaves();
    if (index == leaves.size()) {
      return CompletableFuture.completedFuture("");
    }
    Split.Piece piece = leaves.get(index).piece();
    LeafCall sent = gathering.call(piece.shard());
    lines.add("Gathered from shard " + piece.shard() + (analyze && sent != null ? ": " + sent.rowCount() + " rows, " + sent.byteCount() + " bytes" : ""));
    Split.Piece explained = explained(piece);
    Lines call = new Lines("  ", explained);
    Conversation conversation = gathering.participant(piece.shard()).conversation();
    PieceMessages.write(conversation, explained, new Execution(execution.lexed(), execution.bindings(), new short[0], false, execution.terms(), execution.charsBefore()), port, false);
    conversation.announce(call);
    conversation.flush();
    return call.tag().thenCompose(_ -> leaf(index + 1));
  }

  private Split.Piece explained(Split.Piece piece) {
    byte[] text = Arrays.copyOf(explain, explain.length + piece.text().length);
    System.arraycopy(piece.text(), 0, text, explain.length, piece.text().length);
    int[] origins = piece.origins().clone();
    for (int i = 0; i < origins.length; i += 3) {
      origins[i] += explain.length;
    }
    return new Split.Piece(piece.shard(), text, piece.rows(), piece.parameters(), origins);
  }

  /// The lines of one plan. Confined to its conversation's event loop.
  private final class Lines extends ShardCall {
    private static final int LINE_BYTES_MAX = 1 << 26;
    private static final int ROW_HEADER_BYTES = 7;

    private final String indent;
    private final Split.@Nullable Piece piece;
    private final RunCutter cutter = new RunCutter(LINE_BYTES_MAX);

    Lines(String indent, Split.@Nullable Piece piece) {
      super(port);
      this.indent = indent;
      this.piece = piece;
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      cutter.cut(run, (_, frame) -> {
        frame.skipBytes(ROW_HEADER_BYTES);
        int length = frame.readInt();
        lines.add(indent + frame.toString(frame.readerIndex(), length, port.output().charset()));
      });
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      Split.Piece known = piece;
      return known == null ? fields.without(ErrorFields.POSITION) : PieceError.inUsersText(fields, known, execution);
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      cutter.release();
      super.ended(conversation, outcome);
    }
  }
}
