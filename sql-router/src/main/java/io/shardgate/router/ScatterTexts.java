package io.shardgate.router;

import io.shardgate.directory.Extent;
import io.shardgate.directory.ShardId;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.rewrite.ForeignPredicate;
import io.shardgate.router.rewrite.SplicedText;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Makes the texts of a [Scattering]: the user's own, without rows that are foreign on the shard, with the rows' order behind the columns, and with as many
/// rows as LIMIT and OFFSET take together.
/// Not thread-safe; owned by the making of one execution's texts.
final class ScatterTexts {
  private static final int INT2_BYTES = 2;
  private static final int INT4_BYTES = 4;
  private static final int INT8_BYTES = 8;

  private final Gathering gathering;
  private final Scattering scattering;
  private final Lexed lexed;
  private final Bindings bindings;
  private final RoutingView view;

  private ScatterTexts(Gathering gathering, Scattering scattering, Lexed lexed, Bindings bindings, RoutingView view) {
    this.gathering = gathering;
    this.scattering = scattering;
    this.lexed = lexed;
    this.bindings = bindings;
    this.view = view;
  }

  /// The texts; null where this execution does not allow it: its values are not plain numbers, or mean the moment.
  static @Nullable Scattered made(Gathering gathering, List<PulledRows> pulled, Lexed lexed, Bindings bindings, RoutingView view) {
    Scattering scattering = gathering.scattering();
    if (scattering == null || new MomentTexts(lexed, bindings).areIn(0, lexed.size())) {
      return null;
    }
    ScatterTexts texts = new ScatterTexts(gathering, scattering, lexed, bindings, view);
    OptionalLong limit = texts.value(scattering.fetch(), Long.MAX_VALUE);
    OptionalLong offset = texts.value(scattering.offset(), 0);
    return limit.isEmpty() || offset.isEmpty() ? null : texts.made(pulled.get(scattering.driver()), offset.getAsLong(), limit.getAsLong());
  }

  private Scattered made(PulledRows rows, long offset, long limit) {
    List<Split.Piece> pieces = new ArrayList<>();
    long taken = limit > Long.MAX_VALUE - offset ? Long.MAX_VALUE : limit + offset;
    boolean conditioned = false;
    Split.Piece plain = null; // shards without foreign rows get the same text
    for (ShardId shard : view.map().allShards()) {
      if (!rows.shards().contains(shard)) {
        continue;
      }
      String foreign = foreign(shard);
      conditioned |= !foreign.isEmpty();
      if (!foreign.isEmpty()) {
        pieces.add(piece(shard, foreign, taken));
      } else {
        plain = plain == null ? piece(shard, "", taken) : plain.on(shard);
        pieces.add(plain);
      }
    }
    return new Scattered(pieces, scattering.order(), offset, limit, conditioned, !isParameter(scattering.fetch()) && !isParameter(scattering.offset()));
  }

  private boolean isParameter(@Nullable QuerySpan span) {
    return span != null && lexed.is(span.first(), TokenKind.PARAMETER);
  }

  private Split.Piece piece(ShardId shard, String foreign, long taken) {
    SplicedText text = new SplicedText(lexed).tokens(0, scattering.results());
    for (Scattering.Order item : scattering.order()) {
      text.add(", " + item.expression());
    }
    QuerySpan where = scattering.where();
    text.add(" ").tokens(scattering.results(), where == null ? scattering.whereAt() : where.first());
    if (where != null) {
      text.add(foreign.isEmpty() ? " " : " (").tokens(where.first(), where.last()).add(foreign.isEmpty() ? "" : ") AND " + foreign);
    } else if (!foreign.isEmpty()) {
      text.add(" WHERE " + foreign);
    }
    QuerySpan cut = scattering.cut();
    text.add(" ").tokens(where == null ? scattering.whereAt() : where.last(), cut == null ? lexed.size() : cut.first());
    if (taken < Long.MAX_VALUE) {
      text.add(" LIMIT " + taken);
    }
    return new Split.Piece(shard, text.bytes(), new int[0], text.parameters(), text.origins());
  }

  /// The condition that leaves out rows that a shard has and does not own; empty where it has none.
  private String foreign(ShardId shard) {
    Pull driver = gathering.pulls().get(scattering.driver());
    if (!(driver.source() instanceof Gathering.Source.Sharded(var byKey, String keyColumn))) {
      throw new IllegalStateException("driver " + driver.table() + " (expected: a sharded table)");
    }
    List<Extent> extents = view.map().foreign().on(shard, byKey.group().name());
    if (extents.isEmpty()) {
      return "";
    }
    String column = SplicedText.quote(driver.alias()) + "." + SplicedText.quote(keyColumn);
    return "NOT (" + ForeignPredicate.of(column, byKey.group().keyType(), extents) + ")";
  }

  /// A number that is not negative; empty for anything else.
  private OptionalLong value(@Nullable QuerySpan span, long without) {
    if (span == null) {
      return OptionalLong.of(without);
    }
    OptionalLong value = isParameter(span) ? parameter(lexed.parameterNumber(span.first()) - 1) : digits(lexed.raw(span.first()));
    return value.isPresent() && value.getAsLong() < 0 ? OptionalLong.empty() : value;
  }

  private OptionalLong parameter(int index) {
    byte[] value = index < bindings.count() ? bindings.value(index) : null;
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!bindings.binary(index)) {
      return digits(new String(value, lexed.encoding()));
    }
    if (value.length != INT2_BYTES && value.length != INT4_BYTES && value.length != INT8_BYTES) {
      return OptionalLong.empty();
    }
    long number = value[0];
    for (int i = 1; i < value.length; i++) {
      number = (number << 8) | (value[i] & 0xff);
    }
    return OptionalLong.of(number);
  }

  /// Decimal digits only: what else is a number depends on the server's version.
  private static OptionalLong digits(String text) {
    boolean plain = !text.isEmpty() && text.length() < 19 && text.chars().allMatch(each -> each >= '0' && each <= '9');
    return plain ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }
}
