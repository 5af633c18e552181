package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import java.util.function.Consumer;

/// A reply to a message of the proxy's own, of which the client hears nothing but an error. Confined to its conversation's event loop.
class SilentReply extends Reply {
  private final ClientSession session;
  private final int charsBefore;
  private final Consumer<Outcome> end;
  private final boolean isSync;

  SilentReply(ClientSession session, Until until, int charsBefore, Consumer<Outcome> end) {
    super(until);
    this.session = session;
    this.charsBefore = charsBefore;
    this.end = end;
    this.isSync = until == Until.READY;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    if (type == 'E') {
      session.relayError(conversation, frame, charsBefore);
    }
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {}

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    end.accept(outcome);
  }

  /// A Sync is the client's: what changed up to it is for the client. Everything else is the proxy's own making.
  @Override
  protected boolean isSilent() {
    return !isSync;
  }
}
