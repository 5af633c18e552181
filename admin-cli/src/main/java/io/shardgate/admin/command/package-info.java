/// The verbs of shardctl, one a file; [Shardctl] is what they hang on.
@NullMarked
package io.shardgate.admin.command;

import org.jspecify.annotations.NullMarked;
