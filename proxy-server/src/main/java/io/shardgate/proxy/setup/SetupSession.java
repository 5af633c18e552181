package io.shardgate.proxy.setup;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.pgwire.message.FrontendReader;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.proxy.admin.AdminAnswer;
import io.shardgate.proxy.relay.ClientOutput;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.TextRows;
import io.shardgate.proxy.setup.SetupStatements.Request;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An admin's statements, one at a time, by both of PostgreSQL's protocols. There are no transactions, parameters and formats: all answers are text.
/// Confined to its channel's event loop.
final class SetupSession {
  private static final Logger LOG = LoggerFactory.getLogger(SetupSession.class);

  /// Prepared statements and portals; one more gets 54000. Drivers keep one of each.
  private static final int NAMES_MAX = 100;

  private final SetupGuest guest;
  private final ClientOutput output;
  private final SetupStatements statements;
  private final LexicalRules rules;
  private final Lexer lexer = new Lexer();
  private final Map<String, List<Lexed>> prepared = new HashMap<>();
  private final Map<String, List<Lexed>> portals = new HashMap<>();
  private boolean skipping;
  private boolean busy;
  private boolean leaving;

  SetupSession(SetupGuest guest, ClientOutput output, SetupStatements statements) {
    this.guest = guest;
    this.output = output;
    this.statements = statements;
    this.rules = new LexicalRules(true, statements.charset());
  }

  /// Takes one whole frame. Borrowed.
  void frame(byte type, ByteBuf frame) {
    try {
      take(FrontendReader.read(type, frame, statements.charset()));
    } catch (MalformedMessageException malformed) {
      guest.refuse(ErrorFields.fatal(malformed.code(), String.valueOf(malformed.getMessage())));
    }
  }

  private void take(FrontendMessage message) {
    switch (message) {
      case FrontendMessage.Terminate _ -> guest.end();
      case FrontendMessage.Sync _ -> {
        skipping = false;
        ready();
      }
      case FrontendMessage.Query query -> {
        skipping = false;
        run(query);
      }
      case FrontendMessage.Parse parse -> extended(() -> parse(parse));
      case FrontendMessage.Bind bind -> extended(() -> {
        name(portals, bind.portal(), known(prepared, bind.statement(), SqlState.INVALID_SQL_STATEMENT_NAME, "prepared statement"));
        BackendWriter.bindComplete(output.stage());
      });
      case FrontendMessage.Describe describe -> extended(() -> describe(describe));
      case FrontendMessage.Execute execute -> extended(() -> execute(execute.portal()));
      case FrontendMessage.Close close -> extended(() -> {
        (close.subject() == FrontendMessage.Subject.STATEMENT ? prepared : portals).remove(close.name());
        BackendWriter.closeComplete(output.stage());
      });
      case FrontendMessage.Flush _ -> output.flush();
      case FrontendMessage.CopyData _, FrontendMessage.CopyDone _, FrontendMessage.CopyFail _ -> {} // as PostgreSQL, outside of COPY
      case FrontendMessage.FunctionCall _ -> {
        fail(SetupStatements.noMap());
        ready();
      }
      case FrontendMessage.AuthenticationReply _ -> guest.refuse(ErrorFields.fatal(SqlState.PROTOCOL_VIOLATION, "invalid frontend message type 112"));
    }
  }

  // ---- the simple protocol ----

  private void run(FrontendMessage.Query query) {
    List<Lexed> all = lexer.statements(query.sql(), rules);
    if (all.isEmpty()) {
      BackendWriter.emptyQueryResponse(output.stage());
      ready();
      return;
    }
    begin();
    next(all, 0);
  }

  private void next(List<Lexed> all, int index) {
    if (index == all.size()) {
      ended();
      ready();
      return;
    }
    carryOut(all.get(index), true, failure -> {
      if (failure == null) {
        next(all, index + 1);
        return;
      }
      fail(failure);
      ended();
      ready();
    });
  }

  // ---- the extended protocol ----

  private void extended(Runnable step) {
    if (skipping) {
      return;
    }
    try {
      step.run();
    } catch (ServerErrorException refused) {
      fail(refused);
      skipping = true;
    }
  }

