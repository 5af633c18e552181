package io.shardgate.router.analyze;

import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Block.Shown;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.tree.PgAssignment;
import io.shardgate.router.grammar.tree.PgCurrentOf;
import io.shardgate.router.grammar.tree.PgDelete;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.grammar.tree.PgMerge;
import io.shardgate.router.grammar.tree.PgMergeBranch;
import io.shardgate.router.grammar.tree.PgOnConflict;
import io.shardgate.router.grammar.tree.PgReturning;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.PgUpdate;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.NewRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.JoinType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Makes [WriteBlock]s out of INSERT, UPDATE, DELETE and MERGE.
/// Not thread-safe; owned by the planning of one statement.
final class WriteBuilder {
  private final BlockBuilder blocks;
  private final Planning planning;

  WriteBuilder(BlockBuilder blocks) {
    this.blocks = blocks;
    this.planning = blocks.planning();
  }

  Block build(SqlNode statement, Scope outer) {
    return switch (statement) {
      case PgInsert insert -> insert(insert, outer);
      case PgUpdate update -> update(update, outer);
      case PgDelete delete -> delete(delete, outer);
      case PgMerge merge -> merge(merge, outer);
      default -> throw new RefusedException(Refusal.UNREAD, "its beginning");
    };
  }

  /// What the target of a write is, once it is allowed to be one.
  Standing target(PgTableRef table) {
    Names.Resolved resolved = FromBuilder.resolve(planning.view(), table.name().names);
    Standing standing = planning.reach().standing(resolved.table());
    if (standing instanceof Standing.Expanded expanded) {
      throw new RefusedException(Refusal.VIEW_WRITE, expanded.table());
    }
    planning.reach().writesBarred(resolved.table()).ifPresent(barred -> {
      throw new RefusedException(barred);
    });
    return standing;
  }

  private Source source(PgTableRef table, Scope outer) {
    planning.reached().count();
    return new FromBuilder(blocks, outer).relation(FromBuilder.resolve(planning.view(), table.name().names), table);
  }

  private Block update(PgUpdate update, Scope outer) {
    Standing standing = target(update.target());
    Source target = source(update.target(), outer);
    FromBuilder.Built from = new FromBuilder(blocks, outer).build(update.from(), List.of());
    Scope scope = scope(outer, target, from);
    Expressions expressions = new Expressions(blocks, scope);
    List<Block> nested = new ArrayList<>();
    List<Fact> where = condition(update.where(), standing, scope, expressions, nested);
    expressions.walk(update.assignments(), nested);
    KeySource assigned = standing instanceof Standing.Sharded sharded ? assigned(update.assignments(), sharded, target, scope) : null;
    if (update.from() != null && standing instanceof Standing.Reference) {
      planning.reached().addUpdateFrom();
    }
    FromNode join = joined(target, from);
    List<Block> after = new ArrayList<>();
    return new WriteBlock(
        new Reached.Write(standing, SqlKind.UPDATE, assigned), join, where, nested, after, null, List.of(),
        returning(update.returning(), expressions, after));
  }

  private Block delete(PgDelete delete, Scope outer) {
    Standing standing = target(delete.target());
    Source target = source(delete.target(), outer);
    FromBuilder.Built from = new FromBuilder(blocks, outer).build(delete.using(), List.of());
    Scope scope = scope(outer, target, from);
    Expressions expressions = new Expressions(blocks, scope);
    List<Block> nested = new ArrayList<>();
    List<Fact> where = condition(delete.where(), standing, scope, expressions, nested);
    return new WriteBlock(
        new Reached.Write(standing, SqlKind.DELETE, null), joined(target, from), where, nested, List.of(), null, List.of(),
        returning(delete.returning(), expressions, nested));
  }

  private static Scope scope(Scope outer, Source target, FromBuilder.Built from) {
    Scope scope = from.scope(outer);
    scope.add(target);
    return scope;
  }

  private static FromNode joined(Source target, FromBuilder.Built from) {
    FromNode.Leaf leaf = new FromNode.Leaf(target, null);
    return from.node() instanceof FromNode.Nothing
        ? leaf
        : new FromNode.Join(JoinType.INNER, leaf, from.node(), List.of(), List.of());
  }

  private List<Fact> condition(
      @Nullable SqlNode where, Standing standing, Scope scope, Expressions expressions, List<Block> nested) {
    if (where instanceof PgCurrentOf) {
      if (!(standing instanceof Standing.Home)) {
        throw new RefusedException(Refusal.CURRENT_OF, name(standing));
      }
      return List.of();
    }
    List<Fact> facts = new Predicates(planning.operands(), scope, expressions::query).read(where);
    expressions.walk(where, nested);
    return facts;
  }

