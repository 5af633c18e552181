package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.PutOption;
import io.shardgate.directory.DirectoryException;
import io.shardgate.directory.DirectoryException.Fault;
import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyText;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.json.MapPieces;
import io.shardgate.directory.keys.KeyBatch;
import io.shardgate.directory.keys.KeyWriter;
import io.shardgate.directory.keys.PlacedKey;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys of strategy *directory*, a key of etcd's for each; tables of the current map are the local copy.
/// Thread-safe: tables are; what is placed is written by one thread of its own.
///
/// A key is placed by a transaction that wants it absent, its group to be the one that this process knows (by etcd's creation revision), and its shard to be there. It
/// leaves a mark of the group's on the shard, which a change that removes the shard wants absent ([MapChange]).
final class EtcdKeys implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdKeys.class);

  /// Keys of one page of the first reading.
  private static final int PAGE_KEYS = 1_000;

  /// Keys of one transaction: with their groups and shards below the 128 conditions that etcd takes.
  private static final int TRANSACTION_KEYS = 40;

  private final EtcdConnection connection;
  private final Layout layout;
  private final Supplier<ShardMap> map;
  private final Function<String, Long> groupCreated;
  private final int maxKeysPerGroup;
  private final KeyWriter writer = new KeyWriter(this::record);

  /// @param groupCreated the revision in which a group of the current map was created
  EtcdKeys(EtcdConnection connection, Layout layout, Supplier<ShardMap> map, Function<String, Long> groupCreated, int maxKeysPerGroup) {
    this.connection = connection;
    this.layout = layout;
    this.map = map;
    this.groupCreated = groupCreated;
    this.maxKeysPerGroup = maxKeysPerGroup;
  }

  /// Puts all keys that there are at a revision into the tables of the current map.
  void load(long revision) throws IOException {
    for (Map.Entry<String, ?> space : map.get().keySpaces().entrySet()) {
      if (space.getValue() instanceof KeyTable table) {
        load(space.getKey(), table, revision);
      }
    }
  }

  private void load(String group, KeyTable table, long revision) throws IOException {
    ByteSequence prefix = layout.keys(group);
    ByteSequence from = prefix;
    GetOption page = GetOption.builder().withRange(OptionsUtil.prefixEndOf(prefix)).withLimit(PAGE_KEYS).withRevision(revision).build();
    GetResponse answer;
    do {
      answer = connection.answer(connection.client().getKVClient().get(from, page), "read the keys in");
      for (KeyValue pair : answer.getKvs()) {
        put(table, pair.getKey().substring(prefix.size()), pair.getValue());
        from = pair.getKey().concat(ByteSequence.from(new byte[1]));
      }
    } while (answer.isMore());
  }

  private static void put(KeyTable table, ByteSequence key, ByteSequence owner) {
    String shard = Layout.text(owner);
    if (KeyText.read(table.type(), key.getBytes()) instanceof KeyText.Reading.Key(io.shardgate.directory.KeyValue read)
        && table.owners().stream().anyMatch(known -> known.value().equals(shard))) {
      table.put(read, new ShardId(shard));
    } else {
      LOG.warn("a key of type {} on shard {} can't be read: it is left out", table.type().word(), shard);
    }
  }

  /// A key that was placed by whomever.
  void heard(ByteSequence name, ByteSequence owner) {
    map.get().keySpaces().forEach((group, space) -> {
      ByteSequence prefix = layout.keys(group);
      if (space instanceof KeyTable table && name.startsWith(prefix)) {
        put(table, name.substring(prefix.size()), owner);
      }
    });
  }

  CompletableFuture<Optional<ShardId>> find(Group group, io.shardgate.directory.KeyValue key) {
    try {
      KeyTable table = KeyBatch.table(map.get(), group);
      if (KeyTable.isTooLong(key)) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      return connection.client().getKVClient().get(layout.key(group.name(), key)).handle((answer, failure) -> {
        if (failure != null) {
          throw failed(connection.failure("read a key in", failure));
        }
        Optional<ShardId> owner = answer.getKvs().stream().map(pair -> new ShardId(Layout.text(pair.getValue()))).findFirst();
        owner.ifPresent(shard -> table.put(key, shard));
        return owner;
      });
    } catch (DirectoryException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static DirectoryException failed(IOException failure) {
    return new DirectoryException(Fault.STORE, String.valueOf(failure.getMessage()), failure);
  }

  CompletableFuture<ShardId> place(Group group, io.shardgate.directory.KeyValue key, Set<ShardId> candidates) {
    return writer.place(group, key, candidates);
  }

  private void record(List<KeyWriter.Request> requests) {
    KeyBatch batch = new KeyBatch(map.get(), maxKeysPerGroup);
    List<KeyWriter.Request> chosen = new ArrayList<>();
    Map<GroupKey, ShardId> owners = new HashMap<>();
    for (KeyWriter.Request request : requests) {
      try {
        owners.put(new GroupKey(request.group().name(), request.key()), batch.owner(request.group(), request.key(), request.candidates()));
        chosen.add(request);
      } catch (RuntimeException e) {
        request.owner().completeExceptionally(e);
      }
    }
    Map<GroupKey, DirectoryException> faults = new HashMap<>();
    List<PlacedKey> fresh = batch.entries();
    for (int from = 0; from < fresh.size(); from += TRANSACTION_KEYS) {
      write(fresh.subList(from, Math.min(from + TRANSACTION_KEYS, fresh.size())), owners, faults);
    }
    for (KeyWriter.Request request : chosen) {
      GroupKey name = new GroupKey(request.group().name(), request.key());
      DirectoryException fault = faults.get(name);
      if (fault == null) {
        request.owner().complete(owners.get(name));
      } else {
        request.owner().completeExceptionally(fault);
      }
    }
  }

  /// Together, or else each by itself: then one of them has an owner already, or its group or shard is gone.
  private void write(List<PlacedKey> keys, Map<GroupKey, ShardId> owners, Map<GroupKey, DirectoryException> faults) {
    try {
      if (transaction(keys).isSucceeded()) {
        keys.forEach(key -> settle(key, key.owner(), owners));
        return;
      }
      for (PlacedKey key : keys) {
        TxnResponse answer = transaction(List.of(key));
        List<KeyValue> found = answer.isSucceeded() ? List.of() : answer.getGetResponses().getFirst().getKvs();
        if (!answer.isSucceeded() && found.isEmpty()) {
          faults.put(
              new GroupKey(key.group(), key.key()),
              new DirectoryException(Fault.MAP_CHANGED, "group " + key.group() + " or shard " + key.owner() + " is not there any more"));
        } else {
          settle(key, answer.isSucceeded() ? key.owner() : new ShardId(Layout.text(found.getFirst().getValue())), owners);
        }
      }
    } catch (IOException e) {
      keys.forEach(key -> faults.put(new GroupKey(key.group(), key.key()), failed(e)));
    }
  }

  private void settle(PlacedKey key, ShardId owner, Map<GroupKey, ShardId> owners) {
    owners.put(new GroupKey(key.group(), key.key()), owner);
    if (map.get().keySpaces().get(key.group()) instanceof KeyTable table) {
      table.put(key.key(), owner);
    }
  }

  /// A call that got no answer is made again: if it was carried out all the same, its keys are there now.
  private TxnResponse transaction(List<PlacedKey> keys) throws IOException {
    Set<String> groups = new LinkedHashSet<>();
    Set<ShardId> shards = new LinkedHashSet<>();
    Set<String> marks = new LinkedHashSet<>();
    List<Cmp> conditions = new ArrayList<>();
    List<Op> puts = new ArrayList<>();
    List<Op> gets = new ArrayList<>();
    for (PlacedKey key : keys) {
      ByteSequence name = layout.key(key.group(), key.key());
      conditions.add(new Cmp(name, Cmp.Op.EQUAL, CmpTarget.version(0)));
      puts.add(Op.put(name, Layout.bytes(key.owner().value()), PutOption.DEFAULT));
      gets.add(Op.get(name, GetOption.DEFAULT));
      groups.add(key.group());
      shards.add(key.owner());
      marks.add(Layout.holder(key.group(), key.owner()));
    }
    groups.forEach(group ->
        conditions.add(new Cmp(layout.key(MapPieces.GROUPS + group), Cmp.Op.EQUAL, CmpTarget.createRevision(groupCreated.apply(group)))));
    shards.forEach(shard -> conditions.add(new Cmp(layout.key(MapPieces.SHARDS + shard), Cmp.Op.GREATER, CmpTarget.version(0))));
    marks.forEach(mark -> puts.add(Op.put(layout.key(mark), ByteSequence.EMPTY, PutOption.DEFAULT)));
    return connection.patiently(
        _ -> false,
        () -> connection.answer(
            connection.client().getKVClient().txn()
                .If(conditions.toArray(Cmp[]::new)).Then(puts.toArray(Op[]::new)).Else(gets.toArray(Op[]::new)).commit(),
            "place keys in"));
  }

  /// Places what waits, then no more.
  @Override
  public void close() {
    writer.close();
  }
}
