package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.relay.Conversation;

/// The reply to an Execute: rows, with type numbers inside them translated where that is needed. Confined to its conversation's event loop.
final class ExecuteReply extends RelayReply {
  private final ClientSession session;
  private final PortalRows rows;

  ExecuteReply(ClientSession session, PortalRows rows, End end) {
    super(session, Until.EXECUTED, 0, end);
    this.session = session;
    this.rows = rows;
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {
    session.rows().translation(rows.translation());
    super.run(conversation, run);
  }
}