  static String name(Standing standing) {
    return switch (standing) {
      case Standing.Sharded sharded -> sharded.table().toString();
      case Standing.Reference reference -> reference.table().toString();
      case Standing.Home home -> home.table().toString();
      case Standing.Expanded expanded -> expanded.table().toString();
      case Standing.Absent absent -> absent.table().toString();
      case Standing.Barred barred -> barred.table().toString();
    };
  }

  private @Nullable List<Shown> returning(
      @Nullable PgReturning returning, Expressions expressions, List<Block> nested) {
    if (returning == null) {
      return List.of();
    }
    expressions.walk(returning.items(), nested);
    List<Shown> shown = new ArrayList<>();
    for (SqlNode item : returning.items()) {
      if (item instanceof SqlIdentifier identifier && identifier.isStar()) {
        return null;
      }
      shown.add(new Shown(outputName(item), Optional.empty()));
    }
    return shown;
  }

  private static String outputName(SqlNode item) {
    if (item.getKind() == SqlKind.AS) {
      return ((SqlIdentifier) ((SqlCall) item).operand(1)).getSimple();
    }
    return item instanceof SqlIdentifier identifier ? identifier.names.getLast() : "";
  }

  /// The value given to the shard key, null where it keeps its own.
  private @Nullable KeySource assigned(SqlNodeList assignments, Standing.Sharded sharded, Source target, Scope scope) {
    KeySource found = null;
    for (SqlNode node : assignments) {
      PgAssignment assignment = (PgAssignment) node;
      int place = placeOf(sharded.keyColumn(), assignment.targets());
      if (place >= 0) {
        SqlNode value = value(assignment, place, sharded);
        Optional<Var> column = planning.operands().column(value, scope);
        if (column.isEmpty() || !column.get().equals(target.key(sharded))) {
          found = keySource(value, sharded);
        }
      }
    }
    return found;
  }

  /// Where a column is set, or a field or an element of it.
  private static int placeOf(String column, SqlNodeList targets) {
    for (int place = 0; place < targets.size(); place++) {
      if (InsertKeys.columnName(targets.get(place)).equals(column)) {
        return place;
      }
    }
    return -1;
  }

  private static SqlNode value(PgAssignment assignment, int place, Standing.Sharded sharded) {
    if (!assignment.multiple()) {
      return assignment.source();
    }
    if (assignment.source().getKind() == SqlKind.ROW) {
      return ((SqlCall) assignment.source()).operand(place);
    }
    throw new RefusedException(Refusal.KEY_UPDATE, sharded.table());
  }

  private KeySource keySource(SqlNode value, Standing.Sharded sharded) {
    Optional<KeySet> keys = new InsertKeys(planning).value(value, sharded);
    if (keys.isPresent() && keys.get() instanceof KeySet.One(KeySource source)) {
      return source;
    }
    throw new RefusedException(Refusal.KEY_UPDATE, sharded.table());
  }

  private Block insert(PgInsert insert, Scope outer) {
    Standing standing = target(insert.target());
    Source target = source(insert.target(), outer);
    List<Block> nested = new ArrayList<>();
    KeySet inserted = null;
    List<NewRows> newRows = List.of();
    Block source = insert.source() == null ? null : blocks.build(insert.source(), outer);
    if (source != null) {
      nested.add(source);
    }
    if (standing instanceof Standing.Sharded sharded) {
      inserted = new InsertKeys(planning).keys(insert, sharded, source);
      newRows = new InsertKeys(planning).newRows(insert, sharded, inserted);
    }
    Scope scope = new Scope(outer);
    scope.add(target);
    Expressions expressions = new Expressions(blocks, scope);
    Scope beside = besideRows(target, outer);
    new Expressions(blocks, beside).walk(insert.columns(), nested);
    conflict(insert.onConflict(), standing, beside, nested);
    return new WriteBlock(
        new Reached.Write(standing, SqlKind.INSERT, null), new FromNode.Nothing(), List.of(), nested, List.of(), inserted, newRows,
        returning(insert.returning(), expressions, nested));
  }

  /// What stands beside the rows of an INSERT and sees the table: by qualifiers, as there is EXCLUDED too.
  Scope besideRows(PgInsert insert) {
    Scope outer = new Scope(null);
    return besideRows(source(insert.target(), outer), outer);
  }

