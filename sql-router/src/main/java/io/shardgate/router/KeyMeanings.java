package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the shards said that texts mean as shard keys, and the texts that a decision met of which they have said nothing.
/// Not thread-safe; owned by one decision.
public final class KeyMeanings {
  /// Texts of one statement that are asked for; with more, the rest stays unread.
  public static final int TEXTS_MAX = 1_000;

  private final boolean asks;
  private final Map<UnreadText, Optional<KeyValue>> known;
  private final boolean ofLiterals;
  private final Set<UnreadText> unread = new LinkedHashSet<>();

  /// @param known what is known; empty for a text that has no certain meaning
  /// @param ofLiterals whether they hold for literals of the statement, too: not where it may have been read under other settings
  public KeyMeanings(Map<UnreadText, Optional<KeyValue>> known, boolean ofLiterals) {
    this(true, known, ofLiterals);
  }

  private KeyMeanings(boolean asks, Map<UnreadText, Optional<KeyValue>> known, boolean ofLiterals) {
    this.asks = asks;
    this.known = Map.copyOf(known);
    this.ofLiterals = ofLiterals;
  }

  /// Knows nothing, and asks nothing.
  static KeyMeanings none() {
    return new KeyMeanings(false, Map.of(), false);
  }

  /// The texts that were met and are not known.
  public Set<UnreadText> unread() {
    return Set.copyOf(unread);
  }

  KeyReader.Keys of(byte[] utf8, KeyType type, boolean isLiteral) {
    if (!asks || (isLiteral && !ofLiterals)) {
      return KeyReader.UNKNOWN;
    }
    UnreadText text = new UnreadText(type, new String(utf8, StandardCharsets.UTF_8));
    Optional<KeyValue> meaning = known.get(text);
    if (meaning == null) {
      if (text.isLasting() && unread.size() < TEXTS_MAX) {
        unread.add(text);
      }
      return KeyReader.UNKNOWN;
    }
    return meaning.<KeyReader.Keys>map(key -> new KeyReader.Keys.Known(List.of(key))).orElse(KeyReader.UNKNOWN);
  }
}
