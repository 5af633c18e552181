package io.shardgate.proxy.oid;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One direction between two servers' OIDs. Immutable.
///
/// Frames are whole, begin at their reader index with the type byte, are borrowed and changed in place; the reader index stays.
/// **A frame is translated once**: a second time would take the new OIDs for old ones.
public final class OidTranslation {

  /// Nothing changes: the home shard.
  public static final OidTranslation IDENTITY = new OidTranslation(ServerNames.NONE, Map.of(), new IntObjectHashMap<>(), new IntObjectHashMap<>(), true);

  private static final int HEADER_BYTES = 5;

  private final ServerNames source;
  private final Map<Integer, Integer> types;
  private final IntObjectMap<Integer> relations;

  /// The other server's column numbers by this one's, of relations where they are not the same: a dropped column keeps its number.
  private final IntObjectMap<short[]> columnNumbers;
  private final Set<Integer> typesWithOidsInside = new HashSet<>();
  private final boolean identity;
  private final boolean sameTypes;
  private final boolean sameRelations;

  private OidTranslation(
      ServerNames source, Map<Integer, Integer> types, IntObjectMap<Integer> relations, IntObjectMap<short[]> columnNumbers, boolean identity) {
    this.source = source;
    this.types = types;
    this.relations = relations;
    this.columnNumbers = columnNumbers;
    this.identity = identity;
    sameTypes = types.entrySet().stream().allMatch(e -> e.getKey().equals(e.getValue()));
    sameRelations = relations.entrySet().stream().allMatch(e -> e.getKey().equals(e.getValue()));
    for (ServerNames.UserType type : source.types()) {
      if (holdsOids(type.oid(), 0)) {
        typesWithOidsInside.add(type.oid());
      }
    }
  }

  static OidTranslation between(ServerNames source, ServerNames target) {
    Map<Integer, Integer> types = new HashMap<>();
    for (ServerNames.UserType type : source.types()) {
      @Nullable String key = source.typeKey(type.oid());
      @Nullable Integer oid = key == null ? null : target.typeOid(key);
      if (oid != null) {
        types.put(type.oid(), oid);
      }
    }
    IntObjectMap<Integer> relations = new IntObjectHashMap<>();
    IntObjectMap<short[]> columns = new IntObjectHashMap<>();
    for (ServerNames.UserRelation relation : source.relations()) {
      ServerNames.@Nullable UserRelation other = target.namesake(relation);
      if (other != null) {
        relations.put(relation.oid(), Integer.valueOf(other.oid()));
        short @Nullable [] numbers = numbers(relation, other);
        if (numbers != null) {
          columns.put(relation.oid(), numbers);
        }
      }
    }
    return new OidTranslation(source, types, relations, columns, false);
  }

  private static short @Nullable [] numbers(ServerNames.UserRelation from, ServerNames.UserRelation to) {
    Map<String, Integer> wanted = new HashMap<>();
    to.columns().forEach(column -> wanted.put(column.name(), column.number()));
    int last = 0;
    boolean same = true;
    for (ServerNames.UserColumn column : from.columns()) {
      last = Math.max(last, column.number());
      same &= column.number() == wanted.getOrDefault(column.name(), 0);
    }
    if (same) {
      return null;
    }
    short[] numbers = new short[last + 1];
    from.columns().forEach(column -> numbers[column.number()] = (short) (int) wanted.getOrDefault(column.name(), 0));
    return numbers;
  }

  /// A column's number on the other server; system columns (< 0) have the same everywhere.
  private short column(int relation, short number) {
    short @Nullable [] numbers = columnNumbers.get(relation);
    return numbers == null || number <= 0 ? number : number < numbers.length ? numbers[number] : 0;
  }

  /// True for the home shard: no frame needs to be looked at.
  public boolean isIdentity() {
    return identity;
  }

  /// The type's OID on the other server; an unknown one becomes `unknown` (705), which clients read as text.
  public int type(int oid) {
    if (identity || !ServerNames.isUserOid(oid)) {
      return oid;
    }
    return types.getOrDefault(oid, PgTypes.UNKNOWN);
  }

  /// The relation's OID on the other server; an unknown one becomes 0: "not a column of a table".
  public int relation(int oid) {
    if (identity || !ServerNames.isUserOid(oid)) {
      return oid;
    }
    @Nullable Integer known = relations.get(oid);
    return known == null ? 0 : known;
  }

  /// Whether the type is known on both servers. When it is not, the catalog is older than what a server just said: refresh, then translate.
  public boolean knowsType(int oid) {
    return identity || !ServerNames.isUserOid(oid) || types.containsKey(oid);
  }

  /// Translates a RowDescription where every type in it is known.
  ///
  /// @return false when a type is not known: then nothing was changed
  public boolean tryRowDescription(ByteBuf frame) {
    if (identity) {
      return true;
    }
    if (!rowDescription(frame, false)) {
      return false;
    }
    return rowDescription(frame, true);
  }

  /// Translates a RowDescription; types that are not known become `unknown`.
  public void rowDescription(ByteBuf frame) {
    if (!identity) {
      rowDescription(frame, true);
    }
  }

