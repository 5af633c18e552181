package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import org.jspecify.annotations.Nullable;

/// A reply whose frames go to the client as they are. Confined to its conversation's event loop.
///
/// ReadyForQuery is never passed on: the session says it, when all is done.
class RelayReply extends Reply {
  /// Is told how it ended; the error, if any, was passed on already.
  interface End {
    void ended(Conversation conversation, Outcome outcome);
  }

  private final ClientSession session;
  private final @Nullable End end;
  private final int charsBefore;

  /// @param charsBefore characters of the client's text before this statement, to be added to error positions
  RelayReply(ClientSession session, Until until, int charsBefore, @Nullable End end) {
    super(until);
    this.session = session;
    this.charsBefore = charsBefore;
    this.end = end;
  }

  @Override
  protected void frame(Conversation conversation, byte type, ByteBuf frame) {
    switch (type) {
      case 'Z' -> {}
      case 'C' -> session.completion().relay(frame);
      case 'E' -> session.relayError(conversation, frame, charsBefore);
      case 'N' -> session.relayNotice(frame, charsBefore);
      case 'T' -> session.relayRowDescription(conversation, frame);
      case 't' -> session.relayParameterDescription(conversation, frame);
      case 'G', 'W' -> session.copyInBegan(conversation, frame);
      case 'H' -> session.relayCopyOut(conversation, frame);
      default -> session.output().retainBytes(frame);
    }
  }

  @Override
  protected void run(Conversation conversation, ByteBuf run) {
    session.relayRows(conversation, run, conversation.unfinishedRunBytes());
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    if (outcome == Outcome.LOST) {
      session.relayLost(conversation);
    }
    End told = end;
    if (told != null) {
      told.ended(conversation, outcome);
    }
  }
}
