package io.shardgate.proxy.execute;

import java.util.Optional;

/// Under which settings a shard is going to read the texts of one statement.
///
/// @param settings empty where that is not certain
/// @param ofLiterals whether the literals are read under them, too, or were when the statement was prepared
/// @param parsedNow whether the literals are read at this moment: not those of a statement that was prepared earlier
public record ReadingTerms(Optional<TextSettings> settings, boolean ofLiterals, boolean parsedNow) {
  /// Nothing is certain.
  public static final ReadingTerms UNKNOWN = new ReadingTerms(Optional.empty(), false, false);

  /// Of a statement that is parsed when it is run.
  public static ReadingTerms now(Optional<TextSettings> settings) {
    return new ReadingTerms(settings, true, true);
  }
}
