/// What is notified on other shards than the home one: a NOTIFY in a trigger or function is sent by the shard that ran it.
///
/// In come the channels that sessions listen to ([Ears]), out go notifications to each session on its event loop. While anybody listens to anything in a database,
/// one connection of the service role to each other shard listens for all ([Ear]). The home shard's notifications come on the session's own connection.
/// Never imported here: the session.
@NullMarked
package io.shardgate.proxy.listen;

import org.jspecify.annotations.NullMarked;
