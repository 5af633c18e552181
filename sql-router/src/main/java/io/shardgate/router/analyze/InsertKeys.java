package io.shardgate.router.analyze;

import io.shardgate.directory.Strategy;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.grammar.tree.PgMergeBranch;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.NewRows;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlWith;
import org.jspecify.annotations.Nullable;

/// The shard keys of the rows that an INSERT makes.
/// Immutable.
final class InsertKeys {
  private final Planning planning;

  InsertKeys(Planning planning) {
    this.planning = planning;
  }

  /// The columns that the rows of an INSERT give, in order.
  static List<String> columns(PgInsert insert, List<Column> tableColumns, int width) {
    SqlNodeList named = insert.columns();
    if (named != null) {
      return named.stream().map(InsertKeys::columnName).toList();
    }
    return tableColumns.stream().limit(width).map(Column::name).toList();
  }

  /// The column that a target sets, or of which it sets a field or an element.
  static String columnName(SqlNode node) {
    if (node instanceof SqlIdentifier identifier) {
      return identifier.names.getFirst();
    }
    return node instanceof SqlCall call && call.operandCount() > 0 ? columnName(call.operand(0)) : "";
  }

  /// What keys are once they are stored in the key column.
  static KeySet stored(KeySet keys, Standing.Sharded sharded) {
    int typmod = sharded.key().typmod();
    return typmod < 0 ? keys : stored(keys.withoutBounds(), typmod);
  }

