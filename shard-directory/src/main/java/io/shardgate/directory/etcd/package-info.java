/// The shard directory in etcd, for many proxies.
///
/// [EtcdPlace] says where, [EtcdStore] connects, reads and makes the first map, [EtcdDirectory] is the door. Behind it: [Follower] keeps this
/// process up with what is recorded ([Snapshot], then a watch), [MapChange] writes a new version in one transaction, [Registrar] keeps the
/// proxies' leases alive, [EtcdKeys] reads and places keys of strategy *directory*. [Layout] has the names of the keys (docs/decisions/0018-etcd-layout.md).
///
/// jetcd, gRPC and what they bring are imported here and nowhere else; Netty only for the TLS context that jetcd wants ([EtcdConnection]).
@NullMarked
package io.shardgate.directory.etcd;

import org.jspecify.annotations.NullMarked;
