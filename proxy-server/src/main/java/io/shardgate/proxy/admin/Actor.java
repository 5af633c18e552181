package io.shardgate.proxy.admin;

/// Who asks.
///
/// @param role the role that logged in
/// @param address where the client is
/// @param database the database that it is connected to
public record Actor(String role, String address, String database) {}
