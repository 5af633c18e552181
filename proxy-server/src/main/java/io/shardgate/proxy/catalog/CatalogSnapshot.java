package io.shardgate.proxy.catalog;

import io.shardgate.proxy.oid.OidMap;
import io.shardgate.router.catalog.Catalog;

/// What was known about one database at one moment. Immutable; the same object as long as nothing changed.
///
/// @param catalog the home shard's tables, types and functions
/// @param oids the OIDs of user types and tables on every shard
public record CatalogSnapshot(Catalog catalog, OidMap oids) {}
