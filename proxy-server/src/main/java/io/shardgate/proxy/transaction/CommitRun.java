package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceException;
import io.shardgate.proxy.pool.ServerConnection;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.CommitProtocol.Unfinished;
import io.shardgate.proxy.transaction.CommitProtocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One commit over several shards. Confined to its channel's event loop.
///
///     PREPARING → DECIDING    [decide]      every participant but the decider answered PREPARE TRANSACTION
///     PREPARING → ROLLING_BACK [rollBack]   one did not; the decider has written nothing and will not
///     DECIDING  → COMMITTING  [carryOut]    the decider answered COMMIT, or said so when asked
///     DECIDING  → ROLLING_BACK [rollBack]   it failed there, or said so when asked
///     DECIDING  → UNKNOWN     [unknown]     its connection broke and it can't be asked
///     COMMITTING, ROLLING_BACK → OVER [over]  carried out everywhere, or the client has waited long enough
///
/// Before the decider's row is committed, nothing is; from then on, all is. A participant is believed by its tag only: in a failed
/// transaction PREPARE and COMMIT answer `ROLLBACK` and no error.
final class CommitRun {
  private static final Duration TRY_AGAIN = Duration.ofMillis(200);

  /// How long a commit's own retries go on; the sweepers go on for ever.
  private static final Duration RETRIES_MAX = Duration.ofSeconds(60);

  private static final CompletableFuture<@Nullable Void> DONE = CompletableFuture.completedFuture(null);
  private static final String PREPARED_TAG = "PREPARE TRANSACTION";
  private static final String COMMIT_TAG = "COMMIT";

  /// A participant that is not the decider.
  private static final class Part {
    private final Participant participant;
    private Standing standing = Standing.OPEN;

    Part(Participant participant) {
      this.participant = participant;
    }
  }

  private enum Standing {
    /// Its transaction is open, or was when its connection broke.
    OPEN,
    /// Its server answered PREPARE TRANSACTION.
    PREPARED,
    /// The connection broke before the answer to PREPARE TRANSACTION came.
    PERHAPS_PREPARED
  }

  private final TwoPhaseCommit all;
  private final GlobalId id;
  private final String token;
  private final Participant decider;
  private final List<Part> parts = new ArrayList<>();
  private final List<Participant> written;
  private final List<Participant> read;
  private final ServerObjects.Place place;
  private final Executor loop;
  private boolean refused;
  private @Nullable ErrorFields error;

  CommitRun(
      TwoPhaseCommit all, GlobalId id, String token, Participant decider, List<Participant> written, List<Participant> read,
      ServerObjects.Place place, Executor loop) {
    this.all = all;
    this.id = id;
    this.token = token;
    this.decider = decider;
    this.written = written;
    this.read = read;
    this.place = place;
    this.loop = loop;
    for (Participant participant : written) {
      if (participant != decider) {
        parts.add(new Part(participant));
      }
    }
  }

  // ---- PREPARING ----

