package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.PgTypeEntry;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.Target;
import io.shardgate.router.rewrite.InsertShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// Plans an INSERT into a sharded or reference table.
/// Not thread-safe; owned by the planning of one statement.
final class InsertPlanner {
  private final QueryPlanner queries;
  private final BlockBuilder blocks;
  private final Planning planning;
  private final Standing standing;
  private final StatementEffects effects;

  InsertPlanner(QueryPlanner queries, BlockBuilder blocks, Standing standing, StatementEffects effects) {
    this.queries = queries;
    this.blocks = blocks;
    this.planning = blocks.planning();
    this.standing = standing;
    this.effects = effects;
  }

  Plan plan(PgInsert insert) {
    Relation relation = relation();
    if (insert.overriding() == PgInsert.Overriding.USER) {
      throw new RefusedException(Refusal.UTILITY, "OVERRIDING USER VALUE");
    }
    SqlNode source = insert.source();
    boolean values = source == null || source.getKind() == SqlKind.VALUES;
    int width = !values ? Integer.MAX_VALUE : source == null ? 0 : ((SqlCall) ((SqlCall) source).operand(0)).operandCount();
    List<String> columns = source == null ? List.of() : InsertKeys.columns(insert, relation.columns(), width);
    List<GeneratedColumn> generated = generated(insert, relation, columns);
    if (standing instanceof Standing.Reference reference && (generated.isEmpty() || queries.hasPrimaryKey(reference.table()))) {
      Plan plan = runAsIs(insert);
      boolean alike = generated.isEmpty() || !(plan instanceof Plan.Broadcast);
      return alike ? plan : queries.byRows(reference.table());
    }
    return values ? values(insert, columns, generated) : select(insert, columns, generated);
  }

  private Relation relation() {
    return switch (standing) {
      case Standing.Sharded sharded -> sharded.relation();
      case Standing.Reference reference -> reference.relation();
      default -> throw new IllegalStateException("INSERT into " + standing + " (expected: a sharded or reference table)");
    };
  }

  private TableName table() {
    return relation().tableName();
  }

  private List<GeneratedColumn> generated(PgInsert insert, Relation relation, List<String> columns) {
    Standing.Sharded sharded = standing instanceof Standing.Sharded is ? is : null;
    return new GeneratedColumns(relation, sharded, planning.reach()).of(columns, place -> saysDefault(insert.source(), place));
  }

  private static boolean saysDefault(@Nullable SqlNode source, int place) {
    return source != null
        && source.getKind() == SqlKind.VALUES
        && ((SqlCall) source)
            .getOperandList().stream()
                .map(SqlCall.class::cast)
                .anyMatch(row -> place < row.operandCount() && row.operand(place).getKind() == SqlKind.DEFAULT);
  }

  private Plan values(PgInsert insert, List<String> columns, List<GeneratedColumn> generated) {
    int rows = insert.source() == null ? 1 : ((SqlCall) insert.source()).operandCount();
    if (insert.source() instanceof SqlCall all && all.getOperandList().stream().map(row -> ((SqlCall) row).operandCount()).distinct().count() > 1) {
      return new Plan.Forward(new Target.Home(), queries.effects().writing(true)); // no server takes rows of unequal length
    }
    if (hasKeyExpression(insert, columns)) {
      return made(insert, columns);
    }
    if (generated.isEmpty() && rows == 1) {
      return runAsIs(insert);
    }
    return new Plan.SplitInsert(
        table(), destination(columns, generated), columns, checkRows(insert, columns, generated), rowLabels(insert, columns), generated, overriding(insert, generated),
        insert.returning() != null, lockFirst(), queries.effects().writing(true));
  }

