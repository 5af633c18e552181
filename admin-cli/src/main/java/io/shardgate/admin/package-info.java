/// `shardctl`: the face of the admin statements on a command line.
///
/// In comes a command line; out go one or two statements (`SHARDGATE …`, `SHOW SHARDGATE …`) to any proxy, over PostgreSQL's protocol, and what it
/// answered, as a table or as JSON. [AdminMain] → `command` (one verb a file) → `proxy` (the connection, the statements' quoting) → `show` (what
/// answers look like).
///
/// It knows nothing of maps: what is shown is what the server said. Never imported here: the proxy, the router, Netty.
@NullMarked
package io.shardgate.admin;

import org.jspecify.annotations.NullMarked;
