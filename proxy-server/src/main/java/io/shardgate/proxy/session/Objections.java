package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.PasswordMask;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.Query;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.StatementReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What PostgreSQL has against a statement that is about to be refused: its own error comes first, so that only what it would carry out is refused.
/// Confined to its channel's event loop.
///
/// The home shard reads the statement (Parse), and plans the query in it (EXPLAIN, with the values of the Bind if there is one): it finds faults
/// in words, names, types, rights and values. Nothing of the statement is run.
final class Objections {
  private static final byte[] EXPLAIN = "EXPLAIN ".getBytes(StandardCharsets.US_ASCII);

  private final ClientSession session;
  private final Beside beside;

  Objections(ClientSession session) {
    this.session = session;
    this.beside = new Beside(session);
  }

  /// Fails with PostgreSQL's error if it has one, else with the failure itself, of a statement that came in a Query.
  <T> CompletableFuture<T> before(Throwable failure, Lexed lexed) {
    if (Failures.refusal(failure) == null) {
      return CompletableFuture.failedFuture(failure);
    }
    Hearing hearing = new Hearing();
    Participant home = session.block().participant(session.map().home());
    CompletableFuture<?> asked;
    if (home == null) {
      asked = beside.run(conversation -> {
        query(conversation, lexed, hearing);
        return CompletableFuture.completedFuture(null);
      });
    } else if (!home.conversation().isQuiet()) {
      asked = CompletableFuture.completedFuture(null); // it was met while the statement ran, which PostgreSQL had read before
    } else {
      asked = session.join(home.shard()).thenCompose(participant -> {
        query(participant.conversation(), lexed, hearing);
        participant.conversation().sync(hearing.reply(Reply.Until.READY, 0));
        participant.conversation().flush();
        return hearing.over();
      });
    }
    return asked.handle((_, unreachable) -> unreachable).thenCompose(_ -> CompletableFuture.failedFuture(hearing.orElse(failure)));
  }

  /// The same for a Bind. The statement's Parse was sent, and its error comes before all others. Ends no batch.
  CompletableFuture<@Nullable Void> before(Throwable failure, ClientStatement statement, Lexed lexed, BindFrame bind, Batch batch) {
    Lexed query = queryIn(lexed);
    Hearing hearing = new Hearing();
    return batch.quiet()
        .thenCompose(
            _ -> {
              batch.requireGoingOn();
              bind.requireCountOf(statement);
              return query == null ? CompletableFuture.completedFuture(null) : explain(query, statement, bind, batch, hearing);
            })
        .thenCompose(_ -> CompletableFuture.failedFuture(hearing.orElse(failure)));
  }

  private CompletableFuture<?> explain(Lexed query, ClientStatement statement, BindFrame bind, Batch batch, Hearing hearing) {
    ShardId home = session.map().home();
    if (session.block().participant(home) == null) {
      return beside.run(conversation -> {
            explain(conversation, query, statement, bind, hearing);
            return CompletableFuture.completedFuture(null);
          })
          .exceptionally(_ -> null);
    }
    return batch.target(home).thenCompose(participant -> {
      Conversation conversation = participant.conversation();
      explain(conversation, query, statement, bind, hearing);
      FrontendWriter.flush(conversation.stage());
      conversation.flush();
      return hearing.over();
    });
  }

  private void query(Conversation conversation, Lexed lexed, Hearing hearing) {
    conversation.state().unnamed().taken();
    FrontendWriter.parse(conversation.stage(), "", PasswordMask.of(lexed), new int[0]);
    conversation.announce(hearing.reply(Reply.Until.PARSED, lexed.charStart()));
    Lexed query = queryIn(lexed);
    if (query != null && query.parameterCount() == 0) {
      explain(conversation, query, null, null, hearing);
    } else if (query != null) {
      hearing.otherwise(noParameter(query));
    }
  }

