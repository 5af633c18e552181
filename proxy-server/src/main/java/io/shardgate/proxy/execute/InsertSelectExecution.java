package io.shardgate.proxy.execute;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Refusal;
import io.shardgate.router.Split;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.UnreadText;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.rewrite.DateText;
import io.shardgate.router.rewrite.InsertShape;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// INSERT … SELECT: the query runs on its shard, its rows go to theirs. Confined to its channel's event loop.
///
/// The home shard checks the user's own text first, so that what PostgreSQL would refuse to assign is refused with its words. The
/// query's rows are fetched in batches of about [#BATCH_BYTES] from a portal, whose snapshot is that of its first row, and each batch goes to the
/// shards by COPY. With RETURNING, ON CONFLICT, rules or row security, or where the rows are those of VALUES, it has to be INSERT: then one
/// statement a shard, and no more than [#ROWS_BYTES_MAX].
final class InsertSelectExecution {
  private static final int BATCH_BYTES = 4 << 20;
  private static final int BATCH_ROWS_MAX = 20_000;
  private static final int FIRST_BATCH_ROWS = 1_000;
  private static final int ROWS_BYTES_MAX = 64 << 20;
  private static final byte TAB = '\t';

  private final Plan.InsertSelect plan;
  private final Execution execution;
  private final ExecutionPort port;
  private final SqlRouter router;
  private final GeneratedValues values;
  private final PlacedKeys keys;
  private final TextReadings readings;
  private final FieldTexts texts;
  private final CopyOptions options;
  private final boolean everywhere;
  private long inserted;
  private int batchRows = FIRST_BATCH_ROWS;

  InsertSelectExecution(
      Plan.InsertSelect plan, Execution execution, ExecutionPort port, SqlRouter router, GeneratedValues values, PlacedKeys keys,
      TextReadings readings) {
    this.plan = plan;
    this.execution = execution;
    this.port = port;
    this.router = router;
    this.values = values;
    this.keys = keys;
    this.readings = readings;
    this.texts = FieldTexts.of(plan.destination(), readings, port);
    this.options = CopyOptions.plainText(port.output().charset());
    this.everywhere = plan.destination() instanceof RowDestination.Everywhere;
  }

  /// Inserts; the result is the command tag.
  CompletableFuture<String> run() {
    // Its parameters were read by Bind, and are read again now.
    boolean asBound = !plan.ofValues() || execution.bindings().count() == 0 || isAsBound(execution, port);
    return (asBound ? checked() : CompletableFuture.<String>failedFuture(ServerErrorException.of(Refusal.KEY_SPELLING.of(plan.table().name()))))
        .thenCompose(_ -> TableLock.take(plan.lockFirst(), port))
        .thenCompose(_ -> port.join(port.view().map().home()))
        .thenCompose(source -> ExactText.check(source, columns()).thenApply(_ -> source))
        .thenCompose(
            source -> {
              SourceRows rows = new SourceRows(source, execution, port, router.queryOf(plan, execution.lexed(), port.view()));
              return canCopy() ? copyBatches(rows) : insertAll(rows, new ArrayList<>(), 0);
            });
  }

  /// Whether the settings that texts are read under are those of Bind.
  static boolean isAsBound(Execution execution, ExecutionPort port) {
    Optional<TextSettings> settings = execution.terms().settings();
    return settings.isPresent() && settings.equals(port.textSettings());
  }

  /// But for those that are printed alike under all settings.
  private List<Column> columns() {
    return port.view().catalog().relation(plan.table()).stream()
        .flatMap(relation -> relation.columns().stream())
        .filter(column -> plan.columns().contains(column.name()) && !DateText.concerns(column.typeName()))
        .toList();
  }

  /// PostgreSQL's own opinion of the user's text, its error with its position.
  private CompletableFuture<String> checked() {
    if (!execution.simple()) {
      return CompletableFuture.completedFuture(""); // the Parse of the client was answered
    }
    return port.join(port.view().map().home())
        .thenCompose(
            home -> {
              Conversation conversation = home.conversation();
              ShardCall call = new ShardCall(port) {
                @Override
                protected ErrorFields adapted(ErrorFields fields) {
                  return fields.withPositionShiftedBy(execution.charsBefore());
                }
              };
              conversation.state().unnamed().taken();
              FrontendWriter.parse(conversation.stage(), "", execution.lexed().toBytes(), new int[0]);
              FrontendWriter.sync(conversation.stage());
              conversation.announce(call);
              conversation.flush();
              return call.tag();
            });
  }

