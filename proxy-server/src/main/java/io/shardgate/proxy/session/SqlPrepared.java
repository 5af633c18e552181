package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import io.shardgate.router.Refusal;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.rewrite.DateText;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// PREPARE and EXECUTE in SQL. They share their names with the extended protocol, as in PostgreSQL.
/// Confined to its channel's event loop.
///
/// EXECUTE's arguments are evaluated by PostgreSQL, as the statement's parameter types; only then is its shard known. What may be a shard key is
/// evaluated once: `now()`, `'today'` or `random()` would be another key on the shard.
final class SqlPrepared {
  private final ClientSession session;

  SqlPrepared(ClientSession session) {
    this.session = session;
  }

  /// PREPARE: has the home shard read the statement, and remembers it.
  CompletableFuture<Void> prepare(SessionStatement.Prepare prepare, Lexed lexed) {
    if (session.extended().names().find(prepare.name()) != null) {
      throw ClientNames.duplicate(prepare.name());
    }
    session.extended().names().requireRoom(session.services().config().limits().clientStatements());
    return session.plan(prepare.body())
        .thenCompose(
            plan ->
                session.join(session.map().home())
                    .thenCompose(home -> typeOids(home, prepare.types(), lexed).thenCompose(oids -> parse(home, prepare, oids, plan))));
  }

  private static CompletableFuture<int[]> typeOids(Participant home, List<String> types, Lexed lexed) {
    if (types.isEmpty()) {
      return CompletableFuture.completedFuture(new int[0]);
    }
    String columns =
        types.stream()
            .map(type -> SettingsVector.literal(type) + "::pg_catalog.regtype::pg_catalog.oid")
            .collect(Collectors.joining(", "));
    return home.conversation().ask("SELECT " + columns)
        .thenApply(answer -> shifted(answer, position -> typePosition(lexed, types, position))
            .rows().getFirst().stream().mapToInt(oid -> Integer.parseUnsignedInt(Objects.requireNonNull(oid))).toArray());
  }

  private CompletableFuture<Void> parse(Participant home, SessionStatement.Prepare prepare, int[] oids, Plan plan) {
    ClientStatement statement = new ClientStatement(prepare.name(), prepare.body().toBytes(), oids, prepare.body());
    return synced(home, session.extended().servers().ensure(home.conversation(), statement, prepare.body().charStart()))
        .thenRun(() -> {
          if (plan instanceof Plan.Refuse refuse) {
            throw ServerErrorException.of(refuse);
          }
          session.extended().names().put(statement);
        });
  }

  /// Ends the pipeline that a silent Parse opened.
  private CompletableFuture<String> synced(Participant participant, CompletableFuture<String> ensured) {
    Conversation conversation = participant.conversation();
    if (!conversation.needsSync()) {
      return ensured;
    }
    CompletableFuture<String> done = new CompletableFuture<>();
    conversation.sync(
        new SilentReply(session, Reply.Until.READY, 0, _ -> ensured.whenComplete((name, failure) -> {
          if (failure != null) {
            done.completeExceptionally(failure);
          } else {
            done.complete(name);
          }
        })));
    conversation.flush();
    return done;
  }

  /// EXECUTE: sends the arguments to the shard that they lead to.
  CompletableFuture<Void> execute(SessionStatement.Execute execute, Lexed lexed, boolean describe) {
    ClientStatement statement = find(execute);
    Lexed body = statement.lexed();
    if (body == null) { // an empty text, which only Parse can prepare
      BackendWriter.commandComplete(session.output().stage(), "EXECUTE");
      return CompletableFuture.completedFuture(null);
    }
    return session.plan(body)
        .thenCompose(
            plan -> switch (plan) {
              case Plan.Forward forward ->
                  arguments(statement, execute, lexed)
                      .thenCompose(
                          bindings -> Route.routed(session, forward, body, bindings, terms(statement))
                              .thenCompose(
                                  routed -> switch (routed) {
                                    case Route route -> run(route, forward, statement, texts(statement, execute, bindings, lexed), lexed, describe);
                                    case Routed.Together together -> gather(together, statement, body, bindings, describe);
                                    case Routed.Made _ -> throw ProxyRefusal.EXECUTE_OVER_SHARDS.error();
                                  }));
              case Plan.Refuse refuse ->
                  arguments(statement, execute, lexed)
                      .thenApply(_ -> {
                        throw ServerErrorException.of(refuse);
                      });
              case Plan.Filled filled -> throw ServerErrorException.of(Refusal.UNFILLED_CALL.of(filled.gaps().getFirst().function()));
              default ->
                  throw ProxyRefusal.EXECUTE_OVER_SHARDS.error();
            });
  }

