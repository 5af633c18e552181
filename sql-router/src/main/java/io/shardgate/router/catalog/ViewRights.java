package io.shardgate.router.catalog;

/// With whose rights a view reads, and which of its definitions that is.
///
/// @param owner the role whose rights and policies count for what it reads
/// @param invoker `security_invoker`: those of the role that asks count instead
/// @param barrier `security_barrier`: its own conditions come before those of the query
/// @param version what [#VERSION_SQL] says of the view while it is this
public record ViewRights(String owner, boolean invoker, boolean barrier, String version) {
  /// SQL that tells one definition of a view from another, with its owner and options: of `pg_rewrite r`, its rule, and `pg_class c`.
  public static final String VERSION_SQL =
      "pg_catalog.md5(pg_catalog.concat_ws(' ', r.ev_action::pg_catalog.text, c.relowner, c.reloptions))";

  /// The role that reads when `user` asks.
  public String reader(String user) {
    return invoker ? user : owner;
  }
}
