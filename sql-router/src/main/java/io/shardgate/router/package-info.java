/// The router: a statement's text and the shard map go in, a plan comes out. Pure: no I/O, no clock, no network.
///
/// A statement meets the packages in this order: `lex` (tokens, literals, fingerprint) → `cache` (has this shape been
/// planned?) → `statement` (utility statements, read by hand) or the grammar (queries and DML) → `analyze` (names to
/// tables, predicates to keys, against `catalog`) → `plan` (what to do) → `rewrite` (the text that each shard gets).
/// Never imported here: Netty, JDBC, the proxy.
@NullMarked
package io.shardgate.router;

import org.jspecify.annotations.NullMarked;
