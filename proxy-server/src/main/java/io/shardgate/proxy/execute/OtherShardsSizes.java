package io.shardgate.proxy.execute;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.GapAnswer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the other shards hold of sharded tables, their parts and indexes, and of databases, in bytes: SQL that adds it to what the home shard says.
/// A reference table counts once, as the home shard's copy.
/// Thread-safe: keeps nothing.
///
/// A shard of which the session's transaction has a connection is asked on that, and so tells of tables that the transaction has made; others are
/// asked by the service role, as sizes are no secret of anybody's.
final class OtherShardsSizes {
  private static final List<String> FUNCTIONS = List.of("pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size");

  private final ServiceConnections service;

  OtherShardsSizes(ServiceConnections service) {
    this.service = service;
  }

  /// A relation by schema and name, or a database.
  private record Name(String first, String second) {}

  /// What is to be added to `function(relation)`.
  CompletableFuture<GapAnswer> ofRelations(String function, ExecutionPort port) {
    if (!FUNCTIONS.contains(function)) {
      throw new IllegalArgumentException("function: " + function + " (expected: one of " + FUNCTIONS + ")");
    }
    String tables =
        port.view().map().groups().values().stream()
            .flatMap(group -> group.tables().keySet().stream())
            .map((TableName table) -> "(" + literal(table.schema()) + ", " + literal(table.name()) + ")")
            .collect(Collectors.joining(", "));
    if (tables.isEmpty()) {
      return CompletableFuture.completedFuture(new GapAnswer.Asked());
    }
    String sizes = relations(tables, "pg_catalog." + function + "(c.oid)");
    return asked(sizes, relations(tables, "c.oid"), port);
  }

  private static String relations(String tables, String value) {
    return """
        WITH RECURSIVE part(id) AS (
          SELECT c.oid FROM (VALUES %s) v(s, r), pg_catalog.pg_namespace n, pg_catalog.pg_class c
          WHERE n.nspname = v.s AND c.relnamespace = n.oid AND c.relname = v.r
          UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN part ON i.inhparent = part.id),
        one(id) AS (SELECT id FROM part UNION SELECT x.indexrelid FROM pg_catalog.pg_index x JOIN part ON x.indrelid = part.id)
        SELECT n.nspname, c.relname, %s
        FROM one JOIN pg_catalog.pg_class c ON c.oid = one.id JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace""".formatted(tables, value);
  }

  /// What is to be added to `pg_database_size(database)`, which takes a name or a number.
  CompletableFuture<GapAnswer> ofDatabases(ExecutionPort port) {
    return asked(
        "SELECT d.datname, '', pg_catalog.pg_database_size(d.oid) FROM pg_catalog.pg_database d WHERE d.datallowconn",
        "SELECT d.datname, '', d.oid FROM pg_catalog.pg_database d", port);
  }

  /// A table of sums, to be looked up by the argument: no query, in which the argument's names could mean other columns.
  private CompletableFuture<GapAnswer> asked(String sizes, String homeNumbers, ExecutionPort port) {
    return sums(sizes, port)
        .thenCompose(
            sums ->
                ask(port.view().map().home(), homeNumbers, port)
                    .handleAsync((numbers, failure) -> {
                      if (failure != null) {
                        throw asServerError(failure);
                      }
                      return addition(sums, numbers);
                    }, port.eventLoop()));
  }

  private static GapAnswer addition(Map<Name, Long> sums, List<List<@Nullable String>> numbers) {
    Map<String, Long> entries = new LinkedHashMap<>();
    for (List<@Nullable String> row : numbers) {
      Name name = name(row);
      Long sum = sums.get(name);
      if (sum != null) {
        entries.put(String.valueOf(row.get(2)), sum);
        if (name.second().isEmpty()) {
          entries.put(name.first(), sum);
        }
      }
    }
    if (entries.isEmpty()) {
      return new GapAnswer.Asked();
    }
    String keys = entries.keySet().stream().map(OtherShardsSizes::literal).collect(Collectors.joining(", "));
    String values = entries.values().stream().map(bytes -> "'" + bytes + "'").collect(Collectors.joining(", "));
    boolean relations = numbers.stream().noneMatch(row -> name(row).second().isEmpty());
    return new GapAnswer.Addition(
        "coalesce((pg_catalog.jsonb_object(ARRAY[" + keys + "], ARRAY[" + values + "]) OPERATOR(pg_catalog.->>) "
            + GapAnswer.ARGUMENT + (relations ? "::pg_catalog.regclass::pg_catalog.oid" : "") + "::pg_catalog.text)::pg_catalog.int8, 0)");
  }

  private static Name name(List<@Nullable String> row) {
    return new Name(String.valueOf(row.get(0)), String.valueOf(row.get(1)));
  }

  /// Sums what all shards but the home shard answer: two names and a number. Completes on the port's event loop.
  private CompletableFuture<Map<Name, Long>> sums(String sql, ExecutionPort port) {
    ShardMap map = port.view().map();
    List<CompletableFuture<List<List<@Nullable String>>>> asked = new ArrayList<>();
    for (ShardId shard : map.allShards()) {
      if (!shard.equals(map.home())) {
        asked.add(ask(shard, sql, port));
      }
    }
    CompletableFuture<Map<Name, Long>> done = new CompletableFuture<>();
    CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .whenComplete(
            (_, failure) ->
                port.eventLoop().execute(
                    () -> {
                      if (failure != null) {
                        done.completeExceptionally(asServerError(failure));
                      } else {
                        done.complete(sum(asked.stream().map(CompletableFuture::join).toList()));
                      }
                    }));
    return done;
  }

  private static Map<Name, Long> sum(List<List<List<@Nullable String>>> answers) {
    Map<Name, Long> sums = new LinkedHashMap<>();
    for (List<List<@Nullable String>> rows : answers) {
      for (List<@Nullable String> row : rows) {
        String bytes = row.get(2);
        if (bytes != null) { // null: dropped in this moment
          sums.merge(name(row), Long.parseLong(bytes), Long::sum);
        }
      }
    }
    return sums;
  }

  private CompletableFuture<List<List<@Nullable String>>> ask(ShardId shard, String sql, ExecutionPort port) {
    Participant participant = port.block().participant(shard);
    return participant != null && participant.conversation().inBlock()
        ? port.join(shard).thenCompose(joined -> joined.conversation().ask(sql)).thenApply(answer -> answer.orThrow().rows())
        : service.run(shard, port.database(), connection -> rows(connection, sql)).toCompletableFuture();
  }

  private static List<List<@Nullable String>> rows(Connection connection, String sql) throws SQLException {
    List<List<@Nullable String>> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement(); ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<@Nullable String> row = new ArrayList<>();
        for (int column = 1; column <= 3; column++) {
          row.add(result.getString(column));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  /// In ASCII, so that it reads the same under every client encoding.
  private static String literal(String value) {
    StringBuilder out = new StringBuilder(" E'");
    value.codePoints().forEach(
        c -> {
          if (c == '\'' || c == '\\') {
            out.append('\\').append((char) c);
          } else if (c < 0x80) {
            out.append((char) c);
          } else {
            out.append("\\U%08x".formatted(c));
          }
        });
    return out.append('\'').toString();
  }

  private static ServerErrorException asServerError(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    return cause instanceof ServerErrorException known
        ? known
        : new ServerErrorException(SqlState.CONNECTION_FAILURE, "sizes could not be asked of all shards: " + cause.getMessage());
  }
}