  private boolean canCopy() {
    boolean plain = !plan.ofValues() && InsertShape.ofQuery(execution.lexed(), plan.query().first(), plan.query().last()).tail().isEmpty();
    return plain
        && port.view().catalog().relation(plan.table())
            .filter(relation -> relation.rules().isEmpty() && !relation.rowSecurity() && isTable(relation))
            .isPresent();
  }

  private static boolean isTable(Relation relation) {
    return relation.kind() == Relation.Kind.TABLE || relation.kind() == Relation.Kind.PARTITIONED_TABLE;
  }

  private CompletableFuture<String> copyBatches(SourceRows source) {
    return source.fetch(batchRows)
        .thenCompose(
            batch -> {
              batchRows = Math.clamp((long) batchRows * BATCH_BYTES / Math.max(1, source.batchBytes()), 1, BATCH_ROWS_MAX);
              CompletableFuture<Void> copied =
                  values.make(plan.table(), plan.generated(), batch.size(), port).thenCompose(made -> copy(batch, made));
              return source.isOver()
                  ? copied.thenApply(_ -> "INSERT 0 " + inserted)
                  : copied.thenCompose(_ -> copyBatches(source));
            });
  }

  private CompletableFuture<Void> copy(List<List<byte @Nullable []>> batch, List<List<@Nullable String>> made) {
    return parts(batch, made, Map.of())
        .thenCompose(parts -> copyParts(parts.rows().entrySet().stream().filter(entry -> entry.getValue().size() > 0).toList(), 0));
  }

  private CompletableFuture<Parts> parts(
      List<List<byte @Nullable []>> batch, List<List<@Nullable String>> made, Map<UnreadText, Optional<KeyValue>> told) {
    return keys.settled(absent -> byShard(batch, made, absent, told), Parts::missing, port.eventLoop())
        .thenCompose(
            parts ->
                parts.unread().isEmpty()
                    ? CompletableFuture.completedFuture(parts)
                    : texts.meanings(parts.unread()).thenCompose(meanings -> parts(batch, made, meanings)));
  }

  /// A batch's rows by shard, when no key of theirs is missing or unread.
  private record Parts(Map<ShardId, ByteArrayOutputStream> rows, List<UnplacedKey> missing, Set<UnreadText> unread) {}

  private Parts byShard(
      List<List<byte @Nullable []>> batch, List<List<@Nullable String>> made, Set<GroupKey> absent, Map<UnreadText, Optional<KeyValue>> told) {
    SplitInsertExecution.requireSame(plan.destination(), port);
    Parts parts = new Parts(new LinkedHashMap<>(), new ArrayList<>(), new HashSet<>());
    port.view().map().allShards().forEach(shard -> parts.rows.put(shard, new ByteArrayOutputStream()));
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    CopyOwners owners = CopyOwners.of(asCopy(), options, port.view(), router, texts);
    for (int row = 0; row < batch.size(); row++) {
      List<@Nullable String> extra = made.get(row);
      line.reset();
      write(line, batch.get(row), extra);
      byte[] bytes = line.toByteArray();
      switch (owners.ownerOf(bytes, 0, bytes.length - 1, extra, absent, told)) {
        case RowOwner.Everywhere _ -> parts.rows.values().forEach(rows -> rows.writeBytes(bytes));
        case RowOwner.One(ShardId shard) -> parts.rows.computeIfAbsent(shard, _ -> new ByteArrayOutputStream()).writeBytes(bytes);
        case RowOwner.Unplaced(UnplacedKey key) -> parts.missing.add(key);
        case RowOwner.Unread(UnreadText text) -> parts.unread.add(text);
      }
    }
    return parts;
  }

