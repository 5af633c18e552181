package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One batch of the extended protocol, from one Sync to the next: the shard that its messages go to, what it executed, how it ends.
/// Confined to its channel's event loop.
///
///     READING  → SKIPPING [skip, ended]   an error: everything up to Sync is dropped
///     any      → READING  [endBatch]
final class Batch {
  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);
  private static final String BEGIN_NAME = "sg-begin";

  /// A residue and where it was left.
  private record Left(Participant participant, Residue residue) {}

  private final ClientSession session;
  private final TransactionBlock block;
  private final ClientNames names;
  private final ServerStatements servers;
  private final List<Left> left = new ArrayList<>();
  private final RelayReply.End end = this::ended;
  private @Nullable Participant current;
  private boolean executed;
  private boolean skipping;
  private boolean poisoned;

  Batch(ClientSession session, ClientNames names, ServerStatements servers) {
    this.session = session;
    this.block = session.block();
    this.names = names;
    this.servers = servers;
  }

  /// Where its messages go now.
  @Nullable Participant current() {
    return current;
  }

  /// Whether something was executed that Sync commits.
  boolean hasExecuted() {
    return executed;
  }

  void executed(boolean value) {
    executed = value;
  }

  boolean isSkipping() {
    return skipping;
  }

  /// Fails where an error was told already.
  void requireGoingOn() {
    if (skipping) {
      throw AlreadyToldException.INSTANCE;
    }
  }

  /// The client was told an error: what comes before Sync is dropped.
  void skip() {
    skipping = true;
  }

  /// The error was not its shard's own: no server rolls back by itself what the batch has done.
  void poison() {
    poisoned = executed && !block.isOpen();
  }

  /// Notes what an Execute may leave behind.
  void left(Participant participant, Residue residue) {
    left.add(new Left(participant, residue));
  }

  /// Whether a setting went back to what the server takes for its default: what the startup packet said has to be put in its place before
  /// anything else is bound.
  boolean hasLeftReset() {
    for (Left one : left) {
      if (one.residue().reset() || one.residue().resetAll()) {
        return true;
      }
    }
    return false;
  }

  /// Whether a setting was changed that was not read back yet, and decides how a statement is read.
  boolean hasLeftSettingOf(ClientStatement statement) {
    if (left.isEmpty() || current == null || !statement.settingsMatter()) {
      return false;
    }
    for (Left one : left) {
      if (!one.residue().settings().isEmpty() || one.residue().resetAll()) {
        return true;
      }
    }
    return false;
  }

  /// Whether what was executed may have changed settings that were not read back yet.
  boolean hasLeft() {
    return !left.isEmpty();
  }

  /// What `SET` set for the session has to be read back before `SET LOCAL` hides it.
  CompletableFuture<@Nullable Void> settledBefore(Residue residue) {
    boolean hides =
        residue.local()
            && left.stream().anyMatch(
                one -> !one.residue().local() && !Collections.disjoint(one.residue().settings(), residue.settings()));
    return hides ? leaveCurrent() : DONE;
  }

  /// Looks at what stays even of a statement that failed.
  void evenIfFailed() {
    if (!left.isEmpty()) {
      left.forEach(one -> session.aftermath().evenIfFailed(one.residue()));
    }
  }

  /// The participant for the next messages where nobody has to be waited for; null otherwise: [#target] then. Hot path.
  @Nullable Participant targetNow(ShardId shard) {
    Participant now = current;
    if (now != null) {
      return !now.conversation().isLost() && now.shard().equals(shard) && block.isCurrent(now) ? now : null;
    }
    if (executed && !block.isOpen()) {
      return null;
    }
    Participant joined = session.joinNow(shard);
    current = joined;
    return joined;
  }

  /// Whether a portal is where the batch is.
  boolean isAt(ClientPortal.Remote remote) {
    return remote.participant() == current && !remote.participant().conversation().isLost();
  }

  /// The participant for the next messages; leaves the one before first.
  CompletableFuture<Participant> target(ShardId shard) {
    Participant now = current;
    if (now != null && now.conversation().isLost()) {
      current = null;
      now = null;
    }
    if (now != null && now.shard().equals(shard) && block.isCurrent(now)) {
      return CompletableFuture.completedFuture(now);
    }
    if (now == null && executed && !block.isOpen() && session.pipelinesAreBlocks()) {
      block.beginImplicit(); // what the proxy carried out itself was the beginning of it
    }
    CompletableFuture<@Nullable Void> free = now == null ? DONE : leave(now);
    return free.thenCompose(_ -> session.join(shard))
        .thenApply(
            participant -> {
              current = participant;
              return participant;
            });
  }

  CompletableFuture<Participant> targetOf(ClientPortal.Remote remote) {
    if (isAt(remote)) {
      return CompletableFuture.completedFuture(remote.participant());
    }
    if (block.participant(remote.participant().shard()) != remote.participant()) {
      throw ClientNames.noPortal(remote.name());
    }
    return target(remote.participant().shard());
  }

  CompletableFuture<@Nullable Void> leaveCurrent() {
    Participant now = current;
    return now == null ? DONE : leave(now);
  }

  /// Waits for all replies of a participant and ends its pipeline, so that the batch can go on elsewhere. What it executed outside
  /// of a block becomes the beginning of one.
  private CompletableFuture<@Nullable Void> leave(Participant participant) {
    Conversation conversation = participant.conversation();
    current = null;
    if (!conversation.needsSync()) {
      return settleLeft();
    }
    if (!block.isOpen() && (executed || names.hasPortalOn(participant))) {
      beginBehind(participant);
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    conversation.sync(new SilentReply(session, Reply.Until.READY, 0, _ -> {
      if (skipping) {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      } else {
        done.complete(null);
      }
    }));
    conversation.flush();
    return done.thenCompose(_ -> settleLeft());
  }

  CompletableFuture<@Nullable Void> drainFor(boolean needed) {
    Participant now = current;
    return needed && now != null ? leave(now) : DONE;
  }

  /// BEGIN in the pipeline keeps what was done before it (PostgreSQL docs, "Pipelining").
  private void beginBehind(Participant participant) {
    Conversation conversation = participant.conversation();
    block.beginImplicit();
    block.adopt(participant); // ahead of the replies: where an error has come already, they end at once
    ByteBuf out = conversation.stage();
    FrontendWriter.parse(out, BEGIN_NAME, new byte[] {'B', 'E', 'G', 'I', 'N'}, new int[0]);
    FrontendWriter.bind(out, BEGIN_NAME, BEGIN_NAME, new int[0], List.of(), new int[0]);
    FrontendWriter.execute(out, BEGIN_NAME, 0);
    FrontendWriter.closeStatement(out, BEGIN_NAME);
    for (Reply.Until until : List.of(Reply.Until.PARSED, Reply.Until.BOUND, Reply.Until.EXECUTED, Reply.Until.CLOSED)) {
      conversation.announce(
          new SilentReply(session, until, 0, outcome -> {
            if (outcome != Reply.Outcome.DONE) {
              participant.ended(false); // an error before it: the server skips the BEGIN, and Sync rolls back
            }
          }));
    }
  }

  CompletableFuture<@Nullable Void> settleLeft() {
    List<Left> now = List.copyOf(left);
    left.clear();
    CompletableFuture<@Nullable Void> done = DONE;
    for (Left one : now) {
      done = done.thenCompose(_ -> session.aftermath().of(one.participant(), one.residue()));
    }
    return done;
  }

  /// Completes when the current participant has answered all it was sent, so that the client may be told something else.
  CompletableFuture<@Nullable Void> quiet() {
    Participant now = current;
    if (skipping) {
      return CompletableFuture.failedFuture(AlreadyToldException.INSTANCE); // while the caller waited for something else
    }
    if (now == null || now.conversation().isQuiet() || now.conversation().isLost()) {
      return DONE;
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    servers.mark(now.conversation(), new SilentReply(session, Reply.Until.CLOSED, 0, outcome -> {
      if (outcome == Reply.Outcome.DONE) {
        done.complete(null);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    FrontendWriter.flush(now.conversation().stage());
    now.conversation().flush();
    return done;
  }

  CompletableFuture<@Nullable Void> closeComplete() {
    return closeComplete(_ -> {});
  }

  /// @param closed is told whether the Close was read, and not passed over
  CompletableFuture<@Nullable Void> closeComplete(Consumer<Boolean> closed) {
    Participant now = current;
    if (now != null && !now.conversation().isQuiet()) {
      servers.mark(now.conversation(), closing(closed));
    } else {
      closed.accept(true);
      BackendWriter.closeComplete(session.output().stage());
    }
    return DONE;
  }

  void requireWorkingBlock() {
    ErrorFields forbidden = session.failedBlockError();
    if (forbidden != null) {
      throw new ServerErrorException(forbidden);
    }
  }

  /// What a Close brings.
  RelayReply closing(Consumer<Boolean> closed) {
    return new RelayReply(session, Reply.Until.CLOSED, 0, (conversation, outcome) -> {
      closed.accept(outcome == Reply.Outcome.DONE);
      ended(conversation, outcome);
    });
  }

  /// [#ended], for replies.
  RelayReply.End end() {
    return end;
  }

  void ended(Conversation conversation, Reply.Outcome outcome) {
    boolean told = outcome == Reply.Outcome.FAILED || (outcome == Reply.Outcome.LOST && !session.connections().isBeside(conversation));
    if (told) {
      Participant now = current;
      if (now != null && now.conversation() != conversation) {
        poison(); // that shard knows nothing of the error
      }
      skipping = true;
      names.dropPending();
    }
  }

  /// Sends the client's Sync.
  ///
  /// @param then told when it was answered, or the connection broke; at once when nobody needs one
  void syncCurrent(Consumer<Reply.Outcome> then) {
    Participant now = current;
    if (now == null || now.conversation().isLost() || !now.conversation().needsSync()) {
      then.accept(Reply.Outcome.DONE);
      return;
    }
    Conversation conversation = now.conversation();
    if (poisoned) {
      // The client was told that its batch failed: what the shard did of it must not be committed by Sync.
      FrontendWriter.execute(conversation.stage(), BEGIN_NAME, 0);
      conversation.announce(new MuteReply(Reply.Until.EXECUTED));
    }
    conversation.sync(new SilentReply(session, Reply.Until.READY, 0, then));
    conversation.flush();
  }

  /// Whether nothing is left to be done behind the Sync.
  boolean isOver() {
    return !skipping && left.isEmpty() && (!block.isOpen() ? !session.sessionView().hasOwn() : block.isExplicit());
  }

  CompletableFuture<@Nullable Void> endImplicit() {
    if (!block.isOpen() || block.isExplicit()) {
      return skipping || block.isOpen() || !session.sessionView().hasOwn() ? DONE : session.aftermath().transactionEnded(true);
    }
    CompletableFuture<TransactionBlock.End> ending = skipping ? block.rollback() : block.commit();
    return ending.thenCompose(
        ended -> {
          session.local().tell(ended);
          return session.aftermath().transactionEnded(ended.tag().equals("COMMIT"));
        });
  }

  void endBatch() {
    skipping = false;
    executed = false;
    poisoned = false;
    current = null;
    left.clear();
    names.batchEnded();
    if (!block.isOpen()) {
      names.clearPortals();
    }
  }
}
