package io.shardgate.bench.rig;

import org.jspecify.annotations.Nullable;

/// Somebody to connect to. Immutable.
///
/// @param name as the table has it
/// @param port on loopback
/// @param process whose CPU time is told; null where nothing stands between client and server
/// @param java whether the process is a JVM, which can be asked what it allocated
record Contestant(String name, int port, @Nullable ProcessHandle process, boolean java) {}
