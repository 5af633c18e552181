package io.shardgate.router.catalog;

import io.shardgate.directory.TableName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A snapshot of the home shard's `pg_catalog`, as far as routing needs it: user relations with their columns and
/// dependencies, user functions, user types, and the bare names of the system's own.
/// Immutable.
///
/// A session with temporary tables or uncommitted DDL has one of its own, with the `tempSchema` set.
public final class Catalog {
  private final long version;
  private final @Nullable String tempSchema;
  private final Map<TableName, Relation> relations;
  private final Map<String, List<Function>> functions;
  private final Map<Integer, PgTypeEntry> types;
  private final Set<String> systemRelations;
  private final Set<String> schemas;
  private final Set<CodeUse> codeUses;
  private final Map<TableName, List<ColumnDrift>> drifts;
  private final Set<TableName> looseCollations;
  private final Map<TableName, List<Relation>> children;

  private Catalog(Builder builder) {
    version = builder.version;
    tempSchema = builder.tempSchema;
    relations = Map.copyOf(builder.relations);
    Map<String, List<Function>> byName = new HashMap<>();
    builder.functions.forEach((name, list) -> byName.put(name, List.copyOf(list)));
    functions = Map.copyOf(byName);
    types = Map.copyOf(builder.types);
    systemRelations = Set.copyOf(builder.systemRelations);
    schemas = Set.copyOf(builder.schemas);
    codeUses = Set.copyOf(builder.codeUses);
    drifts = Map.copyOf(builder.drifts);
    looseCollations = Set.copyOf(builder.looseCollations);
    Map<TableName, List<Relation>> below = new HashMap<>();
    for (Relation relation : relations.values()) {
      for (TableName parent : relation.parents()) {
        below.computeIfAbsent(parent, _ -> new ArrayList<>()).add(relation);
      }
    }
    children = Map.copyOf(below);
  }

  /// A catalog without any user relation, version 0.
  public static Catalog empty() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /// Grows by one whenever the content changed; the number is one proxy's own.
  public long version() {
    return version;
  }

  /// The schema (`pg_temp_3`) of this session's temporary relations, when there are any.
  public @Nullable String tempSchema() {
    return tempSchema;
  }

  public Optional<Relation> relation(String schema, String name) {
    return relation(new TableName(schema, name));
  }

  public Optional<Relation> relation(TableName name) {
    return Optional.ofNullable(relations.get(name));
  }

  public Collection<Relation> relations() {
    return relations.values();
  }

  /// Whether `pg_catalog` or `information_schema` (named by `schema`) has a relation of that name.
  public boolean isSystemRelation(String schema, String name) {
    return systemRelations.contains(schema + '.' + name);
  }

  /// Whether there is a schema of that name, be it empty.
  public boolean hasSchema(String name) {
    return schemas.contains(name);
  }

  /// All user functions of that name, over all schemas and argument lists.
  public List<Function> functions(String name) {
    return functions.getOrDefault(name, List.of());
  }

  /// Every user function.
  public List<Function> functions() {
    return functions.values().stream().flatMap(List::stream).toList();
  }

  public Optional<PgTypeEntry> type(int oid) {
    return Optional.ofNullable(types.get(oid));
  }

  public Collection<PgTypeEntry> types() {
    return types.values();
  }

  /// The functions that run without being called by name.
  public Collection<CodeUse> codeUses() {
    return codeUses;
  }

  /// Whether a collation calls texts equal that differ in their bytes.
  public boolean isLooseCollation(String schema, String name) {
    return looseCollations.contains(new TableName(schema, name));
  }

  /// The relations whose columns are not on every shard what they are on the home shard, each with the shards where they differ.
  public Map<TableName, List<ColumnDrift>> drifts() {
    return drifts;
  }

  /// The tables that inherit from, or are partitions of, that one; direct ones only.
  public List<Relation> childrenOf(TableName parent) {
    return children.getOrDefault(parent, List.of());
  }

  /// Whether both say the same, versions aside.
  public boolean sameContentAs(Catalog other) {
    return relations.equals(other.relations)
        && functions.equals(other.functions)
        && types.equals(other.types)
        && systemRelations.equals(other.systemRelations)
        && schemas.equals(other.schemas)
        && codeUses.equals(other.codeUses)
        && drifts.equals(other.drifts)
        && looseCollations.equals(other.looseCollations)
        && java.util.Objects.equals(tempSchema, other.tempSchema);
  }

  /// The same content under another version.
  public Catalog withVersion(long newVersion) {
    return copy(newVersion, drifts);
  }

  /// The same content and version, but for the relations that differ from shard to shard.
  public Catalog withDrifts(Map<TableName, List<ColumnDrift>> newDrifts) {
    return newDrifts.equals(drifts) ? this : copy(version, newDrifts);
  }

  private Catalog copy(long newVersion, Map<TableName, List<ColumnDrift>> newDrifts) {
    Builder builder = builder().version(newVersion).tempSchema(tempSchema);
    newDrifts.forEach(builder::drift);
    looseCollations.forEach(builder::looseCollation);
    relations.values().forEach(builder::relation);
    functions().forEach(builder::function);
    types.values().forEach(builder::type);
    builder.systemRelations.addAll(systemRelations);
    builder.schemas.addAll(schemas);
    builder.codeUses.addAll(codeUses);
    return builder.build();
  }

  /// Collects a [Catalog].
  /// Not thread-safe; owned by whoever fills it.
  public static final class Builder {
    private long version;
    private @Nullable String tempSchema;
    private final Map<TableName, Relation> relations = new HashMap<>();
    private final Map<String, List<Function>> functions = new HashMap<>();
    private final Map<Integer, PgTypeEntry> types = new HashMap<>();
    private final Set<String> systemRelations = new HashSet<>();
    private final Set<String> schemas = new HashSet<>();
    private final Set<CodeUse> codeUses = new HashSet<>();
    private final Map<TableName, List<ColumnDrift>> drifts = new HashMap<>();
    private final Set<TableName> looseCollations = new HashSet<>();

    private Builder() {}

    public Builder version(long value) {
      version = value;
      return this;
    }

    public Builder tempSchema(@Nullable String value) {
      tempSchema = value;
      return this;
    }

    public Builder relation(Relation relation) {
      relations.put(relation.tableName(), relation);
      return this;
    }

    public Builder function(Function function) {
      functions.computeIfAbsent(function.name(), _ -> new ArrayList<>()).add(function);
      return this;
    }

    public Builder type(PgTypeEntry type) {
      types.put(type.oid(), type);
      return this;
    }

    /// A function behind an operator, a type or a relation.
    public Builder codeUse(CodeUse use) {
      codeUses.add(use);
      return this;
    }

    /// A relation whose columns differ on these shards.
    public Builder drift(TableName table, List<ColumnDrift> where) {
      drifts.put(table, List.copyOf(where));
      return this;
    }

    /// A collation that is not deterministic.
    public Builder looseCollation(TableName collation) {
      looseCollations.add(collation);
      return this;
    }

    /// A schema.
    public Builder schema(String name) {
      schemas.add(name);
      return this;
    }

    /// A relation of `pg_catalog` or `information_schema`, by name only.
    public Builder systemRelation(String schema, String name) {
      systemRelations.add(schema + '.' + name);
      return this;
    }

    public Catalog build() {
      return new Catalog(this);
    }
  }
}
