package io.shardgate.proxy.catalog;

import io.shardgate.directory.TableName;
import io.shardgate.proxy.catalog.CatalogRows.CatalogRow;
import io.shardgate.proxy.oid.ServerNames;
import io.shardgate.proxy.oid.ServerNames.TypeKind;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.catalog.PgTypeEntry;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.catalog.ViewRights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes a [Catalog] from the rows of [CatalogLoader]'s queries, in their order.
///
/// Not thread-safe; owned by one load.
final class CatalogAssembly {

  private static final int TRIGGER_ROW = 1;
  private static final int TRIGGER_BEFORE = 1 << 1;
  private static final int TRIGGER_INSERT = 1 << 2;
  private static final int TRIGGER_DELETE = 1 << 3;
  private static final int TRIGGER_UPDATE = 1 << 4;
  private static final int TRIGGER_TRUNCATE = 1 << 5;

  private final @Nullable String tempSchema;

  CatalogAssembly(@Nullable String tempSchema) {
    this.tempSchema = tempSchema;
  }

  Catalog catalog(List<CatalogRows> rows) {
    Catalog.Builder builder = Catalog.builder().tempSchema(tempSchema);
    Relations parts = new Relations(rows);
    rows.get(0).all().forEach(row -> builder.relation(parts.relation(row)));
    Map<Integer, List<CatalogRow>> functionParts = rows.get(11).byOid();
    rows.get(10).all().forEach(row -> builder.function(function(row, functionParts.getOrDefault(row.oid(0), List.of()))));
    rows.get(12).all().forEach(row -> builder.type(type(row)));
    rows.get(13).all().forEach(row -> {
      @Nullable String relation = row.textOrNull(1);
      if (relation == null) {
        builder.schema(row.text(0));
      } else {
        builder.systemRelation(row.text(0), relation);
      }
    });
    rows.get(14).all().forEach(row -> builder.codeUse(new CodeUse(CodeUse.Kind.of(row.letter(0)), row.name(1), row.name(3))));
    rows.get(15).all().forEach(row -> builder.looseCollation(row.name(0)));
    return builder.build();
  }

  /// Of a home shard, whose relations were read with indexes and composite types: these are left out, as a RowDescription never names one.
  static ServerNames homeNames(CatalogRows types, CatalogRows relations, CatalogRows columns) {
    CatalogRows named = new CatalogRows(relations.rows().stream().filter(row -> !"iIc".contains(String.valueOf(row.get(3)))).toList());
    return names(types, named, columns, row -> new ServerNames.UserColumn(row.number(10), row.text(1), row.text(11)));
  }

  static ServerNames names(CatalogRows types, CatalogRows relations, CatalogRows columns) {
    return names(types, relations, columns, row -> new ServerNames.UserColumn(row.number(1), row.text(2), row.text(3)));
  }

  private static ServerNames names(
      CatalogRows types, CatalogRows relations, CatalogRows columns, java.util.function.Function<CatalogRow, ServerNames.UserColumn> column) {
    List<ServerNames.UserType> userTypes = new ArrayList<>();
    for (CatalogRow row : types.all()) {
      userTypes.add(new ServerNames.UserType(row.oid(0), row.text(1), row.text(2), kind(row.letter(4)), row.oid(5)));
    }
    Map<Integer, List<CatalogRow>> byRelation = columns.byOid();
    List<ServerNames.UserRelation> userRelations = new ArrayList<>();
    for (CatalogRow row : relations.all()) {
      List<ServerNames.UserColumn> own = byRelation.getOrDefault(row.oid(0), List.of()).stream().map(column).toList();
      userRelations.add(new ServerNames.UserRelation(row.oid(0), row.text(1), row.text(2), own));
    }
    return new ServerNames(userTypes, userRelations);
  }

  private static TypeKind kind(char kind) {
    return switch (kind) {
      case 'A' -> TypeKind.ARRAY;
      case 'c' -> TypeKind.COMPOSITE;
      case 'd' -> TypeKind.DOMAIN;
      case 'e' -> TypeKind.ENUM;
      case 'r' -> TypeKind.RANGE;
      case 'm' -> TypeKind.MULTIRANGE;
      case 'p' -> TypeKind.PSEUDO;
      default -> TypeKind.BASE;
    };
  }

  private static PgTypeEntry type(CatalogRow row) {
    int element = row.letter(4) == 'A' ? row.oid(5) : 0;
    return new PgTypeEntry(row.oid(0), row.text(1), row.text(2), row.letter(3), row.oid(6), element, row.oid(7), row.flag(8));
  }

  private static Function function(CatalogRow row, List<CatalogRow> parts) {
    List<TableName> reads = parts.stream().filter(part -> part.letter(1) == 'r').map(part -> part.name(2)).toList();
    List<TableName> calls = parts.stream().filter(part -> part.letter(1) == 'f').map(part -> part.name(2)).toList();
    return new Function(
        row.oid(0), row.text(1), row.text(2), row.text(3), row.letter(4), row.letter(5), row.textOrNull(6), reads, calls, row.flag(7));
  }

