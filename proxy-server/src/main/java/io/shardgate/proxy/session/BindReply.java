package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;

/// The reply to a Bind; knows which failures leave a portal behind. Confined to its conversation's event loop.
final class BindReply extends RelayReply {
  /// Is told how it ended; the error, if any, was passed on already.
  interface BindEnd {
    /// @param shell whether the server has an empty portal of that name now
    void ended(Conversation conversation, Outcome outcome, boolean shell);
  }

  private final BindEnd bindEnd;
  private boolean shell;

  BindReply(ClientSession session, BindEnd end) {
    super(session, Reply.Until.BOUND, 0, null);
    this.bindEnd = end;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    if (type == 'E') {
      String state = Relays.sqlState(frame);
      // PostgreSQL counts parameters and looks for the name before it makes the portal.
      shell = !state.equals(SqlState.PROTOCOL_VIOLATION.code()) && !state.equals(SqlState.DUPLICATE_CURSOR.code());
    }
    super.frame(conversation, type, frame);
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    super.ended(conversation, outcome);
    bindEnd.ended(conversation, outcome, shell && outcome == Outcome.FAILED);
  }
}