  ///     'T' int32 length | int16 n | n × ( name \0 | int32 relation | int16 column | int32 type | int16 | int32 | int16 format )
  private boolean rowDescription(ByteBuf frame, boolean change) {
    int at = frame.readerIndex() + HEADER_BYTES;
    int columns = frame.getUnsignedShort(at);
    at += 2;
    for (int i = 0; i < columns; i++) {
      at = afterText(frame, at);
      if (change) {
        int relation = frame.getInt(at);
        if (!columnNumbers.isEmpty()) {
          frame.setShort(at + 4, column(relation, frame.getShort(at + 4)));
        }
        frame.setInt(at, relation(relation));
        frame.setInt(at + 6, type(frame.getInt(at + 6)));
      } else if (!knowsType(frame.getInt(at + 6))) {
        return false;
      }
      at += 18;
    }
    return true;
  }

  /// Translates a ParameterDescription where every type in it is known.
  ///
  /// @return false when a type is not known: then nothing was changed
  public boolean tryParameterDescription(ByteBuf frame) {
    int at = frame.readerIndex() + HEADER_BYTES;
    if (!identity && !knowsTypes(frame, at)) {
      return false;
    }
    parameterDescription(frame);
    return true;
  }

  /// Translates a ParameterDescription; types that are not known become `unknown`.
  public void parameterDescription(ByteBuf frame) {
    if (!identity) {
      translateTypes(frame, frame.readerIndex() + HEADER_BYTES);
    }
  }

  /// Translates the parameter types of a Parse; a type that the shard lacks becomes `unknown`, so that the shard infers it or complains.
  public void parse(ByteBuf frame) {
    if (!identity) {
      translateTypes(frame, afterText(frame, afterText(frame, frame.readerIndex() + HEADER_BYTES)));
    }
  }

  private boolean knowsTypes(ByteBuf frame, int at) {
    int count = frame.getUnsignedShort(at);
    for (int i = 0; i < count; i++) {
      if (!knowsType(frame.getInt(at + 2 + 4 * i))) {
        return false;
      }
    }
    return true;
  }

  private void translateTypes(ByteBuf frame, int at) {
    int count = frame.getUnsignedShort(at);
    for (int i = 0; i < count; i++) {
      int position = at + 2 + 4 * i;
      frame.setInt(position, type(frame.getInt(position)));
    }
  }

  /// What has to be done to rows of these columns.
  ///
  /// @param types the columns' types as the source server calls them
  /// @param formats as in Bind: none (all text), one for all, or one for each column; 1 is binary
  public RowTranslation rows(int[] types, short[] formats) {
    if (identity || formats.length == 0) {
      return RowTranslation.NONE;
    }
    boolean[] work = new boolean[types.length];
    boolean any = false;
    for (int i = 0; i < types.length; i++) {
      short format = formats.length == 1 ? formats[0] : i < formats.length ? formats[i] : 0;
      work[i] = format == 1 && holdsOids(types[i], 0);
      any |= work[i];
    }
    return any ? new RowTranslation(new ValueTranslation(this, source), types.clone(), work) : RowTranslation.NONE;
  }

  /// The same for a Bind: the formats stand in the frame itself. Values that are not what their type says are left for the server to refuse.
  ///
  /// @param parameterTypes as the source (the client's side, home) calls them; 0 where not known
  public void bind(ByteBuf frame, int[] parameterTypes) {
    if (identity) {
      return;
    }
    int at = afterText(frame, afterText(frame, frame.readerIndex() + HEADER_BYTES));
    int count = frame.getUnsignedShort(at);
    at += 2;
    boolean anyBinary = false;
    for (int i = 0; i < count; i++) {
      anyBinary |= frame.getShort(at + 2 * i) == 1;
    }
    if (!anyBinary) {
      return;
    }
    short[] formats = new short[count];
    for (int i = 0; i < formats.length; i++, at += 2) {
      formats[i] = frame.getShort(at);
    }
    RowTranslation rows = rows(parameterTypes, formats);
    if (rows.hasWork()) {
      rows.fields(frame, at, frame.writerIndex());
    }
  }

  /// Whether binary values of a type can hold an OID that differs on the other server.
  boolean holdsOids(int type, int depth) {
    switch (type) {
      case PgTypes.RECORD, PgTypes.RECORD_ARRAY, PgTypes.ANYARRAY -> {
        return !sameTypes;
      }
      case PgTypes.REGCLASS, PgTypes.REGCLASS_ARRAY -> {
        return !sameRelations;
      }
      case PgTypes.REGTYPE, PgTypes.REGTYPE_ARRAY -> {
        return !sameTypes;
      }
      default -> {
        // A user's type, or one without OIDs inside.
      }
    }
    ServerNames.@Nullable UserType known = source.type(type);
    if (known == null) {
      return false;
    }
    return switch (known.kind()) {
      case BASE, ENUM, PSEUDO -> false;
      // Its fields can be of any type; what they are stands in the value.
      case COMPOSITE -> !sameTypes || !sameRelations;
      case ARRAY -> type(known.inner()) != known.inner() || (depth < 8 && holdsOids(known.inner(), depth + 1));
      case RANGE, MULTIRANGE, DOMAIN -> depth < 8 && holdsOids(known.inner(), depth + 1);
    };
  }

  boolean isWorth(int type) {
    return typesWithOidsInside.contains(type) || (!ServerNames.isUserOid(type) && holdsOids(type, 0));
  }

  private static int afterText(ByteBuf frame, int at) {
    int end = frame.indexOf(at, frame.writerIndex(), (byte) 0);
    if (end < 0) {
      throw new IndexOutOfBoundsException("text without an end");
    }
    return end + 1;
  }
}
