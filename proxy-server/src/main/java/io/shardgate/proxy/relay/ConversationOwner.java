package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.pool.ServerConnection;
import org.jspecify.annotations.Nullable;

/// The session behind a conversation, as the conversation sees it. Called on the conversation's event loop.
public interface ConversationOwner {
  /// A setting's value as a statement of the user changed it.
  void parameterChanged(String name, String value);

  /// The shard has answered a Query or a batch up to Sync.
  void answered(Conversation conversation, long tookNanos);

  /// A NoticeResponse for the client. Borrowed frame.
  void notice(ByteBuf frame);

  /// NOTIFY for a channel that the session listens to. Borrowed frame.
  void notification(Conversation conversation, ByteBuf frame);

  /// The server's bytes of this turn were handed over: flush.
  void readComplete(Conversation conversation);

  /// The server takes bytes again, or not any more.
  void serverWritable(Conversation conversation, boolean writable);

  /// The connection broke; called before the replies that were due end as lost.
  void serverLost(Conversation conversation, Throwable cause, @Nullable ErrorFields fatal);

  /// Gives a connection back to the pool.
  void poolReturn(ServerConnection server, ReleaseState how);
}
