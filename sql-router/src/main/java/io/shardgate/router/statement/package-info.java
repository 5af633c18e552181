/// From the tokens of a statement to a record that says what it asks for, without its meaning.
///
/// **In:** a [io.shardgate.router.lex.Lexed]. **Out:** a [io.shardgate.router.statement.Statement].
/// Queries and DML come out as [io.shardgate.router.statement.Query] and are read by the grammar; everything else is read here, by hand, with the place of each
/// name in the text, so that the router can splice. What does not follow PostgreSQL's grammar comes out as
/// [io.shardgate.router.statement.Other]: PostgreSQL has the last word on syntax.
/// **Order:** `StatementReader` looks at the first word · one reader a family goes over the `Tokens` · records.
/// **Never imported here:** Calcite, the catalog, the shard map.
@NullMarked
package io.shardgate.router.statement;

import org.jspecify.annotations.NullMarked;
