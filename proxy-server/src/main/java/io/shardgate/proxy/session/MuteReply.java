package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;

/// A reply that nobody hears of, not even of its error. Confined to its conversation's event loop.
final class MuteReply extends Reply {
  MuteReply(Until until) {
    super(until);
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {}

  @Override
  protected void run(Conversation conversation, ByteBuf run) {}

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {}

  @Override
  protected boolean isSilent() {
    return true;
  }
}
