package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.PieceError;
import io.shardgate.proxy.execute.PieceMessages;
import io.shardgate.proxy.execute.ShardCall;
import io.shardgate.proxy.pool.PreparedNames;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Split;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What one shard answers to a query that several answer. Confined to its conversation's event loop.
final class ScatterCall extends ShardCall {
  private final Split.Piece piece;
  private final Execution execution;
  private final Conversation conversation;
  private final StreamedRows rows;
  private final Consumer<Throwable> unfit;
  private @Nullable Preparing preparing;
  private boolean over;
  private boolean readFirst;

  /// A piece that is being prepared under a name.
  private record Preparing(PreparedNames names, PieceKey key, PreparedNames.Entry entry) {}

  /// @param unfit hears why this shard's rows can't be the others'
  ScatterCall(Split.Piece piece, Execution execution, ExecutionPort port, Conversation conversation, StreamedRows rows, Consumer<Throwable> unfit) {
    super(port);
    this.piece = piece;
    this.execution = execution;
    this.conversation = conversation;
    this.rows = rows;
    this.unfit = unfit;
  }

  /// Sends the query. Flushes.
  ///
  /// @param hidden how many columns of text come behind those that the client asked for
  /// @param conditioned whether the text has conditions of our own: then the shard reads the user's text before it reads this one, for its errors
  /// @param statement the key of the client's prepared statement, whose pieces stay prepared, too; null: there is none
  void send(int hidden, boolean conditioned, @Nullable Object statement) {
    PreparedNames names = conversation.server().prepared();
    int[] types = PieceMessages.types(execution.bindings(), port().oids().fromHome(conversation.shard()));
    PieceKey key = statement == null ? null : new PieceKey(statement, piece.text(), types);
    PreparedNames.Entry known = key == null ? null : names.find(key);
    boolean ready = known != null && known.ready();
    if (conditioned && !ready) {
      readFirst = true;
      FrontendWriter.parse(conversation.stage(), "", execution.lexed().toBytes(), types);
    }
    short[] formats = execution.resultFormats();
    short[] all = formats.length > 1 ? Arrays.copyOf(formats, formats.length + hidden) : formats;
    Execution own = new Execution(execution.lexed(), execution.bindings(), all, false, execution.terms(), execution.charsBefore());
    if (known != null && ready) {
      PieceMessages.write(conversation, piece, own, port(), known.name(), false, true);
    } else if (key != null && known == null) {
      prepare(names, key, own);
    } else {
      PieceMessages.write(conversation, piece, own, port(), true);
    }
    conversation.announce(this);
    conversation.flush();
  }

  private void prepare(PreparedNames names, PieceKey key, Execution own) {
    PreparedNames.Entry entry = names.begin(key);
    preparing = new Preparing(names, key, entry);
    for (PreparedNames.Entry old = names.leaving(); old != null; old = names.leaving()) {
      FrontendWriter.closeStatement(conversation.stage(), old.name());
    }
    PieceMessages.write(conversation, piece, own, port(), entry.name(), true, true);
  }

  Conversation conversation() {
    return conversation;
  }

  /// Whether the shard has sent all it has.
  boolean isOver() {
    return over;
  }

  /// Goes on, or stops, to read what the shard sends.
  void read(boolean reading) {
    if (!conversation.isLost()) {
      conversation.server().setAutoRead(reading);
    }
  }

  /// How many rows the shard said it sent.
  long sent() {
    return count(tag().getNow(""));
  }

  /// This shard's rows can't be the others'.
  void refuse(ServerErrorException why) {
    unfit.accept(why);
  }

  @Override
  protected void described(Conversation from, ByteBuf frame) {
    try {
      rows.described(this, frame);
    } catch (ServerErrorException why) {
      refuse(why);
    }
  }

  @Override
  protected void run(Conversation from, ByteBuf run) {
    rows.came(this, run, from.unfinishedRunBytes());
  }

  @Override
  protected void frame(Conversation from, byte type, ByteBuf frame) {
    if (type == '1') {
      parsed();
    }
    super.frame(from, type, frame);
  }

  private void parsed() {
    if (readFirst) {
      readFirst = false;
    } else if (preparing != null) {
      preparing.names.confirm(preparing.entry);
    }
  }

  @Override
  protected ErrorFields adapted(ErrorFields fields) {
    return readFirst ? fields.withPositionShiftedBy(execution.charsBefore()) : PieceError.inUsersText(fields, piece, execution);
  }

  @Override
  protected void ended(Conversation from, Outcome outcome) {
    over = true;
    if (preparing != null && !preparing.entry.ready()) {
      preparing.names.forget(preparing.key, preparing.entry);
    }
    super.ended(from, outcome);
    if (outcome == Outcome.DONE) {
      rows.ended(this);
    } else if (outcome == Outcome.LOST) {
      port().relayLost(from);
    }
  }
}
