package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import org.jspecify.annotations.Nullable;

/// The answer to Describe (portal): told if the client asked, and noted for the rows that follow. Confined to its conversation's event loop.
final class PortalDescription extends RelayReply {
  private final ClientSession session;
  private final @Nullable PortalRows rows;
  private final boolean tell;

  private PortalDescription(ClientSession session, @Nullable PortalRows rows, boolean tell, End end) {
    super(session, Until.DESCRIBED, 0, end);
    this.session = session;
    this.rows = rows;
    this.tell = tell;
  }

  /// Asks for it.
  static void ask(ClientSession session, Participant participant, String portal, @Nullable PortalRows rows, boolean tell, End end) {
    FrontendWriter.describePortal(participant.conversation().stage(), portal);
    participant.conversation().announce(new PortalDescription(session, rows, tell, end));
    if (rows != null) {
      rows.asked();
    }
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    if (tell || (type != 'T' && type != 'n')) {
      super.frame(conversation, type, frame);
    } else if (type == 'T') {
      session.rows().described(conversation, frame);
    }
    PortalRows wanted = rows;
    if (wanted != null && (type == 'T' || type == 'n')) {
      wanted.described(type == 'T' ? session.rows().translation() : RowTranslation.NONE);
    }
  }

  @Override
  protected boolean isSilent() {
    return !tell;
  }
}
