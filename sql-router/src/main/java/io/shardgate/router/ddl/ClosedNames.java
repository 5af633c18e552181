package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.DefinitionStatement;
import org.jspecify.annotations.Nullable;

/// While it is being decided where tables of a name are, none is made under it: it would be made where the map of before says.
///
/// A name without a schema is taken for each closed one that it may mean, and so is an alias: refused a moment too often, but never too seldom.
/// Immutable.
public final class ClosedNames {
  private final Lexed lexed;
  private final RoutingView view;

  public ClosedNames(Lexed lexed, RoutingView view) {
    this.lexed = lexed;
    this.view = view;
  }

  /// Refused where DDL may make a table, or give one that is there another name or schema.
  void refuse(DefinitionStatement statement) {
    if (view.map().closed().isEmpty()) {
      return;
    }
    switch (statement) {
      case DefinitionStatement.CreateTable _, DefinitionStatement.CreateView _, DefinitionStatement.CreateMaterializedView _, DefinitionStatement.AlterTable _ ->
          refuseIfAny(named(0));
      case DefinitionStatement.AlterObject alter when alter.kind().equals("SCHEMA") -> refuseIfAny(in(alter.newName()));
      case DefinitionStatement.ImportForeignSchema imported -> refuseIfAny(in(imported.into()));
      case DefinitionStatement.CreateExtension _ -> refuseIfAny(view.map().closed().iterator().next()); // with whatever its script makes
      default -> {
        // Makes no table.
      }
    }
  }

  /// The refusal of `SELECT … INTO` a closed name; null where there is none. INSERT INTO is none: no table has the name.
  public @Nullable Plan refusedInto() {
    if (view.map().closed().isEmpty()) {
      return null;
    }
    for (int token = 1; token < lexed.size(); token++) {
      TableName table = lexed.is(token, "into") && !lexed.is(token - 1, "insert") && !lexed.is(token - 1, "merge") ? named(token) : null;
      if (table != null) {
        return Refusal.CLOSED_NAME.of(table);
      }
    }
    return null;
  }

  private @Nullable TableName named(int from) {
    for (int token = from; token < lexed.size(); token++) {
      if (lexed.kind(token).isName()) {
        boolean qualified = token > 1 && lexed.is(token - 1, TokenKind.DOT) && lexed.kind(token - 2).isName();
        String name = lexed.identifier(token);
        for (TableName closed : view.map().closed()) {
          if (closed.name().equals(name) && (!qualified || closed.schema().equals(lexed.identifier(token - 2)))) {
            return closed;
          }
        }
      }
    }
    return null;
  }

  private @Nullable TableName in(@Nullable String schema) {
    return view.map().closed().stream().filter(closed -> closed.schema().equals(schema)).findFirst().orElse(null);
  }

  private static void refuseIfAny(@Nullable TableName closed) {
    if (closed != null) {
      throw new RefusedException(Refusal.CLOSED_NAME, closed);
    }
  }
}
