package io.shardgate.proxy.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Answers of the home shard, remembered for a moment, so that a thousand logins in a second are one query.
///
/// When the home shard cannot be asked, the last answer stands in for up to [#STALE]: who may log in does not depend on one shard being up.
///
/// Thread-safe: Caffeine caches of futures; nobody waits inside.
final class Remembered<K, V> {

  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final Duration STALE = Duration.ofHours(1);
  private static final int KEYS_MAX = 10_000;

  private final Function<K, CompletionStage<V>> read;
  private final Cache<K, CompletableFuture<V>> fresh = Caffeine.newBuilder().expireAfterWrite(FRESH).maximumSize(KEYS_MAX).build();
  private final Cache<K, V> stale = Caffeine.newBuilder().expireAfterWrite(STALE).maximumSize(KEYS_MAX).build();

  Remembered(Function<K, CompletionStage<V>> read) {
    this.read = read;
  }

  CompletionStage<V> get(K key) {
    return fresh.get(key, this::load);
  }

  void forget() {
    fresh.invalidateAll();
    stale.invalidateAll();
  }

  void forget(K key) {
    fresh.invalidate(key);
    stale.invalidate(key);
  }

  private CompletableFuture<V> load(K key) {
    return read.apply(key)
        .whenComplete(
            (value, _) -> {
              if (value != null) {
                stale.put(key, value);
              }
            })
        .exceptionally(failure -> standIn(key, failure))
        .toCompletableFuture();
  }

  private V standIn(K key, Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null ? wrapped.getCause() : failure;
    @Nullable V last = stale.getIfPresent(key);
    if (last != null && cause instanceof ServiceException service && service.isConnectionFailure()) {
      return last;
    }
    throw cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }
}
