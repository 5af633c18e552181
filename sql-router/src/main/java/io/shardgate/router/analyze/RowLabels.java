package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.Placement;
import io.shardgate.directory.StoredKey;
import io.shardgate.directory.Strategy;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// Where the rows of a table say the value by which a new key of its group is placed.
/// Immutable.
public final class RowLabels {
  private static final Pattern CONSTANT_DEFAULT = Pattern.compile("'((?:[^'\\\\]|'')*)'::(?:text|character varying)");

  private final boolean asked;
  private final String name;
  private final @Nullable Column column;

  private RowLabels(boolean asked, String name, @Nullable Column column) {
    this.asked = asked;
    this.name = name;
    this.column = column;
  }

  public static RowLabels of(Standing.Sharded sharded) {
    Placement.LabelRule rule = sharded.group().strategy() instanceof Strategy.Directory(Placement place) ? place.rule() : null;
    if (rule == null) {
      return new RowLabels(false, "", null);
    }
    Column column = sharded.relation().column(rule.column()).filter(RowLabels::isText).orElse(null);
    return new RowLabels(true, rule.column(), column);
  }

  private static boolean isText(Column column) {
    return !column.generated() && (column.typeName().equals("text") || column.typeName().equals("varchar"));
  }

  /// Whether new keys are placed by a label at all.
  boolean isAsked() {
    return asked;
  }

  /// The column's place among these; −1 when it is not there.
  int placeIn(List<String> columns) {
    return columns.indexOf(name);
  }

  /// Of rows that have these columns.
  public LabelSource at(List<String> columns) {
    int place = placeIn(columns);
    return !asked ? new LabelSource.None() : place < 0 ? notGiven() : column == null ? new LabelSource.Untold() : new LabelSource.At(place);
  }

  /// Of a row that does not give the column: its default, as far as that is a constant.
  LabelSource notGiven() {
    if (!asked) {
      return new LabelSource.None();
    }
    if (column == null) {
      return new LabelSource.Untold();
    }
    String expression = ColumnDefaults.expression(column);
    if (expression == null) {
      return new LabelSource.Value(new KeySource.Null());
    }
    Matcher constant = CONSTANT_DEFAULT.matcher(expression);
    return constant.matches()
        ? new LabelSource.Value(new KeySource.Constant(KeyValue.OfText.of(constant.group(1).replace("''", "'"))))
        : new LabelSource.Untold();
  }

  /// Of a row with that expression in the column.
  LabelSource of(SqlNode value, Operands operands) {
    if (!asked) {
      return new LabelSource.None();
    }
    if (value.getKind() == SqlKind.DEFAULT) {
      return notGiven();
    }
    if (column == null || !(operands.keys(value, KeyType.TEXT, column.typeOid()).orElse(null) instanceof KeySet.One(KeySource source))) {
      return new LabelSource.Untold();
    }
    return new LabelSource.Value(column.typmod() == StoredKey.NO_TYPMOD ? source : new KeySource.Stored(source, column.typmod()));
  }

  /// Of a row with these expressions in these columns.
  LabelSource of(List<SqlNode> values, List<String> columns, Operands operands) {
    int place = placeIn(columns);
    return place < 0 || place >= values.size() ? notGiven() : of(values.get(place), operands);
  }
}
