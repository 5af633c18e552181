package io.shardgate.router.catalog;

/// A type outside `pg_catalog`, by the OID it has on the home shard.
///
/// @param kind `pg_type.typtype`: b base, c composite, d domain, e enum, p pseudo, r range, m multirange
/// @param baseOid the base type of a domain, else 0
/// @param elementOid the element of an array type, else 0
/// @param relationOid the relation of a composite, else 0
/// @param cuts whether an explicit cast to this domain cuts what an assignment refuses: `varchar(3)`, `char(3)`, `bit(3)` and their arrays
public record PgTypeEntry(
    int oid, String schema, String name, char kind, int baseOid, int elementOid, int relationOid, boolean cuts) {}