  /// Whether a row's shard key is neither a constant nor a parameter.
  private boolean hasKeyExpression(PgInsert insert, List<String> columns) {
    if (!(standing instanceof Standing.Sharded sharded) || !(insert.source() instanceof SqlCall values)) {
      return false;
    }
    int place = columns.indexOf(sharded.keyColumn());
    InsertKeys keys = new InsertKeys(planning);
    return place >= 0
        && values.getOperandList().stream()
            .map(SqlCall.class::cast)
            .filter(row -> place < row.operandCount() && row.operand(place).getKind() != SqlKind.DEFAULT)
            .anyMatch(row -> !(keys.value(row.operand(place), sharded).orElse(null) instanceof KeySet.One));
  }

  /// INSERT … VALUES into a sharded table, of which the home shard makes the rows: what stands in the place of a key, an expression or
  /// a text, only a server can tell, and it has to tell once. Refused where it can't.
  Plan ofMadeRows(PgInsert insert) {
    if (!(insert.source() instanceof SqlCall values) || values.getKind() != SqlKind.VALUES) {
      throw new RefusedException(Refusal.KEY_EXPRESSION, table());
    }
    return made(insert, InsertKeys.columns(insert, relation().columns(), ((SqlCall) values.operand(0)).operandCount()));
  }

  private Plan made(PgInsert insert, List<String> columns) {
    SqlCall values = (SqlCall) java.util.Objects.requireNonNull(insert.source());
    if (((SqlCall) values.operand(0)).operandCount() != columns.size()) {
      return new Plan.Forward(new Target.Home(), queries.effects().writing(true)); // no server takes more or fewer values than columns
    }
    boolean defaults = values.getOperandList().stream().flatMap(row -> ((SqlCall) row).getOperandList().stream()).anyMatch(value -> value.getKind() == SqlKind.DEFAULT);
    if (defaults) {
      throw new RefusedException(Refusal.KEY_EXPRESSION, table());
    }
    Reached sources = new Reached();
    Planning apart = new Planning(planning.view(), planning.reach(), planning.places(), sources);
    new BlockBuilder(apart).build(values, new Scope(null)).descend(List.of(), List.of(), sources);
    for (Reached.Use use : sources.sharded()) {
      throw new RefusedException(Refusal.INSERT_SELECT_SHARDED, table() + "\" from \"" + use.standing().table());
    }
    InsertShape.Part rows = InsertShape.ofValues(planning.places().tokens()).source();
    return fromHome(insert, columns, new Plan.QuerySpan(rows.from(), rows.to()), true);
  }

  private Plan runAsIs(PgInsert insert) {
    blocks.build(insert, new Scope(null)).descend(List.of(), List.of(), planning.reached());
    return queries.conclude(planning.reached());
  }

  /// Each row has to be able to go its own way; the answer is where its key stands.
  private List<@Nullable KeySource> checkRows(PgInsert insert, List<String> columns, List<GeneratedColumn> generated) {
    List<Block> nested = new ArrayList<>();
    Expressions expressions = new Expressions(blocks, new WriteBuilder(blocks).besideRows(insert));
    if (insert.source() instanceof SqlCall values) {
      values.getOperandList().forEach(row -> expressions.walk(row, nested));
    }
    expressions.walk(insert.columns(), nested);
    expressions.walk(insert.onConflict(), nested);
    expressions.walk(insert.returning(), nested);
    if (!nested.isEmpty()) {
      throw new RefusedException(Refusal.INSERT_SUBQUERY, table());
    }
    for (String name : effects.homeFunctions()) {
      throw new RefusedException(Refusal.HOME_FUNCTION, name, table());
    }
    if (standing instanceof Standing.Sharded sharded) {
      new WriteBuilder(blocks).checkConflict(insert.onConflict(), sharded);
      return rowKeys(insert, sharded, columns, generated);
    }
    queries.checkAlike(table());
    return List.of();
  }

