package io.shardgate.proxy.oid;

/// Built-in types that matter here: `unknown`, and those whose binary values hold OIDs (PostgreSQL's `pg_type.dat`).
final class PgTypes {
  static final int UNKNOWN = 705;
  static final int RECORD = 2249;
  static final int RECORD_ARRAY = 2287;
  static final int ANYARRAY = 2277;
  static final int REGCLASS = 2205;
  static final int REGCLASS_ARRAY = 2210;
  static final int REGTYPE = 2206;
  static final int REGTYPE_ARRAY = 2211;

  private PgTypes() {}
}
