/// PostgreSQL's queries and data changes, from text to tree.
///
/// Comes in: the text of one SELECT, VALUES, TABLE, WITH, INSERT, UPDATE, DELETE or MERGE. Goes out: the tree described in
/// [io.shardgate.router.grammar.tree], or a [io.shardgate.router.grammar.GrammarException].
/// Never imported here: shards, catalogs, plans. Utility statements are read elsewhere.
@NullMarked
package io.shardgate.router.grammar;

import org.jspecify.annotations.NullMarked;