  private List<@Nullable KeySource> rowKeys(PgInsert insert, Standing.Sharded sharded, List<String> columns, List<GeneratedColumn> generated) {
    List<@Nullable KeySource> sources = new ArrayList<>();
    int place = columns.indexOf(sharded.keyColumn());
    boolean made = generated.stream().anyMatch(column -> column.name().equals(sharded.keyColumn()));
    if (insert.source() == null) {
      sources.add(made ? null : InsertKeys.notGiven(sharded));
      return sources;
    }
    InsertKeys keys = new InsertKeys(planning);
    for (SqlNode node : ((SqlCall) insert.source()).getOperandList()) {
      SqlCall row = (SqlCall) node;
      SqlNode value = place >= 0 && place < row.operandCount() ? row.operand(place) : null;
      if (value != null && value.getKind() != SqlKind.DEFAULT) {
        sources.add(keySource(keys, value, sharded));
      } else if (made) {
        sources.add(null);
      } else {
        sources.add(InsertKeys.notGiven(sharded));
      }
    }
    return sources;
  }

  private List<LabelSource> rowLabels(PgInsert insert, List<String> columns) {
    RowLabels labels = standing instanceof Standing.Sharded sharded ? RowLabels.of(sharded) : null;
    if (labels == null || !labels.isAsked()) {
      return List.of();
    }
    return insert.source() instanceof SqlCall values
        ? values.getOperandList().stream().map(row -> labels.of(((SqlCall) row).getOperandList(), columns, planning.operands())).toList()
        : List.of(labels.notGiven());
  }

  private static KeySource keySource(InsertKeys keys, SqlNode value, Standing.Sharded sharded) {
    if (keys.value(value, sharded).orElse(null) instanceof KeySet.One(KeySource source)) {
      return source;
    }
    throw new RefusedException(Refusal.KEY_EXPRESSION, sharded.table());
  }

  private RowDestination destination(List<String> columns, List<GeneratedColumn> generated) {
    if (!(standing instanceof Standing.Sharded sharded)) {
      return new RowDestination.Everywhere();
    }
    int place = columns.indexOf(sharded.keyColumn());
    int appended = columns.size();
    for (GeneratedColumn column : generated) {
      if (column.place() < 0) {
        place = column.name().equals(sharded.keyColumn()) ? appended : place;
        appended++;
      }
    }
    return new RowDestination.ByKey(sharded.group(), place, sharded.key().typeOid(), sharded.key().typmod(), RowLabels.of(sharded).at(columns));
  }

  private boolean overriding(PgInsert insert, List<GeneratedColumn> generated) {
    return insert.overriding() == PgInsert.Overriding.NONE
        && generated.stream()
            .anyMatch(column -> relation().column(column.name()).orElseThrow().identity() == Column.Identity.ALWAYS);
  }

  private @Nullable TableName lockFirst() {
    return standing instanceof Standing.Reference reference ? reference.table() : null;
  }

  private Plan select(PgInsert insert, List<String> columns, List<GeneratedColumn> generated) {
    SqlNode query = java.util.Objects.requireNonNull(insert.source());
    Reached sources = new Reached();
    Planning apart = new Planning(planning.view(), planning.reach(), planning.places(), sources);
    Block block = new BlockBuilder(apart).build(query, new Scope(null));
    block.descend(List.of(), List.of(), sources);
    boolean oneShard = standing instanceof Standing.Sharded && generated.isEmpty() && sources.home().isEmpty();
    if (oneShard && keysAreTold(insert, block) && (labelIsTold(insert) || !sources.sharded().isEmpty())) {
      return runAsIs(insert);
    }
    for (Reached.Use use : sources.sharded()) {
      throw new RefusedException(Refusal.INSERT_SELECT_SHARDED, table() + "\" from \"" + use.standing().table());
    }
    List<String> given = insert.columns() != null || !block.columnsKnown() ? columns : columns.subList(0, Math.min(columns.size(), block.shown().size()));
    Plan.QuerySpan span = new Plan.QuerySpan(planning.places().firstToken(query), planning.places().endToken(query));
    return fromHome(insert, given, span, false);
  }

