package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
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
import java.util.stream.Stream;

/// Sequences count on the home shard only. On every other shard those behind columns of sharded and reference tables are used up, so
/// that a `nextval` there (in a function, a trigger, a default that nobody made first) fails with 2200H instead of giving a value
/// that another row has. Thread-safe: keeps nothing.
final class SequenceGuards {
  private static final List<String> SEQUENCE_OPTIONS = List.of("maxvalue", "minvalue", "no", "increment", "start", "cycle", "cache", "sequence");

  private SequenceGuards() {}

  /// Looks after the sequences that a statement may have made, on every shard of the transaction but the home shard.
  static CompletableFuture<Void> after(Execution execution, ExecutionPort port) {
    ShardMap map = port.view().map();
    List<TableName> tables =
        Stream.concat(map.groups().values().stream().flatMap(group -> group.tables().keySet().stream()), map.reference().stream()).toList();
    boolean mayMake =
        execution.lexed().is(0, "create") || execution.lexed().is(0, "alter") || execution.lexed().is(0, "truncate");
    if (tables.isEmpty() || !mayMake) {
      return CompletableFuture.completedFuture(null);
    }
    String list = tables.stream().map(SequenceGuards::pair).collect(Collectors.joining(", "));
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (ShardId shard : map.allShards()) {
      Participant participant = port.block().participant(shard);
      if (!shard.equals(map.home()) && participant != null && participant.conversation().inBlock()) {
        done = done.thenCompose(_ -> useUp(participant.conversation(), list));
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
  private static CompletableFuture<Void> useUp(Conversation conversation, String tables) {
    return conversation.ask(
            "SELECT c.oid::pg_catalog.regclass " + guarded(tables) + " AND s.seqcycle")
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
                      + guarded(tables) + " AND NOT s.seqcycle");
            })
        .thenAccept(Answer::orThrow);
  }

  /// Sequences owned by columns of the tables, or named by their defaults. A role can only set its own, and only those are new.
  private static String guarded(String tables) {
    return "FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid"
          + " WHERE pg_catalog.pg_has_role(c.relowner, 'USAGE') AND EXISTS (SELECT FROM pg_catalog.pg_depend d"
          + " LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = d.objid"
          + " JOIN pg_catalog.pg_class t ON t.oid = CASE WHEN d.objid = c.oid THEN d.refobjid ELSE a.adrelid END"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace"
          + " WHERE (d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')"
          + " OR a.oid IS NOT NULL AND d.refobjid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)"
          + " AND (n.nspname, t.relname) IN (" + tables + "))";
  }

  private static String pair(TableName table) {
    return "(" + literal(table.schema()) + ", " + literal(table.name()) + ")";
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
