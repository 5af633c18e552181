package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.GeneratedColumns;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.RowLabels;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.Target;
import io.shardgate.router.rewrite.SplicedText;
import io.shardgate.router.statement.DataStatement.Copy;
import io.shardgate.router.statement.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Plans COPY of a table.
/// Not thread-safe; owned by the planning of one statement.
final class CopyPlanner {
  private final Lexed lexed;
  private final Placing placing;

  CopyPlanner(Lexed lexed, Placing placing) {
    this.lexed = lexed;
    this.placing = placing;
  }

  Plan plan(Copy copy) {
    Name table = copy.table();
    if (table == null) {
      throw new IllegalArgumentException("COPY of a query (expected: of a table)");
    }
    Standing standing = placing.isTemporary(table) ? new Standing.Home(placing.resolve(table)) : placing.reach().standing(placing.resolve(table));
    refuseBarred(copy, standing, table);
    return switch (standing) {
      case Standing.Sharded sharded -> copy.from() ? in(copy, sharded.relation(), sharded) : out(copy, table, sharded);
      case Standing.Reference reference ->
          copy.from() ? in(copy, reference.relation(), null) : new Plan.Forward(new Target.AnyShard(), Effects.READ);
      case Standing.Home _ -> UtilityPlanner.home(copy.from() ? Effects.WRITE : Effects.READ);
      // It may be there by now: the catalog is looked at again before the home shard says that it is not.
      case Standing.Absent _ -> new Plan.Forward(new Target.Home(), copy.from() ? Effects.WRITE : Effects.READ, true);
      case Standing.Expanded view -> throw new RefusedException(Refusal.UTILITY, "COPY of view \"" + view.table() + "\"");
      case Standing.Barred barred -> throw new RefusedException(barred.refusal(), barred.what());
    };
  }

  private void refuseBarred(Copy copy, Standing standing, Name table) {
    boolean everywhere = Placing.isEverywhere(standing);
    if (copy.place() != Copy.Place.CLIENT && everywhere) {
      throw new RefusedException(Refusal.COPY_FILE, placing.resolve(table));
    }
    if (copy.from()) {
      placing.reach().writesBarred(placing.resolve(table)).ifPresent(barred -> {
        throw new RefusedException(barred.refusal(), barred.what());
      });
    }
    if (copy.from() && copy.where() != null && everywhere) {
      throw new RefusedException(Refusal.COPY_WHERE, placing.resolve(table));
    }
  }

  private Plan out(Copy copy, Name name, Standing.Sharded sharded) {
    String group = sharded.group().name();
    return new Plan.CopyOut(
        sharded.table(), group, placing.view().map().foreign().of(group), new ForeignRows(lexed, placing).copyOut(copy, name, sharded), Effects.READ);
  }

  private Plan in(Copy copy, Relation relation, Standing.@Nullable Sharded sharded) {
    TableName table = relation.tableName();
    if (relation.rowSecurity()) {
      throw new RefusedException(Refusal.COPY_ROW_SECURITY, table);
    }
    List<String> columns =
        copy.columns().isEmpty()
            ? relation.columns().stream().filter(column -> !column.generated()).map(Column::name).toList()
            : copy.columns();
    List<GeneratedColumn> generated = GeneratedColumns.notGiven(relation, sharded, columns, placing.reach());
    List<String> all = new ArrayList<>(columns);
    generated.forEach(column -> all.add(column.name()));
    if (sharded != null) {
      placing.reach().statementTrigger(table, List.of("INSERT")).ifPresent(trigger -> {
        throw new RefusedException(Refusal.STATEMENT_TRIGGER, trigger + "\" on \"" + table);
      });
    }
    RowDestination destination = sharded == null ? new RowDestination.Everywhere() : byKey(sharded, columns, all);
    TableName lock = sharded == null ? table : null;
    return new Plan.CopyIn(table, destination, columns, generated, text(copy, all), lock, Effects.WRITE);
  }

  private static RowDestination byKey(Standing.Sharded sharded, List<String> given, List<String> columns) {
    int place = columns.indexOf(sharded.keyColumn());
    if (place < 0) {
      throw new RefusedException(Refusal.MISSING_KEY, sharded.keyColumn(), sharded.table());
    }
    return new RowDestination.ByKey(sharded.group(), place, sharded.key().typeOid(), sharded.key().typmod(), RowLabels.of(sharded).at(given));
  }

  /// The user's text with the whole list of columns.
  private String text(Copy copy, List<String> columns) {
    Name table = java.util.Objects.requireNonNull(copy.table());
    int end = copy.columnSpan() == null ? table.span().end() : copy.columnSpan().end();
    String list = columns.stream().map(SplicedText::quote).collect(Collectors.joining(", ", " (", ")"));
    return lexed.string(0, table.span().end()) + list + lexed.string(end, lexed.length());
  }
}
