package io.shardgate.router;

/// What stands in the place of a [io.shardgate.router.plan.Gap].
public sealed interface GapAnswer {
  /// An SQL expression that is the whole value.
  record Value(String sql) implements GapAnswer {}

  /// An SQL expression, to be added to what the home shard answers; [#ARGUMENT] stands in it for the argument of the call. It has no FROM, in
  /// which names of the argument could mean something else.
  record Addition(String sql) implements GapAnswer {}

  /// The home shard answers the call as it is.
  record Asked() implements GapAnswer {}

  /// The argument's place in an [Addition]: no SQL has this character.
  char ARGUMENT = '\u0001';
}