  /// What was evaluated is printed in the one spelling; the literals of the statement's own text were read when it was prepared.
  private ReadingTerms terms(ClientStatement statement) {
    Optional<TextSettings> settings = session.extended().hasLeft() ? Optional.empty() : session.textSettings();
    return new ReadingTerms(settings, statement.readsTextsUnder(settings), false);
  }

  /// A statement over several shards. Outside of a transaction it gets one of its own, which ends before its CommandComplete.
  private CompletableFuture<Void> gather(Routed.Together together, ClientStatement statement, Lexed body, Bindings bindings, boolean describe) {
    session.extended().servers().requireSameReading(statement);
    if (!session.block().isOpen()) {
      session.block().beginImplicit();
      session.completion().withhold();
    }
    Execution execution = new Execution(body, bindings, new short[0], true, terms(statement), 0);
    return new GatheredAnswer(session).tell(together, execution, describe).thenAccept(session.completion()::tell);
  }

  /// The statement that EXECUTE names, with as many parameters as it has; throws what PostgreSQL says when there is none.
  ClientStatement find(SessionStatement.Execute execute) {
    ClientStatement statement = session.extended().names().find(execute.name());
    if (statement == null) {
      throw new ServerErrorException(
          SqlState.INVALID_SQL_STATEMENT_NAME, "prepared statement \"" + execute.name() + "\" does not exist");
    }
    int[] known = statement.knownOids();
    if (known != null && known.length != execute.arguments().size() && statement.lexed() != null) {
      throw new ServerErrorException(
          ErrorFields.error(SqlState.SYNTAX_ERROR, "wrong number of parameters for prepared statement \"" + execute.name() + "\"")
              .withDetail("Expected " + known.length + " parameters but got " + execute.arguments().size() + "."));
    }
    return statement;
  }

  /// EXECUTE's values where its arguments are constants, in which nothing is run that could do anything; else empty.
  CompletableFuture<Optional<Bindings>> constants(ClientStatement statement, SessionStatement.Execute execute, Lexed lexed) {
    return execute.arguments().stream().allMatch(argument -> isConstant(argument, lexed))
        ? arguments(statement, execute, lexed).thenApply(Optional::of)
        : CompletableFuture.completedFuture(Optional.empty());
  }

  /// A literal, perhaps with a sign before it or a cast behind it, or NULL, TRUE, FALSE.
  private static boolean isConstant(Span argument, Lexed lexed) {
    int token = lexed.tokenAt(argument.start());
    if (lexed.isOperator(token, "-") || lexed.isOperator(token, "+")) {
      token++;
    }
    boolean word = lexed.is(token, "null") || lexed.is(token, "true") || lexed.is(token, "false");
    if (!word && !lexed.kind(token).isString() && !lexed.kind(token).isNumber()) {
      return false;
    }
    return lexed.tokenEnd(token) == argument.end() || lexed.is(token + 1, TokenKind.CAST);
  }

  private CompletableFuture<Bindings> arguments(ClientStatement statement, SessionStatement.Execute execute, Lexed lexed) {
    if (execute.arguments().isEmpty()) {
      return CompletableFuture.completedFuture(Bindings.NONE);
    }
    StringBuilder sql = new StringBuilder("SELECT ");
    NavigableMap<Integer, Span> places = new TreeMap<>();
    for (int i = 0; i < execute.arguments().size(); i++) {
      int oid = statement.parameterOid(i);
      String type = KeyTypes.name(oid);
      boolean dated = KeyTypes.isDateOrTime(oid);
      sql.append(i == 0 ? "" : ", ").append(dated ? DateText.BEFORE + "(" : "(");
      places.put(sql.length(), execute.arguments().get(i));
      sql.append(execute.arguments().get(i).in(lexed)).append(")").append(type == null ? "" : "::" + type);
      sql.append(dated ? DateText.AFTER : "::pg_catalog.text");
    }
    return session.join(session.map().home())
        .thenCompose(home -> home.conversation().ask(sql.toString()))
        .thenApply(answer -> new TextBindings(statement, shifted(answer, position -> argumentPosition(lexed, places, position)), lexed));
  }