  private static KeySet stored(KeySet keys, int typmod) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> new KeySet.One(new KeySource.Stored(source, typmod));
      case KeySet.Union(List<KeySet> sets) -> new KeySet.Union(sets.stream().map(set -> stored(set, typmod)).toList());
      case KeySet.Intersection(List<KeySet> sets) -> new KeySet.Intersection(sets.stream().map(set -> stored(set, typmod)).toList());
      case KeySet.Within _, KeySet.Nothing _, KeySet.Everything _ -> keys;
    };
  }

  /// The keys; refused where they can't be told, [KeySet.Everything] where only a query's rows could tell.
  KeySet keys(PgInsert insert, Standing.Sharded sharded, @Nullable Block source) {
    if (insert.source() == null) {
      return new KeySet.One(notGiven(sharded));
    }
    if (insert.source().getKind() == SqlKind.VALUES) {
      return valuesKeys(insert, sharded, (SqlCall) insert.source());
    }
    int place = columns(insert, sharded.relation().columns(), Integer.MAX_VALUE).indexOf(sharded.keyColumn());
    if (place < 0) {
      return new KeySet.One(notGiven(sharded));
    }
    return source == null ? new KeySet.Everything() : queryKeys(insert.source(), source, place, sharded);
  }

  /// The new rows, where their keys may have to be placed before the statement runs.
  ///
  /// @param keys the keys of all of them
  List<NewRows> newRows(PgInsert insert, Standing.Sharded sharded, KeySet keys) {
    if (!(sharded.group().strategy() instanceof Strategy.Directory)) {
      return List.of();
    }
    RowLabels labels = RowLabels.of(sharded);
    SqlNode source = insert.source();
    if (!labels.isAsked() || source == null) {
      return List.of(new NewRows(keys, labels.notGiven()));
    }
    if (source.getKind() == SqlKind.VALUES) {
      List<NewRows> rows = new ArrayList<>();
      for (SqlNode node : ((SqlCall) source).getOperandList()) {
        SqlCall row = (SqlCall) node;
        List<String> columns = columns(insert, sharded.relation().columns(), row.operandCount());
        rows.add(new NewRows(rowKeys(insert, sharded, row), labels.of(row.getOperandList(), columns, planning.operands())));
      }
      return rows;
    }
    int place = labels.placeIn(columns(insert, sharded.relation().columns(), Integer.MAX_VALUE));
    LabelSource label =
        place < 0 ? labels.notGiven() : item(source, place).map(node -> labels.of(node, planning.operands())).orElse(new LabelSource.Untold());
    return List.of(new NewRows(keys, label));
  }

  private KeySet valuesKeys(PgInsert insert, Standing.Sharded sharded, SqlCall values) {
    List<KeySet> sets = values.getOperandList().stream().map(row -> rowKeys(insert, sharded, (SqlCall) row)).toList();
    return sets.size() == 1 ? sets.getFirst() : new KeySet.Union(sets);
  }

  private KeySet rowKeys(PgInsert insert, Standing.Sharded sharded, SqlCall row) {
    int place = columns(insert, sharded.relation().columns(), row.operandCount()).indexOf(sharded.keyColumn());
    if (place < 0 || place >= row.operandCount() || row.operand(place).getKind() == SqlKind.DEFAULT) {
      return new KeySet.One(notGiven(sharded));
    }
    return constant(row.operand(place), sharded);
  }

  private KeySet constant(SqlNode value, Standing.Sharded sharded) {
    return value(value, sharded).orElseThrow(() -> new RefusedException(Refusal.KEY_EXPRESSION, sharded.table()));
  }

  /// The key that an expression of a row is, when it is a constant or a parameter.
  Optional<KeySet> value(SqlNode value, Standing.Sharded sharded) {
    return planning.operands().keys(value, sharded.group().keyType(), sharded.key().typeOid()).map(keys -> stored(keys, sharded));
  }

  private KeySet queryKeys(SqlNode query, Block source, int place, Standing.Sharded sharded) {
    Optional<SqlNode> item = item(query, place);
    Optional<KeySet> constant = item.flatMap(node -> value(node, sharded));
    if (constant.isPresent()) {
      return constant.get();
    }
    if (!source.columnsKnown() || place >= source.shown().size()) {
      return new KeySet.Everything();
    }
    Optional<Var> inner = source.shown().get(place).inner();
    boolean fits = inner.isPresent() && inner.get().family() == sharded.group().keyType();
    return fits ? stored(Facts.solve(inner.orElseThrow(), source.guaranteed(), sharded.group()), sharded) : new KeySet.Everything();
  }

  private static Optional<SqlNode> item(SqlNode query, int place) {
    return switch (query) {
      case PgOrderBy ordered -> item(ordered.query, place);
      case SqlWith with -> item(with.body, place);
      case PgSelect select when select.getSelectList().stream().noneMatch(InsertKeys::isStar) && place < select.getSelectList().size() ->
          Optional.of(withoutAlias(select.getSelectList().get(place)));
      default -> Optional.empty();
    };
  }

  private static boolean isStar(SqlNode item) {
    return item instanceof SqlIdentifier identifier && identifier.isStar();
  }

  private static SqlNode withoutAlias(SqlNode item) {
    return item.getKind() == SqlKind.AS ? ((SqlCall) item).operand(0) : item;
  }

  /// The keys of MERGE's new rows.
  KeySet mergeKeys(PgMergeBranch branch, Standing.Sharded sharded, Scope source, List<Fact> guaranteed) {
    List<String> columns = mergeColumns(branch, sharded);
    int place = columns.indexOf(sharded.keyColumn());
    if (place < 0 || !(branch.values() instanceof SqlCall row) || place >= row.operandCount()) {
      throw missing(sharded);
    }
    Optional<Var> column = planning.operands().column(row.operand(place), source);
    boolean fits = column.isPresent() && column.get().family() == sharded.group().keyType();
    return fits ? stored(Facts.solve(column.orElseThrow(), guaranteed, sharded.group()), sharded) : constant(row.operand(place), sharded);
  }

  private static List<String> mergeColumns(PgMergeBranch branch, Standing.Sharded sharded) {
    return branch.columns() == null
        ? sharded.relation().columns().stream().map(Column::name).toList()
        : branch.columns().stream().map(InsertKeys::columnName).toList();
  }

  /// The same as [#newRows], of MERGE.
  List<NewRows> mergeRows(PgMergeBranch branch, Standing.Sharded sharded, KeySet keys) {
    if (!(sharded.group().strategy() instanceof Strategy.Directory)) {
      return List.of();
    }
    RowLabels labels = RowLabels.of(sharded);
    LabelSource label =
        branch.values() instanceof SqlCall row
            ? labels.of(row.getOperandList(), mergeColumns(branch, sharded), planning.operands())
            : labels.notGiven();
    return List.of(new NewRows(keys, label));
  }

  /// The key of a row that gives none: NULL where it has no default, and where every shard refuses it in PostgreSQL's own words.
  static KeySource notGiven(Standing.Sharded sharded) {
    if (sharded.key().notNull() && ColumnDefaults.expression(sharded.key()) == null) {
      return new KeySource.Null();
    }
    throw missing(sharded);
  }

  private static RefusedException missing(Standing.Sharded sharded) {
    return new RefusedException(Refusal.MISSING_KEY, sharded.keyColumn(), sharded.table());
  }
}
