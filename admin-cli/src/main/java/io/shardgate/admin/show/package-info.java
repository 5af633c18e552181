/// What answers look like: aligned text, JSON, a ring.
@NullMarked
package io.shardgate.admin.show;

import org.jspecify.annotations.NullMarked;
