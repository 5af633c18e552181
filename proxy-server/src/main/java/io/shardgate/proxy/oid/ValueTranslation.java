package io.shardgate.proxy.oid;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Replaces the OIDs inside one binary value, in place. Immutable.
///
/// Layouts are those of PostgreSQL's `array_send`, `record_send`, `range_send` and `multirange_send`. A value that does not fit its type's
/// layout is left as it is from there on: a server refuses it with its own words.
final class ValueTranslation {

  /// Deeper nesting is left alone; types can only nest as deep as someone declared them.
  private static final int DEPTH_MAX = 64;

  private static final int RANGE_EMPTY = 0x01;
  private static final int RANGE_NO_LOWER = 0x08 | 0x20;
  private static final int RANGE_NO_UPPER = 0x10 | 0x40;

  private final OidTranslation oids;
  private final ServerNames source;

  ValueTranslation(OidTranslation oids, ServerNames source) {
    this.oids = oids;
    this.source = source;
  }

  void value(ByteBuf buffer, int from, int end, int type) {
    value(buffer, from, end, type, 0);
  }

  private void value(ByteBuf buffer, int from, int end, int type, int depth) {
    if (depth > DEPTH_MAX || !oids.isWorth(type)) {
      return;
    }
    switch (type) {
      case PgTypes.RECORD -> record(buffer, from, end, depth);
      case PgTypes.RECORD_ARRAY, PgTypes.ANYARRAY, PgTypes.REGCLASS_ARRAY, PgTypes.REGTYPE_ARRAY -> array(buffer, from, end, depth);
      case PgTypes.REGCLASS -> reference(buffer, from, end, true);
      case PgTypes.REGTYPE -> reference(buffer, from, end, false);
      default -> userValue(buffer, from, end, type, depth);
    }
  }

  private void userValue(ByteBuf buffer, int from, int end, int type, int depth) {
    ServerNames.@Nullable UserType known = source.type(type);
    if (known == null) {
      return;
    }
    switch (known.kind()) {
      case ARRAY -> array(buffer, from, end, depth);
      case COMPOSITE -> record(buffer, from, end, depth);
      case RANGE -> range(buffer, from, end, known.inner(), depth);
      case MULTIRANGE -> multirange(buffer, from, end, known.inner(), depth);
      case DOMAIN -> value(buffer, from, end, known.inner(), depth + 1);
      case BASE, ENUM, PSEUDO -> {
        // No OIDs inside.
      }
    }
  }

  ///     int32 dimensions | int32 has nulls | int32 element type | dimensions × ( int32 size | int32 lower bound ) | elements
  private void array(ByteBuf buffer, int from, int end, int depth) {
    if (end - from < 12) {
      return;
    }
    int dimensions = buffer.getInt(from);
    int element = buffer.getInt(from + 8);
    buffer.setInt(from + 8, knownOr(element));
    if (dimensions < 0 || dimensions > (end - from - 12) / 8) {
      return;
    }
    int at = from + 12 + 8 * dimensions;
    while (oids.isWorth(element) && end - at >= 4) {
      int length = buffer.getInt(at);
      at += 4;
      if (length > end - at) {
        return;
      }
      if (length > 0) {
        value(buffer, at, at + length, element, depth + 1);
        at += length;
      }
    }
  }

  ///     int32 fields | fields × ( int32 type | int32 length or -1 | value )
  private void record(ByteBuf buffer, int from, int end, int depth) {
    if (end - from < 4) {
      return;
    }
    int fields = buffer.getInt(from);
    int at = from + 4;
    for (int i = 0; i < fields && end - at >= 8; i++) {
      int type = buffer.getInt(at);
      int length = buffer.getInt(at + 4);
      buffer.setInt(at, knownOr(type));
      at += 8;
      if (length > end - at) {
        return;
      }
      if (length > 0) {
        value(buffer, at, at + length, type, depth + 1);
        at += length;
      }
    }
  }

  ///     flags | if it has one: int32 length, lower bound | if it has one: int32 length, upper bound
  private void range(ByteBuf buffer, int from, int end, int subtype, int depth) {
    if (end - from < 1) {
      return;
    }
    int flags = buffer.getByte(from);
    int at = from + 1;
    if ((flags & (RANGE_EMPTY | RANGE_NO_LOWER)) == 0) {
      at = bound(buffer, at, end, subtype, depth);
    }
    if (at > 0 && (flags & (RANGE_EMPTY | RANGE_NO_UPPER)) == 0) {
      bound(buffer, at, end, subtype, depth);
    }
  }

  private int bound(ByteBuf buffer, int at, int end, int subtype, int depth) {
    int length = end - at < 4 ? -1 : buffer.getInt(at);
    if (length < 0 || length > end - at - 4) {
      return -1;
    }
    value(buffer, at + 4, at + 4 + length, subtype, depth + 1);
    return at + 4 + length;
  }

  ///     int32 ranges | ranges × ( int32 length | range )
  private void multirange(ByteBuf buffer, int from, int end, int range, int depth) {
    int at = from + 4;
    while (end - at >= 4) {
      int length = buffer.getInt(at);
      at += 4;
      if (length < 0 || length > end - at) {
        return;
      }
      value(buffer, at, at + length, range, depth + 1);
      at += length;
    }
  }

  private void reference(ByteBuf buffer, int from, int end, boolean relation) {
    if (end - from == 4) {
      int oid = buffer.getInt(from);
      int there = relation ? oids.relation(oid) : oids.type(oid);
      boolean known = relation ? there != 0 : oids.knowsType(oid);
      buffer.setInt(from, known ? there : oid);
    }
  }

  /// Inside a value an unknown OID stays: the reader of a value checks it against the type it expects.
  private int knownOr(int oid) {
    return oids.knowsType(oid) ? oids.type(oid) : oid;
  }
}
