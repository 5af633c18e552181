package io.shardgate.router.analyze;

import io.shardgate.router.analyze.Source.Output;
import io.shardgate.router.analyze.Source.Var;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A query with its names resolved, ready to be told what holds around it.
///
/// Facts flow down: from a WHERE and the joins to the relations below, and from around a subquery into it, as far as a row that
/// contradicts them can't change the answer.
abstract sealed class Block permits Block.Select, Block.Combined, Block.Cut, Block.Beside, Block.Rows, WriteBlock {
  /// What it gives.
  abstract List<Shown> shown();

  /// What holds for each row it gives.
  abstract List<Fact> guaranteed();

  /// Collects the relations in it.
  ///
  /// @param facts what holds for each row that matters around it
  /// @param as the columns by which what is around knows its columns; empty where nothing does
  abstract void descend(List<Fact> facts, List<Var> as, Reached reached);

  /// Whether every column's name and place is known.
  boolean columnsKnown() {
    return true;
  }

  /// Every relation and query in it, at any depth.
  abstract Set<Source> inside();

  /// Facts without those about rows inside: what they say of rows that come out must not choose rows that go in.
  List<Fact> withoutInside(List<Fact> facts) {
    Set<Source> inside = inside();
    return facts.stream().filter(fact -> !Facts.mentions(inside, fact)).toList();
  }

  /// A column that a query gives.
  ///
  /// @param name empty where PostgreSQL makes one up
  /// @param inner the column inside that it is row by row; empty where it is computed
  record Shown(String name, Optional<Var> inner) {
    Output output() {
      return new Output(name, inner.map(Var::family).orElse(null), inner.map(Var::typeOid).orElse(0));
    }
  }

  /// The outputs as columns of a source, under the names given to them.
  List<Output> outputs(List<String> names) {
    List<Output> outputs = new ArrayList<>();
    List<Shown> columns = shown();
    for (int place = 0; place < columns.size(); place++) {
      Output output = columns.get(place).output();
      outputs.add(place < names.size() ? new Output(names.get(place), output.family(), output.typeOid()) : output);
    }
    return outputs;
  }

  static List<Fact> links(List<Shown> shown, List<Var> as) {
    List<Fact> links = new ArrayList<>();
    for (int place = 0; place < Math.min(shown.size(), as.size()); place++) {
      Optional<Var> inner = shown.get(place).inner();
      if (inner.isPresent()) {
        links.add(new Fact.Link(as.get(place), inner.get()));
      }
    }
    return links;
  }

  /// SELECT.
  static final class Select extends Block {
    private final FromNode from;
    private final List<Fact> where;
    private final List<Block> nested;
    private final List<Shown> shown;
    private final Shape shape;
    private final boolean columnsKnown;

    /// How rows of FROM become rows of the result.
    ///
    /// @param rowByRow whether leaving out rows of its FROM only leaves out the rows that they alone make
    /// @param mayInvent whether there may be a row without any row of FROM, as with `count(*)`
    record Shape(boolean rowByRow, boolean mayInvent) {}

    /// @param nested the queries in its expressions
    Select(FromNode from, List<Fact> where, List<Block> nested, List<Shown> shown, boolean columnsKnown, Shape shape) {
      this.from = from;
      this.where = where;
      this.nested = nested;
      this.shown = shown;
      this.columnsKnown = columnsKnown;
      this.shape = shape;
    }

    @Override
    List<Shown> shown() {
      return shown;
    }

    @Override
    boolean columnsKnown() {
      return columnsKnown;
    }

    @Override
    Set<Source> inside() {
      return union(from.inside(), nested);
    }

    boolean rowByRow() {
      return shape.rowByRow();
    }

    @Override
    List<Fact> guaranteed() {
      return shape.mayInvent() ? List.of() : Facts.and(where, from.guaranteed());
    }

    @Override
    void descend(List<Fact> facts, List<Var> as, Reached reached) {
      descendWith(shape.rowByRow() ? Facts.and(facts, links(shown, as)) : withoutInside(facts), reached);
    }

    /// The same with conditions that the WHERE has, too.
    void descendWith(List<Fact> more, Reached reached) {
      List<Fact> inside = Facts.and(more, where);
      from.descend(inside, reached);
      List<Fact> around = Facts.and(inside, from.guaranteed());
      // The row that an aggregate invents is there though no row of FROM is.
      List<Fact> aroundNested = shape.mayInvent() ? Facts.withoutNever(around) : around;
      nested.forEach(block -> block.descend(aroundNested, List.of(), reached));
    }
  }

  /// UNION, INTERSECT, EXCEPT.
  static final class Combined extends Block {
    private final Block left;
    private final Block right;
    private final List<Shown> shown;

