package io.shardgate.proxy.session;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.Actor;
import io.shardgate.proxy.admin.AdminActs;
import io.shardgate.proxy.admin.AdminAnswer;
import io.shardgate.proxy.admin.AdminTopics;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.DataStatement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// `SHARDGATE …`, for roles with the admin right. What only tells is answered here as `SHOW SHARDGATE` and `EXPLAIN (ROUTE)` are; what asks the
/// shards or changes something is done by [AdminActs] on threads of its own, and the session waits.
final class AdminCommands {
  private AdminCommands() {}

  /// The columns of an answer; throws where the statement is none.
  static List<String> columns(AdminStatement statement) {
    return switch (statement) {
      case AdminStatement.Show show -> AdminTopics.columns(show.topic());
      case AdminStatement.Route _ -> List.of("QUERY PLAN");
      case AdminStatement.Unknown unknown -> throw new ServerErrorException(
          ErrorFields.error(SqlState.SYNTAX_ERROR, "syntax error in SHARDGATE").withHint("Expected: " + unknown.expected() + "."));
      case AdminStatement.Apply _, AdminStatement.Diff _, AdminStatement.Split _, AdminStatement.Merge _, AdminStatement.Assign _,
          AdminStatement.VerifySchema _, AdminStatement.Uninstall _ -> AdminActs.columns(statement);
    };
  }

  static CompletableFuture<Void> run(ClientSession session, AdminStatement statement, Lexed lexed, Bindings bindings, boolean describe) {
    if (statement instanceof AdminStatement.Unknown unknown) {
      throw AdminTopics.unreadable(unknown, lexed, session.output().charset());
    }
    AdminActs acts = session.services().admin();
    Actor actor = new Actor(session.key().role(), session.output().clientAddress(), session.database());
    if (!acts.mayAct(actor)) {
      acts.denied(actor, statement);
      throw new ServerErrorException(
          ErrorFields.error(SqlState.INSUFFICIENT_PRIVILEGE, "permission denied for " + AdminActs.name(statement))
              .withHint("Roles with the admin right are named in the proxy's settings, under admins."));
    }
    return switch (statement) {
      case AdminStatement.Show show -> ShowShardgate.run(session, show.topic(), describe);
      case AdminStatement.Route route -> ExplainRoute.run(session, explain(route), bindings, describe);
      case AdminStatement.Apply _, AdminStatement.Diff _, AdminStatement.Split _, AdminStatement.Merge _, AdminStatement.Assign _,
          AdminStatement.VerifySchema _, AdminStatement.Uninstall _, AdminStatement.Unknown _ -> act(session, statement, actor, describe);
    };
  }

  /// What ROUTE explains, as EXPLAIN (ROUTE) would.
  static DataStatement.Explain explain(AdminStatement.Route route) {
    return new DataStatement.Explain(List.of(), false, true, route.body());
  }

  private static CompletableFuture<Void> act(ClientSession session, AdminStatement statement, Actor actor, boolean describe) {
    if (AdminActs.changes(statement)) {
      session.local().requireNoBlock(AdminActs.name(statement));
    }
    session.administering(true);
    return session.services().admin().run(statement, actor)
        .handleAsync(
            (answer, failure) -> {
              session.administering(false);
              if (failure != null) {
                throw failure instanceof CompletionException known ? known : new CompletionException(failure);
              }
              return answer;
            },
            session.eventLoop())
        .thenAccept(answer -> tell(session, statement, answer, describe));
  }

  private static void tell(ClientSession session, AdminStatement statement, AdminAnswer answer, boolean describe) {
    answer.notices().forEach(session.output()::notice);
    ShowShardgate.write(session, columns(statement), answer.rows(), AdminActs.name(statement), describe);
  }
}
