package io.shardgate.proxy.execute;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.StoredKey;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.execute.copy.FieldFinder;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Decision;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.UnplacedKey;
import io.shardgate.router.UnreadText;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where rows of a COPY go. Not thread-safe; owned by one COPY.
///
/// A row that PostgreSQL will refuse, whatever the shard, goes to the home shard: its error is the answer.
final class CopyOwners {
  private final RowDestination destination;
  private final RoutingView view;
  private final SqlRouter router;
  private final FieldTexts texts;
  private final boolean binary;
  private final @Nullable FieldFinder key;
  private final @Nullable FieldFinder label;
  private final int generatedKey;
  private final boolean mayBeNull;
  private final String keyName;
  private final TableName table;

  private CopyOwners(
      Plan.CopyIn plan, RoutingView view, SqlRouter router, FieldTexts texts, boolean binary, @Nullable FieldFinder key, @Nullable FieldFinder label,
      int generatedKey, String keyName) {
    this.destination = plan.destination();
    this.view = view;
    this.router = router;
    this.texts = texts;
    this.binary = binary;
    this.key = key;
    this.label = label;
    this.generatedKey = generatedKey;
    this.keyName = keyName;
    this.table = plan.table();
    this.mayBeNull =
        view.catalog().relation(plan.table()).flatMap(relation -> relation.column(keyName)).filter(Column::notNull).isEmpty();
  }

  static CopyOwners of(Plan.CopyIn plan, CopyOptions options, RoutingView view, SqlRouter router, FieldTexts texts) {
    boolean binary = options.format() == CopyOptions.Format.BINARY;
    if (!(plan.destination() instanceof RowDestination.ByKey byKey)) {
      return new CopyOwners(plan, view, router, texts, binary, null, null, -1, "");
    }
    int place = byKey.keyColumn();
    int given = plan.columns().size();
    FieldFinder label = byKey.label() instanceof LabelSource.At(int column) ? options.finder(column, plan.columns().get(column)) : null;
    return place < given
        ? new CopyOwners(plan, view, router, texts, binary, options.finder(place, plan.columns().get(place)), label, -1, plan.columns().get(place))
        : new CopyOwners(plan, view, router, texts, binary, null, label, place - given, plan.generated().get(place - given).name());
  }

  /// Where a row goes.
  ///
  /// @param generated the row's generated values
  /// @param absent keys that the directory does not have
  /// @param told what the shards said that texts mean, besides what is known of the stream's
  RowOwner ownerOf(
      byte[] row, int from, int contentEnd, List<@Nullable String> generated, Set<GroupKey> absent, Map<UnreadText, Optional<KeyValue>> told) {
    if (!(destination instanceof RowDestination.ByKey byKey)) {
      return RowOwner.Everywhere.INSTANCE;
    }
    FieldFinder finder = key;
    if (finder == null) {
      String made = generated.get(generatedKey);
      return made == null ? ofNull() : ownerOf(byKey, made.getBytes(StandardCharsets.UTF_8), false, told, new Row(row, from, contentEnd, absent));
    }
    return switch (finder.find(row, from, contentEnd)) {
      case VALUE -> {
        byte[] value = binary ? inUtf8(byKey.group().keyType(), finder.value()) : finder.value();
        yield ownerOf(byKey, value, binary, told, new Row(row, from, contentEnd, absent));
      }
      case NULL -> ofNull();
      case MISSING -> home();
    };
  }

  private RowOwner home() {
    return new RowOwner.One(view.map().home());
  }

  /// @param absent keys that the directory does not have
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  private record Row(byte[] bytes, int from, int contentEnd, Set<GroupKey> absent) {}

  private RowOwner ownerOf(RowDestination.ByKey byKey, byte[] value, boolean inBinary, Map<UnreadText, Optional<KeyValue>> told, Row row) {
    KeyType type = byKey.group().keyType();
    KeyValue key = keyOf(byKey, value, inBinary);
    return key != null || !isUncertain(type) ? ownerOf(byKey, key, row)
        : inBinary ? refused() : ownerOf(byKey, new UnreadText(type, new String(value, StandardCharsets.UTF_8)), told, row);
  }

  private RowOwner ownerOf(RowDestination.ByKey byKey, UnreadText text, Map<UnreadText, Optional<KeyValue>> told, Row row) {
    Optional<KeyValue> meaning = told.containsKey(text) ? told.get(text) : texts.known().get(text);
    if (meaning == null) {
      return texts.canAsk(text) ? new RowOwner.Unread(text) : refused();
    }
    return meaning.isPresent() ? ownerOf(byKey, StoredKey.of(meaning.get(), byKey.keyTypmod()), row) : refused();
  }

