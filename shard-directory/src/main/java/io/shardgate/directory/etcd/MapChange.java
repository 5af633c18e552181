package io.shardgate.directory.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.resilience4j.core.IntervalFunction;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.json.MapPieces;
import java.io.IOException;
import java.io.InterruptedIOException;
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
  /// Enough for an election; each ends within [EtcdConnection#CALL_TIMEOUT].
  private static final int ATTEMPTS_MAX = 3;

  static final String NO_KEYS = "strategy directory needs a directory in a file: its keys are not kept in etcd";

  private static final IntervalFunction BACKOFF = IntervalFunction.ofExponentialRandomBackoff(200, 2.0, 0.3);

  private final EtcdConnection connection;
  private final Layout layout;
  private final Recorded base;
  private final String written;
  private final boolean hasKeys;
  private final List<Op> writes = new ArrayList<>();

  MapChange(EtcdConnection connection, Layout layout, Recorded base, ShardMap next) {
    this.connection = connection;
    this.layout = layout;
    this.base = base;
    this.hasKeys = next.keySpaces().values().stream().anyMatch(KeyTable.class::isInstance);
    this.written = VersionKey.of(next.version()).text();
    SortedMap<String, String> wanted = MapPieces.of(next).texts();
    wanted.forEach((name, text) -> {
      if (!text.equals(base.pieces().get(name))) {
        writes.add(put(name, text));
      }
    });
    base.pieces().keySet().stream().filter(name -> !wanted.containsKey(name))
        .forEach(name -> writes.add(Op.delete(layout.key(name), DeleteOption.DEFAULT)));
    writes.add(put(Layout.VERSION, written));
  }

  private Op put(String name, String text) {
    return Op.put(layout.key(name), Layout.bytes(text), PutOption.DEFAULT);
  }

  /// Empty when it was written, else the version key's text that was in the way: empty text where there is no map any more.
  ///
  /// Throws [IOException] when etcd does not take it, and when it can't be found out whether etcd took it. A call that failed is made again: if
  /// it was carried out all the same, the next one finds its own text in the way.
  Optional<String> commit() throws IOException {
    if (hasKeys) {
      throw new IOException(NO_KEYS);
    }
    for (int attempt = 1; ; attempt++) {
      try {
        return call();
      } catch (IOException e) {
        String reason = String.valueOf(e.getMessage());
        if (reason.contains("too many operations")) {
          throw new IOException(
              reason + " (the change writes " + writes.size() + " keys at once, etcd takes --max-txn-ops, 128 by default: raise it,"
                  + " or apply fewer shards and groups at a time)", e);
        }
        if (reason.contains("request is too large") || reason.contains("larger than max")) {
          throw new IOException(
              reason + " (etcd takes --max-request-bytes at once, 1.5 MiB by default: raise it, or apply fewer groups at a time)", e);
        }
        if (attempt == ATTEMPTS_MAX || e instanceof InterruptedIOException) {
          throw e;
        }
        pause(attempt);
      }
    }
  }

  private Optional<String> call() throws IOException {
    ByteSequence key = layout.key(Layout.VERSION);
    CmpTarget<?> expected = base.version() == null ? CmpTarget.version(0) : CmpTarget.value(Layout.bytes(base.version()));
    TxnResponse answer =
        connection.answer(
            connection.client().getKVClient().txn()
                .If(new Cmp(key, Cmp.Op.EQUAL, expected))
                .Then(writes.toArray(Op[]::new))
                .Else(Op.get(key, GetOption.DEFAULT))
                .commit(),
            "change the shard map in");
    if (answer.isSucceeded()) {
      return Optional.empty();
    }
    String found = answer.getGetResponses().getFirst().getKvs().stream().map(pair -> Layout.text(pair.getValue())).findFirst().orElse("");
    return found.equals(written) ? Optional.empty() : Optional.of(found);
  }

  private static void pause(int attempt) throws IOException {
    try {
      Thread.sleep(BACKOFF.apply(attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted while changing the shard map").initCause(e);
    }
  }
}
