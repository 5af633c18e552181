package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import org.jspecify.annotations.Nullable;

/// `SHARDGATE …`: what operators ask of the proxy itself. [AdminReader] has the grammar.
public sealed interface AdminStatement extends Statement {
    /// `SHARDGATE STATUS` and the other topics: what `SHOW SHARDGATE …` answers.
    record Show(SessionStatement.ShowShardgate.Topic topic) implements AdminStatement {}

    /// A topology takes the present one's place.
    ///
    /// @param ifVersion the version of the map that it has to follow; null for whichever is in force
    record Apply(String topology, @Nullable Long ifVersion) implements AdminStatement {}

    /// What [Apply] would change.
    record Diff(String topology) implements AdminStatement {}

    /// Cuts the range that holds a place, for the same owner.
    record Split(String group, Place at) implements AdminStatement {}

    /// Joins the range that begins at a place to the one before it, of the same owner.
    record Merge(String group, Place at) implements AdminStatement {}

    /// A place in a key space.
    sealed interface Place {
        /// A position on a hash ring.
        record Position(long value) implements Place {}

        /// A key; on a hash ring its position.
        record Key(String text) implements Place {}
    }

    /// Says where a key of strategy *directory* goes that nobody has placed.
    record Assign(String group, String key, String shard) implements AdminStatement {}

    /// What `EXPLAIN (ROUTE)` says of a statement.
    record Route(Lexed body) implements AdminStatement {}

    /// Whether the declared tables are alike on all shards.
    record VerifySchema() implements AdminStatement {}

    /// Takes from the servers what the proxy made there.
    ///
    /// @param confirmation the sentence that the list of it names; null for the list
    record Uninstall(@Nullable String confirmation) implements AdminStatement {}

    /// None of these.
    ///
    /// @param expected what would have to stand there
    /// @param token the number of the token that it is not; behind the last one where the statement ends too early
    record Unknown(String expected, int token) implements AdminStatement {}
}