  /// The home shard makes the rows, then each goes its own way.
  ///
  /// @param given the columns that they have
  private Plan fromHome(PgInsert insert, List<String> given, Plan.QuerySpan rows, boolean ofValues) {
    Relation relation = relation();
    checkRowByRow(insert);
    refuseStatementTrigger(insert);
    List<GeneratedColumn> made = generated(insert, relation, given);
    if (standing instanceof Standing.Sharded sharded) {
      new WriteBuilder(blocks).checkConflict(insert.onConflict(), sharded);
      boolean keyMade = made.stream().anyMatch(column -> column.name().equals(sharded.keyColumn()));
      if (!given.contains(sharded.keyColumn()) && !keyMade) {
        InsertKeys.notGiven(sharded);
        return new Plan.Forward(new Target.Home(), queries.effects().writing(true)); // each row it gives is refused there
      }
    }
    for (SqlNode column : insert.columns() == null ? List.<SqlNode>of() : insert.columns()) {
      if (!(column instanceof SqlIdentifier)) {
        throw new RefusedException(Refusal.INSERT_SELECT_PART, InsertKeys.columnName(column));
      }
    }
    for (String name : given) {
      if (relation.column(name).filter(column -> isCut(column.typeOid())).isPresent()) {
        throw new RefusedException(Refusal.INSERT_SELECT_DOMAIN, name);
      }
    }
    List<String> types = given.stream().map(name -> relation.column(name).map(Column::typeName).orElse("text")).toList();
    return new Plan.InsertSelect(
        table(), new Target.Home(), rows, ofValues, destination(given, made), given, types, made, overriding(insert, made),
        insert.returning() != null, lockFirst(), queries.effects().writing(true));
  }

  /// What stands beside the query runs on the shard of each row; the query runs on the home shard, where no row calls a function that is local
  /// to one.
  private void checkRowByRow(PgInsert insert) {
    for (String name : effects.localFunctions()) {
      throw new RefusedException(Refusal.FUNCTION, name);
    }
    List<Block> nested = new ArrayList<>();
    Expressions expressions = new Expressions(blocks, new WriteBuilder(blocks).besideRows(insert));
    for (SqlNode node : Arrays.asList(insert.columns(), insert.onConflict(), insert.returning())) {
      expressions.walk(node, nested);
      Optional<String> home = expressions.homeCall(node);
      if (home.isPresent()) {
        throw new RefusedException(Refusal.HOME_FUNCTION, home.get(), table());
      }
    }
    if (!nested.isEmpty()) {
      throw new RefusedException(Refusal.INSERT_SUBQUERY, table());
    }
  }

  /// The query's columns are cast by name: to a domain, length and all.
  private boolean isCut(int typeOid) {
    Optional<PgTypeEntry> type = planning.view().catalog().type(typeOid);
    return type.isPresent() && (type.get().cuts() || isCut(type.get().baseOid()) || isCut(type.get().elementOid()));
  }

  /// It would fire for each batch of rows.
  private void refuseStatementTrigger(PgInsert insert) {
    List<String> events = insert.onConflict() == null ? List.of("INSERT") : List.of("INSERT", "UPDATE");
    planning.reach().statementTrigger(table(), events).ifPresent(trigger -> {
      throw new RefusedException(Refusal.STATEMENT_TRIGGER, trigger + "\" on \"" + table());
    });
  }

  /// Whether it is told without the query's rows by what its keys are placed.
  private boolean labelIsTold(PgInsert insert) {
    return !(standing instanceof Standing.Sharded sharded)
        || new InsertKeys(planning).newRows(insert, sharded, new KeySet.Nothing()).stream().noneMatch(rows -> rows.label() instanceof LabelSource.Untold);
  }

  private boolean keysAreTold(PgInsert insert, Block source) {
    if (!(standing instanceof Standing.Sharded sharded)) {
      return false;
    }
    int place = InsertKeys.columns(insert, sharded.relation().columns(), Integer.MAX_VALUE).indexOf(sharded.keyColumn());
    return place >= 0 && !(new InsertKeys(planning).keys(insert, sharded, source) instanceof KeySet.Everything);
  }
}