  private void write(ByteArrayOutputStream line, List<byte @Nullable []> row, List<@Nullable String> extra) {
    String separator = "";
    for (byte[] value : row) {
      line.writeBytes(separator.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      field(line, value);
      separator = "\t";
    }
    for (String value : extra) {
      line.write(TAB);
      field(line, value == null ? null : value.getBytes(options.encoding()));
    }
    line.write('\n');
  }

  private static void field(ByteArrayOutputStream line, byte @Nullable [] value) {
    if (value == null) {
      line.write('\\');
      line.write('N');
    } else {
      CopyText.escape(line, value, TAB);
    }
  }

  private CompletableFuture<Void> copyParts(List<Map.Entry<ShardId, ByteArrayOutputStream>> parts, int index) {
    if (index == parts.size()) {
      return CompletableFuture.completedFuture(null);
    }
    byte[] rows = parts.get(index).getValue().toByteArray();
    return port.join(parts.get(index).getKey())
        .thenCompose(
            participant -> {
              byte[] sql = asCopy().shardText().getBytes(options.encoding());
              ShardCopy copy = ShardCopy.start(participant, sql, port, RowTranslation.NONE, false);
              return copy.opened()
                  .thenCompose(
                      _ -> {
                        copy.append(rows, 0, rows.length);
                        copy.done();
                        return copy.tag();
                      });
            })
        .thenCompose(
            tag -> {
              inserted += everywhere && index > 0 ? 0 : ShardCall.count(tag);
              return copyParts(parts, index + 1);
            });
  }

  private Plan.CopyIn asCopy() {
    String columns =
        Stream.concat(plan.columns().stream(), plan.generated().stream().map(GeneratedColumn::name))
            .map(Sql::name).collect(Collectors.joining(", "));
    String sql = "COPY " + Sql.table(plan.table()) + " (" + columns + ") FROM STDIN";
    return new Plan.CopyIn(plan.table(), plan.destination(), plan.columns(), plan.generated(), sql, plan.lockFirst(), plan.effects());
  }

  private CompletableFuture<String> insertAll(SourceRows source, List<List<byte @Nullable []>> gathered, long bytesBefore) {
    return source.fetch(BATCH_ROWS_MAX)
        .thenCompose(
            batch -> {
              long bytes = bytesBefore + source.batchBytes();
              if (bytes > ROWS_BYTES_MAX) {
                throw new ServerErrorException(
                    ErrorFields.error(
                            SqlState.PROGRAM_LIMIT_EXCEEDED, "INSERT … SELECT with RETURNING or ON CONFLICT over several shards exceeds "
                                + ROWS_BYTES_MAX + " bytes")
                        .withHint("Insert fewer rows with one statement."));
              }
              gathered.addAll(batch);
              return source.isOver() ? insert(gathered) : insertAll(source, gathered, bytes);
            });
  }

  private TextReadings.Attempt<Split> split(List<List<@Nullable String>> rows) {
    return new TextReadings.Attempt<>(
        meanings ->
            keys.settled(
                absent -> {
                  SplitInsertExecution.requireSame(plan.destination(), port);
                  return router.insertRows(plan, execution.lexed(), port.view(), rows, absent, meanings);
                },
                SplitInsertExecution::missing, port.eventLoop()),
        Split.Refused.class::isInstance,
        () -> SplitInsertExecution.owners(plan.destination(), port.view().map()));
  }

  private CompletableFuture<String> insert(List<List<byte @Nullable []>> rows) {
    return values.make(plan.table(), plan.generated(), rows.size(), port)
        .thenCompose(
            made -> {
              List<List<@Nullable String>> printed = new ArrayList<>(rows.size());
              for (int i = 0; i < rows.size(); i++) {
                List<@Nullable String> text = new ArrayList<>();
                for (byte[] value : rows.get(i)) {
                  text.add(value == null ? null : new String(value, options.encoding()));
                }
                text.addAll(made.get(i));
                printed.add(text);
              }
              return readings.settled(split(printed), ReadingTerms.now(port.textSettings()), port)
                  .thenCompose(split -> new InsertPieces(execution, port, everywhere, plan.returning()).run(split));
            });
  }
}
