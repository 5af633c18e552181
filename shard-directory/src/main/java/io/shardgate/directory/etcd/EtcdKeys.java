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
import org.jspecify.annotations.Nullable;
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

  /// Puts all keys that there are at a revision into the tables of the current map. Gives what an operator should know of them.
  ///
  /// @param mayBeLost whether etcd may have forgotten some that are known here. Those are recorded again: their rows are where they are, and
  ///     who asks etcd for them would take them for new
  Optional<String> load(long revision, boolean mayBeLost) throws IOException {
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, ?> space : map.get().keySpaces().entrySet()) {
      if (space.getValue() instanceof KeyTable table) {
        Map<io.shardgate.directory.KeyValue, ShardId> unread = new HashMap<>();
        if (mayBeLost) {
          table.forEach(unread::put);
        }
        long moved = load(space.getKey(), table, revision, unread) + recordAgain(space.getKey(), table, unread);
        if (moved > 0) {
          faults.add(
              connection.place() + " went back to an earlier state, and " + moved + " keys of group " + space.getKey()
                  + " were then placed on other shards than those that have their rows");
        }
      }
    }
    return faults.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", faults));
  }

  /// How many of the keys are on another shard than was known.
  private long recordAgain(String group, KeyTable table, Map<io.shardgate.directory.KeyValue, ShardId> lost) throws IOException {
    long moved = 0;
    List<PlacedKey> keys = lost.entrySet().stream().map(entry -> new PlacedKey(group, entry.getValue(), entry.getKey())).toList();
    for (int from = 0; from < keys.size(); from += TRANSACTION_KEYS) {
      List<PlacedKey> some = keys.subList(from, Math.min(from + TRANSACTION_KEYS, keys.size()));
      for (PlacedKey key : transaction(some).isSucceeded() ? List.<PlacedKey>of() : some) {
        TxnResponse answer = transaction(List.of(key));
        List<KeyValue> found = answer.isSucceeded() ? List.of() : answer.getGetResponses().getFirst().getKvs();
        ShardId owner = found.isEmpty() ? key.owner() : new ShardId(Layout.text(found.getFirst().getValue()));
        moved += owner.equals(key.owner()) ? 0 : 1;
        table.put(key.key(), owner);
      }
    }
    if (!keys.isEmpty()) {
      LOG.warn("{} did not have {} keys of group {} any more: recorded again", connection.place(), keys.size(), group);
    }
    return moved;
  }

  /// Takes those that are read out of `unread`, and counts those that are there with another owner.
  private long load(String group, KeyTable table, long revision, Map<io.shardgate.directory.KeyValue, ShardId> unread) throws IOException {
    long moved = 0;
    ByteSequence prefix = layout.keys(group);
    ByteSequence from = prefix;
    GetOption page = GetOption.builder().withRange(OptionsUtil.prefixEndOf(prefix)).withLimit(PAGE_KEYS).withRevision(revision).build();
    GetResponse answer;
    do {
      answer = connection.answer(connection.client().getKVClient().get(from, page), "read the keys in");
      for (KeyValue pair : answer.getKvs()) {
        io.shardgate.directory.KeyValue key = put(table, pair.getKey().substring(prefix.size()), pair.getValue());
        if (key != null) {
          ShardId before = unread.remove(key);
          moved += before == null || before.equals(table.ownerOf(key)) ? 0 : 1;
        }
        from = pair.getKey().concat(ByteSequence.from(new byte[1]));
      }
    } while (answer.isMore());
    return moved;
  }

  /// The key that was put; null when it can't be read.
  private static io.shardgate.directory.@Nullable KeyValue put(KeyTable table, ByteSequence key, ByteSequence owner) {
    String shard = Layout.text(owner);
    if (KeyText.read(table.type(), key.getBytes()) instanceof KeyText.Reading.Key(io.shardgate.directory.KeyValue read)
        && table.owners().stream().anyMatch(known -> known.value().equals(shard))) {
      table.put(read, new ShardId(shard));
      return read;
    }
    LOG.warn("a key of type {} on shard {} can't be read: it is left out", table.type().word(), shard);
    return null;
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
      KeyTable _ = KeyBatch.table(map.get(), group);
      if (KeyTable.isTooLong(key)) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      return connection.client().getKVClient().get(layout.key(group.name(), key)).handle((answer, failure) -> {
        if (failure != null) {
          throw failed(connection.failure("read a key in", failure));
        }
        Optional<ShardId> owner = answer.getKvs().stream().map(pair -> new ShardId(Layout.text(pair.getValue()))).findFirst();
        owner.ifPresent(shard -> put(KeyBatch.table(map.get(), group), group.name(), key, shard));
        return owner;
      });
    } catch (DirectoryException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /// Throws when this process has not heard of the shard yet.
  private static void put(KeyTable table, String group, io.shardgate.directory.KeyValue key, ShardId owner) {
    if (!table.owners().contains(owner)) {
      throw new DirectoryException(Fault.MAP_CHANGED, "a key of group " + group + " is on shard " + owner + ", which is not known here yet");
    }
    table.put(key, owner);
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
    @Nullable IOException gone = null;
    for (int from = 0; from < fresh.size(); from += TRANSACTION_KEYS) {
      List<PlacedKey> some = fresh.subList(from, Math.min(from + TRANSACTION_KEYS, fresh.size()));
      try {
        if (gone == null) {
          write(some, owners, faults);
          continue;
        }
      } catch (IOException e) {
        gone = e; // and nobody waits for it once more
      }
      DirectoryException fault = failed(gone);
      some.forEach(key -> faults.put(new GroupKey(key.group(), key.key()), fault));
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
  private void write(List<PlacedKey> keys, Map<GroupKey, ShardId> owners, Map<GroupKey, DirectoryException> faults) throws IOException {
    if (transaction(keys).isSucceeded()) {
      keys.forEach(key -> settle(key, key.owner(), owners, faults));
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
        settle(key, answer.isSucceeded() ? key.owner() : new ShardId(Layout.text(found.getFirst().getValue())), owners, faults);
      }
    }
  }

  private void settle(PlacedKey key, ShardId owner, Map<GroupKey, ShardId> owners, Map<GroupKey, DirectoryException> faults) {
    GroupKey name = new GroupKey(key.group(), key.key());
    try {
      if (map.get().keySpaces().get(key.group()) instanceof KeyTable table) {
        put(table, key.group(), key.key(), owner);
      }
      owners.put(name, owner);
    } catch (DirectoryException e) {
      faults.put(name, e);
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
