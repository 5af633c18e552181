package io.shardgate.proxy.oid;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one server calls the user types and relations of one database: OID ⇄ qualified name. Immutable.
///
/// Only objects with OIDs of their own (≥ 16384) are here; the others have the same OID on every server of a version.
public final class ServerNames {

  /// The first OID that a server gives to a user's object (PostgreSQL's `FirstNormalObjectId`).
  public static final int FIRST_USER_OID = 16_384;

  /// A database without user objects.
  public static final ServerNames NONE = new ServerNames(List.of(), List.of());

  private final List<UserType> types;
  private final List<UserRelation> relations;
  private final Map<Integer, UserType> typeByOid = new HashMap<>();
  private final Map<String, Integer> oidByTypeKey = new HashMap<>();
  private final Map<Integer, String> keyByOid = new HashMap<>();
  private final Map<Integer, UserRelation> relationByOid = new HashMap<>();
  private final Map<String, UserRelation> relationByKey = new HashMap<>();

  public ServerNames(List<UserType> types, List<UserRelation> relations) {
    this.types = List.copyOf(types);
    this.relations = List.copyOf(relations);
    types.forEach(type -> typeByOid.put(type.oid(), type));
    for (UserType type : types) {
      String key = key(type.oid(), 0);
      keyByOid.put(type.oid(), key);
      oidByTypeKey.put(key, type.oid());
    }
    for (UserRelation relation : relations) {
      relationByOid.put(relation.oid(), relation);
      relationByKey.put(relation.key(), relation);
    }
  }

  /// Whether an OID was given by a server of its own accord, so that another server's may differ.
  public static boolean isUserOid(int oid) {
    return Integer.compareUnsigned(oid, FIRST_USER_OID) >= 0;
  }

  public List<UserType> types() {
    return types;
  }

  public List<UserRelation> relations() {
    return relations;
  }

  /// Whether both say the same.
  public boolean sameAs(ServerNames other) {
    return types.equals(other.types) && relations.equals(other.relations);
  }

  @Nullable UserType type(int oid) {
    return typeByOid.get(oid);
  }

  @Nullable String typeKey(int oid) {
    return keyByOid.get(oid);
  }

  @Nullable Integer typeOid(String key) {
    return oidByTypeKey.get(key);
  }

  @Nullable UserRelation relation(int oid) {
    return relationByOid.get(oid);
  }

  /// The relation of the same name, on this server.
  public @Nullable UserRelation namesake(UserRelation relation) {
    return relationByKey.get(relation.key());
  }

  /// Array and multirange types are known by what they are made of: their own names are made up by the server and differ where one was taken.
  private String key(int oid, int depth) {
    @Nullable UserType type = typeByOid.get(oid);
    if (type == null || depth > 8) {
      return "#" + Integer.toUnsignedString(oid);
    }
    return switch (type.kind()) {
      case ARRAY -> key(type.inner(), depth + 1) + "\0[]";
      case MULTIRANGE -> key(type.inner(), depth + 1) + "\0{}";
      case BASE, ENUM, COMPOSITE, RANGE, DOMAIN, PSEUDO -> type.schema() + '\0' + type.name();
    };
  }

  /// How values of a type are made of values of other types.
  public enum TypeKind {
    BASE,
    ENUM,
    ARRAY,
    COMPOSITE,
    RANGE,
    MULTIRANGE,
    DOMAIN,
    PSEUDO
  }

  /// A row of `pg_type`.
  ///
  /// @param inner element of an array, subtype of a range, range of a multirange, base of a domain; 0 for the others
  public record UserType(int oid, String schema, String name, TypeKind kind, int inner) {}

  /// A row of `pg_class` that has columns.
  ///
  /// @param columns those that are not dropped, in their order
  public record UserRelation(int oid, String schema, String name, List<UserColumn> columns) {
    public UserRelation {
      columns = List.copyOf(columns);
    }

    private String key() {
      return schema + '\0' + name;
    }

    /// The first column in which both differ, be it that one lacks it; null where a row of one fits the other. Numbers may differ: a dropped
    /// column keeps its own.
    public @Nullable String firstDifference(UserRelation other) {
      List<UserColumn> theirs = other.columns;
      for (int i = 0; i < Math.max(columns.size(), theirs.size()); i++) {
        if (i >= columns.size()) {
          return theirs.get(i).name();
        }
        UserColumn own = columns.get(i);
        if (i >= theirs.size() || !own.name().equals(theirs.get(i).name()) || !own.type().equals(theirs.get(i).type())) {
          return own.name();
        }
      }
      return null;
    }
  }

  /// A row of `pg_attribute`.
  ///
  /// @param type the names of the type and its collation, and the modifier, the same on every server
  public record UserColumn(int number, String name, String type) {}
}
