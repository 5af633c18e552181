package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Output;
import io.shardgate.router.analyze.Source.Var;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The names that an expression can use: the items of FROM, the columns that joins merged, common tables, and those of the
/// query around it.
/// Not thread-safe; owned by the planning of one statement.
final class Scope {
  private final @Nullable Scope outer;
  private final List<Source> sources = new ArrayList<>();
  private final Map<String, CommonTable> commonTables = new HashMap<>();
  private final Map<String, Optional<Var>> merged = new HashMap<>();
  private boolean opaque;
  private boolean namesHidden;

  Scope(@Nullable Scope outer) {
    this.outer = outer;
  }

  void add(Source source) {
    sources.add(source);
  }

  List<Source> sources() {
    return sources;
  }

  /// A column that a join merged from both sides.
  ///
  /// @param var the side whose value it has; empty where it is neither side's alone
  void merge(String column, Optional<Var> var) {
    merged.put(column, var);
  }

  void addCommonTable(CommonTable table) {
    commonTables.put(table.name(), table);
  }

  Optional<CommonTable> commonTable(String name) {
    CommonTable found = commonTables.get(name);
    if (found != null) {
      return Optional.of(found);
    }
    return outer == null ? Optional.empty() : outer.commonTable(name);
  }

  /// The column that a name means; empty where that is not certain.
  Optional<Var> resolve(List<String> names) {
    return names.size() == 1 ? column(names.getFirst()) : qualified(names);
  }

  /// A scope in which nothing but common tables can be found for certain: for expressions that see more names than are known.
  static Scope opaque(Scope outer) {
    Scope scope = new Scope(outer);
    scope.opaque = true;
    return scope;
  }

  /// A scope in which columns are found by a qualifier only: others may mean more than is known.
  static Scope qualified(Scope outer) {
    Scope scope = new Scope(outer);
    scope.namesHidden = true;
    return scope;
  }

  private Optional<Var> column(String name) {
    if (opaque || namesHidden) {
      return Optional.empty();
    }
    if (merged.containsKey(name)) {
      return merged.getOrDefault(name, Optional.empty());
    }
    Optional<Var> found = Optional.empty();
    boolean hidden = false;
    for (Source source : sources) {
      List<Output> columns = source.columns();
      if (columns == null) {
        return Optional.empty();
      }
      for (int place = 0; place < columns.size(); place++) {
        hidden |= columns.get(place).name().isEmpty();
        if (columns.get(place).name().equals(name)) {
          if (found.isPresent()) {
            return Optional.empty();
          }
          found = Optional.of(source.var(place));
        }
      }
    }
    return found.isPresent() || hidden || outer == null ? found : outer.column(name);
  }

  private Optional<Var> qualified(List<String> names) {
    String column = names.getLast();
    Optional<Source> owner = source(names.subList(0, names.size() - 1));
    List<Output> columns = owner.map(Source::columns).orElse(null);
    if (columns == null) {
      return Optional.empty();
    }
    Optional<Var> found = Optional.empty();
    for (int place = 0; place < columns.size(); place++) {
      if (columns.get(place).name().equals(column)) {
        if (found.isPresent()) {
          return Optional.empty();
        }
        found = Optional.of(owner.orElseThrow().var(place));
      }
    }
    return found;
  }

  /// The item of FROM that a qualifier means: an alias, or a table's name with or without its schema.
  Optional<Source> source(List<String> qualifier) {
    if (opaque) {
      return Optional.empty();
    }
    Source found = null;
    for (Source source : sources) {
      if (matches(source, qualifier)) {
        if (found != null) {
          return Optional.empty();
        }
        found = source;
      }
    }
    if (found != null) {
      return Optional.of(found);
    }
    return outer == null ? Optional.empty() : outer.source(qualifier);
  }

  private static boolean matches(Source source, List<String> qualifier) {
    if (qualifier.size() == 1) {
      return source.visibleName().equals(qualifier.getFirst());
    }
    var table = source.table();
    return table != null
        && table.name().equals(qualifier.getLast())
        && table.schema().equals(qualifier.get(qualifier.size() - 2));
  }
}
