package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import io.shardgate.router.GapAnswer;
import io.shardgate.router.Split;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gap;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A query of the home shard whose gaps the proxy fills: its answers are found first, one after the other, then the query is sent.
/// Confined to its channel's event loop.
final class FilledExecution {
  private static final int INT4_BYTES = 4;

  private final Plan.Filled plan;
  private final Execution execution;
  private final ExecutionPort port;
  private final SqlRouter router;
  private final OtherShardsSizes sizes;
  private final SignalRights rights;
  private final long sinceNanos = System.nanoTime();

  FilledExecution(Plan.Filled plan, Execution execution, ExecutionPort port, SqlRouter router, OtherShardsSizes sizes, SignalRights rights) {
    this.plan = plan;
    this.execution = execution;
    this.port = port;
    this.router = router;
    this.sizes = sizes;
    this.rights = rights;
  }

  /// Runs it; the result is the command tag.
  CompletableFuture<String> run() {
    return answers(new ArrayList<>())
        .thenCompose(
            answers ->
                port.join(port.view().map().home())
                    .thenCompose(home -> send(home, router.fill(plan, execution.lexed(), answers, port.view()))));
  }

  private CompletableFuture<List<GapAnswer>> answers(List<GapAnswer> known) {
    if (known.size() == plan.gaps().size()) {
      return CompletableFuture.completedFuture(known);
    }
    return answer(plan.gaps().get(known.size()))
        .thenCompose(
            answer -> {
              known.add(answer);
              return answers(known);
            });
  }

  private CompletableFuture<GapAnswer> answer(Gap gap) {
    return switch (gap) {
      case Gap.ProcessId _ -> CompletableFuture.completedFuture(new GapAnswer.Value(Integer.toString(port.processId())));
      case Gap.Signal signal -> signal(signal);
      case Gap.RelationSize size -> sizes.ofRelations(size.function(), port);
      case Gap.DatabaseSize _ -> sizes.ofDatabases(port);
    };
  }

  /// The number of a server's process, and what is no number, are the home shard's to judge.
  private CompletableFuture<GapAnswer> signal(Gap.Signal signal) {
    KeySource process = signal.process();
    KeySource timeout = signal.timeoutMillis();
    OptionalInt whom = process == null ? OptionalInt.of(port.processId()) : number(process);
    OptionalInt millis = timeout == null ? OptionalInt.of(0) : number(timeout);
    if (whom.isEmpty() || millis.isEmpty()) {
      return CompletableFuture.completedFuture(new GapAnswer.Asked());
    }
    Optional<String> role = port.roleOf(whom.getAsInt());
    if (role.isEmpty()) {
      return CompletableFuture.completedFuture(new GapAnswer.Asked());
    }
    return rights.check(role.get(), signal.terminates(), port)
        .thenCompose(_ -> port.signal(whom.getAsInt(), signal.terminates(), millis.getAsInt(), sinceNanos))
        .thenApply(sent -> new GapAnswer.Value(sent.toString()));
  }

  private OptionalInt number(KeySource source) {
    Bindings bindings = execution.bindings();
    return switch (source) {
      case KeySource.Literal literal -> {
        Lexed lexed = execution.lexed();
        yield OptionalInt.of(Math.toIntExact(lexed.literalLong(literal.slot())));
      }
      case KeySource.Parameter parameter when parameter.number() <= bindings.count() ->
          number(bindings.value(parameter.number() - 1), bindings.binary(parameter.number() - 1));
      case KeySource.Parameter _, KeySource.ParameterArray _, KeySource.LiteralArray _, KeySource.Spelled _, KeySource.Constant _,
          KeySource.Stored _, KeySource.Null _ ->
          OptionalInt.empty();
    };
  }

  private static OptionalInt number(byte @Nullable [] value, boolean binary) {
    if (value == null || (binary && value.length != INT4_BYTES)) {
      return OptionalInt.empty();
    }
    if (binary) {
      return OptionalInt.of(ByteBuffer.wrap(value).getInt());
    }
    try {
      return OptionalInt.of(Integer.parseInt(new String(value, StandardCharsets.US_ASCII).strip()));
    } catch (NumberFormatException _) {
      return OptionalInt.empty();
    }
  }

  private CompletableFuture<String> send(Participant home, Split.Piece piece) {
    Conversation conversation = home.conversation();
    conversation.wrote(conversation.wrote() || plan.effects().writes());
    Call call = new Call(piece);
    if (execution.simple()) {
      conversation.query(piece.text(), call);
    } else {
      PieceMessages.write(conversation, piece, execution, port, false);
      conversation.announce(call);
    }
    conversation.flush();
    return call.tag();
  }

  /// The answer: its rows go to the client as they come. Confined to its conversation's event loop.
  private final class Call extends ShardCall {
    private final Split.Piece piece;

    Call(Split.Piece piece) {
      super(FilledExecution.this.port);
      this.piece = piece;
    }

    @Override
    protected void described(Conversation conversation, ByteBuf frame) {
      if (execution.simple()) {
        port().output().retainBytes(frame);
      }
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      port().relayCopyData(conversation, run);
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      return PieceError.inUsersText(fields, piece, execution);
    }
  }
}
