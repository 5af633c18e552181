/// # Leaks fail the build
///
/// In: every buffer that Netty tracks in a test JVM. Out: [LeakWatch], the reports so far; [LeakCheck], which fails the run that has one. Shared
/// by the modules that use Netty; nothing of pg-wire is imported here.
@NullMarked
package io.shardgate.pgwire.testing;

import org.jspecify.annotations.NullMarked;
