/// Plans: what to do with a statement, as data.
///
/// In: what the analysis proved. Out: [Plan], carried out by the proxy, which switches over it without default. A plan
/// holds no literal or parameter of the statement it was made for, only where to find them: it serves every statement of
/// the same fingerprint. Never imported here: the grammar, the analysis, anything that does I/O.
@NullMarked
package io.shardgate.router.plan;

import org.jspecify.annotations.NullMarked;
