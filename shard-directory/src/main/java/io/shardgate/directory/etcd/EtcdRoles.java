package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.PutOption;
import io.shardgate.directory.Listeners;
import io.shardgate.directory.RoleBook;
import io.shardgate.directory.RoleRecord;
import io.shardgate.directory.ShardDirectory;
import io.shardgate.directory.json.RoleJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Roles, a key of etcd's for each. Guarded by its text, as the map is by its version's.
/// Thread-safe: what is known is a volatile, immutable map, written on the follower's thread only.
final class EtcdRoles implements RoleBook {
  private final EtcdConnection connection;
  private final Layout layout;
  private final Listeners<String> listeners = new Listeners<>("roles");
  private volatile SortedMap<String, RoleRecord> known;

  EtcdRoles(EtcdConnection connection, Layout layout, SortedMap<String, RoleRecord> known) {
    this.connection = connection;
    this.layout = layout;
    this.known = Collections.unmodifiableSortedMap(new TreeMap<>(known));
  }

  /// What is recorded at a later revision.
  @SuppressWarnings("ReferenceEquality") // what changed is another map
  void heard(SortedMap<String, RoleRecord> now) {
    SortedMap<String, RoleRecord> before = known;
    if (before == now) {
      return;
    }
    known = now;
    Set<String> names = new TreeSet<>(before.keySet());
    names.addAll(now.keySet());
    names.removeIf(name -> Objects.equals(before.get(name), now.get(name)));
    names.forEach(listeners::tell);
  }

  @Override
  public Optional<RoleRecord> known(String role) {
    return Optional.ofNullable(known.get(role));
  }

  @Override
  public Optional<RoleRecord> read(String role) {
    try {
      GetResponse answer = connection.answer(connection.client().getKVClient().get(layout.role(role)), "read a role in");
      return answer.getKvs().stream().findFirst().flatMap(pair -> RoleJson.read(Layout.text(pair.getValue())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean compareAndSet(String role, @Nullable RoleRecord expected, @Nullable RoleRecord next) {
    if (expected == null && next != null && known.size() >= MAX_ROLES) {
      return false;
    }
    ByteSequence key = layout.role(role);
    Cmp unchanged =
        expected == null
            ? new Cmp(key, Cmp.Op.EQUAL, CmpTarget.version(0))
            : new Cmp(key, Cmp.Op.EQUAL, CmpTarget.value(Layout.bytes(RoleJson.write(expected))));
    Op change = next == null ? Op.delete(key, DeleteOption.DEFAULT) : Op.put(key, Layout.bytes(RoleJson.write(next)), PutOption.DEFAULT);
    try {
      return connection.answer(connection.client().getKVClient().txn().If(unchanged).Then(change).commit(), "record a role in").isSucceeded();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public ShardDirectory.Watch watch(Consumer<String> listener) {
    return listeners.add(listener);
  }

  void close() {
    listeners.clear();
  }
}
