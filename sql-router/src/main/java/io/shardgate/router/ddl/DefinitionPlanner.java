package io.shardgate.router.ddl;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.analyze.Names;
import io.shardgate.router.analyze.QueryPlanner;
import io.shardgate.router.analyze.QueryReach;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.analyze.Standing;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Effects.SessionEffect;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.DefinitionStatement.Persistence;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Plans DDL.
/// Not thread-safe; owned by the planning of one statement.
final class DefinitionPlanner {
  /// Objects that a shard holds for itself, or that only the home shard has a use for.
  static final Set<String> HOME_KINDS =
      Set.of(
          "PUBLICATION", "SUBSCRIPTION", "SERVER", "FOREIGN DATA WRAPPER", "USER MAPPING", "EVENT TRIGGER", "TABLESPACE",
          "FOREIGN TABLE");

  private final Lexed lexed;
  private final Placing placing;
  private final ShardTexts texts;

  DefinitionPlanner(Lexed lexed, Placing placing, ShardTexts texts) {
    this.lexed = lexed;
    this.placing = placing;
    this.texts = texts;
  }

  Plan plan(DefinitionStatement statement) {
    try {
      return make(statement);
    } catch (RefusedException refused) {
      return new ExistingObjects(lexed, placing, texts).plan(statement).orElseThrow(() -> refused);
    }
  }

  private Plan make(DefinitionStatement statement) {
    return switch (statement) {
      case DefinitionStatement.CreateTable create -> createTable(create);
      case DefinitionStatement.AlterTable alter -> alterTable(alter);
      case DefinitionStatement.Drop drop -> new DropPlanner(placing, texts).plan(drop);
      case DefinitionStatement.CreateIndex index -> createIndex(index);
      case DefinitionStatement.CreateView view -> createView(view);
      case DefinitionStatement.CreateMaterializedView view -> createMaterializedView(view);
      case DefinitionStatement.CreateSequence sequence -> createSequence(sequence);
      case DefinitionStatement.AlterSequence sequence -> alterSequence(sequence);
      case DefinitionStatement.CreateSchema schema -> createSchema(schema);
      case DefinitionStatement.CreateFunction function -> createFunction(function);
      case DefinitionStatement.CreateTrigger trigger -> createTrigger(trigger);
      case DefinitionStatement.CreateRule rule -> createRule(rule);
      case DefinitionStatement.CreatePolicy policy -> createPolicy(policy);
      case DefinitionStatement.RoleChange role -> new Plan.Broadcast(texts.asWritten(), List.of(), Effects.CATALOG, role.password());
      case DefinitionStatement.Privileges privileges -> privileges(privileges);
      case DefinitionStatement.AlterObject alter -> alterObject(alter);
      case DefinitionStatement.CreateObject object -> createObject(object);
      case DefinitionStatement.CreateDatabase _ -> throw new RefusedException(Refusal.DATABASE, "CREATE DATABASE");
      case DefinitionStatement.AlterDatabase _ -> throw new RefusedException(Refusal.DATABASE, "ALTER DATABASE");
      case DefinitionStatement.Comment _, DefinitionStatement.AlterAllInTablespace _, DefinitionStatement.ImportForeignSchema _ -> home();
      case DefinitionStatement.CreateType _, DefinitionStatement.CreateDomain _, DefinitionStatement.AlterType _,
          DefinitionStatement.CreateExtension _, DefinitionStatement.AlterDefaultSetting _, DefinitionStatement.Membership _,
          DefinitionStatement.AlterDefaultPrivileges _, DefinitionStatement.OwnedObjects _ -> everywhere();
    };
  }

  private static Plan home() {
    return UtilityPlanner.home(Effects.CATALOG);
  }

  private static Plan temporary() {
    return UtilityPlanner.home(Effects.CATALOG.with(SessionEffect.TEMP_OBJECT));
  }

  private Plan everywhere() {
    return broadcast(texts.asWritten());
  }

