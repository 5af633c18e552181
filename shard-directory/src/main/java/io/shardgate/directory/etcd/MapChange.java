package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.json.MapPieces;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// One version of the map after another: one transaction, guarded by the version key's text, that writes the pieces which differ.
/// Immutable.
///
/// Its size is etcd's to limit: `--max-txn-ops` keys (128 by default) and `--max-request-bytes` (1.5 MiB). What is beyond is refused by etcd
/// as a whole, and said.
final class MapChange {
  /// Versions that others may have made since, until it does not matter any more who made which.
  private static final int STEPS_MAX = 100;

  private final EtcdConnection connection;
  private final Layout layout;
  private final String written;
  private final MapVersion version;
  private final List<Cmp> conditions = new ArrayList<>();
  private final List<Op> writes = new ArrayList<>();

  /// @param base what is recorded, `before` as pieces
  MapChange(EtcdConnection connection, Layout layout, Recorded base, ShardMap before, ShardMap next) {
    this.connection = connection;
    this.layout = layout;
    this.written = VersionKey.of(next.version()).text();
    this.version = next.version();
    SortedMap<String, String> wanted = MapPieces.of(next).texts();
    wanted.forEach((name, text) -> {
      if (!text.equals(base.pieces().get(name))) {
        writes.add(put(name, text));
      }
    });
    base.pieces().keySet().stream().filter(name -> !wanted.containsKey(name))
        .forEach(name -> writes.add(Op.delete(layout.key(name), DeleteOption.DEFAULT)));
    before.keySpaces().forEach((group, space) -> {
      if (space instanceof KeyTable table) {
        keepKeys(group, table, before, next);
      }
    });
    CmpTarget<?> expected = base.version() == null ? CmpTarget.version(0) : CmpTarget.value(Layout.bytes(base.version()));
    conditions.add(new Cmp(layout.key(Layout.VERSION), Cmp.Op.EQUAL, expected));
    writes.add(put(Layout.VERSION, written));
  }

  /// Keys end with their group; while it stays, no shard may go that has some.
  private void keepKeys(String group, KeyTable table, ShardMap before, ShardMap next) {
    if (next.keySpaces().get(group) instanceof KeyTable kept && kept.type() == table.type()) {
      before.shards().keySet().stream().filter(shard -> !next.shards().containsKey(shard))
          .forEach(shard -> conditions.add(new Cmp(layout.key(Layout.holder(group, shard)), Cmp.Op.EQUAL, CmpTarget.version(0))));
    } else {
      DeleteOption all = DeleteOption.builder().isPrefix(true).build();
      writes.add(Op.delete(layout.keys(group), all));
      writes.add(Op.delete(layout.key(Layout.holders(group)), all));
    }
  }

  private Op put(String name, String text) {
    return Op.put(layout.key(name), Layout.bytes(text), PutOption.DEFAULT);
  }

  /// Empty when it was written, else the version key's text that was in the way: empty text where there is no map any more, the text of `base`
  /// when a shard has keys and was to go.
  ///
  /// Throws [IOException] when etcd does not take it, and when it can't be found out whether etcd took it. A call that failed is made again: if
  /// it was carried out all the same, the next one finds its own text in the way, or that of a change which came after it.
  Optional<String> commit() throws IOException {
    try {
      return connection.patiently(failure -> hasTooManyKeys(failure) || isTooLarge(failure), this::call);
    } catch (IOException e) {
      if (hasTooManyKeys(e)) {
        throw new IOException(
            e.getMessage() + " (the change writes " + writes.size() + " keys at once, etcd takes --max-txn-ops, 128 by default: raise it,"
                + " or apply fewer shards and groups at a time)", e);
      }
      if (isTooLarge(e)) {
        throw new IOException(
            e.getMessage() + " (etcd takes --max-request-bytes at once, 1.5 MiB by default: raise it, or apply fewer groups at a time)", e);
      }
      throw e;
    }
  }

  private static boolean hasTooManyKeys(IOException failure) {
    return String.valueOf(failure.getMessage()).contains("too many operations");
  }

  private static boolean isTooLarge(IOException failure) {
    String reason = String.valueOf(failure.getMessage());
    return reason.contains("request is too large") || reason.contains("larger than max");
  }

  private Optional<String> call() throws IOException {
    ByteSequence key = layout.key(Layout.VERSION);
    TxnResponse answer =
        connection.answer(
            connection.client().getKVClient().txn()
                .If(conditions.toArray(Cmp[]::new))
                .Then(writes.toArray(Op[]::new))
                .Else(Op.get(key, GetOption.DEFAULT))
                .commit(),
            "change the shard map in");
    if (answer.isSucceeded()) {
      return Optional.empty();
    }
    List<KeyValue> found = answer.getGetResponses().getFirst().getKvs();
    if (found.isEmpty()) {
      return Optional.of("");
    }
    return wasWritten(found.getFirst()) ? Optional.empty() : Optional.of(Layout.text(found.getFirst().getValue()));
  }

  /// A higher version came after the one that was to be written, or instead of it: the key's history tells. Throws [IOException] when that is
  /// compacted.
  private boolean wasWritten(KeyValue latest) throws IOException {
    KeyValue found = latest;
    for (int step = 0; step < STEPS_MAX && VersionKey.parse(Layout.text(found.getValue())).version().compareTo(version) > 0; step++) {
      GetOption before = GetOption.builder().withRevision(found.getModRevision() - 1).build();
      List<KeyValue> earlier = connection.answer(connection.client().getKVClient().get(layout.key(Layout.VERSION), before), "find out what was changed in").getKvs();
      if (earlier.isEmpty()) {
        return false;
      }
      found = earlier.getFirst();
    }
    return Layout.text(found.getValue()).equals(written);
  }
}
