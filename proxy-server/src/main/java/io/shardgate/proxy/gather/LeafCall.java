package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.PieceError;
import io.shardgate.proxy.execute.PieceMessages;
import io.shardgate.proxy.execute.ShardCall;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Gathered;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.PulledColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What one shard sends for a gathered query. Confined to its conversation's event loop.
final class LeafCall extends ShardCall {
  private static final int ROW_BYTES_MAX = (1 << 30) - 1;
  private static final int INT4_OID = 23;
  private static final short[] BINARY = {1};

  private final Gathered.Leaf leaf;
  private final boolean borrowsRights;
  private final Execution execution;
  private final GatheredRows rows;
  private final List<PulledColumn> columns = new ArrayList<>();
  private final int[] before;
  private final RowTranslation translation;
  private final Consumer<ServerErrorException> tooMuch;
  private final RunCutter cutter = new RunCutter(ROW_BYTES_MAX);
  private boolean unwanted;
  private long rowCount;
  private long byteCount;

  private LeafCall(
      Gathered.Leaf leaf, Gathering gathering, boolean borrowsRights, Execution execution, ExecutionPort port, Conversation conversation, GatheredRows rows,
      Consumer<ServerErrorException> tooMuch) {
    super(port);
    this.leaf = leaf;
    this.borrowsRights = borrowsRights;
    this.execution = execution;
    this.rows = rows;
    this.tooMuch = tooMuch;
    this.before = new int[leaf.pulls().size()];
    for (int i = 0; i < before.length; i++) {
      before[i] = columns.size();
      columns.addAll(gathering.pulls().get(leaf.pulls().get(i)).columns());
    }
    this.translation = translation(conversation);
  }

  /// Sends the shard's part. Flushes.
  ///
  /// @param borrowsRights whether one server would read some of it with the rights of another role
  /// @param tooMuch hears that no more rows may come; the call itself takes none from then on
  static LeafCall start(
      Gathered.Leaf leaf, Gathering gathering, boolean borrowsRights, Execution execution, ExecutionPort port, Conversation conversation, GatheredRows rows,
      Consumer<ServerErrorException> tooMuch) {
    LeafCall call = new LeafCall(leaf, gathering, borrowsRights, execution, port, conversation, rows, tooMuch);
    call.send(conversation);
    return call;
  }

  private RowTranslation translation(Conversation conversation) {
    OidTranslation fromHome = port().oids().fromHome(conversation.shard());
    int tag = isTagged() ? 1 : 0;
    int[] types = new int[columns.size() + tag];
    if (isTagged()) {
      types[0] = INT4_OID;
    }
    for (int i = 0; i < columns.size(); i++) {
      boolean text = columns.get(i).carried().form() == CarriedType.Form.TEXT;
      types[i + tag] = text ? GatheredRows.TEXT_OID : fromHome.type(columns.get(i).typeOid());
    }
    return port().oids().toHome(conversation.shard()).rows(types, BINARY);
  }

  private boolean isTagged() {
    return leaf.pulls().size() > 1;
  }

  private void send(Conversation conversation) {
    Execution binary = new Execution(execution.lexed(), execution.bindings(), BINARY, false, execution.terms(), execution.charsBefore());
    PieceMessages.write(conversation, leaf.piece(), binary, port(), false);
    conversation.announce(this);
    conversation.flush();
  }

  /// Takes no more rows: nobody wants them.
  void refuseRows() {
    unwanted = true;
    cutter.release();
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {
    if (unwanted) {
      return;
    }
    try {
      cutter.cutStretches(run, this::rows);
    } catch (ServerErrorException why) {
      refuseRows();
      tooMuch.accept(why);
    }
  }

  /// Whole rows, by one view that moves over them.
  private void rows(ByteBuf bytes, int from, int end) {
    ByteBuf row = bytes.duplicate();
    int at = from;
    while (at < end) {
      int next = at + 1 + bytes.getInt(at + 1);
      row(row.setIndex(at, next));
      at = next;
    }
  }

  private void row(ByteBuf frame) {
    if (unwanted) {
      return;
    }
    rowCount++;
    byteCount += frame.readableBytes();
    translation.dataRow(frame);
    frame.skipBytes(7);
    int place = 0;
    if (isTagged()) {
      int pull = frame.skipBytes(4).readInt();
      place = leaf.pulls().indexOf(pull);
    }
    for (int skipped = 0; skipped < before[place]; skipped++) {
      frame.skipBytes(4); // another reference's, and so NULL
    }
    rows.add(leaf.pulls().get(place), frame);
  }

  /// How many rows came.
  long rowCount() {
    return rowCount;
  }

  /// How many bytes their messages had.
  long byteCount() {
    return byteCount;
  }

  @Override
  protected ErrorFields adapted(ErrorFields fields) {
    return borrowsRights && fields.hasCode(SqlState.INSUFFICIENT_PRIVILEGE)
        ? ProxyRefusal.GATHER_DIFFERS.fields("a view is read with the rights of its owner, which the role itself has not")
        : PieceError.inUsersText(fields, leaf.piece(), execution);
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    cutter.release();
    super.ended(conversation, outcome);
  }
}
