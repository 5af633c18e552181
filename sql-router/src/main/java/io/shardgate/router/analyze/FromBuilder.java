package io.shardgate.router.analyze;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.Block.Shown;
import io.shardgate.router.analyze.Source.Output;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.PgAliasedJoin;
import io.shardgate.router.grammar.tree.PgColumnDefinition;
import io.shardgate.router.grammar.tree.PgDerivedTable;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgJoin;
import io.shardgate.router.grammar.tree.PgTableFunction;
import io.shardgate.router.grammar.tree.PgTableRef;
import io.shardgate.router.grammar.tree.PgTableSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.calcite.sql.JoinConditionType;
import org.apache.calcite.sql.JoinType;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Makes a [FromNode] out of a FROM clause, with the names that it brings into scope.
/// Not thread-safe; owned by the planning of one statement.
final class FromBuilder {
  /// Functions of `pg_catalog` that give one column, named like their alias.
  private static final Set<String> ONE_COLUMN = Set.of("generate_series", "unnest", "string_to_table", "generate_subscripts");

  private final BlockBuilder blocks;
  private final Planning planning;
  private final Scope outer;

  FromBuilder(BlockBuilder blocks, Scope outer) {
    this.blocks = blocks;
    this.planning = blocks.planning();
    this.outer = outer;
  }

  /// One FROM clause, or a part of it.
  ///
  /// @param visible its sources, left to right
  /// @param merged columns that a join merged
  /// @param star what `*` gives; null where that is not known
  record Built(FromNode node, List<Source> visible, Map<String, Optional<Var>> merged, @Nullable List<Shown> star) {
    Scope scope(Scope outer) {
      Scope scope = new Scope(outer);
      visible.forEach(scope::add);
      merged.forEach(scope::merge);
      return scope;
    }
  }

  /// @param left what stands left of it, which LATERAL and functions see
  Built build(@Nullable SqlNode from, List<Source> left) {
    return switch (from) {
      case null -> new Built(new FromNode.Nothing(), List.of(), Map.of(), List.of());
      case PgTableRef table -> table(table);
      case PgDerivedTable derived -> derived(derived, left);
      case PgTableFunction function -> function(function, left);
      case PgAliasedJoin join -> aliased(join, left);
      case SqlJoin join -> join(join, left);
      default -> throw new RefusedException(Refusal.UNREAD, "its beginning");
    };
  }

  private Scope lateral(List<Source> left) {
    Scope scope = new Scope(outer);
    left.forEach(scope::add);
    return scope;
  }

  private static Built leaf(Source source, @Nullable Block inner) {
    return new Built(new FromNode.Leaf(source, inner), List.of(source), Map.of(), columns(source));
  }

  /// What `source.*` gives; null where that is not known.
  static @Nullable List<Shown> columns(Source source) {
    List<Output> outputs = source.columns();
    if (outputs == null) {
      return null;
    }
    List<Shown> shown = new ArrayList<>();
    for (int place = 0; place < outputs.size(); place++) {
      shown.add(new Shown(outputs.get(place).name(), Optional.of(source.var(place))));
    }
    return shown;
  }

  private Built table(PgTableRef table) {
    planning.reached().count();
    List<String> names = table.name().names;
    if (names.size() == 1) {
      Optional<CommonTable> common = outer.commonTable(names.getFirst());
      if (common.isPresent()) {
        return common(common.get(), table);
      }
    }
    Names.Resolved resolved = resolve(planning.view(), names);
    Source source = relation(resolved, table);
    Standing standing = planning.reach().standing(resolved.table());
    note(resolved, table, source, standing);
    Built built = standing instanceof Standing.Expanded(TableName _, Relation view) ? view(view, table) : leaf(source, null);
    return table.sample() == null ? built : beside(built, table.sample());
  }

  private void note(Names.Resolved resolved, PgTableRef table, Source source, Standing standing) {
    References references = planning.reached().references();
    if (!planning.places().isUsers()) {
      PgTableRef whole = planning.whole();
      if (whole == null) {
        references.hide();
      } else {
        references.within(whole, source);
      }
    } else if (!resolved.system()) {
      references.add(table, source, standing);
    }
  }

