package io.shardgate.router.ddl;

import io.shardgate.directory.Group;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.BuiltinCalls;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.AlterAction;
import io.shardgate.router.statement.DefinitionStatement.AlterTable;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.Span;
import io.shardgate.router.statement.TableElement;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Which changes a table of the topology allows.
/// Immutable.
final class AlterRules {
  private static final Pattern LENGTH = Pattern.compile("\\(\\s*([0-9]{1,9})\\s*\\)\\s*");

  private final Lexed lexed;
  private final Placing placing;
  private final TableRules rules;

  AlterRules(Lexed lexed, Placing placing) {
    this.lexed = lexed;
    this.placing = placing;
    this.rules = new TableRules(placing);
  }

  void check(AlterTable alter) {
    TableName table = placing.resolve(alter.name());
    Placing.Kind kind = placing.kind(placing.standing(alter.name()));
    for (AlterAction action : alter.actions()) {
      check(alter, action, table, kind);
      if (readsRows(action)) {
        placing.refuseHiddenCode(lexed);
      }
    }
  }

  /// Whether it evaluates expressions of its own text for the rows that are there.
  private static boolean readsRows(AlterAction action) {
    return switch (action) {
      case AlterAction.AddColumn _, AlterAction.ColumnType _ -> true;
      case AlterAction.AddConstraint add -> !add.notValid();
      default -> false;
    };
  }

  private void check(AlterTable alter, AlterAction action, TableName table, Placing.Kind kind) {
    switch (action) {
      case AlterAction.AddColumn add -> addColumn(add.column(), table, kind);
      case AlterAction.DropColumn drop -> notKey(drop.column(), table, kind);
      case AlterAction.RenameColumn rename -> notKey(rename.from(), table, kind);
      case AlterAction.ColumnType type -> columnType(type, table, kind);
      case AlterAction.AddConstraint add -> rules.checkConstraint(add.constraint(), table, kind);
      case AlterAction.RenameTo rename -> notDeclared(table, new TableName(table.schema(), rename.name()));
      case AlterAction.SetSchema schema -> notDeclared(table, new TableName(schema.schema(), table.name()));
      case AlterAction.AttachPartition attach -> {
        if (alter.kind().equals("TABLE")) {
          rules.checkPart(alter.name(), attach.partition());
        }
      }
      case AlterAction.Inherit inherit -> {
        if (inherit.inherit()) {
          rules.checkPart(inherit.parent(), alter.name());
        } else {
          notOrphaned(alter.name());
        }
      }
      case AlterAction.DetachPartition detach -> {
        if (alter.kind().equals("TABLE")) {
          notOrphaned(detach.partition());
        }
      }
      case AlterAction.SetDefault _, AlterAction.DropDefault _, AlterAction.NotNull _, AlterAction.AddIdentity _,
          AlterAction.DropIdentity _, AlterAction.DropConstraint _, AlterAction.ValidateConstraint _,
          AlterAction.RenameConstraint _, AlterAction.OwnerTo _, AlterAction.RowSecurity _, AlterAction.Firing _, AlterAction.SetLogged _, AlterAction.OtherAction _ -> {}
    }
  }

  private void addColumn(TableElement.Column column, TableName table, Placing.Kind kind) {
    rules.checkColumn(column, table, kind);
    if (!kind.isEverywhere()) {
      return;
    }
    boolean numbered = TableRules.isSerial(column.type()) || column.identity() != TableElement.Identity.NONE;
    if (numbered || fillsDifferently(column.defaultExpression(), kind)) {
      throw new RefusedException(Refusal.ADD_GENERATED_COLUMN, column.name());
    }
  }

  /// Whether existing rows would get values that repeat on several shards, or in a reference table differ between them.
  private boolean fillsDifferently(@Nullable Span expression, Placing.Kind kind) {
    if (expression == null) {
      return false;
    }
    String text = expression.in(lexed);
    return placing.reach().usesHome(text)
        || (kind.reference() && BuiltinCalls.differsBetweenShards(text, placing.view().catalog()));
  }

  private static void notKey(String column, TableName table, Placing.Kind kind) {
    if (kind.isSharded() && kind.keyColumn().equals(column)) {
      throw new RefusedException(Refusal.ALTER_KEY, table + "." + column);
    }
  }

  private void columnType(AlterAction.ColumnType type, TableName table, Placing.Kind kind) {
    Group group = kind.group();
    if (group == null || !kind.keyColumn().equals(type.column())) {
      return;
    }
    if (type.using() != null || !group.keyType().accepts(TableRules.baseType(type.type())) || loses(type, table, group.keyType())) {
      throw new RefusedException(Refusal.ALTER_KEY, table + "." + type.column());
    }
    if (rules.isLoose(type.collation())) {
      throw new RefusedException(Refusal.KEY_COLUMN, table + "." + type.column());
    }
  }

  /// Whether keys may lose blanks behind their last character, or digits, and so belong to another shard.
  private boolean loses(AlterAction.ColumnType type, TableName table, KeyType keyType) {
    int open = type.type().indexOf('(');
    if (open < 0 || keyType != KeyType.TEXT) {
      return open >= 0;
    }
    Matcher length = LENGTH.matcher(type.type().substring(open));
    int before = placing.view().catalog().relation(table).flatMap(relation -> relation.column(type.column())).map(Column::maxCharacters).orElse(0);
    return before == 0 || !length.matches() || Integer.parseInt(length.group(1)) < before;
  }

  /// A part of a sharded or reference table is one only through its parent.
  private void notOrphaned(Name part) {
    TableName table = placing.resolve(part);
    if (placing.isEverywhere(part) && !placing.isDeclared(table)) {
      throw new RefusedException(Refusal.DETACH, table);
    }
  }

  private void notDeclared(TableName from, TableName to) {
    if (placing.isDeclared(from) || placing.isDeclared(to)) {
      throw new RefusedException(Refusal.RENAME_DECLARED, placing.isDeclared(from) ? from : to);
    }
  }
}
