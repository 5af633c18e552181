package io.shardgate.pgwire;

/// The OIDs of PostgreSQL's built-in types, which are the same on every server.
public final class PgType {
  public static final int BOOL = 16;
  public static final int BYTEA = 17;
  public static final int CHAR = 18;
  public static final int NAME = 19;
  public static final int INT8 = 20;
  public static final int INT2 = 21;
  public static final int INT2VECTOR = 22;
  public static final int INT4 = 23;
  public static final int REGPROC = 24;
  public static final int TEXT = 25;
  public static final int OID = 26;
  public static final int TID = 27;
  public static final int XID = 28;
  public static final int CID = 29;
  public static final int OIDVECTOR = 30;
  public static final int JSON = 114;
  public static final int XML = 142;
  public static final int FLOAT4 = 700;
  public static final int FLOAT8 = 701;
  public static final int UNKNOWN = 705;
  public static final int MONEY = 790;
  public static final int INET = 869;
  public static final int CIDR = 650;
  public static final int MACADDR = 829;
  public static final int BPCHAR = 1042;
  public static final int VARCHAR = 1043;
  public static final int DATE = 1082;
  public static final int TIME = 1083;
  public static final int TIMESTAMP = 1114;
  public static final int TIMESTAMPTZ = 1184;
  public static final int INTERVAL = 1186;
  public static final int TIMETZ = 1266;
  public static final int BIT = 1560;
  public static final int VARBIT = 1562;
  public static final int NUMERIC = 1700;
  public static final int REFCURSOR = 1790;
  public static final int REGPROCEDURE = 2202;
  public static final int REGOPER = 2203;
  public static final int REGOPERATOR = 2204;
  public static final int REGCLASS = 2205;
  public static final int REGTYPE = 2206;
  public static final int RECORD = 2249;
  public static final int CSTRING = 2275;
  public static final int VOID = 2278;
  public static final int UUID = 2950;
  public static final int PG_LSN = 3220;
  public static final int REGCONFIG = 3734;
  public static final int REGDICTIONARY = 3769;
  public static final int JSONB = 3802;
  public static final int REGNAMESPACE = 4089;
  public static final int REGROLE = 4096;

  public static final int BOOL_ARRAY = 1000;
  public static final int BYTEA_ARRAY = 1001;
  public static final int CHAR_ARRAY = 1002;
  public static final int NAME_ARRAY = 1003;
  public static final int INT2_ARRAY = 1005;
  public static final int INT4_ARRAY = 1007;
  public static final int TEXT_ARRAY = 1009;
  public static final int BPCHAR_ARRAY = 1014;
  public static final int VARCHAR_ARRAY = 1015;
  public static final int INT8_ARRAY = 1016;
  public static final int FLOAT4_ARRAY = 1021;
  public static final int FLOAT8_ARRAY = 1022;
  public static final int OID_ARRAY = 1028;
  public static final int TIMESTAMP_ARRAY = 1115;
  public static final int DATE_ARRAY = 1182;
  public static final int TIMESTAMPTZ_ARRAY = 1185;
  public static final int NUMERIC_ARRAY = 1231;
  public static final int RECORD_ARRAY = 2287;
  public static final int UUID_ARRAY = 2951;

  /// The first OID that a server gives to objects its users make; smaller ones mean the same on every server of a version.
  public static final int FIRST_USER_OID = 16384;

  private PgType() {}

  /// Whether an OID, unsigned as PostgreSQL's are, may mean something else on another server.
  public static boolean isUserDefined(int oid) {
    return Integer.compareUnsigned(oid, FIRST_USER_OID) >= 0;
  }
}
