package io.shardgate.router.lex;

/// What two statements share when one plan serves both.
///
/// Equal fingerprints of queries and DML mean: the same number of tokens, each of the same kind and text but for the
/// lifted literals. So a plan that names places by token index fits every statement of its fingerprint.
/// Of any other statement (utility, DDL, malformed) the fingerprint sums up the exact bytes.
///
/// 128 bits keyed with a secret of this process: never stored, never compared between processes.
public record Fingerprint(long hi, long lo) {}