  private RowOwner refused() {
    throw ServerErrorException.of(Refusal.KEY_SPELLING.of(table.name()));
  }

  private RowOwner ownerOf(RowDestination.ByKey byKey, @Nullable KeyValue value, Row row) {
    ShardId owner = value == null ? view.map().home() : view.map().ownerOf(byKey.group(), value);
    if (owner != null || value == null) {
      return new RowOwner.One(java.util.Objects.requireNonNull(owner));
    }
    return switch (router.ownerOf(table, byKey, value, label(byKey, row.bytes(), row.from(), row.contentEnd()), view, row.absent())) {
      case Decision.One(ShardId placed) -> new RowOwner.One(placed);
      case Decision.Unplaced(List<UnplacedKey> keys) -> new RowOwner.Unplaced(keys.getFirst());
      case Decision.Refused(Plan.Refuse refuse) -> throw ServerErrorException.of(refuse);
      case Decision.AnyShard _, Decision.Home _, Decision.Many _ -> throw new IllegalStateException("a row without a shard of its own");
    };
  }

  /// What the row says in the column by which new keys are placed; null when it tells nothing.
  private @Nullable String label(RowDestination.ByKey byKey, byte[] row, int from, int contentEnd) {
    FieldFinder finder = label;
    if (finder == null) {
      return byKey.label() instanceof LabelSource.Value(KeySource.Constant(KeyValue value)) ? value.toString() : null;
    }
    return finder.find(row, from, contentEnd) == FieldFinder.Found.VALUE
        ? new String(binary ? inUtf8(KeyType.TEXT, finder.value()) : finder.value(), StandardCharsets.UTF_8)
        : null;
  }

  /// Text is in the client's encoding, whatever the option ENCODING says (`textrecv`).
  private byte[] inUtf8(KeyType type, byte[] value) {
    boolean converted = type == KeyType.TEXT && !view.encoding().equals(StandardCharsets.UTF_8);
    return converted ? new String(value, view.encoding()).getBytes(StandardCharsets.UTF_8) : value;
  }

  /// Null for what no server takes, or only servers can read.
  private @Nullable KeyValue keyOf(RowDestination.ByKey byKey, byte[] value, boolean inBinary) {
    KeyValue found = router.keyOf(byKey, value, inBinary);
    if (found == null && !inBinary && byKey.group().keyType() == KeyType.BIGINT) {
      byte[] plain = plainInteger(new String(value, StandardCharsets.UTF_8));
      found = plain == null ? null : router.keyOf(byKey, plain, false);
    }
    return found;
  }

  /// Whether a server may read what is no key to us.
  private static boolean isUncertain(KeyType type) {
    return switch (type) {
      case BIGINT, TEXT, UUID -> false;
      case DATE, TIMESTAMP, TIMESTAMPTZ, NUMERIC -> true;
    };
  }

  private RowOwner ofNull() {
    if (!mayBeNull) {
      return home();
    }
    throw new ServerErrorException(
        ErrorFields.error(
                SqlState.NOT_NULL_VIOLATION, "null value in column \"" + keyName + "\" of relation \"" + table.name() + "\" violates not-null constraint")
            .withHint("The column is the shard key."));
  }

  /// Integers as PostgreSQL 16 reads them beside plain digits: `0x1F`, `0o17`, `0b1`, `1_000`. Null when it is none.
  static byte @Nullable [] plainInteger(String text) {
    String body = text.strip().toLowerCase(Locale.ROOT);
    boolean negative = body.startsWith("-");
    if (negative || body.startsWith("+")) {
      body = body.substring(1);
    }
    int radix = body.startsWith("0x") ? 16 : body.startsWith("0o") ? 8 : body.startsWith("0b") ? 2 : 10;
    String digits = radix == 10 ? body : body.substring(2);
    boolean prefixed = radix != 10;
    if ((!prefixed && digits.startsWith("_")) || digits.endsWith("_") || digits.contains("__")) {
      return null;
    }
    String plain = String.join("", List.of(digits.split("_")));
    if (plain.isEmpty() || plain.startsWith("-") || plain.startsWith("+")) {
      return null;
    }
    try {
      BigInteger value = new BigInteger(plain, radix);
      return (negative ? value.negate() : value).toString().getBytes(StandardCharsets.US_ASCII);
    } catch (NumberFormatException _) {
      return null;
    }
  }
}
