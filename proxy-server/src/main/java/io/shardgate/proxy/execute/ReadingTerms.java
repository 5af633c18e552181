package io.shardgate.proxy.execute;

import java.util.Optional;

/// Under which settings a shard is going to read the texts of one statement.
///
/// @param settings empty where that is not certain
/// @param ofLiterals whether it reads the literals under them, too: not those of a statement that was prepared earlier
public record ReadingTerms(Optional<TextSettings> settings, boolean ofLiterals) {
  /// Nothing is certain.
  public static final ReadingTerms UNKNOWN = new ReadingTerms(Optional.empty(), false);
}
