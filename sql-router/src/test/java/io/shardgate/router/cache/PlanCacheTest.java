package io.shardgate.router.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlanCacheTest {
    private record Key(int fingerprint, String searchPath) {}

    private final PlanCache<Key, String> cache = new PlanCache<>(10_000, String::length);

    @Test
    void keepsWhatItWasGivenAndCounts() {
        Key key = new Key(1, "public");
        assertThat(cache.find(key)).isNull();
        cache.keep(key, "plan");
        assertThat(cache.find(new Key(1, "public"))).isEqualTo("plan");
        assertThat(cache.find(new Key(1, "app"))).isNull();
        assertThat(cache.hits()).isEqualTo(1);
        assertThat(cache.misses()).isEqualTo(2);
        cache.clear();
        assertThat(cache.find(key)).isNull();
    }

    @Test
    void staysWithinItsBytes() {
        for (int i = 0; i < 10_000; i++) {
            cache.keep(new Key(i, "public"), "x".repeat(300));
        }
        assertThat(cache.bytes()).isBetween(5_000L, 10_000L);
        assertThat(cache.size()).isLessThanOrEqualTo(20);
    }

    @Test
    void onePlanLargerThanEverythingIsNotKeptAndPushesNothingOut() {
        cache.keep(new Key(1, "public"), "small");
        cache.keep(new Key(2, "public"), "x".repeat(20_000));
        assertThat(cache.bytes()).isLessThanOrEqualTo(10_000);
        assertThat(cache.find(new Key(2, "public"))).isNull();
        assertThat(cache.find(new Key(1, "public"))).isEqualTo("small");
    }
}
