/// The way to a proxy: where it is, one statement at a time, what it answered or why it refused.
@NullMarked
package io.shardgate.admin.proxy;

import org.jspecify.annotations.NullMarked;
