package io.shardgate.router.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Plans by key, bounded by bytes; refusals are plans like any other.
/// Thread-safe: a Caffeine cache and striped counters, shared by all event loops.
///
/// Plans of older catalog or map versions are not removed: their keys are never asked for again, so they leave first when room is needed.
///
/// @param <K> a record of everything that a plan depends on; equality of two keys must mean that one plan serves both
/// @param <P> a plan
public final class PlanCache<K, P> {
    /// What an entry costs beside its plan: key, node, table slot.
    private static final int ENTRY_BYTES = 200;

    private final Cache<K, P> plans;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /// @param maxBytes what the plans may take together, as `planBytes` counts
    /// @param planBytes about how many bytes a plan takes
    public PlanCache(long maxBytes, ToIntFunction<? super P> planBytes) {
        this.plans = Caffeine.newBuilder()
                .maximumWeight(maxBytes)
                .weigher((K key, P plan) -> weight(planBytes.applyAsInt(plan)))
                .executor(Runnable::run)
                .build();
    }

    private static int weight(int planBytes) {
        return planBytes > Integer.MAX_VALUE - ENTRY_BYTES ? Integer.MAX_VALUE : ENTRY_BYTES + Math.max(0, planBytes);
    }

    /// The plan, null for none. Counts a hit or a miss. Hot path: allocates nothing.
    public @Nullable P find(K key) {
        P plan = plans.getIfPresent(key);
        (plan == null ? misses : hits).increment();
        return plan;
    }

    /// Remembers a plan; one larger than the whole cache is not kept.
    public void keep(K key, P plan) {
        plans.put(key, plan);
    }

    /// Forgets everything.
    public void clear() {
        plans.invalidateAll();
    }

    /// How often a plan was there.
    public long hits() {
        return hits.sum();
    }

    /// How often none was there.
    public long misses() {
        return misses.sum();
    }

    /// How many plans there are now, about.
    public long size() {
        return plans.estimatedSize();
    }

    /// How many bytes they take now, about.
    public long bytes() {
        plans.cleanUp();
        return plans.policy().eviction().map(eviction -> eviction.weightedSize().orElse(0)).orElse(0L);
    }
}
