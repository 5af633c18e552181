/// What the home shard's `pg_catalog` says, as far as routing needs it.
///
/// In: rows that `proxy.catalog` read from a server. Out: [Catalog], an immutable snapshot with its own version, and
/// the records it is made of. Never imported here: anything that reads a server, the grammar, plans.
@NullMarked
package io.shardgate.router.catalog;

import org.jspecify.annotations.NullMarked;
