/// Plans for everything that is neither query nor data change: definitions, maintenance, COPY, LOCK, TRUNCATE, CALL, DO.
///
/// In: a [io.shardgate.router.statement.Statement] with the places of its names. Out: a plan with the text that each shard gets.
/// What belongs to sharded and reference tables, and what they are made of (schemas, types, functions, roles), is on every
/// shard; the rest is on the home shard only. Never imported here: the grammar's nodes.
@NullMarked
package io.shardgate.router.ddl;

import org.jspecify.annotations.NullMarked;
