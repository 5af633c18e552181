package io.shardgate.proxy.pool;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What the home shard told its newest connections: every other shard's connection has to be alike, or answers would differ.
/// Thread-safe: concurrent caches of immutable maps.
///
/// What a session can set is set as the connection begins, so that RESET goes back to it. The rest, its [Likeness], is compared.
final class HomeModel {
  /// Of the server's configuration, ALTER SYSTEM and the like: what texts of dates, times and intervals mean, and look like.
  private static final List<String> SETTABLE = List.of("TimeZone", "DateStyle", "IntervalStyle");

  private static final int KEYS_MAX = 10_000;

  private final Cache<PoolKey, Map<String, String>> settings = Caffeine.newBuilder().maximumSize(KEYS_MAX).build();
  private final Cache<String, Likeness> likenesses = Caffeine.newBuilder().maximumSize(KEYS_MAX).build();
  private final Function<String, CompletionStage<Likeness>> fresh;

  /// @param fresh asks the home shard for what a database has now; completes on any thread
  HomeModel(Function<String, CompletionStage<Likeness>> fresh) {
    this.fresh = fresh;
  }

  /// A connection to the home shard was opened; nobody has set anything on it.
  void opened(ServerConnection home, Likeness likeness) {
    Map<String, String> told = new LinkedHashMap<>();
    for (String name : SETTABLE) {
      String value = home.parameterStatus(name);
      if (value != null) {
        told.put(name, value);
      }
    }
    settings.put(home.key(), told);
    likenesses.put(home.key().database(), likeness);
  }

  /// What a connection to another shard begins with; nothing while the home shard has told nothing to that role.
  Map<String, String> settings(PoolKey key) {
    return settings.get(key, _ -> Map.of());
  }

  /// Whether another shard is like what was last heard of the home shard. If not, one of the two may have been changed since: see [#fault].
  boolean isKnownToBeLike(String database, Likeness other) {
    Likeness home = likenesses.getIfPresent(database);
    return home != null && home.differences(other).isEmpty();
  }

  /// Asks the home shard, and says how the other one is unlike; null when it is not. Completes on any thread.
  CompletionStage<@Nullable String> fault(String database, Likeness other) {
    return fresh.apply(database).thenApply(home -> {
      likenesses.put(database, home);
      List<Likeness.Difference> differences = home.differences(other);
      return differences.isEmpty() ? null : "it " + differences.getFirst().words("the home shard");
    });
  }
}
