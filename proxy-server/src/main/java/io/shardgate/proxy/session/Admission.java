package io.shardgate.proxy.session;

import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.pool.CrossShardTickets;
import io.shardgate.proxy.pool.CrossShardTickets.Ticket;
import io.shardgate.proxy.pool.PendingAcquire;
import io.shardgate.proxy.pool.PoolException;
import io.shardgate.proxy.pool.ServerPools;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One session's way to a ticket for several shards, and when it goes back.
/// Confined to its channel's event loop.
///
/// A ticket is needed before the second shard. A transaction that waits for one there has locked rows already, which ticket holders may
/// need; so a session whose transactions used several shards lately asks before its next one touches anything.
final class Admission {

  /// So many transactions on one shard each, in a row, and the next is expected to be alike.
  private static final int ALIKE = 8;

  private final EventLoop loop;
  private final ServerPools pools;
  private final CrossShardTickets tickets;
  private final Set<Participant> underTicket = new HashSet<>();
  private int singlesInRow;
  private int joinedInBlock;
  private @Nullable Ticket ticket;
  private boolean letGo;
  private boolean acquiring;
  private PendingAcquire pending = PendingAcquire.ANSWERED;
  private @Nullable CompletableFuture<Void> asked;

  Admission(EventLoop loop, ServerPools pools) {
    this.loop = loop;
    this.pools = pools;
    this.tickets = pools.tickets();
    this.singlesInRow = tickets.crossingIsUsual() ? 0 : ALIKE;
  }

  /// Whether connections set apart may be used.
  boolean hasTicket() {
    return ticket != null;
  }

  /// Whether a connection may be asked for at once by a session that holds none.
  boolean isNotNeeded(boolean inTransaction) {
    return ticket == null && !(inTransaction && singlesInRow < ALIKE);
  }

  /// Done when a connection may be asked for. Several may wait for the same ticket.
  CompletableFuture<Void> before(ShardId shard, boolean holdsOthers, boolean inTransaction) {
    acquiring = true;
    boolean needed = holdsOthers || (inTransaction && singlesInRow < ALIKE);
    if (!needed || ticket != null || letGo || !tickets.areNeeded()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> answer = asked;
    if (answer != null) {
      return answer;
    }
    ticket = tickets.tryTake();
    return ticket == null ? ask(shard, holdsOthers) : CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Void> ask(ShardId shard, boolean holdsOthers) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    asked = answer;
    pending =
        tickets.ask(
            loop, shard, holdsOthers,
            new CrossShardTickets.Asker() {
              @Override
              public void onAdmitted(@Nullable Ticket given) {
                asked = null;
                ticket = given;
                letGo = given == null && holdsOthers;
                answer.complete(null);
              }

              @Override
              public void onRefused(PoolException why) {
                asked = null;
                answer.completeExceptionally(why);
              }
            });
    return answer;
  }

  void joined(Participant participant, boolean inTransaction) {
    if (ticket != null) {
      underTicket.add(participant);
    }
    if (inTransaction) {
      joinedInBlock++;
    }
  }

  /// The client cancels its statement: it no longer waits.
  void cancel() {
    CompletableFuture<Void> answer = withdraw();
    if (answer != null) {
      answer.completeExceptionally(
          new ServerErrorException(SqlState.QUERY_CANCELED, "canceling statement due to user request"));
    }
  }

  /// Waits no longer.
  ///
  /// @return what waited
  @Nullable CompletableFuture<Void> withdraw() {
    CompletableFuture<Void> answer = asked;
    if (answer == null || !pending.cancel()) {
      return null;
    }
    asked = null;
    return answer;
  }

  /// No transaction is open. A pinned connection that was acquired under the ticket keeps the ticket until it is counted among the common ones.
  void transactionEnded(Collection<Participant> kept) {
    learn();
    letGo = false;
    acquiring = false;
    if (!underTicket.isEmpty()) {
      underTicket.retainAll(kept);
      for (Participant participant : List.copyOf(underTicket)) {
        pools.keepBeyondTransaction(participant.conversation().server(), () -> counted(participant));
      }
    }
    giveBackUnused();
  }

  private void counted(Participant participant) {
    underTicket.remove(participant);
    if (!acquiring) {
      giveBackUnused();
    }
  }

  private void giveBackUnused() {
    Ticket held = ticket;
    if (held != null && underTicket.isEmpty()) {
      ticket = null;
      held.giveBack();
    }
  }

  private void learn() {
    if (joinedInBlock > 1) {
      singlesInRow = 0;
      tickets.crossingIsUsual(true);
    } else if (joinedInBlock == 1 && singlesInRow < ALIKE && ++singlesInRow == ALIKE) {
      tickets.crossingIsUsual(false);
    }
    joinedInBlock = 0;
  }
}
