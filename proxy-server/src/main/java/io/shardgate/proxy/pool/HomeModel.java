package io.shardgate.proxy.pool;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the home shard told its newest connection of each role and database: every other shard's connection has to be alike, or answers would differ.
/// Thread-safe: a concurrent cache of immutable maps.
///
/// What a session can set is set as the connection begins, so that RESET goes back to it. The rest is compared.
final class HomeModel {
  /// Of the server's configuration, ALTER SYSTEM and the like: what texts of dates, times and intervals mean, and look like.
  private static final List<String> SETTABLE = List.of("TimeZone", "DateStyle", "IntervalStyle");

  private static final String VERSION = "server_version";
  private static final String ENCODING = "server_encoding";

  private static final int KEYS_MAX = 10_000;

  private final Cache<PoolKey, Map<String, String>> models = Caffeine.newBuilder().maximumSize(KEYS_MAX).build();

  /// A connection to the home shard was opened; nobody has set anything on it.
  void opened(ServerConnection home) {
    Map<String, String> model = new LinkedHashMap<>();
    for (List<String> names : List.of(SETTABLE, List.of(VERSION, ENCODING))) {
      for (String name : names) {
        String value = home.parameterStatus(name);
        if (value != null) {
          model.put(name, value);
        }
      }
    }
    models.put(home.key(), model);
  }

  /// What a connection to another shard begins with; nothing while the home shard has told nothing to that role.
  Map<String, String> settings(PoolKey key) {
    Map<String, String> settings = new LinkedHashMap<>(models.get(key, _ -> Map.of()));
    settings.keySet().retainAll(SETTABLE);
    return settings;
  }

  /// How a connection to another shard is unlike; null when it is not.
  @Nullable String fault(ServerConnection other) {
    Map<String, String> model = models.get(other.key(), _ -> Map.of());
    for (Map.Entry<String, String> wanted : model.entrySet()) {
      String found = String.valueOf(other.parameterStatus(wanted.getKey()));
      boolean isVersion = wanted.getKey().equals(VERSION);
      if (isVersion ? !major(found).equals(major(wanted.getValue())) : !found.equals(wanted.getValue())) {
        return "it has " + wanted.getKey() + " " + found + " (expected: " + (isVersion ? major(wanted.getValue()) + ", in whichever minor version" : wanted.getValue()) + ", as the home shard)";
      }
    }
    return null;
  }

  private static String major(String version) {
    return version.replaceFirst("\\D.*", "");
  }
}
