package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Catalog;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which relation a name means, by PostgreSQL's rules: the named schema, else the session's temporary schema, `pg_catalog`,
/// then the search path.
public final class Names {
  private Names() {}

  /// A name's meaning.
  ///
  /// @param table its schema and name; of a relation nobody knows, the schema that a new one would be made in
  /// @param system whether it is PostgreSQL's own
  /// @param temporary whether it is one of this session's temporary relations
  public record Resolved(TableName table, boolean known, boolean system, boolean temporary) {}

  public static Resolved resolve(RoutingView view, @Nullable String schema, String name) {
    Catalog catalog = view.catalog();
    String temp = catalog.tempSchema();
    if (schema != null) {
      String meant = schema.equals("pg_temp") && temp != null ? temp : schema;
      Resolved found = in(view, meant, name);
      return found != null ? found : new Resolved(new TableName(meant, name), false, false, false);
    }
    List<String> path = view.searchPath();
    if (temp != null && !path.contains("pg_temp")) {
      Resolved found = in(view, temp, name);
      if (found != null) {
        return found;
      }
    }
    if (!path.contains("pg_catalog")) {
      Resolved found = in(view, "pg_catalog", name);
      if (found != null) {
        return found;
      }
    }
    for (String each : path) {
      String meant = each.equals("pg_temp") && temp != null ? temp : each;
      Resolved found = in(view, meant, name);
      if (found != null) {
        return found;
      }
    }
    return new Resolved(new TableName(creationSchema(view), name), false, false, false);
  }

  private static @Nullable Resolved in(RoutingView view, String schema, String name) {
    TableName table = new TableName(schema, name);
    if (view.catalog().relation(table).isPresent()) {
      return new Resolved(table, true, isSystemSchema(schema), schema.equals(view.catalog().tempSchema()));
    }
    if (view.catalog().isSystemRelation(schema, name)) {
      return new Resolved(table, true, true, false);
    }
    boolean declared = view.map().groupOf(table).isPresent() || view.map().isReference(table);
    return declared ? new Resolved(table, false, false, false) : null;
  }

  private static boolean isSystemSchema(String schema) {
    return schema.equals("pg_catalog") || schema.equals("information_schema") || schema.startsWith("pg_toast");
  }

  /// Whether a new relation of that name is a temporary one though nobody says TEMPORARY.
  public static boolean isTemporaryPlace(RoutingView view, @Nullable String schema) {
    return schema == null
        ? !view.searchPath().isEmpty() && view.searchPath().getFirst().equals("pg_temp")
        : schema.equals("pg_temp");
  }

  /// Where a new relation without a schema is made.
  public static String creationSchema(RoutingView view) {
    for (String schema : view.searchPath()) {
      if (!schema.equals("pg_catalog") && !schema.equals("pg_temp")) {
        return schema;
      }
    }
    return "public";
  }

  /// What a new relation of that name would be called.
  public static TableName created(RoutingView view, @Nullable String schema, String name) {
    return new TableName(schema != null ? schema : creationSchema(view), name);
  }
}
