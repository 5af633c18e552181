/// What the shards know: tables, types, functions, roles, databases.
///
/// In come the answers of `pg_catalog`, read by the service role over JDBC on virtual threads ([ServiceConnections]), or, for what a
/// transaction has not yet committed, over a session's own connection ([CatalogSource]). Out go immutable snapshots: the router's
/// [io.shardgate.router.catalog.Catalog] and the OIDs of every shard ([CatalogKeeper]), and who may log in ([RoleVerifiers], [Databases]).
/// Everything that waits is a CompletionStage that may complete on any thread; an event loop dispatches it back to itself.
/// Never imported here: `session`, `pool`, Netty.
@NullMarked
package io.shardgate.proxy.catalog;

import org.jspecify.annotations.NullMarked;
