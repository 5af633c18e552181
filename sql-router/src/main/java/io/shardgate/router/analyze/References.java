package io.shardgate.router.analyze;

import io.shardgate.router.catalog.Relation;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// The places in a query's own text at which tables are read, with what is known of the rows that can matter there.
///
/// A place is one however often its query is used: a common table's is as often as it is referred to.
/// Not thread-safe; owned by the planning of one statement.
final class References {
  private final List<Reference> all = new ArrayList<>();
  private final Map<Source, Reference> bySource = new HashMap<>();
  private final List<Grouping> groupings = new ArrayList<>();
  private final Set<Relation> views = new LinkedHashSet<>();
  private boolean hidden;
  private boolean byPlace;

  /// A GROUP BY by the primary key of a place.
  ///
  /// @param last its last item
  /// @param columns those of the place that are items of it
  record Grouping(Reference reference, SqlNode last, Set<String> columns) {
    @SuppressWarnings("ReferenceEquality") // equal texts stand at different places
    private boolean isOf(Reference other, SqlNode item) {
      return reference == other && last == item;
    }
  }

  /// One place. Not thread-safe; owned by the planning of one statement.
  static final class Reference {
    private final PgTableRef node;
    private final Standing standing;
    private final List<KeySet> keys = new ArrayList<>();
    private @Nullable ShardwiseView view;
    private final Set<SqlNode> conditions = Collections.newSetFromMap(new IdentityHashMap<>());

    private Reference(PgTableRef node, Standing standing) {
      this.node = node;
      this.standing = standing;
    }

    PgTableRef node() {
      return node;
    }

    Standing standing() {
      return standing;
    }

    /// How its rows can be had as they are, where it is a view of which that is known.
    @Nullable ShardwiseView view() {
      return view;
    }

    /// The table as the catalog has it, but for home tables.
    Optional<Relation> relation() {
      return switch (standing) {
        case Standing.Sharded sharded -> Optional.of(sharded.relation());
        case Standing.Reference reference -> Optional.of(reference.relation());
        case Standing.Home _, Standing.Expanded _, Standing.Absent _, Standing.Barred _ -> Optional.empty();
      };
    }

    /// The keys that can matter, for all uses together.
    KeySet keys() {
      return switch (keys.size()) {
        case 0 -> new KeySet.Everything();
        case 1 -> keys.getFirst();
        default -> keys.stream().anyMatch(KeySet.Everything.class::isInstance) ? new KeySet.Everything() : new KeySet.Union(keys);
      };
    }

    /// Conditions of the WHERE around it that speak of its columns only.
    Collection<SqlNode> conditions() {
      return conditions;
    }
  }

  /// Notes a place.
  void add(PgTableRef node, Source source, Standing standing) {
    Reference reference = all.stream().filter(known -> known.node == node).findFirst().orElse(null); // equal texts stand at different places
    if (reference == null) {
      reference = new Reference(node, standing);
      all.add(reference);
    }
    bySource.put(source, reference);
  }

  /// The place that a source stands at; empty for what is no table.
  Optional<Reference> at(Source source) {
    return Optional.ofNullable(bySource.get(source));
  }

  /// Notes that a place is a view whose rows can be had as they are.
  void shardwise(PgTableRef node, ShardwiseView view) {
    all.stream().filter(known -> known.node == node).forEach(reference -> reference.view = view);
  }

  /// Notes that what is known of a source is known of the view at that place: it is the view, or a part of it.
  void within(PgTableRef node, Source source) {
    all.stream().filter(known -> known.node == node).forEach(reference -> bySource.put(source, reference));
  }

  /// Notes a view, at whatever depth.
  void view(Relation view) {
    views.add(view);
  }

  /// The views that the query reads through.
  Set<Relation> views() {
    return views;
  }

  /// Notes which keys can matter for one use of a place.
  void keys(Source source, KeySet keys) {
    Reference reference = bySource.get(source);
    if (reference != null) {
      reference.keys.add(keys);
    }
  }

  /// Notes a condition.
  void condition(Source source, SqlNode condition) {
    Reference reference = bySource.get(source);
    if (reference != null) {
      reference.conditions.add(condition);
    }
  }

  /// Notes the columns of one place that are items of a GROUP BY, if its primary key is among them.
  void grouping(Source source, SqlNode last, Set<String> columns) {
    Reference reference = bySource.get(source);
    if (reference == null || groupings.stream().anyMatch(known -> known.isOf(reference, last))) {
      return;
    }
    boolean keyed =
        reference.relation().stream()
            .flatMap(relation -> relation.uniques().stream())
            .anyMatch(index -> index.primary() && columns.containsAll(index.columns()));
    if (keyed) {
      groupings.add(new Grouping(reference, last, Set.copyOf(columns)));
    }
  }

  List<Grouping> groupings() {
    return groupings;
  }

  /// Notes that a table is read at a place that is not in the query's own text: in a view of which the rows can't be had as they are.
  void hide() {
    hidden = true;
  }

  boolean isHidden() {
    return hidden;
  }

  /// Notes that columns are called by their places in a join: `(a JOIN b …) AS j (x, y)`.
  void callByPlace() {
    byPlace = true;
  }

  boolean isByPlace() {
    return byPlace;
  }

  List<Reference> all() {
    return all;
  }
}
