/// From the bytes of a Query or Parse message to statements cut into tokens, with their literals lifted out.
///
/// **In:** SQL text in the client's encoding (an ASCII superset), `standard_conforming_strings`.
/// **Out:** one [io.shardgate.router.lex.Lexed] for each statement: tokens, literal slots, [io.shardgate.router.lex.Fingerprint].
/// **Order:** `Lexer` walks the bytes once · `Tape` takes the tokens · `Liftable` says which literals are lifted ·
/// `FingerprintHash` sums the rest up · `Literals` decodes values when somebody asks.
/// **Never imported here:** Netty, Calcite, the catalog, the shard map. Nothing here knows what a statement means.
///
/// The rules are those of PostgreSQL's manual, section 4.1, "Lexical Structure".
@NullMarked
package io.shardgate.router.lex;

import org.jspecify.annotations.NullMarked;
