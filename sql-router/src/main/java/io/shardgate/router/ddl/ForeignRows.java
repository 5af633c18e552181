package io.shardgate.router.ddl;

import io.shardgate.directory.Extent;
import io.shardgate.directory.Group;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Names;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.rewrite.ForeignPredicate;
import io.shardgate.router.rewrite.SplicedText;
import io.shardgate.router.statement.DataStatement.Copy;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.Name;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Foreign rows are not there: they are left out of what reads a table on every shard, and what can't leave them out is refused while there are some.
///
/// What goes to one shard by its keys needs nothing: no key of a shard's own is foreign there.
/// Immutable.
final class ForeignRows {
  private final Lexed lexed;
  private final Placing placing;

  ForeignRows(Lexed lexed, Placing placing) {
    this.lexed = lexed;
    this.placing = placing;
  }

  /// COPY … TO of a table as each shard gets it: its own text where nothing is foreign, else the query that COPY of the table stands for.
  List<ShardText> copyOut(Copy copy, Name name, Standing.Sharded table) {
    List<ShardText> texts = new ArrayList<>();
    for (ShardId shard : placing.view().map().allShards()) {
      List<Extent> extents = placing.view().map().foreign().on(shard, table.group().name());
      // COPY of a partitioned table is PostgreSQL's to reject.
      boolean plain = extents.isEmpty() || table.relation().kind() != Relation.Kind.TABLE;
      texts.add(new ShardText(shard, plain ? null : copyOfOwn(copy, name, table, extents)));
    }
    return texts;
  }

  private String copyOfOwn(Copy copy, Name name, Standing.Sharded table, List<Extent> extents) {
    if (lexed.tokenStart(1) != name.span().start()) { // COPY BINARY of before 7.3, which no query follows
      throw new RefusedException(Refusal.FOREIGN_ROWS, "COPY BINARY", table.group().name());
    }
    List<String> columns =
        copy.columns().isEmpty()
            ? table.relation().columns().stream().filter(column -> !column.generated()).map(column -> column.name()).toList()
            : copy.columns();
    String list = columns.stream().map(SplicedText::quote).collect(Collectors.joining(", "));
    String foreign = ForeignPredicate.of(SplicedText.quote(table.keyColumn()), table.group().keyType(), extents);
    int end = copy.columnSpan() == null ? name.span().end() : copy.columnSpan().end();
    return lexed.string(0, name.span().start()) + "(SELECT " + list + " FROM ONLY " + name.span().in(lexed) + " WHERE NOT (" + foreign + "))"
        + lexed.string(end, lexed.length());
  }

  /// Refused for a table of a group that has foreign rows somewhere.
  void refuse(TableName table, String what) {
    groupOf(table).filter(group -> !placing.view().map().foreign().of(group.name()).isEmpty()).ifPresent(group -> {
      throw new RefusedException(Refusal.FOREIGN_ROWS, what, group.name());
    });
  }

  private Optional<Group> groupOf(TableName table) {
    return placing.reach().placed(table) instanceof Standing.Sharded sharded ? Optional.of(sharded.group()) : placing.view().map().groupOf(table);
  }

  /// DDL that changes a table, or looks at its rows, may come out otherwise with them, and does not reach the rows that are under way.
  void refuse(DefinitionStatement statement) {
    if (placing.view().map().foreign().isEmpty()) {
      return;
    }
    switch (statement) {
      case DefinitionStatement.CreateTable _ -> refuseNamed("CREATE TABLE");
      case DefinitionStatement.AlterTable alter -> refuseNamed("ALTER " + alter.kind());
      case DefinitionStatement.CreateIndex _ -> refuseNamed("CREATE INDEX");
      case DefinitionStatement.CreateTrigger _ -> refuseNamed("CREATE TRIGGER");
      case DefinitionStatement.CreateRule _ -> refuseNamed("CREATE RULE");
      case DefinitionStatement.CreatePolicy _ -> refuseNamed("CREATE POLICY");
      case DefinitionStatement.AlterObject alter -> refuseNamed("ALTER " + alter.kind());
      case DefinitionStatement.Drop drop -> {
        refuseNamed("DROP " + drop.kind());
        if (drop.kind().equals("SCHEMA")) {
          drop.names().forEach(schema -> refuseSchema(schema.name()));
        }
      }
      case DefinitionStatement.OwnedObjects owned when owned.drop() -> refuseAny("DROP OWNED");
      default -> {
        // Reaches no table's rows.
      }
    }
  }

  private void refuseNamed(String what) {
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName()) {
        boolean qualified = token > 1 && lexed.is(token - 1, TokenKind.DOT) && lexed.kind(token - 2).isName();
        String schema = qualified ? lexed.identifier(token - 2) : null;
        refuse(Names.resolve(placing.view(), schema, lexed.identifier(token)).table(), what);
      }
    }
  }

  private void refuseSchema(String schema) {
    SortedSet<String> groups = new TreeSet<>();
    for (Relation relation : placing.view().catalog().relations()) {
      if (relation.schema().equals(schema)) {
        groupOf(relation.tableName()).ifPresent(group -> groups.add(group.name()));
      }
    }
    groups.retainAll(placing.view().map().foreign().byGroup().keySet());
    for (String group : groups) {
      throw new RefusedException(Refusal.FOREIGN_ROWS, "DROP SCHEMA", group);
    }
  }

  private void refuseAny(String what) {
    throw new RefusedException(Refusal.FOREIGN_ROWS, what, placing.view().map().foreign().byGroup().firstKey());
  }
}
