/// # A whole cluster inside a test
///
/// In: a topology as YAML. Out: [TestCluster], real PostgreSQL servers with a proxy of this JVM in front; [WireClient], which sends any
/// bytes; [ProxyProcess], a proxy that can be killed, and [FakeClock], its time of day; [Scrape], the proxy's meters at one moment; [LogWatch], what was logged;
/// [ForeignCopies], rows that are on their way. No test stands here, and nothing but the doors of the modules is imported.
@NullMarked
package io.shardgate.cluster;

import org.jspecify.annotations.NullMarked;
