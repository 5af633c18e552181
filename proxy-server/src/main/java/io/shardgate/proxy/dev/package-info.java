/// `./shardgate dev`: a whole cluster on one machine, for trying things and for tests.
///
/// Comes in: the command line ([DevMain]). Goes out: embedded PostgreSQL servers, a shard directory that knows them, and a proxy
/// in front, started through [ProxyStarter].
///
/// In the order of a start: [DevMain] → [DevFolder] (whose is the data folder, what is in it) → [Leftovers] (of a killed run) →
/// [PostgresBinaries] → [PostgresTemplate] (one initdb) → [DevCluster] of [PostgresServer]s → [ProxyStarter] → [SampleData].
///
/// Never imported here: the session core's rooms. Nothing else imports this package.
@NullMarked
package io.shardgate.proxy.dev;

import org.jspecify.annotations.NullMarked;
