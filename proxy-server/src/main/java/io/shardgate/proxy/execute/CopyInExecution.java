package io.shardgate.proxy.execute;

import io.shardgate.directory.Group;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.StatementReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// COPY … FROM STDIN over several shards. Confined to its channel's event loop.
///
/// The home shard is asked first, so that what is wrong with the statement is said before the client sends a byte; then all others; then
/// the client's stream flows through a [CopyFanOut].
final class CopyInExecution {
  private final Plan.CopyIn plan;
  private final Execution execution;
  private final ExecutionPort port;
  private final SqlRouter router;
  private final GeneratedValues values;
  private final PlacedKeys keys;
  private final FieldTexts texts;
  private final Map<ShardId, ShardCopy> copies = new LinkedHashMap<>();

  CopyInExecution(
      Plan.CopyIn plan, Execution execution, ExecutionPort port, SqlRouter router, GeneratedValues values, PlacedKeys keys, TextReadings readings) {
    this.plan = plan;
    this.execution = execution;
    this.port = port;
    this.router = router;
    this.values = values;
    this.keys = keys;
    this.texts = FieldTexts.of(plan.destination(), readings, port);
  }

  /// Copies; the result is the command tag.
  CompletableFuture<String> run() {
    List<ShardId> shards = new ArrayList<>(port.view().map().allShards());
    CompletableFuture<String> copied =
        TableLock.take(plan.lockFirst(), port)
            .thenCompose(_ -> joined(shards, 0))
            .thenCompose(_ -> port.join(port.view().map().home()))
            .thenCompose(
                home -> {
                  CopyOptions options = options(home);
                  return (hasDatedKeys(options) ? texts.learnAbbreviations() : CompletableFuture.<Void>completedFuture(null)).thenCompose(_ -> open(shards, options));
                });
    copied.whenComplete(
        (_, failure) -> {
          if (failure != null) {
            copies.values().forEach(copy -> copy.fail("the COPY failed"));
          }
        });
    return copied;
  }

  /// A server that copies can be asked nothing else, and joining a shard may mean a question to one that joined before.
  private CompletableFuture<Void> joined(List<ShardId> shards, int index) {
    return index == shards.size()
        ? CompletableFuture.completedFuture(null)
        : port.join(shards.get(index)).thenCompose(_ -> joined(shards, index + 1));
  }

  private boolean hasDatedKeys(CopyOptions options) {
    return options.format() != CopyOptions.Format.BINARY
        && plan.destination() instanceof RowDestination.ByKey(Group group, var _, var _, var _, var _)
        && switch (group.keyType()) {
          case DATE, TIMESTAMP, TIMESTAMPTZ -> true;
          case BIGINT, TEXT, UUID, NUMERIC -> false;
        };
  }

  private CopyOptions options(Participant home) {
    DataStatement.Copy statement = (DataStatement.Copy) StatementReader.read(execution.lexed());
    String version = home.conversation().server().parameterStatus("server_version");
    return CopyOptions.of(statement.options(), port.output().charset(), major(version));
  }

  private static int major(@Nullable String version) {
    StringBuilder digits = new StringBuilder();
    for (char c : (version == null ? "" : version).toCharArray()) {
      if (!Character.isDigit(c)) {
        break;
      }
      digits.append(c);
    }
    return digits.isEmpty() ? 0 : Integer.parseInt(digits.toString());
  }

  private CompletableFuture<String> open(List<ShardId> shards, CopyOptions options) {
    return open(shards, 0, options)
        .thenCompose(_ -> port.copyIn(options.format() == CopyOptions.Format.BINARY ? 1 : 0, plan.columns().size(), sink(options)))
        .thenApply(_ -> tag());
  }

  private CompletableFuture<Void> open(List<ShardId> shards, int index, CopyOptions options) {
    if (index == shards.size()) {
      return CompletableFuture.completedFuture(null);
    }
    return port.join(shards.get(index))
        .thenCompose(
            participant -> {
              byte[] sql = plan.shardText().getBytes(port.output().charset());
              ShardCopy copy = ShardCopy.start(participant, sql, port, translation(participant, options), true);
              copies.put(participant.shard(), copy);
              return copy.opened();
            })
        .thenCompose(_ -> open(shards, index + 1, options));
  }

  private RowTranslation translation(Participant participant, CopyOptions options) {
    OidTranslation fromHome = port.oids().fromHome(participant.shard());
    Optional<Relation> relation = port.view().catalog().relation(plan.table());
    if (options.format() != CopyOptions.Format.BINARY || fromHome.isIdentity() || relation.isEmpty()) {
      return RowTranslation.NONE;
    }
    int[] types = plan.columns().stream().mapToInt(name -> relation.get().column(name).map(Column::typeOid).orElse(0)).toArray();
    short[] formats = new short[types.length];
    Arrays.fill(formats, (short) 1);
    return fromHome.rows(types, formats);
  }

  private CopyFanOut sink(CopyOptions options) {
    return new CopyFanOut(
        plan,
        copies,
        new HeldRows(CopyOwners.of(plan, options, port.view(), router, texts), texts, keys, port.eventLoop()),
        options.cutter(),
        options.finder(0, ""),
        new GeneratedStock(plan.table(), plan.generated(), values, port),
        new GeneratedFields(options, plan.generated()));
  }

  private String tag() {
    boolean triggers = port.view().catalog().relation(plan.table()).map(relation -> !relation.triggers().isEmpty()).orElse(true);
    long rows = 0;
    for (ShardCopy copy : copies.values()) {
      long count = ShardCall.count(copy.tag().resultNow());
      rows = plan.destination() instanceof RowDestination.Everywhere ? count : rows + count;
      if (count == 0 && !triggers) {
        copy.wroteNothing();
      }
    }
    return "COPY " + rows;
  }
}
