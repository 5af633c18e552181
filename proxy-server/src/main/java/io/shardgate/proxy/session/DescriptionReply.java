package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import org.jspecify.annotations.Nullable;

/// The answer to Describe (statement): noted in the statement, in the home shard's numbers, and passed on if the client asked.
/// Confined to its conversation's event loop.
final class DescriptionReply extends SilentReply {
  private static final int HEADER_BYTES = 5;

  private final ClientSession session;
  private final ClientStatement statement;
  private final boolean tell;
  private final @Nullable Runnable described;
  private int[] parameters = new int[0];

  DescriptionReply(ClientSession session, ClientStatement statement, boolean tell, @Nullable Runnable described) {
    super(session, Until.DESCRIBED, 0, _ -> {});
    this.session = session;
    this.statement = statement;
    this.tell = tell;
    this.described = described;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    OidTranslation toHome = session.oids().toHome(conversation.shard());
    switch (type) {
      case 't' -> {
        toHome.parameterDescription(frame);
        parameters = new int[frame.getUnsignedShort(frame.readerIndex() + HEADER_BYTES)];
        for (int i = 0; i < parameters.length; i++) {
          parameters[i] = frame.getInt(frame.readerIndex() + HEADER_BYTES + 2 + 4 * i);
        }
      }
      case 'T' -> {
        if (!toHome.tryRowDescription(frame)) {
          session.sessionView().lookAgain();
          toHome.rowDescription(frame);
        }
        byte[] body = new byte[frame.readableBytes() - HEADER_BYTES];
        frame.getBytes(frame.readerIndex() + HEADER_BYTES, body);
        noted(RowRelay.shape(frame), body);
      }
      case 'n' -> noted(0, null);
      default -> super.frame(conversation, type, frame);
    }
    if (tell && type != 'E') {
      session.output().retainBytes(frame);
    }
  }

  private void noted(long columns, byte @Nullable [] body) {
    statement.described(parameters, columns, body);
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    Runnable next = described;
    if (outcome == Outcome.DONE && next != null) {
      next.run();
    }
  }
}
