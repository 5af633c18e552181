package io.shardgate.router.ddl;

import io.shardgate.directory.Group;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.statement.DefinitionStatement.CreateTable;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.TableElement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a table has to be so that each shard can keep its constraints alone.
/// Immutable.
final class TableRules {
  private final Placing placing;

  TableRules(Placing placing) {
    this.placing = placing;
  }

  void checkNew(CreateTable create, TableName table, Placing.Kind kind) {
    Group group = kind.group();
    if (group != null) {
      checkKey(create, table, kind.keyColumn(), group.keyType());
    }
    for (TableElement.Column column : create.columns()) {
      checkColumn(column, table, kind);
    }
    for (TableElement.Constraint constraint : create.constraints()) {
      checkConstraint(constraint, table, kind);
    }
    for (TableElement.Like like : create.likes()) {
      boolean indexes = like.including().contains("ALL") || like.including().contains("INDEXES");
      if (indexes && group != null) {
        placing.relation(like.table()).map(Relation::uniques).orElse(List.of()).forEach(unique -> checkUnique(unique.columns(), table, kind));
      }
    }
  }

  private void checkKey(CreateTable create, TableName table, String key, KeyType type) {
    for (TableElement.Column column : create.columns()) {
      if (column.name().equals(key) && !column.type().isEmpty()) {
        boolean fits = type.accepts(baseType(column.type())) && column.generated() == null && !isLoose(column.collation());
        if (!fits) {
          throw new RefusedException(Refusal.KEY_COLUMN, table + "." + key);
        }
        return;
      }
    }
    List<Name> sources = new ArrayList<>(create.inherits());
    create.likes().forEach(like -> sources.add(like.table()));
    addIfPresent(sources, create.partitionOf());
    addIfPresent(sources, create.ofType());
    for (Name source : sources) {
      Optional<Column> column = placing.relation(source).flatMap(relation -> relation.column(key));
      if (column.isPresent() && Reach.isKeyColumn(column.get(), type)) {
        return;
      }
    }
    throw new RefusedException(Refusal.KEY_COLUMN, table + "." + key);
  }

  /// Whether it may name a collation that is not deterministic.
  boolean isLoose(@Nullable Name collation) {
    if (collation == null) {
      return false;
    }
    List<String> schemas = collation.schema() == null ? placing.view().searchPath() : List.of(collation.schema());
    return schemas.stream().anyMatch(schema -> placing.view().catalog().isLooseCollation(schema, collation.name()));
  }

  private static void addIfPresent(List<Name> names, @Nullable Name name) {
    if (name != null) {
      names.add(name);
    }
  }

  /// A type as written, without schema and length; serial types are the integers behind them.
  static String baseType(String written) {
    String type = written.toLowerCase(Locale.ROOT).replaceAll("\\s*\\(.*?\\)", "").replaceAll("\\s+", " ").strip();
    String bare = type.startsWith("pg_catalog.") ? type.substring("pg_catalog.".length()) : type;
    return switch (bare) {
      case "bigserial", "serial8" -> "int8";
      case "serial", "serial4" -> "int4";
      case "smallserial", "serial2" -> "int2";
      default -> bare.replace("\"", "");
    };
  }

  static boolean isSerial(String written) {
    return !baseType(written).equals(written.toLowerCase(Locale.ROOT).strip()) && written.toLowerCase(Locale.ROOT).contains("serial");
  }

  void checkColumn(TableElement.Column column, TableName table, Placing.Kind kind) {
    if (column.primaryKey() || column.unique()) {
      checkUnique(List.of(column.name()), table, kind);
    }
    TableElement.Reference reference = column.references();
    if (reference != null) {
      checkForeignKey(table, kind, List.of(column.name()), reference);
    }
  }

  void checkConstraint(TableElement.Constraint constraint, TableName table, Placing.Kind kind) {
    switch (constraint.kind()) {
      case PRIMARY_KEY, UNIQUE -> {
        // One made from an index has been checked with the index.
        if (constraint.usingIndex() == null) {
          checkUnique(constraint.columns(), table, kind);
        }
      }
      case FOREIGN_KEY -> {
        TableElement.Reference reference = constraint.references();
        if (reference != null) {
          checkForeignKey(table, kind, constraint.columns(), reference);
        }
      }
      case EXCLUDE -> {
        if (kind.isSharded()) {
          throw new RefusedException(Refusal.EXCLUDE_CONSTRAINT, table);
        }
      }
      case CHECK, NOT_NULL -> {}
    }
  }

  void checkUnique(List<String> columns, TableName table, Placing.Kind kind) {
    boolean provable = !kind.isSharded() || columns.contains(kind.keyColumn()) || placing.view().map().vouchedUnique(table, new HashSet<>(columns));
    if (!provable) {
      throw new RefusedException(Refusal.UNIQUE_WITHOUT_KEY, table, String.join(", ", columns));
    }
  }

  private void checkForeignKey(TableName table, Placing.Kind kind, List<String> columns, TableElement.Reference reference) {
    TableName referenced = placing.resolve(reference.table());
    Placing.Kind other = referenced.equals(table) ? kind : placing.kind(placing.reach().placed(referenced));
    if (other.reference() || (!kind.isEverywhere() && !other.isEverywhere())) {
      return;
    }
    Group group = kind.group();
    boolean together =
        group != null && group.equals(other.group()) && isColocated(columns, kind.keyColumn(), referencedColumns(reference, referenced), other.keyColumn());
    if (!together) {
      throw new RefusedException(Refusal.FOREIGN_KEY, table, referenced);
    }
  }

  private List<String> referencedColumns(TableElement.Reference reference, TableName referenced) {
    if (!reference.columns().isEmpty()) {
      return reference.columns();
    }
    return placing.view().catalog().relation(referenced).stream()
        .flatMap(relation -> relation.uniques().stream())
        .filter(Relation.UniqueIndex::primary)
        .map(Relation.UniqueIndex::columns)
        .findFirst()
        .orElse(List.of());
  }

  private static boolean isColocated(List<String> columns, String key, List<String> referenced, String otherKey) {
    int place = columns.indexOf(key);
    return place >= 0 && place < referenced.size() && referenced.get(place).equals(otherKey);
  }

  /// Refused unless a part and its whole are sharded alike.
  void checkPart(Name whole, Name part) {
    Standing above = placing.standing(whole);
    Standing below = placing.standing(part);
    if (!placing.kind(above).equals(placing.kind(below))) {
      throw new RefusedException(Refusal.ATTACH, placing.resolve(part), placing.resolve(whole));
    }
  }
}