  /// With the queries in the arguments of TABLESAMPLE, which see nothing of the tables.
  private Built beside(Built built, PgTableSample sample) {
    List<Block> nested = new ArrayList<>();
    Expressions expressions = new Expressions(blocks, Scope.opaque(outer));
    expressions.walk(sample.arguments(), nested);
    expressions.walk(sample.repeatable(), nested);
    if (nested.isEmpty()) {
      return built;
    }
    FromNode node = new FromNode.Join(JoinType.CROSS, built.node(), new FromNode.Nothing(), List.of(), nested);
    return new Built(node, built.visible(), built.merged(), built.star());
  }

  static Names.Resolved resolve(RoutingView view, List<String> names) {
    return Names.resolve(view, names.size() > 1 ? names.get(names.size() - 2) : null, names.getLast());
  }

  private Built common(CommonTable table, PgTableRef reference) {
    if (table.isFixed()) {
      table.markUsed();
      table.markOwnReference();
      return leaf(Source.of(reference.visibleName(), null, renameKnown(table.fixedColumns(), reference.columnAliases())), null);
    }
    Block block = blocks.expand(table);
    List<Output> outputs = block.columnsKnown() ? rename(table.withAdded(block.outputs(table.columnNames())), reference.columnAliases()) : null;
    return leaf(Source.of(reference.visibleName(), null, outputs), block);
  }

  /// Notes a relation as reached, but for sharded ones, which wait for their facts.
  Source relation(Names.Resolved resolved, PgTableRef table) {
    Standing standing = planning.reach().standing(resolved.table());
    TableName shownAs = table.alias() == null ? resolved.table() : null;
    if (resolved.system()) {
      planning.reached().addSystem(resolved.table());
      return Source.of(table.visibleName(), shownAs, null);
    }
    return switch (standing) {
      case Standing.Sharded sharded ->
          Source.sharded(table.visibleName(), shownAs, rename(outputs(sharded.relation()), table.columnAliases()), sharded);
      case Standing.Reference(TableName name, Relation relation) -> {
        planning.reached().addReference(name);
        yield Source.of(table.visibleName(), shownAs, rename(outputs(relation), table.columnAliases()));
      }
      case Standing.Home(TableName name) -> {
        if (resolved.known()) {
          planning.reached().addHome(name);
        } else {
          planning.reached().addUnknown(name);
        }
        List<Output> columns = planning.view().catalog().relation(name).map(FromBuilder::outputs).orElse(null);
        yield Source.of(table.visibleName(), shownAs, renameKnown(columns, table.columnAliases()));
      }
      case Standing.Expanded(TableName _, Relation view) ->
          Source.of(table.visibleName(), shownAs, rename(outputs(view), table.columnAliases()));
      case Standing.Absent(TableName name) -> {
        planning.reached().addUnknown(name);
        yield Source.of(table.visibleName(), shownAs, null);
      }
      case Standing.Barred barred -> throw new RefusedException(barred);
    };
  }

  static List<Output> outputs(Relation relation) {
    List<Output> outputs = new ArrayList<>();
    for (Column column : relation.columns()) {
      KeyType family = column.deterministicCollation() ? KeyType.of(column.typeName()).orElse(null) : null;
      outputs.add(new Output(column.name(), family, column.typeOid()));
    }
    return outputs;
  }

  private static @Nullable List<Output> renameKnown(@Nullable List<Output> outputs, @Nullable SqlNodeList aliases) {
    return outputs == null ? null : rename(outputs, aliases);
  }

  private static List<Output> rename(List<Output> outputs, @Nullable SqlNodeList aliases) {
    if (aliases == null) {
      return outputs;
    }
    List<Output> renamed = new ArrayList<>(outputs);
    for (int place = 0; place < Math.min(aliases.size(), outputs.size()); place++) {
      Output output = outputs.get(place);
      renamed.set(place, new Output(((SqlIdentifier) aliases.get(place)).getSimple(), output.family(), output.typeOid()));
    }
    return renamed;
  }