  /// The rows of relations' parts, by relation.
  private record Relations(
      Map<Integer, List<CatalogRow>> columns,
      Map<Integer, List<CatalogRow>> sequences,
      Map<Integer, List<CatalogRow>> parents,
      Map<Integer, List<CatalogRow>> reads,
      Map<Integer, List<CatalogRow>> triggers,
      Map<Integer, List<CatalogRow>> policies,
      Map<Integer, List<CatalogRow>> rules,
      Map<Integer, List<CatalogRow>> uniques,
      Map<Integer, List<CatalogRow>> foreignKeys) {

    Relations(List<CatalogRows> rows) {
      this(
          rows.get(1).byOid(),
          rows.get(2).byOid(),
          rows.get(3).byOid(),
          rows.get(4).byOid(),
          rows.get(5).byOid(),
          rows.get(6).byOid(),
          rows.get(7).byOid(),
          rows.get(8).byOid(),
          rows.get(9).byOid());
    }

    Relation relation(CatalogRow row) {
      int oid = row.oid(0);
      return new Relation(
          oid,
          row.text(1),
          row.text(2),
          Relation.Kind.of(row.letter(3)),
          columns(oid),
          row.textOrNull(5),
          of(parents, oid).stream().map(parent -> parent.name(1)).toList(),
          of(reads, oid).stream().map(read -> read.name(1)).toList(),
          of(triggers, oid).stream().map(Relations::trigger).toList(),
          of(policies, oid).stream().map(policy -> new Relation.Policy(policy.text(1), policy.textOrNull(2), policy.textOrNull(3))).toList(),
          of(rules, oid).stream().map(rule -> rule.text(1)).toList(),
          uniques(oid),
          foreignKeys(oid),
          row.flag(4),
          viewRights(row));
    }

    private static @Nullable ViewRights viewRights(CatalogRow row) {
      String owner = row.textOrNull(6);
      String version = row.textOrNull(9);
      return owner == null || version == null ? null : new ViewRights(owner, row.flag(7), row.flag(8), version);
    }

    private static List<CatalogRow> of(Map<Integer, List<CatalogRow>> parts, int oid) {
      return parts.getOrDefault(oid, List.of());
    }

    private List<Column> columns(int oid) {
      Map<String, TableName> owned = new LinkedHashMap<>();
      of(sequences, oid).forEach(row -> owned.put(row.text(1), row.name(2)));
      return of(columns, oid).stream().map(row -> column(row, owned.get(row.text(1)))).toList();
    }

    private static Column column(CatalogRow row, @Nullable TableName sequence) {
      Column.Identity identity =
          switch (row.letter(7)) {
            case 'a' -> Column.Identity.ALWAYS;
            case 'd' -> Column.Identity.BY_DEFAULT;
            default -> Column.Identity.NONE;
          };
      return new Column(
          row.text(1), row.oid(2), row.text(3), row.number(4), row.flag(5), row.textOrNull(6), identity, row.flag(8), row.flag(9), sequence,
          new CarriedType(row.text(12), row.text(13), row.textOrNull(14), form(row.letter(15))));
    }

    private static CarriedType.Form form(char letter) {
      return switch (letter) {
        case 'b' -> CarriedType.Form.BINARY;
        case 't' -> CarriedType.Form.TEXT;
        default -> CarriedType.Form.NONE;
      };
    }

    private static Relation.Trigger trigger(CatalogRow row) {
      int type = row.number(5);
      List<String> events = new ArrayList<>();
      addIf(events, type, TRIGGER_INSERT, "INSERT");
      addIf(events, type, TRIGGER_UPDATE, "UPDATE");
      addIf(events, type, TRIGGER_DELETE, "DELETE");
      addIf(events, type, TRIGGER_TRUNCATE, "TRUNCATE");
      return new Relation.Trigger(row.text(1), row.text(2), row.text(3), row.flag(4), events, row.flag(6),
          (type & TRIGGER_ROW) != 0 && (type & TRIGGER_BEFORE) != 0);
    }

    private static void addIf(List<String> events, int type, int bit, String event) {
      if ((type & bit) != 0) {
        events.add(event);
      }
    }

    private List<Relation.UniqueIndex> uniques(int oid) {
      Map<String, List<CatalogRow>> byIndex = byName(of(uniques, oid));
      List<Relation.UniqueIndex> indexes = new ArrayList<>();
      byIndex.forEach(
          (name, keys) -> {
            boolean onlyColumns = keys.stream().allMatch(key -> key.textOrNull(3) != null);
            List<String> names = onlyColumns ? keys.stream().map(key -> key.text(3)).toList() : List.of();
            indexes.add(new Relation.UniqueIndex(name, names, keys.getFirst().flag(2)));
          });
      return indexes;
    }

    private List<Relation.ForeignKey> foreignKeys(int oid) {
      List<Relation.ForeignKey> keys = new ArrayList<>();
      byName(of(foreignKeys, oid))
          .forEach(
              (name, pairs) ->
                  keys.add(
                      new Relation.ForeignKey(
                          name,
                          pairs.stream().map(pair -> pair.text(2)).toList(),
                          pairs.getFirst().name(3),
                          pairs.stream().map(pair -> pair.text(5)).toList())));
      return keys;
    }

    private static Map<String, List<CatalogRow>> byName(List<CatalogRow> rows) {
      Map<String, List<CatalogRow>> grouped = new LinkedHashMap<>();
      rows.forEach(row -> grouped.computeIfAbsent(row.text(1), _ -> new ArrayList<>()).add(row));
      return grouped;
    }
  }
}
