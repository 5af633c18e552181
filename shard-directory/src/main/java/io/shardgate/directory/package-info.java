/// Who owns which key.
///
/// Comes in: a topology (YAML) that people write, and key values as the router finds them. Goes out: [ShardMap],
/// the immutable, versioned assignment of every key of every group to one shard.
///
/// In the order a query meets them: [TableName] → [Group] → [KeyText] → [KeyValue] → [KeySpace] ([HashRing] by [ShardFunction],
/// [OrderedKeys] by [KeyOrder], [KeyTable]) → [ShardId] → [Shard] → [Endpoint]. Maps are made by [TopologyReader] → [Topology] → [Ring], and kept
/// behind the door [ShardDirectory], with one room per store: `file` for one proxy,
/// `etcd` for many; what both write is in `json`, how both place keys in `keys`. A key that a [KeyTable] does not know goes through that door too, and gets
/// its owner by [Placement].
///
/// Never imported here (but for what jetcd wants, in its room): Netty, JDBC, the router, the proxy. Types of a store's client library stay in its room.
@NullMarked
package io.shardgate.directory;

import org.jspecify.annotations.NullMarked;
