/// The proxy: a client's query, station by station.
///
/// In come PostgreSQL clients; out go the answers of the shards. A query meets the packages in this order: `accept` (TLS, the first bytes),
/// `auth` (SCRAM against the roles' own verifiers), `session` (what a client's session is made of), `transaction`, `pool` (server connections
/// on the same event loop), `relay` (the way back). What takes several shards goes through `execute` and `gather`. Beside that path stand `catalog` (what the shards know about their tables, types and
/// roles), `listen` (notifications of the other shards), `oid` (every OID a client sees is the home shard's), `observe` (metrics and health), `setup` (what is
/// served while there is no shard map) and `dev` (a cluster in one command).
///
/// Here: [ProxyServer] wires it all, from settings (`config`) and a directory. Nothing imports this package. Never imported here: Calcite, etcd's types.
@NullMarked
package io.shardgate.proxy;

import org.jspecify.annotations.NullMarked;
