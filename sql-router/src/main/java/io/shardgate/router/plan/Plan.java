package io.shardgate.router.plan;

import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.Span;
import io.shardgate.router.statement.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What to do with a statement. Data: the router makes it, the proxy carries it out.
public sealed interface Plan {

  /// The session answers, or acts on its own state: SET, SHOW, BEGIN, PREPARE, FETCH, DISCARD, SHOW SHARDGATE, EXPLAIN (ROUTE), SHARDGATE.
  record Local(Statement statement) implements Plan {}

  /// One shard has all it takes and gets the statement as the user wrote it.
  ///
  /// @param several what is done where it takes several shards; null: it is refused
  /// @param unknownRelation it names a relation that the catalog has not: refresh the catalog once and plan again; if the
  ///     plan is the same, send it, PostgreSQL says "does not exist"
  record Forward(Target target, Effects effects, boolean unknownRelation, @Nullable Gathering several) implements Plan {
    public Forward(Target target, Effects effects) {
      this(target, effects, false);
    }

    /// One that is refused where it takes several shards.
    public Forward(Target target, Effects effects, boolean unknownRelation) {
      this(target, effects, unknownRelation, null);
    }
  }

  /// The home shard has all it takes, but for what only the proxy knows: its clients' numbers, and what other shards hold. `SqlRouter.fill` puts the
  /// answers into the user's text.
  ///
  /// @param gaps in the order of the text; none is inside another
  record Filled(List<Gap> gaps, Effects effects) implements Plan {
    public Filled {
      gaps = List.copyOf(gaps);
    }
  }

  /// INSERT … VALUES whose rows may belong to several shards, or must be completed first: `SqlRouter.split` cuts it.
  ///
  /// @param columns the columns that each row of the user's text gives, in its order
  /// @param rowKeys where each row's shard key is; null for a row whose key is generated; empty for a reference table
  /// @param rowLabels for each row the value by which its key is placed when it is new; empty where that asks for none
  /// @param generated columns that are not given (or given as DEFAULT), in the order in which they are appended
  /// @param overridingSystemValue whether a generated one is GENERATED ALWAYS: the text gets OVERRIDING SYSTEM VALUE
  /// @param lockFirst a reference table, locked on the home shard before anything else
  record SplitInsert(
      TableName table,
      RowDestination destination,
      List<String> columns,
      List<@Nullable KeySource> rowKeys,
      List<LabelSource> rowLabels,
      List<GeneratedColumn> generated,
      boolean overridingSystemValue,
      boolean returning,
      @Nullable TableName lockFirst,
      Effects effects)
      implements Plan {
    public SplitInsert {
      columns = List.copyOf(columns);
      rowKeys = Collections.unmodifiableList(new ArrayList<>(rowKeys));
      rowLabels = List.copyOf(rowLabels);
      generated = List.copyOf(generated);
    }
  }

  /// INSERT whose rows one shard makes alone, by a query or out of the expressions of VALUES: they are read there, then inserted as by
  /// [SplitInsert]. `SqlRouter.insertRows` builds each shard's text.
  ///
  /// @param source the shard that makes them
  /// @param query the query in the user's text, or its VALUES
  /// @param ofValues whether it is the INSERT's own VALUES, whose expressions are assigned one by one
  /// @param columns the columns that the query gives, in order
  record InsertSelect(
      TableName table,
      Target source,
      QuerySpan query,
      boolean ofValues,
      RowDestination destination,
      List<String> columns,
      List<String> columnTypes,
      List<GeneratedColumn> generated,
      boolean overridingSystemValue,
      boolean returning,
      @Nullable TableName lockFirst,
      Effects effects)
      implements Plan {
    public InsertSelect {
      columns = List.copyOf(columns);
      columnTypes = List.copyOf(columnTypes);
      generated = List.copyOf(generated);
    }
  }

  /// A statement around a query that several shards may have to answer together: one shard gets the statement as it is; where there are several, the home shard
  /// finishes the query, and the proxy makes of it what the statement asks for.
  ///
  /// @param query the query in it
  /// @param body where the query goes; its effects are the statement's
  record AroundQuery(Lexed query, Forward body) implements Plan {}

  /// Tokens `first` (inclusive) to `last` (exclusive) of a statement.
  record QuerySpan(int first, int last) {}

  /// COPY … FROM STDIN into a sharded or reference table: the stream is cut into rows, each goes to its shard(s).
  ///
  /// @param columns the columns of the stream, in order
  /// @param shardText the COPY statement that each shard gets, generated columns appended; format text, csv or binary as the user's
  record CopyIn(
      TableName table,
      RowDestination destination,
      List<String> columns,
      List<GeneratedColumn> generated,
      String shardText,
      @Nullable TableName lockFirst,
      Effects effects)
      implements Plan {
    public CopyIn {
      columns = List.copyOf(columns);
      generated = List.copyOf(generated);
    }
  }

  /// COPY sharded table TO STDOUT: each shard's rows one after the other, headers and trailers once.
  ///
  /// @param foreign the marks of the table's group that the texts are made for: on every shard it has to be the same ones
  record CopyOut(TableName table, String group, List<ForeignMark> foreign, List<ShardText> texts, Effects effects) implements Plan {
    public CopyOut {
      foreign = List.copyOf(foreign);
      texts = List.copyOf(texts);
    }
  }

  /// Every shard named, in this order, in one transaction: DDL, writes to reference tables, TRUNCATE. The client gets the
  /// first one's answer.
  ///
  /// @param lockFirst reference tables, locked on the home shard before anything else
  /// @param password where the literal of a new password stands: before anything is sent, the executor puts a SCRAM verifier
  ///     in its place, the same for all, or logins would differ from shard to shard. It must never be logged.
  /// @param byRows the statement may do something else on every shard (`now()`, `random()`): the first shard runs it, and the others
  ///     get the rows that it changed there in the one table of `lockFirst`, which has a primary key
  record Broadcast(
      List<ShardText> texts, List<TableName> lockFirst, Effects effects, @Nullable Span password, boolean byRows)
      implements Plan {
    public Broadcast {
      texts = List.copyOf(texts);
      lockFirst = List.copyOf(lockFirst);
    }

    /// The same text, or one of its own, for every shard.
    public Broadcast(List<ShardText> texts, List<TableName> lockFirst, Effects effects) {
      this(texts, lockFirst, effects, null);
    }

    /// The same, with a new password or without.
    public Broadcast(List<ShardText> texts, List<TableName> lockFirst, Effects effects, @Nullable Span password) {
      this(texts, lockFirst, effects, password, false);
    }
  }

  /// Every shard named, one after the other, outside of any transaction: VACUUM, CREATE INDEX CONCURRENTLY. Inside a
  /// transaction block the first shard's own error is the answer.
  record ShardByShard(List<ShardText> texts, Effects effects) implements Plan {
    public ShardByShard {
      texts = List.copyOf(texts);
    }
  }

  /// Would be wrong, or nobody knows: our grammar could not read the text, and something sharded may be meant. Before the client is told, the home
  /// shard is asked: what PostgreSQL rejects is answered with its own error and position.
  ///
  /// @param message PostgreSQL style: lower case, no period
  record Refuse(Refusal refusal, String message, @Nullable String detail, @Nullable String hint) implements Plan {}
}