  private void explain(
      Conversation conversation, Lexed query, @Nullable ClientStatement statement, @Nullable BindFrame bind, Hearing hearing) {
    byte[] text = query.toBytes();
    byte[] explain = new byte[EXPLAIN.length + text.length];
    System.arraycopy(EXPLAIN, 0, explain, 0, EXPLAIN.length);
    System.arraycopy(text, 0, explain, EXPLAIN.length, text.length);
    int charsBefore = query.charStart() - EXPLAIN.length;
    ByteBuf out = conversation.stage();
    conversation.state().unnamed().taken();
    FrontendWriter.parse(out, "", explain, statement == null ? new int[0] : statement.typeOids());
    conversation.announce(hearing.reply(Reply.Until.PARSED, charsBefore));
    bind(out, bind);
    conversation.announce(hearing.reply(Reply.Until.BOUND, charsBefore));
    FrontendWriter.execute(out, bind == null ? "" : bind.portal(), 0);
    conversation.announce(hearing.reply(Reply.Until.EXECUTED, charsBefore));
  }

  private static void bind(ByteBuf out, @Nullable BindFrame bind) {
    int[] formats = new int[bind == null ? 0 : bind.count()];
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < formats.length && bind != null; i++) {
      formats[i] = bind.binary(i) ? 1 : 0;
      values.add(bind.value(i));
    }
    FrontendWriter.bind(out, bind == null ? "" : bind.portal(), "", formats, values, new int[0]);
  }

  /// A Parse takes parameters, a Query has none.
  private static ErrorFields noParameter(Lexed query) {
    int token = 0;
    while (!query.is(token, TokenKind.PARAMETER)) {
      token++;
    }
    return ErrorFields.error(SqlState.UNDEFINED_PARAMETER, "there is no parameter $" + query.parameterNumber(token))
        .withPosition(query.charStart() + query.charOffset(query.tokenStart(token)) + 1);
  }

  /// The query or data change that PostgreSQL would plan to carry the statement out; null when there is none.
  private static @Nullable Lexed queryIn(Lexed lexed) {
    Statement statement = StatementReader.read(lexed);
    Lexed body =
        switch (statement) {
          case DataStatement.Explain explain -> explain.body();
          case DataStatement.Copy copy -> copy.query();
          case SessionStatement.DeclareCursor cursor -> cursor.body();
          default -> null;
        };
    return statement instanceof Query ? lexed : body == null ? null : queryIn(body);
  }

  /// Hears the first error among several replies. Confined to its conversation's event loop.
  private final class Hearing {
    private final CompletableFuture<@Nullable Void> over = new CompletableFuture<>();
    private int expected;
    private @Nullable ErrorFields error;
    private @Nullable ErrorFields otherwise;
    private boolean lost;

    /// Completes when all replies have come.
    CompletableFuture<@Nullable Void> over() {
      return over;
    }

    /// PostgreSQL's objection, or the failure: also where nobody could be asked.
    Throwable orElse(Throwable failure) {
      ErrorFields heard = error == null ? otherwise : error;
      if (lost) {
        return AlreadyToldException.INSTANCE;
      }
      return heard == null || heard.code().equals(SqlState.IN_FAILED_SQL_TRANSACTION.code()) ? failure : new ServerErrorException(heard);
    }

    void otherwise(ErrorFields known) {
      otherwise = known;
    }

    Reply reply(Reply.Until until, int charsBefore) {
      expected++;
      return new Reply(until) {
        @Override
        protected void frame(Conversation conversation, byte type, ByteBuf frame) {
          if (type == 'E') {
            error = ErrorFields.read(frame, session.output().charset()).withPositionShiftedBy(charsBefore);
          }
        }

        @Override
        protected void run(Conversation conversation, ByteBuf run) {}

        @Override
        protected void ended(Conversation conversation, Outcome outcome) {
          lost |= outcome == Outcome.LOST && !session.connections().isBeside(conversation);
          expected--;
          if (expected == 0) {
            over.complete(null);
          }
        }

        @Override
        protected boolean isSilent() {
          return true;
        }
      };
    }
  }
}
