package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.plan.KeySet;
import java.util.List;

/// Something that holds for every combination of rows that can matter for a statement.
///
/// Each but [Link] is strict: it is not true of a row that an outer join filled with NULLs.
sealed interface Fact {
  /// Two columns have equal values, of one key type.
  record Same(Var left, Var right) implements Fact {}

  /// A query's column and the column inside it that it shows: equal, or both NULL.
  record Link(Var shown, Var inner) implements Fact {}

  /// A column has one of these values.
  record Among(Var column, KeySet keys) implements Fact {}

  /// All facts of one of the branches hold.
  record Either(List<List<Fact>> branches) implements Fact {
    public Either {
      branches = branches.stream().map(List::copyOf).toList();
    }
  }

  /// No rows at all.
  record Never() implements Fact {}
}