  /// A view counts as its query. Its definition names every relation with its schema.
  private Built view(Relation view, PgTableRef reference) {
    String definition = view.definition() == null ? "" : view.definition();
    planning.reached().references().view(view);
    PgTableRef whole = whole(view, reference);
    Planning inside = new Planning(inDefinitions(planning.view()), planning.reach(), new Places(null, definition), planning.reached(), whole);
    try {
      Block block = new BlockBuilder(inside).build(PostgresParser.parse(definition), new Scope(null));
      List<String> names = view.columns().stream().map(Column::name).toList();
      List<Output> outputs = block.columnsKnown() ? rename(block.outputs(names), reference.columnAliases()) : null;
      TableName shownAs = reference.alias() == null ? view.tableName() : null;
      Source source = Source.of(reference.visibleName(), shownAs, outputs);
      if (whole != null) {
        planning.reached().references().within(whole, source);
      }
      return leaf(source, block);
    } catch (GrammarException e) {
      throw new RefusedException(Refusal.VIEW_UNREAD, view.tableName());
    }
  }

  /// As names in a view's definition are read: `pg_get_viewdef` was asked under no other search path.
  static RoutingView inDefinitions(RoutingView view) {
    return new RoutingView(view.catalog(), view.map(), List.of("pg_catalog"), true, view.encoding(), view.currentUser());
  }

  /// The view of the user's text that this one is, or is in, where its rows can be had as they are.
  private @Nullable PgTableRef whole(Relation view, PgTableRef reference) {
    if (!planning.places().isUsers()) {
      return planning.whole();
    }
    Optional<ShardwiseView> shardwise = ShardwiseView.of(view, planning.view(), planning.reach());
    shardwise.ifPresent(each -> planning.reached().references().shardwise(reference, each));
    return shardwise.isPresent() ? reference : null;
  }

  private Built derived(PgDerivedTable derived, List<Source> left) {
    Block block = blocks.build(derived.query(), derived.lateral() ? lateral(left) : outer);
    String name = derived.alias() == null ? "" : derived.alias().getSimple();
    List<Output> outputs = block.columnsKnown() ? rename(block.outputs(List.of()), derived.columnAliases()) : null;
    return leaf(Source.of(name, null, outputs), block);
  }

  private Built function(PgTableFunction function, List<Source> left) {
    List<Block> nested = new ArrayList<>();
    new Expressions(blocks, lateral(left)).walk(function.functions(), nested);
    Block block = new Block.Rows(List.of(), nested);
    List<Output> outputs = functionOutputs(function);
    String name = function.alias() != null ? function.alias().getSimple() : functionName(function);
    return leaf(Source.of(name, null, outputs), block);
  }

  private boolean givesOneColumn(String function) {
    return ONE_COLUMN.contains(function) && planning.view().catalog().functions(function).isEmpty();
  }

  private static String functionName(PgTableFunction function) {
    return function.functions().get(0) instanceof PgFunctionCall call ? call.name().names.getLast() : "";
  }

  /// Null where the columns are not known: those of a function's type, and JSON_TABLE's under other names, as nested ones stand behind the rest.
  private @Nullable List<Output> functionOutputs(PgTableFunction function) {
    List<Output> outputs = new ArrayList<>();
    if (function.columnDefinitions() != null && !function.rowsFrom()) {
      if (function.columnAliases() != null) {
        return null;
      }
      function.columnDefinitions().forEach(column -> outputs.add(new Output(((PgColumnDefinition) column).name().getSimple(), null, 0)));
    } else if (!function.rowsFrom() && givesOneColumn(functionName(function))) {
      outputs.add(new Output(function.alias() != null ? function.alias().getSimple() : functionName(function), null, 0));
    } else {
      return null;
    }
    if (function.ordinality()) {
      outputs.add(new Output("ordinality", null, 0));
    }
    return rename(outputs, function.columnAliases());
  }

  /// `(a JOIN b) AS j` gives what `(SELECT * FROM a JOIN b) AS j` does.
  private Built aliased(PgAliasedJoin aliased, List<Source> left) {
    Built inner = build(aliased.join(), left);
    if (aliased.columnAliases() != null) {
      planning.reached().references().callByPlace();
    }
    List<Shown> star = inner.star();
    Block block =
        new Block.Select(inner.node(), List.of(), List.of(), star == null ? List.of() : star, star != null, new Block.Select.Shape(true, false));
    List<Output> outputs = star == null ? null : rename(block.outputs(List.of()), aliased.columnAliases());
    return leaf(Source.of(aliased.alias().getSimple(), null, outputs), block);
  }

