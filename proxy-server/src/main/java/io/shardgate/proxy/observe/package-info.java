/// What can be seen from outside: meters, liveness, readiness.
///
/// In come single facts from the data path ([ProxyMetrics], [ShardMetrics]: no lock, no lookup by text where it is hot); out goes Prometheus's
/// text and two health answers over HTTP ([HttpEndpoint]). Nothing here knows messages, plans or pools: those packages call this one.
/// Never imported here: `session`, `pool`, the router.
@NullMarked
package io.shardgate.proxy.observe;

import org.jspecify.annotations.NullMarked;
