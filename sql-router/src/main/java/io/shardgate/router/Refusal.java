package io.shardgate.router;


/// Every shape of statement that is declined, because its answer would not be one PostgreSQL's.
///
/// Each constant has a golden case and a line in `docs/limits.md`. `%s` in a message stands for names of the statement.
public enum Refusal {
  MULTI_SHARD_QUERY(
      "0A000",
      "query needs rows of \"%s\" from several shards",
      "Add a condition that fixes the shard key (\"%s\")."),
  MULTI_SHARD_UPDATE(
      "0A000",
      "UPDATE of \"%s\" would reach several shards",
      "Add a condition that fixes the shard key (\"%s\"), or update key by key.");

  private final String sqlState;
  private final String message;
  private final String hint;

  Refusal(String sqlState, String message, String hint) {
    this.sqlState = sqlState;
    this.message = message;
    this.hint = hint;
  }

  /// The name by which metrics count it.
  public String id() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  public String sqlState() {
    return sqlState;
  }

  /// The message with `%s` where names go.
  public String message() {
    return message;
  }

  /// What to do instead; a sentence.
  public String hint() {
    return hint;
  }
}
