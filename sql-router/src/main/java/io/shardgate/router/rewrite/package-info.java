/// The text that each shard gets: the user's own, with splices at known tokens, never a tree printed anew.
///
/// In: a statement's tokens and its plan. Out: texts in the client's encoding. Never imported here: the grammar.
@NullMarked
package io.shardgate.router.rewrite;

import org.jspecify.annotations.NullMarked;
