package io.shardgate.router.analyze;

import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.plan.KeySet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlNode;

/// The places in a query's own text at which tables are read, with what is known of the rows that can matter there.
///
/// A place is one however often its query is used: a common table's is as often as it is referred to.
/// Not thread-safe; owned by the planning of one statement.
final class References {
  private final List<Reference> all = new ArrayList<>();
  private final Map<Source, Reference> bySource = new HashMap<>();
  private boolean hidden;

  /// One place. Not thread-safe; owned by the planning of one statement.
  static final class Reference {
    private final PgTableRef node;
    private final Standing standing;
    private final List<KeySet> keys = new ArrayList<>();
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

  /// Notes that a table is read at a place that is not in the query's own text: in a view.
  void hide() {
    hidden = true;
  }

  boolean isHidden() {
    return hidden;
  }

  List<Reference> all() {
    return all;
  }
}
