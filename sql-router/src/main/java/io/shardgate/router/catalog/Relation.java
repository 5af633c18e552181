package io.shardgate.router.catalog;

import io.shardgate.directory.TableName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One relation of the home shard: its columns, and all through which a statement on it can reach other relations.
///
/// @param definition `pg_get_viewdef` of a view or materialised view
/// @param parents what it inherits from or is a partition of, nearest first
/// @param reads relations that its rules, also a view's `_RETURN`, name: from `pg_depend`
/// @param triggers user triggers, not the internal ones of foreign keys
/// @param policies row-level security policies, in force only while `rowSecurity`
/// @param rules texts (`pg_get_ruledef`) of rules but `_RETURN`
/// @param uniques unique indexes, the primary key first
/// @param foreignKeys foreign keys that this relation declares
/// @param viewRights of a view; null of other relations
public record Relation(
    int oid,
    String schema,
    String name,
    Kind kind,
    List<Column> columns,
    @Nullable String definition,
    List<TableName> parents,
    List<TableName> reads,
    List<Trigger> triggers,
    List<Policy> policies,
    List<String> rules,
    List<UniqueIndex> uniques,
    List<ForeignKey> foreignKeys,
    boolean rowSecurity,
    @Nullable ViewRights viewRights) {

  public Relation {
    columns = List.copyOf(columns);
    parents = List.copyOf(parents);
    reads = List.copyOf(reads);
    triggers = List.copyOf(triggers);
    policies = List.copyOf(policies);
    rules = List.copyOf(rules);
    uniques = List.copyOf(uniques);
    foreignKeys = List.copyOf(foreignKeys);
  }

  /// One that is no view.
  public Relation(
      int oid,
      String schema,
      String name,
      Kind kind,
      List<Column> columns,
      @Nullable String definition,
      List<TableName> parents,
      List<TableName> reads,
      List<Trigger> triggers,
      List<Policy> policies,
      List<String> rules,
      List<UniqueIndex> uniques,
      List<ForeignKey> foreignKeys,
      boolean rowSecurity) {
    this(
        oid, schema, name, kind, columns, definition, parents, reads, triggers, policies, rules, uniques, foreignKeys, rowSecurity, null);
  }

  /// `pg_class.relkind`, as far as statements meet it.
  public enum Kind {
    TABLE,
    PARTITIONED_TABLE,
    VIEW,
    MATERIALIZED_VIEW,
    FOREIGN_TABLE,
    SEQUENCE,
    INDEX,
    COMPOSITE;

    /// The kind for a `relkind` letter; `I` (partitioned index) is an index, what rows cannot be read from (TOAST) is a table.
    public static Kind of(char relkind) {
      return switch (relkind) {
        case 'p' -> PARTITIONED_TABLE;
        case 'v' -> VIEW;
        case 'm' -> MATERIALIZED_VIEW;
        case 'f' -> FOREIGN_TABLE;
        case 'S' -> SEQUENCE;
        case 'i', 'I' -> INDEX;
        case 'c' -> COMPOSITE;
        default -> TABLE;
      };
    }
  }

  /// A trigger, by the function it calls.
  ///
  /// @param enabled false for `ALTER TABLE … DISABLE TRIGGER`
  /// @param events `pg_trigger.tgtype`'s events: any of INSERT, UPDATE, DELETE, TRUNCATE
  /// @param perStatement whether it fires once for a statement, or sees all of its rows in a transition table
  /// @param beforeRow whether it fires before each row, which its function may change
  public record Trigger(
      String name,
      String functionSchema,
      String functionName,
      boolean enabled,
      List<String> events,
      boolean perStatement,
      boolean beforeRow) {
    public Trigger {
      events = List.copyOf(events);
    }
  }

  /// A row-level security policy's expressions, as `pg_get_expr` prints them.
  public record Policy(String name, @Nullable String using, @Nullable String withCheck) {}

  /// A unique index; `columns` is empty when one of its keys is an expression.
  public record UniqueIndex(String name, List<String> columns, boolean primary) {
    public UniqueIndex {
      columns = List.copyOf(columns);
    }
  }

  /// A foreign key: `columns` of this relation point at `referencedColumns` of `referenced`, position by position.
  public record ForeignKey(String name, List<String> columns, TableName referenced, List<String> referencedColumns) {
    public ForeignKey {
      columns = List.copyOf(columns);
      referencedColumns = List.copyOf(referencedColumns);
    }
  }

  public TableName tableName() {
    return new TableName(schema, name);
  }

  /// The column of that exact name.
  public Optional<Column> column(String wanted) {
    for (Column column : columns) {
      if (column.name().equals(wanted)) {
        return Optional.of(column);
      }
    }
    return Optional.empty();
  }

  /// Whether rows of it are computed from other relations each time it is read.
  public boolean isView() {
    return kind == Kind.VIEW;
  }

  /// A relation with columns and nothing else.
  public static Relation plain(int oid, String schema, String name, Kind kind, List<Column> columns) {
    return new Relation(
        oid, schema, name, kind, columns, null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(),
        false);
  }
}
