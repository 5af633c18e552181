/// # The settings of one proxy
///
/// In: `conf/shardgate.yaml`. Out: one [ProxyConfig], validated whole (every fault of a file in one [ConfigException]), printed with secrets
/// masked. Shards, groups and tables are not here: they come from the directory. Nothing of the data path is imported but the pools' own record of limits.
@NullMarked
package io.shardgate.proxy.config;

import org.jspecify.annotations.NullMarked;
