package io.shardgate.router.catalog;

/// With whose rights a view reads.
///
/// @param owner the role whose rights and policies count for what it reads
/// @param invoker `security_invoker`: those of the role that asks count instead
/// @param barrier `security_barrier`: its own conditions come before those of the query
public record ViewRights(String owner, boolean invoker, boolean barrier) {
  /// The role that reads when `user` asks.
  public String reader(String user) {
    return invoker ? user : owner;
  }
}