  /// The answer, or its error with the position that it has in the user's text.
  private static Answer shifted(Answer answer, IntUnaryOperator position) {
    ErrorFields error = answer.error();
    if (error == null) {
      return answer;
    }
    OptionalInt at = error.position();
    throw new ServerErrorException(
        at.isEmpty() ? error : error.withPositionShiftedBy(position.applyAsInt(at.getAsInt()) - at.getAsInt()));
  }

  private static int argumentPosition(Lexed lexed, NavigableMap<Integer, Span> places, int position) {
    Map.Entry<Integer, Span> place = Objects.requireNonNullElse(places.floorEntry(position - 1), places.firstEntry());
    return lexed.charStart() + lexed.charOffset(place.getValue().start()) + position - place.getKey();
  }

  /// PostgreSQL points at the type's name, wherever in our own question it did.
  private static int typePosition(Lexed lexed, List<String> types, int position) {
    int at = 0;
    int before = "SELECT ".length();
    String text = lexed.toString();
    for (String type : types) {
      at = Math.max(0, text.indexOf(type, at));
      before += type.length() + "''::pg_catalog.regtype::pg_catalog.oid, ".length();
      if (position <= before) {
        break;
      }
      at += type.length();
    }
    return lexed.charStart() + at + 1;
  }

  /// Values that PostgreSQL printed. Immutable.
  private record TextBindings(ClientStatement statement, Answer answer, Lexed lexed) implements Bindings {
    @Override
    public int count() {
      return answer.rows().getFirst().size();
    }

    @Override
    public int typeOid(int i) {
      return statement.parameterOid(i);
    }

    @Override
    public boolean binary(int i) {
      return false;
    }

    @Override
    public byte @Nullable [] value(int i) {
      String value = answer.rows().getFirst().get(i);
      return value == null ? null : value.getBytes(lexed.encoding());
    }
  }

  /// The arguments as the shard gets them: those that may be keys as they were evaluated, others as the user wrote them.
  private static String texts(ClientStatement statement, SessionStatement.Execute execute, Bindings bindings, Lexed lexed) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < execute.arguments().size(); i++) {
      if (KeyTypes.name(statement.parameterOid(i)) == null) {
        texts.add(execute.arguments().get(i).in(lexed));
      } else {
        byte[] value = bindings.value(i);
        texts.add(value == null ? "NULL" : SettingsVector.literal(new String(value, lexed.encoding())));
      }
    }
    return texts.isEmpty() ? "" : "(" + String.join(", ", texts) + ")";
  }

  private CompletableFuture<Void> run(
      Route route, Plan.Forward plan, ClientStatement statement, String arguments, Lexed lexed, boolean describe) {
    return session.join(route.shard())
        .thenCompose(
            participant ->
                synced(participant, session.extended().servers().ensure(participant, statement))
                    .thenCompose(name -> send(participant, plan, name, arguments, lexed, describe))
                    .whenComplete((_, _) -> session.aftermath().evenIfFailed(route.residue()))
                    .thenCompose(_ -> session.aftermath().of(participant, route.residue())));
  }

  private CompletableFuture<Void> send(
      Participant participant, Plan.Forward plan, String name, String arguments, Lexed lexed, boolean describe) {
    Conversation conversation = participant.conversation();
    conversation.wrote(conversation.wrote() || plan.effects().writes());
    CompletableFuture<Void> done = new CompletableFuture<>();
    byte[] sql = ("EXECUTE \"" + name + "\"" + arguments).getBytes(lexed.encoding());
    conversation.query(sql, new Rows(session, describe, (_, outcome) -> {
      if (outcome == Reply.Outcome.DONE) {
        done.complete(null);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    conversation.flush();
    return done;
  }

  /// What EXECUTE brings; its rows are described only to a client that was not told of them by Describe.
  private static final class Rows extends RelayReply {
    private final ClientSession session;
    private final boolean describe;

    Rows(ClientSession session, boolean describe, End end) {
      super(session, Until.READY, 0, end);
      this.session = session;
      this.describe = describe;
    }

    @Override
    protected void frame(Conversation conversation, byte type, ByteBuf frame) {
      if (type == 'T' && !describe) {
        session.rows().described(conversation, frame);
      } else {
        super.frame(conversation, type, frame);
      }
    }
  }
}
