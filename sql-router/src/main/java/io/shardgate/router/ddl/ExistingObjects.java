package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.analyze.Names;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.rewrite.SplicedText;
import io.shardgate.router.statement.AlterAction;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.DefinitionStatement.Persistence;
import io.shardgate.router.statement.Name;
import java.util.List;
import java.util.Optional;

/// Definitions that would be refused, of something that exists already: whatever they define, PostgreSQL has its own error or notice for
/// them. The home shard is made to say it.
///
/// The catalog may be a moment old. So what the home shard gets can't define anything, should the object be gone meanwhile: it fails then.
/// Immutable.
final class ExistingObjects {
  private static final String FAIL =
      "\n; DO $shardgate$BEGIN RAISE EXCEPTION 'the catalog changed while the statement was planned' USING ERRCODE = '40001'; END$shardgate$";

  private final Lexed lexed;
  private final Placing placing;
  private final ShardTexts texts;

  ExistingObjects(Lexed lexed, Placing placing, ShardTexts texts) {
    this.lexed = lexed;
    this.placing = placing;
    this.texts = texts;
  }

  /// Empty when it is not one of something that exists.
  Optional<Plan> plan(DefinitionStatement statement) {
    return switch (statement) {
      case DefinitionStatement.CreateTable create -> table(create);
      case DefinitionStatement.CreateMaterializedView view -> materializedView(view);
      case DefinitionStatement.CreateView view -> view(view);
      case DefinitionStatement.CreateIndex index -> index(index);
      case DefinitionStatement.CreateSchema schema -> schema(schema);
      case DefinitionStatement.AlterTable alter -> column(alter);
      default -> Optional.empty();
    };
  }

  /// Of a table that exists PostgreSQL looks at nothing more. The foreign key names a column that the definition lacks.
  private Optional<Plan> table(DefinitionStatement.CreateTable create) {
    if (create.foreign() || create.persistence() == Persistence.TEMPORARY || existing(create.name()).isEmpty()) {
      return Optional.empty();
    }
    String instead =
        create.asQuery() == null ? " (c pg_catalog.int4, FOREIGN KEY (d) REFERENCES " + create.name().span().in(lexed) + ")" : " AS SELECT 1/0";
    return Optional.of(create.ifNotExists() ? home(upTo(create.name()) + instead) : failing());
  }

  private Optional<Plan> materializedView(DefinitionStatement.CreateMaterializedView view) {
    return existing(view.name()).map(_ -> view.ifNotExists() ? home(upTo(view.name()) + " AS SELECT 1/0") : failing());
  }

  /// Only a view can be replaced by one.
  private Optional<Plan> view(DefinitionStatement.CreateView view) {
    return existing(view.name())
        .filter(relation -> !view.temporary() && !(view.orReplace() && relation.kind() == Relation.Kind.VIEW))
        .map(_ -> failing());
  }

  /// What is indexed does not matter where the name is taken; the index in its place is a harmless one.
  private Optional<Plan> index(DefinitionStatement.CreateIndex index) {
    Name name = index.name();
    TableName table = placing.resolve(index.table());
    List<Column> columns = placing.relation(index.table()).map(Relation::columns).orElse(List.of());
    if (name == null || columns.isEmpty() || placing.view().catalog().relation(new TableName(table.schema(), name.name())).isEmpty()) {
      return Optional.empty();
    }
    String definition =
        "CREATE INDEX " + (index.ifNotExists() ? "IF NOT EXISTS " : "") + SplicedText.quote(name.name()) + " ON "
            + index.table().span().in(lexed) + " (" + SplicedText.quote(columns.getFirst().name()) + ")";
    return Optional.of(home(index.ifNotExists() ? requiring(table.schema(), name.name()) + definition : definition + FAIL));
  }

  /// A schema that exists is complained about before its elements are made; with IF NOT EXISTS PostgreSQL allows none.
  private Optional<Plan> schema(DefinitionStatement.CreateSchema schema) {
    if (schema.ifNotExists()) {
      return Optional.of(failing());
    }
    String name = schema.name() != null ? schema.name() : schema.authorization();
    return name != null && placing.view().catalog().hasSchema(name) ? Optional.of(failing()) : Optional.empty();
  }

  /// Of a column that exists PostgreSQL looks at nothing more, when it is all that the statement adds.
  private Optional<Plan> column(DefinitionStatement.AlterTable alter) {
    if (alter.actions().size() != 1 || !(alter.actions().getFirst() instanceof AlterAction.AddColumn add)) {
      return Optional.empty();
    }
    String column = add.column().name();
    String skipped = upTo(alter.name()) + " ADD COLUMN IF NOT EXISTS " + SplicedText.quote(column) + " pg_catalog.int4 DEFAULT 1/0";
    return placing.relation(alter.name()).flatMap(relation -> relation.column(column)).map(_ -> add.ifNotExists() ? home(skipped) : failing());
  }

  private Optional<Relation> existing(Name name) {
    return placing.view().catalog().relation(Names.created(placing.view(), name.schema(), name.name()));
  }

  private String upTo(Name name) {
    return lexed.string(0, name.span().end());
  }

  /// Fails unless there is such a relation.
  private static String requiring(String schema, String name) {
    String relation = SplicedText.quote(schema) + "." + SplicedText.quote(name);
    return "DO $shardgate$BEGIN PERFORM " + literal(relation) + "::pg_catalog.regclass; END$shardgate$; ";
  }

  private static String literal(String text) {
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
  }

  /// The user's own text, which fails; if not, all of it is undone.
  private Plan failing() {
    return home(texts.whole() + FAIL);
  }

  private Plan home(String text) {
    return new Plan.Broadcast(List.of(new ShardText(placing.view().map().home(), text)), List.of(), Effects.CATALOG);
  }
}