  private static Plan broadcast(List<ShardText> shardTexts) {
    return new Plan.Broadcast(shardTexts, List.of(), Effects.CATALOG, null);
  }

  private Plan where(Name relation) {
    return placing.isEverywhere(relation) ? everywhere() : home();
  }

  private Plan createTable(DefinitionStatement.CreateTable create) {
    if (create.persistence() == Persistence.TEMPORARY || Names.isTemporaryPlace(placing.view(), create.name().schema())) {
      refuseSharded(create.asQuery(), Refusal.TEMPORARY_FROM_SHARDED);
      return temporary();
    }
    TableName table = Names.created(placing.view(), create.name().schema(), create.name().name());
    List<Name> above = new ArrayList<>(create.inherits());
    if (create.partitionOf() != null) {
      above.add(create.partitionOf());
    }
    Placing.Kind kind = placing.kindOfNew(table, above);
    if (kind.isEverywhere() && (create.foreign() || create.asQuery() != null)) {
      throw new RefusedException(create.foreign() ? Refusal.NOT_A_TABLE : Refusal.CREATE_TABLE_AS, table);
    }
    refuseSharded(create.asQuery(), Refusal.CREATE_TABLE_AS);
    for (Name parent : above) {
      if (!placing.kind(placing.standing(parent)).equals(kind)) {
        throw new RefusedException(Refusal.ATTACH, table, placing.resolve(parent));
      }
    }
    new TableRules(placing).checkNew(create, table, kind);
    return kind.isEverywhere() ? everywhere() : home();
  }

  private void refuseSharded(@Nullable Lexed query, Refusal refusal) {
    if (query == null) {
      return;
    }
    if (query.is(0, "execute")) {
      throw new RefusedException(Refusal.UTILITY, "CREATE TABLE AS EXECUTE");
    }
    for (String function : QueryPlanner.asksProxy(query, placing.view(), placing.reach())) {
      throw new RefusedException(Refusal.UNFILLED_CALL, function);
    }
    QueryReach reached = reach(query);
    for (TableName table : reached.sharded()) {
      throw new RefusedException(refusal, table);
    }
  }

  private QueryReach reach(Lexed query) {
    QueryReach reached = QueryReach.of(query, placing.view(), placing.reach());
    if (!reached.read()) {
      throw new RefusedException(Refusal.UNREAD, "its beginning");
    }
    return reached;
  }

  private Plan alterTable(DefinitionStatement.AlterTable alter) {
    if (placing.isTemporary(alter.name())) {
      return home();
    }
    boolean table = alter.kind().equals("TABLE") || alter.kind().equals("FOREIGN TABLE");
    if (table) {
      new AlterRules(lexed, placing).check(alter);
    }
    return where(alter.name());
  }

  private Plan createIndex(DefinitionStatement.CreateIndex index) {
    placing.refuseHiddenCode(lexed);
    if (placing.isTemporary(index.table()) || !placing.isEverywhere(index.table())) {
      return home();
    }
    if (index.unique()) {
      Placing.Kind kind = placing.kind(placing.standing(index.table()));
      List<String> columns = index.elements() == index.columns().size() || index.columns().contains(kind.keyColumn()) ? index.columns() : List.of();
      new TableRules(placing).checkUnique(columns, placing.resolve(index.table()), kind);
    }
    return index.concurrently() ? new Plan.ShardByShard(texts.asWritten(), Effects.CATALOG) : everywhere();
  }

  private Plan createView(DefinitionStatement.CreateView view) {
    QueryReach reached = reach(view.body());
    if (view.temporary() || Names.isTemporaryPlace(placing.view(), view.name().schema())) {
      for (TableName table : reached.sharded()) {
        throw new RefusedException(Refusal.TEMPORARY_FROM_SHARDED, table);
      }
      return temporary();
    }
    refuseDeclared(Names.created(placing.view(), view.name().schema(), view.name().name()));
    if (!reached.home().isEmpty()) {
      for (TableName _ : reached.sharded()) {
        throw new RefusedException(Refusal.VIEW_MIXTURE, view.name(), reached.home().iterator().next());
      }
      return home();
    }
    return reached.sharded().isEmpty() && reached.reference().isEmpty() ? home() : everywhere();
  }