    Combined(Block left, Block right) {
      this.left = left;
      this.right = right;
      List<Shown> columns = new ArrayList<>();
      for (Shown column : left.shown()) {
        columns.add(new Shown(column.name(), Optional.empty()));
      }
      this.shown = columns;
    }

    @Override
    List<Shown> shown() {
      return shown;
    }

    @Override
    List<Output> outputs(List<String> names) {
      List<Output> first = left.outputs(names);
      List<Output> second = right.outputs(names);
      List<Output> outputs = new ArrayList<>();
      for (int place = 0; place < first.size(); place++) {
        Output one = first.get(place);
        boolean alike = place < second.size() && one.family() != null && one.family() == second.get(place).family();
        outputs.add(alike ? one : new Output(one.name(), null, 0));
      }
      return outputs;
    }

    @Override
    boolean columnsKnown() {
      return left.columnsKnown();
    }

    @Override
    Set<Source> inside() {
      return union(left.inside(), List.of(right));
    }

    @Override
    List<Fact> guaranteed() {
      return List.of();
    }

    @Override
    void descend(List<Fact> facts, List<Var> as, Reached reached) {
      left.descend(facts, as, reached);
      right.descend(facts, as, reached);
    }
  }

  /// A query whose rows are cut (LIMIT, OFFSET, locks): what is asked of its rows says nothing about those inside.
  static final class Cut extends Block {
    private final Block inner;
    private final List<Block> nested;
    private final boolean empty;

    /// @param empty whether nothing is left: LIMIT 0
    Cut(Block inner, List<Block> nested, boolean empty) {
      this.inner = inner;
      this.nested = nested;
      this.empty = empty;
    }

    @Override
    List<Shown> shown() {
      return inner.shown();
    }

    @Override
    List<Output> outputs(List<String> names) {
      return inner.outputs(names);
    }

    @Override
    boolean columnsKnown() {
      return inner.columnsKnown();
    }

    @Override
    Set<Source> inside() {
      return union(inner.inside(), nested);
    }

    @Override
    List<Fact> guaranteed() {
      return inner.guaranteed();
    }

    @Override
    void descend(List<Fact> facts, List<Var> as, Reached reached) {
      inner.descend(empty ? List.of(new Fact.Never()) : withoutInside(facts), List.of(), reached);
      nested.forEach(block -> block.descend(facts, List.of(), reached));
    }
  }

  /// ORDER BY, or WITH around a query: its rows are the query's, and other queries stand beside it.
  static final class Beside extends Block {
    private final Block inner;
    private final List<Block> others;

    Beside(Block inner, List<Block> others) {
      this.inner = inner;
      this.others = others;
    }

    @Override
    List<Shown> shown() {
      return inner.shown();
    }

    @Override
    List<Output> outputs(List<String> names) {
      return inner.outputs(names);
    }

    @Override
    boolean columnsKnown() {
      return inner.columnsKnown();
    }

    @Override
    Set<Source> inside() {
      return union(inner.inside(), others);
    }

    @Override
    List<Fact> guaranteed() {
      return inner.guaranteed();
    }

    @Override
    void descend(List<Fact> facts, List<Var> as, Reached reached) {
      inner.descend(facts, as, reached);
      others.forEach(block -> block.descend(List.of(), List.of(), reached));
    }
  }

  /// VALUES, or any other thing that names no relation but in queries inside it.
  static final class Rows extends Block {
    private final List<Shown> shown;
    private final List<Block> nested;

    Rows(List<Shown> shown, List<Block> nested) {
      this.shown = shown;
      this.nested = nested;
    }

    @Override
    List<Shown> shown() {
      return shown;
    }

    @Override
    Set<Source> inside() {
      return union(Set.of(), nested);
    }

    @Override
    List<Fact> guaranteed() {
      return List.of();
    }

    @Override
    void descend(List<Fact> facts, List<Var> as, Reached reached) {
      nested.forEach(block -> block.descend(facts, List.of(), reached));
    }
  }

  private static Set<Source> union(Set<Source> sources, List<Block> blocks) {
    Set<Source> all = new HashSet<>(sources);
    blocks.forEach(block -> all.addAll(block.inside()));
    return all;
  }

  /// Whether a fact about its column at that place may be asked of the rows inside.
  static boolean isRowByRow(@Nullable Block block) {
    return switch (block) {
      case null -> false;
      case Select select -> select.rowByRow();
      case Beside beside -> isRowByRow(beside.inner);
      case Combined _, Cut _, Rows _, WriteBlock _ -> false;
    };
  }
}
