/// etcd for tests: [EtcdBinary] finds or fetches it, [EtcdCluster] runs it, [Relay] stands between it and a client, [NeedsEtcd] says which
/// tests want it.
package io.shardgate.directory.testing;