  private void refuseDeclared(TableName table) {
    if (placing.isDeclared(table)) {
      throw new RefusedException(Refusal.NOT_A_TABLE, table);
    }
  }

  private Plan createMaterializedView(DefinitionStatement.CreateMaterializedView view) {
    refuseDeclared(Names.created(placing.view(), view.name().schema(), view.name().name()));
    QueryReach reached = reach(view.body());
    if (!reached.sharded().isEmpty() || !reached.reference().isEmpty()) {
      throw new RefusedException(Refusal.MATERIALIZED_VIEW, view.name());
    }
    return home();
  }

  private Plan createSequence(DefinitionStatement.CreateSequence sequence) {
    if (sequence.temporary() || Names.isTemporaryPlace(placing.view(), sequence.name().schema())) {
      return temporary();
    }
    return sequence.ownedBy() == null ? everywhere() : where(sequence.ownedBy().table());
  }

  /// A sequence that comes to belong to a home table has no more use on the other shards.
  private Plan alterSequence(DefinitionStatement.AlterSequence sequence) {
    TableName name = placing.resolve(sequence.name());
    if (placing.isTemporary(sequence.name()) || !placing.isSequenceEverywhere(name)) {
      return home();
    }
    if (sequence.ownedBy() != null && !placing.isEverywhere(sequence.ownedBy().table())) {
      return broadcast(texts.homeAndOthers(null, "DROP SEQUENCE IF EXISTS " + sequence.name().span().in(lexed)));
    }
    return everywhere();
  }

  private Plan createSchema(DefinitionStatement.CreateSchema schema) {
    if (schema.elements() != null) {
      throw new RefusedException(Refusal.SCHEMA_ELEMENTS);
    }
    return everywhere();
  }

  /// Functions are on every shard, but for those whose arguments or standard body name a home table: they could not be created
  /// there. A body in quotes is not checked where the tables it names need not exist.
  private Plan createFunction(DefinitionStatement.CreateFunction function) {
    Span body = function.standardBody();
    boolean homeOnly = (body != null && mentionsHomeTable(body)) || mentionsHomeTable(function.arguments());
    if (homeOnly) {
      return home();
    }
    String others = "SET LOCAL check_function_bodies = off; " + texts.whole();
    return broadcast(texts.homeAndOthers(null, body == null && function.language().equals("sql") ? others : null));
  }