  private static Scope besideRows(Source target, Scope outer) {
    Scope scope = new Scope(outer);
    scope.add(target);
    scope.add(Source.of("excluded", null, target.columns()));
    return Scope.qualified(scope);
  }

  private void conflict(@Nullable PgOnConflict conflict, Standing standing, Scope scope, List<Block> nested) {
    if (conflict == null) {
      return;
    }
    new Expressions(blocks, scope).walk(conflict, nested);
    if (standing instanceof Standing.Sharded sharded) {
      checkConflict(conflict, sharded);
    }
  }

  /// DO UPDATE may set the shard key only to what the conflicting row has: `EXCLUDED.key`, where the key is part of the conflict.
  void checkConflict(@Nullable PgOnConflict conflict, Standing.Sharded sharded) {
    if (conflict == null) {
      return;
    }
    refuseForeignConflict(conflict, sharded);
    for (SqlNode node : conflict.assignments()) {
      PgAssignment assignment = (PgAssignment) node;
      int place = placeOf(sharded.keyColumn(), assignment.targets());
      if (place >= 0) {
        boolean keyInTarget = conflict.target() != null && conflict.target().stream().anyMatch(each -> isColumn(each, sharded.keyColumn()));
        boolean same =
            value(assignment, place, sharded) instanceof SqlIdentifier value
                && value.names.getLast().equals(sharded.keyColumn())
                && (value.names.size() == 1 || value.names.getFirst().equals("excluded"));
        if (!keyInTarget || !same) {
          throw new RefusedException(Refusal.KEY_UPDATE, sharded.table());
        }
      }
    }
  }

  /// A unique index without the key would find rows that are foreign on the shard, too.
  private void refuseForeignConflict(PgOnConflict conflict, Standing.Sharded sharded) {
    String group = sharded.group().name();
    boolean byKey = conflict.target() != null && conflict.target().stream().anyMatch(each -> isColumn(each, sharded.keyColumn()));
    boolean alone = sharded.relation().uniques().stream().anyMatch(unique -> !unique.columns().contains(sharded.keyColumn()));
    if (!byKey && alone && !planning.view().map().foreign().of(group).isEmpty()) {
      throw new RefusedException(Refusal.FOREIGN_ROWS, "ON CONFLICT without the shard key", group);
    }
  }

  private static boolean isColumn(SqlNode node, String column) {
    return node instanceof SqlIdentifier identifier && identifier.names.getFirst().equals(column);
  }

  private Block merge(PgMerge merge, Scope outer) {
    Standing standing = target(merge.target());
    if (standing instanceof Standing.Reference reference) {
      throw new RefusedException(Refusal.MERGE_ON_REFERENCE, reference.table());
    }
    Source target = source(merge.target(), outer);
    FromBuilder.Built from = new FromBuilder(blocks, outer).build(merge.source(), List.of());
    Scope scope = scope(outer, target, from);
    Expressions expressions = new Expressions(blocks, scope);
    List<Block> nested = new ArrayList<>();
    List<Fact> on = new Predicates(planning.operands(), scope, expressions::query).read(merge.condition());
    expressions.walk(merge.condition(), nested);
    boolean unmatchedTarget = false;
    KeySet inserted = null;
    List<NewRows> newRows = new ArrayList<>();
    for (SqlNode node : merge.branches()) {
      PgMergeBranch branch = (PgMergeBranch) node;
      expressions.walk(branch, nested);
      unmatchedTarget |= branch.match() == PgMergeBranch.Match.NOT_MATCHED_BY_SOURCE;
      if (standing instanceof Standing.Sharded sharded) {
        if (branch.action() == PgMergeBranch.Action.UPDATE && assigned(branch.assignments(), sharded, target, scope) != null) {
          throw new RefusedException(Refusal.KEY_UPDATE, sharded.table());
        }
        if (branch.action() == PgMergeBranch.Action.INSERT) {
          KeySet keys = new InsertKeys(planning).mergeKeys(branch, sharded, from.scope(outer), from.node().guaranteed());
          newRows.addAll(new InsertKeys(planning).mergeRows(branch, sharded, keys));
          inserted = inserted == null ? keys : new KeySet.Union(List.of(inserted, keys));
        }
      }
    }
    JoinType type = unmatchedTarget ? JoinType.FULL : JoinType.RIGHT;
    FromNode join = new FromNode.Join(type, new FromNode.Leaf(target, null), from.node(), on, List.of());
    return new WriteBlock(
        new Reached.Write(standing, SqlKind.MERGE, null), join, List.of(), nested, List.of(), inserted, newRows,
        returning(merge.returning(), expressions, nested));
  }
}
