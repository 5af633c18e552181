package io.shardgate.router;

import io.shardgate.directory.ShardId;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.Target;
import io.shardgate.router.statement.Query;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.StatementReader;
import io.shardgate.router.statement.TransactionStatement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The door of the router: what to do with a statement, and where one execution of it goes.
/// Thread-safe: it keeps nothing but what it derived from immutable catalogs and maps.
public final class SqlRouter {

  /// Plans a statement. The plan holds for every statement of the same fingerprint under the same view.
  public Plan plan(Lexed lexed, RoutingView view) {
    Statement statement = StatementReader.read(lexed);
    return switch (statement) {
      case SessionStatement session -> new Plan.Local(session);
      case TransactionStatement transaction -> new Plan.Local(transaction);
      case Query _ -> new Plan.Forward(new Target.Home(), Effects.WRITE);
      default -> new Plan.Forward(new Target.Home(), Effects.CATALOG);
    };
  }

  /// Where an execution goes. Hot path: allocates nothing for a statement with one integer key.
  public Decision decide(Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view) {
    return Decision.Home.INSTANCE;
  }

  /// How many rows the VALUES of an INSERT has.
  public int rowCount(Plan.SplitInsert plan, Lexed lexed) {
    return 1;
  }

  /// Cuts an INSERT … VALUES into one statement per shard.
  ///
  /// @param generated for each row the values of the plan's generated columns, as text; null is NULL
  public Split split(
      Plan.SplitInsert plan, Lexed lexed, Bindings bindings, RoutingView view, List<List<@Nullable String>> generated) {
    return new Split.Pieces(List.of());
  }

  /// Makes one INSERT … VALUES per shard out of rows that an INSERT … SELECT's query gave.
  ///
  /// @param rows the rows in text, generated columns appended; null is NULL
  public Split insertRows(Plan.InsertSelect plan, Lexed lexed, RoutingView view, List<List<@Nullable String>> rows) {
    return new Split.Pieces(List.of());
  }

  /// The shard for a row of COPY.
  ///
  /// @param value the key as the stream has it, text in UTF-8
  /// @param binary whether it is in binary format
  /// @return null when the value is not one of the key's type
  public @Nullable ShardId ownerOf(RowDestination.ByKey destination, byte[] value, boolean binary, RoutingView view) {
    return null;
  }
}
