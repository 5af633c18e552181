package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.oid.OidMap;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.ClientOutput;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.RoutingView;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What an executor may ask of the session it works for. Confined to its channel's event loop; futures complete there.
public interface ExecutionPort {
  /// The shard's conversation, inside the open transaction if there is one, with the session's settings in force. Fails with a
  /// [io.shardgate.proxy.relay.ServerErrorException] that the client is to see.
  CompletableFuture<Participant> join(ShardId shard);

  /// Fails as [#join] would for a second shard where the transaction's isolation level forbids one: to be asked before the client is told anything of the
  /// first one's answer.
  CompletableFuture<Void> mayCross(Participant first);

  /// The session's transaction. An executor that writes on several shards finds one open, be it implicit.
  TransactionBlock block();

  /// The loop that everything of the session runs on: what was done on another thread comes back here.
  EventLoop eventLoop();

  /// The way to the client.
  ClientOutput output();

  /// What statements are planned against now.
  RoutingView view();

  /// The settings under which shards read the next statement's texts of dates and times; empty where that is not certain.
  Optional<TextSettings> textSettings();

  /// From here on these settings are sent to every shard that is joined, as if the client had set them: a server's own default may change.
  void fix(TextSettings settings);

  /// The type numbers of the shards.
  OidMap oids();

  /// The database the client is connected to.
  String database();

  /// Passes COPY data of a shard on as it is; stops reading from the shard while the client is slow. Borrowed.
  void relayCopyData(Conversation conversation, ByteBuf run);

  /// Passes one whole CopyData message on, and stops reading likewise. Borrowed.
  void relayCopyMessage(Conversation conversation, ByteBuf message);

  /// Rows that follow are of that shard, and these are their columns. Changes the RowDescription to the home shard's numbers; gives what has to be
  /// done to each row.
  RowTranslation describeRows(Conversation conversation, ByteBuf frame);

  /// Passes rows of the shard that was described last on; stops reading from it while the client is slow. Borrowed.
  ///
  /// @param unfinishedBytes at the end, of a row whose rest has not come
  void relayRows(Conversation conversation, ByteBuf run, int unfinishedBytes);

  /// Rows wait for the client from here on: who is told when it takes bytes again; null: none do any more.
  void streaming(@Nullable RowStream stream);

  /// A shard was lost in the middle of what was passed on: if a message was cut in two, the client can't be told anything any more.
  void relayLost(Conversation conversation);

  /// Whether the open transaction changed the catalog: what it sees there, nobody else does.
  boolean changedCatalog();

  /// The number that the client was given when it connected.
  int processId();

  /// The role that a client of this proxy logged in as; empty when the number is no client's.
  Optional<String> roleOf(int processId);

  /// Cancels what a client of this proxy runs, or ends its session.
  ///
  /// @param timeoutMillis how long the end is waited for; 0: not at all
  /// @param sinceNanos when the statement that asks for it began, by [System#nanoTime]
  /// @return whether the client got it, and was gone in time; fails when the statement was cancelled or its time was over
  CompletableFuture<Boolean> signal(int processId, boolean terminate, int timeoutMillis, long sinceNanos);

  /// Passes a shard's notice on, its position shifted. Borrowed frame.
  void relayNotice(ByteBuf frame, int charsBefore);

  /// Answers CopyInResponse and hands the client's COPY stream to the sink, until it ends. The future completes when the sink's
  /// [CopySink#done] has, or fails when the client sent CopyFail or the sink failed; the client's stream is then skipped.
  ///
  /// @param format 0 text or csv, 1 binary
  /// @param columns number of columns in the stream
  CompletableFuture<Void> copyIn(int format, int columns, CopySink sink);
}
