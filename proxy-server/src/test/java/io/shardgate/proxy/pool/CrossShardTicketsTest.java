package io.shardgate.proxy.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CrossShardTicketsTest {
  private static final ShardId S1 = new ShardId("s1");

  private final EventLoop own = new DefaultEventLoop();
  private final EventLoop asking = new DefaultEventLoop();

  @AfterEach
  void stop() {
    own.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    asking.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private CrossShardTickets tickets(int maxConnections, Duration queueTimeout) {
    PoolSettings settings = new PoolSettings(
        maxConnections, 3, queueTimeout, Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofMinutes(10),
        Duration.ofSeconds(5), 100);
    return new CrossShardTickets(own, settings, PoolObserver.NONE);
  }

  private record Asked(PendingAcquire pending, CompletableFuture<CrossShardTickets.Ticket> answer) {}

  private Asked ask(CrossShardTickets tickets, boolean holdsOthers, Runnable whenAdmitted) {
    CompletableFuture<CrossShardTickets.Ticket> answer = new CompletableFuture<>();
    PendingAcquire pending = on(asking, () -> tickets.ask(asking, S1, holdsOthers, new CrossShardTickets.Asker() {
      @Override
      public void onAdmitted(CrossShardTickets.Ticket ticket) {
        whenAdmitted.run();
        answer.complete(ticket);
      }

      @Override
      public void onRefused(PoolException why) {
        answer.completeExceptionally(why);
      }
    }));
    return new Asked(pending, answer);
  }

  private Asked ask(CrossShardTickets tickets) {
    return ask(tickets, true, () -> {});
  }

  private static <T> T on(EventLoop loop, java.util.concurrent.Callable<T> action) {
    return loop.submit(action).syncUninterruptibly().getNow();
  }

  private static void settled(EventLoop... loops) {
    for (EventLoop loop : loops) {
      on(loop, () -> true);
    }
  }

  @Test
  void aQuarterOfTheConnectionsAndNoneBelowFour() {
    assertThat(tickets(3, Duration.ofSeconds(5)).areNeeded()).isFalse();
    CrossShardTickets of8 = tickets(8, Duration.ofSeconds(5));
    assertThat(of8.tryTake()).isNotNull();
    assertThat(of8.tryTake()).isNotNull();
    assertThat(of8.tryTake()).isNull();
  }

  @Test
  void aTicketGivenBackTwiceIsOneTicket() {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(5));
    CrossShardTickets.Ticket ticket = tickets.tryTake();
    ticket.giveBack();
    ticket.giveBack();
    assertThat(tickets.tryTake()).isNotNull();
    assertThat(tickets.tryTake()).isNull();
  }

  @Test
  void whoHoldsConnectionsGoesFirstAndElseWhoCameFirst() throws InterruptedException {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(20));
    CrossShardTickets.Ticket held = tickets.tryTake();
    BlockingQueue<String> order = new LinkedBlockingQueue<>();
    List<Asked> all = new ArrayList<>();
    all.add(ask(tickets, false, () -> order.add("starts")));
    all.add(ask(tickets, true, () -> order.add("holds, first")));
    all.add(ask(tickets, true, () -> order.add("holds, second")));
    assertThat(tickets.tryTake()).as("nobody overtakes").isNull();
    settled(own); // all of them are in the line
    held.giveBack();
    all.forEach(asked -> asked.answer().thenAccept(ticket -> {
      if (ticket != null) {
        ticket.giveBack();
      }
    }));
    assertThat(List.of(order.take(), order.take(), order.take())).containsExactly("holds, first", "holds, second", "starts");
  }

  @Test
  void whoCancelsHearsNothingAndTheTicketGoesToTheNext() {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(20));
    CrossShardTickets.Ticket held = tickets.tryTake();
    Asked cancelled = ask(tickets);
    Asked next = ask(tickets);
    assertThat(on(asking, cancelled.pending()::cancel)).isTrue();
    assertThat(on(asking, cancelled.pending()::cancel)).as("again").isFalse();
    held.giveBack();
    Borrower.get(next.answer()).giveBack();
    assertThat(cancelled.answer()).isNotDone();
    settled(own, asking);
    assertThat(tickets.tryTake()).as("all are back").isNotNull();
  }

  /// The ticket is on its way to the asker's loop, which is busy cancelling.
  @Test
  void aTicketThatMeetsItsAskersCancelGoesBack() {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(20));
    CrossShardTickets.Ticket held = tickets.tryTake();
    Asked asked = ask(tickets);
    settled(own);
    boolean cancelled = on(asking, () -> {
      held.giveBack();
      settled(own);
      return asked.pending().cancel();
    });
    assertThat(cancelled).isTrue();
    settled(asking, own);
    assertThat(asked.answer()).isNotDone();
    assertThat(tickets.tryTake()).isNotNull();
  }

  @Test
  void whoWaitsTooLongOrIsOneTooManyIsRefused() {
    CrossShardTickets tickets = tickets(4, Duration.ofMillis(100));
    tickets.tryTake();
    List<Asked> three = List.of(ask(tickets), ask(tickets), ask(tickets));
    PoolException full = Borrower.refusal(ask(tickets).answer());
    assertThat(full.reason()).isEqualTo(PoolException.Reason.QUEUE_FULL);
    assertThat(full.sqlState()).isEqualTo(SqlState.TOO_MANY_CONNECTIONS);
    three.forEach(asked -> {
      PoolException late = Borrower.refusal(asked.answer());
      assertThat(late.reason()).isEqualTo(PoolException.Reason.QUEUE_TIMEOUT);
      assertThat(late.sqlState()).isEqualTo(SqlState.TOO_MANY_CONNECTIONS);
    });
  }

  @Test
  void whenNoTicketMovesThoseWhoWaitGoWithoutOne() {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(20));
    CrossShardTickets.Ticket held = tickets.tryTake();
    Asked asked = ask(tickets);
    long began = System.nanoTime();
    assertThat(Borrower.get(asked.answer())).isNull();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(Duration.ofMillis(200), Duration.ofSeconds(2));
    assertThat(on(asking, asked.pending()::cancel)).as("answered").isFalse();
    assertThat(tickets.tryTake()).isNull();
    held.giveBack();
    assertThat(tickets.tryTake()).isNotNull();
  }

  @Test
  void closingRefusesThoseWhoWait() {
    CrossShardTickets tickets = tickets(4, Duration.ofSeconds(20));
    tickets.tryTake();
    Asked asked = ask(tickets);
    tickets.close();
    assertThat(Borrower.refusal(asked.answer()).reason()).isEqualTo(PoolException.Reason.CLOSED);
    assertThat(Borrower.refusal(ask(tickets).answer()).reason()).isEqualTo(PoolException.Reason.CLOSED);
  }
}
