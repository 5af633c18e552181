/// # Real servers for tests
///
/// In: a test that needs a PostgreSQL. Out: [PostgresServer], a running one with a superuser and, when asked for, the role and database
/// `app`. Nothing of the proxy is imported here.
@NullMarked
package io.shardgate.proxy.testing;

import org.jspecify.annotations.NullMarked;
