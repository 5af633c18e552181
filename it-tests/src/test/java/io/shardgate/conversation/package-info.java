/// Scripted conversations, held with one plain PostgreSQL and with the proxy: what is answered has to be the same.
///
/// In: the scripts in `src/test/resources/conversations`. Out: a test for each, which fails with both transcripts.
@org.jspecify.annotations.NullMarked
package io.shardgate.conversation;
