package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.GetOption;
import io.shardgate.directory.MapContract;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.testing.NeedsEtcd;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

@NeedsEtcd
final class EtcdMapIT extends MapContract {
  private static Client client;

  private final EtcdPlace place = SharedEtcd.place();
  private final Map<String, String> original = new TreeMap<>();

  @BeforeAll
  static void connect() {
    client = SharedEtcd.client();
  }

  @AfterAll
  static void disconnect() {
    client.close();
  }

  @Override
  protected List<ShardDirectory> open(ShardMap initial) throws Exception {
    List<ShardDirectory> doors = new ArrayList<>();
    try (EtcdStore store = EtcdStore.at(place)) {
      store.create(initial);
      doors.add(store.follow());
    }
    for (int i = 0; i < 2; i++) {
      doors.add(reopen());
    }
    return doors;
  }

  @Override
  protected ShardDirectory reopen() throws Exception {
    try (EtcdStore store = EtcdStore.at(place)) {
      return store.follow();
    }
  }

  @Override
  protected void tamper(UnaryOperator<String> change) throws Exception {
    if (original.isEmpty()) {
      for (KeyValue pair : client.getKVClient().get(Layout.bytes(place.prefix() + "/"), GetOption.builder().isPrefix(true).build()).get().getKvs()) {
        original.put(Layout.text(pair.getKey()), Layout.text(pair.getValue()));
      }
    }
    for (Map.Entry<String, String> pair : original.entrySet()) {
      ByteSequence value = Layout.bytes(change.apply(pair.getValue()));
      client.getKVClient().put(Layout.bytes(pair.getKey()), value).get();
    }
  }
}
