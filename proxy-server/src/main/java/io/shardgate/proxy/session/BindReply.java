package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import org.jspecify.annotations.Nullable;

/// The reply to a Bind; knows which failures leave a portal behind. Confined to its conversation's event loop.
final class BindReply extends RelayReply {
  /// Is told how it ended; the error, if any, was passed on already.
  interface BindEnd {
    /// @param made what the Bind was to make
    /// @param instead what has its name now if it failed
    void ended(Conversation conversation, Outcome outcome, ClientPortal.Remote made, @Nullable ClientPortal instead);
  }

  private final BindEnd bindEnd;
  private final ClientPortal.Remote made;
  private final @Nullable ClientPortal before;
  private boolean shell;

  /// @param before what had the portal's name
  BindReply(ClientSession session, ClientPortal.Remote made, @Nullable ClientPortal before, BindEnd end) {
    super(session, Reply.Until.BOUND, 0, null);
    this.bindEnd = end;
    this.made = made;
    this.before = before;
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
    bindEnd.ended(conversation, outcome, made, shell && outcome == Outcome.FAILED ? ClientPortal.Shell.INSTANCE : before);
  }
}
