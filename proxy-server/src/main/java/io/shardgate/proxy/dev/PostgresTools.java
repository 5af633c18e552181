package io.shardgate.proxy.dev;

/// PostgreSQL's programs and the account they run under. Immutable.
record PostgresTools(PostgresBinaries binaries, ServerAccount account) {}
