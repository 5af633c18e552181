package io.shardgate.proxy.execute;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.ShardId;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.execute.copy.FieldFinder;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where rows of a COPY go. Not thread-safe; owned by one COPY.
///
/// A row that PostgreSQL will refuse, whatever the shard, goes to the home shard: its error is the answer.
final class CopyOwners {
  private final RowDestination destination;
  private final RoutingView view;
  private final SqlRouter router;
  private final boolean binary;
  private final @Nullable FieldFinder key;
  private final int generatedKey;
  private final boolean mayBeNull;
  private final String keyName;
  private final String table;

  private CopyOwners(
      Plan.CopyIn plan, RoutingView view, SqlRouter router, boolean binary, @Nullable FieldFinder key, int generatedKey, String keyName) {
    this.destination = plan.destination();
    this.view = view;
    this.router = router;
    this.binary = binary;
    this.key = key;
    this.generatedKey = generatedKey;
    this.keyName = keyName;
    this.table = plan.table().name();
    this.mayBeNull =
        view.catalog().relation(plan.table()).flatMap(relation -> relation.column(keyName)).filter(Column::notNull).isEmpty();
  }

  static CopyOwners of(Plan.CopyIn plan, CopyOptions options, RoutingView view, SqlRouter router) {
    boolean binary = options.format() == CopyOptions.Format.BINARY;
    if (!(plan.destination() instanceof RowDestination.ByKey byKey)) {
      return new CopyOwners(plan, view, router, binary, null, -1, "");
    }
    int place = byKey.keyColumn();
    int given = plan.columns().size();
    return place < given
        ? new CopyOwners(plan, view, router, binary, options.finder(place, plan.columns().get(place)), -1, plan.columns().get(place))
        : new CopyOwners(plan, view, router, binary, null, place - given, plan.generated().get(place - given).name());
  }

  /// The shard for a row; null means every shard.
  ///
  /// @param generated the row's generated values
  @Nullable ShardId ownerOf(byte[] row, int from, int contentEnd, List<@Nullable String> generated) {
    if (!(destination instanceof RowDestination.ByKey byKey)) {
      return null;
    }
    FieldFinder finder = key;
    if (finder == null) {
      String made = generated.get(generatedKey);
      return made == null ? ofNull() : ownerOf(byKey, made.getBytes(StandardCharsets.UTF_8), false);
    }
    return switch (finder.find(row, from, contentEnd)) {
      case VALUE -> ownerOf(byKey, binary ? ofBinary(byKey, finder.value()) : finder.value(), binary);
      case NULL -> ofNull();
      case MISSING -> view.map().home();
    };
  }

  /// Text is in the client's encoding, whatever the option ENCODING says (`textrecv`).
  private byte[] ofBinary(RowDestination.ByKey byKey, byte[] value) {
    boolean converted = byKey.group().keyType() == KeyType.TEXT && !view.encoding().equals(StandardCharsets.UTF_8);
    return converted ? new String(value, view.encoding()).getBytes(StandardCharsets.UTF_8) : value;
  }

  private ShardId ownerOf(RowDestination.ByKey byKey, byte[] value, boolean inBinary) {
    ShardId owner = router.ownerOf(byKey, value, inBinary, view);
    if (owner == null && !inBinary && byKey.group().keyType() == KeyType.BIGINT) {
      byte[] plain = plainInteger(new String(value, StandardCharsets.UTF_8));
      owner = plain == null ? null : router.ownerOf(byKey, plain, false, view);
    }
    if (owner == null && isUncertain(byKey.group().keyType())) {
      throw ServerErrorException.of(Refusal.KEY_SPELLING.of(table));
    }
    return owner == null ? view.map().home() : owner;
  }

  /// Whether a server may read what is no key to us.
  private static boolean isUncertain(KeyType type) {
    return switch (type) {
      case BIGINT, TEXT, UUID -> false;
      case DATE, TIMESTAMP, TIMESTAMPTZ, NUMERIC -> true;
    };
  }

  private ShardId ofNull() {
    if (!mayBeNull) {
      return view.map().home();
    }
    throw new ServerErrorException(
        ErrorFields.error(
                SqlState.NOT_NULL_VIOLATION, "null value in column \"" + keyName + "\" of relation \"" + table + "\" violates not-null constraint")
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