  private boolean mentionsHomeTable(Span span) {
    for (int token = lexed.tokenAt(span.start()); token < lexed.size() && lexed.tokenStart(token) < span.end(); token++) {
      if (lexed.kind(token).isName()) {
        Names.Resolved resolved = Names.resolve(placing.view(), null, lexed.identifier(token));
        boolean home = resolved.known() && !resolved.system() && !Placing.isEverywhere(placing.reach().placed(resolved.table()));
        if (home && !isCompositeType(resolved.table())) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean isCompositeType(TableName name) {
    return placing.view().catalog().relation(name).filter(relation -> relation.kind() == Relation.Kind.COMPOSITE).isPresent();
  }

  private Plan createTrigger(DefinitionStatement.CreateTrigger trigger) {
    if (!placing.isTemporary(trigger.table()) && !placing.reach().isPlain(trigger.function().schema(), trigger.function().name())) {
      throw new RefusedException(Refusal.TRIGGER, trigger.name() + "\" on \"" + placing.resolve(trigger.table()));
    }
    if (placing.standing(trigger.table()) instanceof Standing.Sharded sharded
        && isBeforeRow()
        && placing.reach().mayChangeKey(trigger.function().schema(), trigger.function().name(), sharded.keyColumn())) {
      throw new RefusedException(Refusal.KEY_TRIGGER, trigger.name() + "\" on \"" + sharded.table());
    }
    placing.reach().homeTableOf(trigger.function().schema(), trigger.function().name()).ifPresent(used -> {
      refuseHomeUse(trigger.name(), trigger.table(), used);
    });
    return where(trigger.table());
  }

  /// `CREATE TRIGGER … BEFORE … FOR [EACH] ROW`, of INSERT or UPDATE.
  private boolean isBeforeRow() {
    boolean before = false;
    boolean row = false;
    boolean changes = false;
    for (int token = 0; token < lexed.size() && !lexed.is(token, "execute"); token++) {
      before |= lexed.is(token, "before");
      row |= lexed.is(token, "row");
      changes |= lexed.is(token, "insert") || lexed.is(token, "update");
    }
    return before && row && changes;
  }

  private Plan createRule(DefinitionStatement.CreateRule rule) {
    if (placing.reach().bodyReaches("sql", rule.actions().in(lexed))) {
      throw new RefusedException(Refusal.RULE, placing.resolve(rule.table()));
    }
    placing.reach().homeTableIn(rule.actions().in(lexed)).ifPresent(used -> refuseHomeUse(rule.name(), rule.table(), used));
    return where(rule.table());
  }

  private void refuseHomeUse(String code, Name table, String used) {
    if (!placing.isTemporary(table) && placing.isEverywhere(table)) {
      throw new RefusedException(Refusal.HOME_IN_CODE, code + "\" on \"" + placing.resolve(table) + "\": \"" + used);
    }
  }

  private Plan createPolicy(DefinitionStatement.CreatePolicy policy) {
    if (placing.reach().bodyReaches("sql", policy.clauses().in(lexed))) {
      throw new RefusedException(Refusal.POLICY, placing.resolve(policy.table()));
    }
    return where(policy.table());
  }

  private Plan privileges(DefinitionStatement.Privileges privileges) {
    boolean relations = privileges.kind().equals("TABLE") || privileges.kind().equals("SEQUENCE");
    if (!relations || privileges.allInSchema() || privileges.objects().isEmpty()) {
      return HOME_KINDS.contains(privileges.kind()) ? home() : everywhere();
    }
    List<Span> all = privileges.objects().stream().map(Name::span).toList();
    List<Span> there = privileges.objects().stream().filter(placing::isEverywhere).map(Name::span).toList();
    if (there.isEmpty()) {
      return home();
    }
    return broadcast(texts.homeAndOthers(null, there.size() == all.size() ? null : texts.withList(all, there, "")));
  }

  private Plan alterObject(DefinitionStatement.AlterObject alter) {
    if (alter.table() != null) {
      return where(alter.table());
    }
    Name name = alter.name();
    if (alter.kind().equals("SCHEMA") && alter.newName() != null && name != null) {
      refuseRenamedSchema(name.name());
      refuseRenamedSchema(alter.newName());
    }
    return HOME_KINDS.contains(alter.kind()) || alter.kind().equals("STATISTICS") ? homeUnlessReaching(alter.kind()) : everywhere();
  }

  private void refuseRenamedSchema(String schema) {
    List<TableName> declared = new ArrayList<>(placing.view().map().reference());
    placing.view().map().groups().values().forEach(group -> declared.addAll(group.tables().keySet()));
    for (TableName table : declared) {
      if (table.schema().equals(schema)) {
        throw new RefusedException(Refusal.RENAME_DECLARED, table);
      }
    }
  }

  private Plan createObject(DefinitionStatement.CreateObject object) {
    return HOME_KINDS.contains(object.kind()) || object.kind().equals("STATISTICS") ? homeUnlessReaching(object.kind()) : everywhere();
  }

  private Plan homeUnlessReaching(String kind) {
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName() && placing.reach().isReaching(lexed.identifier(token))) {
        if (kind.equals("STATISTICS")) {
          return everywhere();
        }
        throw new RefusedException(Refusal.UTILITY, kind);
      }
    }
    return home();
  }
}