  private void parse(FrontendMessage.Parse parse) {
    List<Lexed> all = lexer.statements(parse.sql(), rules);
    if (all.size() > 1) {
      throw new ServerErrorException(SqlState.SYNTAX_ERROR, "cannot insert multiple commands into a prepared statement");
    }
    for (Lexed lexed : all) {
      statements.read(lexed); // so that what is refused is refused here
    }
    name(prepared, parse.statement(), all);
    BackendWriter.parseComplete(output.stage());
  }

  private static void name(Map<String, List<Lexed>> names, String name, List<Lexed> statement) {
    if (!names.containsKey(name) && names.size() >= NAMES_MAX) {
      throw new ServerErrorException(SqlState.PROGRAM_LIMIT_EXCEEDED, "too many prepared statements or portals (limit: " + NAMES_MAX + ")");
    }
    names.put(name, statement);
  }

  private static List<Lexed> known(Map<String, List<Lexed>> names, String name, SqlState otherwise, String what) {
    List<Lexed> found = names.get(name);
    if (found == null) {
      throw new ServerErrorException(otherwise, what + " \"" + name + "\" does not exist");
    }
    return found;
  }

  private void describe(FrontendMessage.Describe describe) {
    boolean statement = describe.subject() == FrontendMessage.Subject.STATEMENT;
    List<Lexed> found = statement
        ? known(prepared, describe.name(), SqlState.INVALID_SQL_STATEMENT_NAME, "prepared statement")
        : known(portals, describe.name(), SqlState.INVALID_CURSOR_NAME, "portal");
    if (statement) {
      BackendWriter.parameterDescription(output.stage(), new int[0]);
    }
    List<String> columns = found.isEmpty() ? List.of() : statements.read(found.getFirst()).columns();
    if (columns.isEmpty()) {
      BackendWriter.noData(output.stage());
    } else {
      TextRows.describe(output, columns);
    }
  }

  /// A portal runs once: what it did is not done again.
  private void execute(String portal) {
    List<Lexed> found = known(portals, portal, SqlState.INVALID_CURSOR_NAME, "portal");
    portals.remove(portal);
    if (found.isEmpty()) {
      BackendWriter.emptyQueryResponse(output.stage());
      return;
    }
    begin();
    carryOut(found.getFirst(), false, failure -> {
      if (failure != null) {
        fail(failure);
        skipping = true;
      }
      ended();
    });
  }

  // ---- both ----

  private void begin() {
    busy = true;
    guest.hold();
  }

  private void ended() {
    busy = false;
    if (!guest.isClosed()) {
      output.flush();
      guest.proceed();
    }
  }

  private void carryOut(Lexed lexed, boolean describe, Consumer<@Nullable Throwable> then) {
    Request request;
    CompletableFuture<AdminAnswer> work;
    try {
      request = statements.read(lexed);
      work = request.work().get();
    } catch (ServerErrorException refused) {
      then.accept(refused);
      return;
    }
    work.whenComplete((answer, failure) -> guest.onLoop(() -> {
      if (!guest.isClosed()) {
        if (answer != null) {
          tell(request, answer, describe);
        }
        then.accept(failure);
      }
    }));
  }

  private void tell(Request request, AdminAnswer answer, boolean describe) {
    answer.notices().forEach(output::notice);
    if (!request.columns().isEmpty()) {
      if (describe) {
        TextRows.describe(output, request.columns());
      }
      TextRows.write(output, answer.rows());
    }
    BackendWriter.commandComplete(output.stage(), request.tag());
  }

  private void fail(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    if (cause instanceof ServerErrorException known) {
      output.error(known.fields());
    } else {
      LOG.error("a statement failed for a reason of our own", cause);
      output.error(ErrorFields.error(SqlState.INTERNAL_ERROR, "internal error: " + cause.getClass().getSimpleName()));
    }
  }

  void ready() {
    if (guest.isClosed()) {
      return;
    }
    BackendWriter.readyForQuery(output.stage(), 'I');
    output.flush();
    if (leaving) {
      guest.dismissed();
    }
  }

  /// Ends the session, once nothing is under way.
  void dismiss() {
    leaving = true;
    if (!busy) {
      guest.dismissed();
    }
  }
}
