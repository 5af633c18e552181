/// etcd for tests: [EtcdBinary] finds or fetches it (profile `containers`: out of an image, too), [EtcdCluster] runs it, [Relay] stands between it and a client, [NeedsEtcd] says which
/// tests want it.
package io.shardgate.directory.testing;