  private Built join(SqlJoin join, List<Source> before) {
    Built left = build(join.getLeft(), before);
    List<Source> seen = new ArrayList<>(before);
    seen.addAll(left.visible());
    Built right = build(join.getRight(), seen);
    List<Source> visible = new ArrayList<>(left.visible());
    visible.addAll(right.visible());
    Map<String, Optional<Var>> merged = new HashMap<>(left.merged());
    merged.putAll(right.merged());
    Merging merging = merging(join, left, right);
    if (merging == null) {
      visible.add(Source.of("", null, null));
      return new Built(new FromNode.Join(join.getJoinType(), left.node(), right.node(), List.of(), List.of()), visible, merged, null);
    }
    merged.putAll(merging.merged());
    if (join instanceof PgJoin named) {
      visible.add(Source.of(named.usingAlias().getSimple(), null, withoutFamilies(merging)));
    }
    Built both = new Built(new FromNode.Nothing(), visible, merged, null);
    List<Fact> on = new ArrayList<>(merging.facts());
    List<Block> nested = new ArrayList<>();
    if (join.getConditionType() == JoinConditionType.ON && join.getCondition() != null) {
      Expressions expressions = new Expressions(blocks, both.scope(outer));
      on.addAll(new Predicates(planning.operands(), both.scope(outer), expressions::query).read(join.getCondition()));
      expressions.walk(join.getCondition(), nested);
    }
    return new Built(
        new FromNode.Join(join.getJoinType(), left.node(), right.node(), on, nested), visible, merged, merging.star());
  }

  private static List<Output> withoutFamilies(Merging merging) {
    return merging.merged().keySet().stream().map(name -> new Output(name, null, 0)).toList();
  }

  /// What USING or NATURAL does to columns.
  ///
  /// @param facts that both sides' columns are equal
  private record Merging(Map<String, Optional<Var>> merged, List<Fact> facts, @Nullable List<Shown> star) {}

  /// Null where it can't be told which columns are merged.
  private @Nullable Merging merging(SqlJoin join, Built left, Built right) {
    List<String> columns = mergedColumns(join, left, right);
    if (columns == null) {
      return null;
    }
    Map<String, Optional<Var>> merged = new HashMap<>();
    List<Fact> facts = new ArrayList<>();
    List<Shown> star = new ArrayList<>();
    for (String column : columns) {
      Optional<Var> one = left.scope(new Scope(null)).resolve(List.of(column));
      Optional<Var> other = right.scope(new Scope(null)).resolve(List.of(column));
      if (planning.operands().plainEquality() && one.isPresent() && other.isPresent() && one.get().family() != null && one.get().family() == other.get().family()) {
        facts.add(new Fact.Same(one.get(), other.get()));
      }
      Optional<Var> value =
          switch (join.getJoinType()) {
            case RIGHT -> other;
            case FULL -> Optional.empty();
            default -> one;
          };
      merged.put(column, value);
      star.add(new Shown(column, value));
    }
    boolean known = addRest(star, left.star(), columns) && addRest(star, right.star(), columns);
    return new Merging(merged, facts, known ? star : null);
  }

  private static boolean addRest(List<Shown> star, @Nullable List<Shown> side, List<String> columns) {
    if (side == null) {
      return false;
    }
    side.stream().filter(column -> !columns.contains(column.name())).forEach(star::add);
    return true;
  }

  private static @Nullable List<String> mergedColumns(SqlJoin join, Built left, Built right) {
    if (join.isNatural()) {
      List<Shown> one = left.star();
      List<Shown> other = right.star();
      if (one == null || other == null) {
        return null;
      }
      List<String> names = other.stream().map(Shown::name).toList();
      return one.stream().map(Shown::name).filter(names::contains).distinct().toList();
    }
    if (join.getConditionType() == JoinConditionType.USING && join.getCondition() instanceof SqlNodeList list) {
      return list.stream().map(column -> ((SqlIdentifier) column).getSimple()).toList();
    }
    return List.of();
  }
}