  CompletableFuture<Verdict> start() {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Part part : parts) {
      String sql = "PREPARE TRANSACTION " + SettingsVector.literal(id.on(part.participant.shard()));
      answers.add(ask(part.participant, sql, true).handle((answer, failure) -> prepared(part, answer)));
    }
    return allOf(answers).thenCompose(_ -> refused ? rollBack() : decide());
  }

  private boolean prepared(Part part, @Nullable Answer answer) {
    ShardId shard = part.participant.shard();
    if (answer == null) {
      part.standing = Standing.PERHAPS_PREPARED;
      refuse(Outcomes.lostBeforeDecision(shard));
    } else if (answer.error() != null) {
      leftBlock(part.participant);
      refuse(Outcomes.prepareRefused(shard, answer.error()));
    } else if (answer.lastTag().equals(PREPARED_TAG)) {
      part.standing = Standing.PREPARED;
      part.participant.ended(true);
    } else {
      leftBlock(part.participant);
      refuse(null);
    }
    return true;
  }

  private void refuse(@Nullable ErrorFields why) {
    refused = true;
    if (error == null) {
      error = why;
    }
  }

  // ---- DECIDING ----

  private CompletableFuture<Verdict> decide() {
    String sql =
        "SELECT shardgate.record_commit(" + SettingsVector.literal(id.toString()) + ", " + SettingsVector.literal(token) + "); COMMIT";
    return ask(decider, sql, true)
        .handle((answer, _) -> answer)
        .thenCompose(answer -> answer == null ? askDecider() : decided(answer));
  }

  private CompletableFuture<Verdict> decided(Answer answer) {
    if (answer.error() == null && answer.lastTag().equals(COMMIT_TAG)) {
      decider.ended(true);
      return carryOut(true);
    }
    leftBlock(decider);
    ErrorFields why = answer.error();
    refuse(why == null ? null : Outcomes.decisionRefused(decider.shard(), why));
    return why != null && Outcomes.isMissingObject(why) ? rollBack().thenCompose(this::makeObjectsAgain) : rollBack();
  }

  /// At once, not with the next commit: a server that has looked for the function in vain looks again with its next transaction only.
  private CompletableFuture<Verdict> makeObjectsAgain(Verdict verdict) {
    all.objects().forget(place);
    return CompletableFuture.runAsync(() -> all.objects().install(place), all.threads()).handleAsync((_, _) -> verdict, loop);
  }

  /// The COMMIT was sent and its answer never came: whoever asks, decides.
  private CompletableFuture<Verdict> askDecider() {
    CompletableFuture<@Nullable Boolean> verdict = new CompletableFuture<>();
    all.threads().execute(() -> {
      boolean[] committed = new boolean[1];
      boolean known = retry(all.timing().askWithin(), () -> {
        committed[0] = all.recovery().ask(id, place.database());
        return true;
      });
      verdict.complete(known ? committed[0] : null);
    });
    return verdict
        .completeOnTimeout(null, all.timing().askWithin().toMillis(), TimeUnit.MILLISECONDS)
        .thenComposeAsync(
            committed -> {
              if (committed == null) {
                return unknown();
              }
              if (committed) {
                return carryOut(true);
              }
              refuse(Outcomes.lostBeforeDecision(decider.shard()));
              return rollBack();
            },
            loop);
  }

  private CompletableFuture<Verdict> unknown() {
    List<Unfinished> unfinished = new ArrayList<>();
    for (Part part : parts) {
      CompletableFuture<?> settled = inBackground(() -> {
        boolean commit = all.recovery().ask(id, place.database());
        return finish(part, commit);
      });
      unfinished.add(new Unfinished(part.participant, CompletableFuture.completedFuture(null), settled));
    }
    return commitReads(unfinished).thenApply(_ -> over("unknown", new Verdict(false, Outcomes.unknown(decider.shard()), null, unfinished)));
  }

  // ---- COMMITTING, ROLLING_BACK ----

  private CompletableFuture<Verdict> rollBack() {
    for (Part part : parts) {
      if (part.standing == Standing.PERHAPS_PREPARED) {
        inBackground(() -> finish(part, false));
      }
    }
    List<Participant> open = new ArrayList<>(written);
    open.addAll(read);
    return rollBackOpen(open).thenCompose(_ -> carryOut(false));
  }

  private CompletableFuture<Verdict> carryOut(boolean commit) {
    String verb = (commit ? "COMMIT" : "ROLLBACK") + " PREPARED ";
    List<Unfinished> steps = new ArrayList<>();
    for (Part part : parts) {
      if (part.standing == Standing.PREPARED) {
        CompletableFuture<Answer> answer = ask(part.participant, verb + SettingsVector.literal(id.on(part.participant.shard())), false);
        steps.add(
            new Unfinished(
                part.participant, answer,
                answer.handle((given, _) -> given).thenCompose(given -> isFinished(given) ? DONE : inBackground(() -> finish(part, commit)))));
      }
    }
    CompletableFuture<?> kept = commit ? commitReads(steps) : DONE;
    List<CompletableFuture<?>> waits = new ArrayList<>();
    steps.forEach(step -> waits.add(step.settled()));
    CompletableFuture<?> carriedOut = allOf(waits).completeOnTimeout(null, all.timing().answerWithin().toMillis(), TimeUnit.MILLISECONDS);
    return carriedOut.thenCombine(kept, (_, _) -> null).thenApplyAsync(_ -> verdict(commit, steps), loop);
  }

  private Verdict verdict(boolean commit, List<Unfinished> steps) {
    List<Unfinished> unfinished = steps.stream().filter(step -> !step.settled().isDone()).toList();
    ErrorFields warning =
        unfinished.isEmpty() ? null : Outcomes.late(commit, unfinished.stream().map(each -> each.participant().shard()).toList());
    return over(commit ? "committed" : "rolled back", new Verdict(commit, commit ? null : error, warning, unfinished));
  }

  private Verdict over(String outcome, Verdict verdict) {
    all.over(id);
    all.metrics().committedOverShards(outcome);
    return verdict;
  }

  /// "does not exist" means that somebody else carried the verdict out.
  private static boolean isFinished(@Nullable Answer answer) {
    return answer != null && (answer.error() == null || answer.error().hasCode(SqlState.UNDEFINED_OBJECT));
  }

  /// What only read has nothing to lose: however its COMMIT ends, and however late, the decision stands.
  ///
  /// @param steps gets those that may stay behind
  /// @return the others, whose connections the session can't do without
  private CompletableFuture<Void> commitReads(List<Unfinished> steps) {
    List<CompletableFuture<?>> kept = new ArrayList<>();
    for (Participant participant : read) {
      CompletableFuture<?> ended = ask(participant, COMMIT_TAG, true).handle((answer, _) -> {
        participant.ended(answer != null && answer.error() == null);
        return true;
      });
      if (participant.isPinned()) {
        kept.add(ended);
      } else {
        steps.add(new Unfinished(participant, ended, ended));
      }
    }
    return allOf(kept);
  }

  // ---- beside the event loop ----

  private boolean finish(Part part, boolean commit) {
    all.recovery().finish(new GlobalId.Prepared(id, part.participant.shard()), place.database(), commit);
    return true;
  }

  private CompletableFuture<@Nullable Void> inBackground(BooleanSupplier step) {
    CompletableFuture<@Nullable Void> settled = new CompletableFuture<>();
    all.threads().execute(() -> {
      retry(RETRIES_MAX, step);
      loop.execute(() -> settled.complete(null));
    });
    return settled;
  }

  /// Tries until it works; false when time is up.
  private static boolean retry(Duration limit, BooleanSupplier step) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      try {
        return step.getAsBoolean();
      } catch (ServiceException _) {
        if (System.nanoTime() + TRY_AGAIN.toNanos() > deadline) {
          return false;
        }
      }
      try {
        Thread.sleep(TRY_AGAIN);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  // ---- questions ----

  /// Rolls back what is still inside a transaction block, on the servers that are left.
  static CompletableFuture<Void> rollBackOpen(List<Participant> participants) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (Participant participant : participants) {
      if (participant.conversation().inBlock() && !participant.conversation().isLost()) {
        answers.add(ask(participant, "ROLLBACK", true).handle((_, _) -> {
          participant.ended(false);
          return true;
        }));
      }
    }
    return allOf(answers);
  }

  /// After an error: the block may be gone with it, or wait for its ROLLBACK.
  private static void leftBlock(Participant participant) {
    if (participant.conversation().transactionStatus() == ServerConnection.IDLE) {
      participant.ended(false);
    }
  }

  private static CompletableFuture<Answer> ask(Participant participant, String sql, boolean aloud) {
    Conversation conversation = participant.conversation();
    if (conversation.isLost()) {
      return CompletableFuture.failedFuture(new IllegalStateException("the connection is lost"));
    }
    return aloud ? conversation.askAloud(sql) : conversation.ask(sql);
  }

  private static CompletableFuture<Void> allOf(List<CompletableFuture<?>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
  }
}
