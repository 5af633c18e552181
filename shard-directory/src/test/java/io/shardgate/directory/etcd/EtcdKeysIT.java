package io.shardgate.directory.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.DirectoryContract;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.testing.NeedsEtcd;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

@NeedsEtcd
final class EtcdKeysIT extends DirectoryContract {
  private static final int MANY_KEYS = 2_500;

  private final EtcdPlace place = SharedEtcd.place();

  @Override
  protected List<ShardDirectory> open(ShardMap initial) throws Exception {
    return open(initial, MAX_KEYS);
  }

  private List<ShardDirectory> open(ShardMap initial, int maxKeys) throws Exception {
    try (EtcdStore store = EtcdStore.at(place); EtcdStore second = EtcdStore.at(place)) {
      store.create(initial);
      return List.of(store.follow(maxKeys), second.follow(maxKeys));
    }
  }

  @Override
  protected ShardDirectory reopen() throws Exception {
    try (EtcdStore store = EtcdStore.at(place)) {
      return store.follow();
    }
  }

  private static long known(ShardDirectory door) {
    return ((KeyTable) door.current().keySpaces().get("number")).size();
  }

  @Test
  void moreKeysThanAPageAreWatchedAndReadAgain() throws Exception {
    List<ShardDirectory> doors = open(map(), MANY_KEYS);
    Group numbers = group(doors.getFirst(), "number");
    List<CompletableFuture<ShardId>> owners =
        IntStream.range(0, MANY_KEYS).mapToObj(i -> doors.getFirst().place(numbers, new KeyValue.OfLong(i), doors.getFirst().current().allShards())).toList();
    owners.forEach(CompletableFuture::join);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> known(doors.getLast()) == MANY_KEYS);
    doors.forEach(ShardDirectory::close);
    try (ShardDirectory again = reopen()) {
      assertThat(known(again)).isEqualTo(MANY_KEYS);
      for (int i = 0; i < MANY_KEYS; i += 97) {
        assertThat(again.current().ownerOf(numbers, new KeyValue.OfLong(i))).isEqualTo(owners.get(i).join());
      }
    }
  }
}
