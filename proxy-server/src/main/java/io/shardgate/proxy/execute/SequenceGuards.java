package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.StatementReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// Sequences count on the home shard only. On every other shard they are used up, those behind columns and those that belong to none, so
/// that a `nextval` there (in a function, a trigger, a default that nobody made first) fails with 2200H instead of giving a value
/// that another row has. Thread-safe: keeps nothing.
final class SequenceGuards {
  private static final List<String> SEQUENCE_OPTIONS = List.of("maxvalue", "minvalue", "no", "increment", "start", "cycle", "cache", "sequence");

  /// All of them: those of home tables are not there. A role can only set its own, and only those are new.
  private static final String GUARDED =
      "FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          + " WHERE pg_catalog.pg_has_role(c.relowner, 'USAGE') AND c.relpersistence <> 't' AND n.nspname <> 'shardgate'";

  private SequenceGuards() {}

  /// Looks after the sequences that a statement may have made, on every shard of the transaction but the home shard.
  static CompletableFuture<Void> after(Execution execution, ExecutionPort port) {
    ShardMap map = port.view().map();
    boolean mayMake =
        execution.lexed().is(0, "create") || execution.lexed().is(0, "alter") || execution.lexed().is(0, "truncate");
    boolean declares = !map.groups().isEmpty() || !map.reference().isEmpty();
    if (!declares || !mayMake) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (ShardId shard : map.allShards()) {
      Participant participant = port.block().participant(shard);
      if (!shard.equals(map.home()) && participant != null && participant.conversation().inBlock()) {
        done = done.thenCompose(_ -> useUp(participant.conversation()));
      }
    }
    return done;
  }

  /// A sequence at its end can't be given a lower end: before ALTER SEQUENCE, or ALTER TABLE of an identity column, it goes back to its
  /// start on the other shards. As a change of the catalog, which a rollback undoes.
  static CompletableFuture<Void> before(Plan.Broadcast broadcast, Execution execution, ExecutionPort port) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    String sql = execution.lexed().is(0, "alter") ? restart(execution.lexed()) : "";
    if (sql.isEmpty()) {
      return done;
    }
    ShardId home = port.view().map().home();
    for (ShardText text : broadcast.texts()) {
      if (!text.shard().equals(home)) {
        done = done.thenCompose(_ -> port.join(text.shard())).thenCompose(other -> other.conversation().ask(sql)).thenAccept(Answer::orThrow);
      }
    }
    return done;
  }

  /// What takes the sequences of a statement back to their start; empty where it changes none.
  private static String restart(Lexed lexed) {
    return switch (StatementReader.read(lexed)) {
      case DefinitionStatement.AlterSequence alter when alter.options().stream().anyMatch(option -> !option.name().equals("restart")) ->
          "ALTER SEQUENCE IF EXISTS " + alter.name().span().in(lexed) + " RESTART";
      case DefinitionStatement.AlterTable alter -> {
        String actions =
            identityColumns(lexed).stream().map(column -> "ALTER COLUMN " + column + " RESTART").distinct().collect(Collectors.joining(", "));
        yield actions.isEmpty() ? "" : "ALTER TABLE IF EXISTS " + alter.name().span().in(lexed) + " " + actions;
      }
      default -> "";
    };
  }

  /// The columns of `ALTER [COLUMN] c SET MAXVALUE n` and its kin.
  private static List<String> identityColumns(Lexed lexed) {
    List<String> columns = new ArrayList<>();
    String column = "";
    for (int token = 2; token + 1 < lexed.size(); token++) {
      int option = token + 1;
      if (lexed.is(token, "alter")) {
        int name = lexed.is(option, "column") ? option + 1 : option;
        column = name < lexed.size() ? lexed.string(lexed.tokenStart(name), lexed.tokenEnd(name)) : "";
      } else if (!column.isEmpty() && lexed.is(token, "set") && SEQUENCE_OPTIONS.stream().anyMatch(word -> lexed.is(option, word))) {
        columns.add(column);
      }
    }
    return columns;
  }

  /// A cycling sequence has no end: on the other shards it stops cycling first.
  private static CompletableFuture<Void> useUp(Conversation conversation) {
    return conversation.ask(
            "SELECT c.oid::pg_catalog.regclass " + GUARDED + " AND s.seqcycle")
        .thenCompose(
            cycling -> {
              String stop =
                  cycling.orThrow().rows().stream()
                      .map(row -> "ALTER SEQUENCE " + row.getFirst() + " NO CYCLE; ")
                      .collect(Collectors.joining());
              return stop.isEmpty() ? CompletableFuture.completedFuture(cycling) : conversation.ask(stop);
            })
        .thenCompose(
            stopped -> {
              stopped.orThrow();
              return conversation.ask(
                  "SELECT pg_catalog.setval(c.oid::pg_catalog.regclass, CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END, true) "
                      + GUARDED + " AND NOT s.seqcycle");
            })
        .thenAccept(Answer::orThrow);
  }
}
