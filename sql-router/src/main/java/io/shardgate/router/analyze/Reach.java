package io.shardgate.router.analyze;

import io.shardgate.directory.Group;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.ColumnDrift;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What each relation and function of one catalog can reach under one map, through parents, views, bodies, triggers, rules
/// and policies. Built once for the pair; names are compared without their schema where code is searched, so that it errs
/// towards reaching more.
/// Immutable.
public final class Reach {
  private static final Set<String> SESSION_WORDS =
      Set.of(
          "set_config", "temp", "temporary", "pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock",
          "pg_try_advisory_lock_shared", "listen", "set", "load", "dblink_connect");

  private final Catalog catalog;
  private final ShardMap map;
  private final Map<TableName, Standing> standings = new HashMap<>();
  private final Set<String> reachingNames = new HashSet<>();
  private final Set<TableName> reachingViews = new HashSet<>();
  private final Set<Function> unplain = new HashSet<>();
  private final Map<TableName, Standing.Barred> barredWrites = new HashMap<>();
  private final Map<String, Set<String>> viewWords = new HashMap<>();
  private final Set<String> vouchedReaching = new HashSet<>();
  private final Map<TableName, Standing.Barred> barredUses = new HashMap<>();
  private final SettingsOfFunctions settings;
  private final HiddenCode hidden;
  private final HomeCalls homeCalls;

  private Reach(Catalog catalog, ShardMap map) {
    this.catalog = catalog;
    this.map = map;
    this.settings = SettingsOfFunctions.of(catalog);
    this.hidden = new HiddenCode(catalog);
    this.homeCalls = new HomeCalls(catalog, this::isVouched);
  }

  Catalog catalog() {
    return catalog;
  }

  /// The settings that code may change: functions by name, and blocks of code.
  public SettingsOfFunctions settings() {
    return settings;
  }

  public static Reach of(Catalog catalog, ShardMap map) {
    Reach reach = new Reach(catalog, map);
    reach.placeTables();
    reach.followCode();
    reach.noteVouched();
    reach.placeRest();
    reach.barWrites();
    reach.barDrifted();
    reach.readViews();
    return reach;
  }

  private void placeTables() {
    map.groups().values().forEach(group -> group.tables().keySet().forEach(this::placeDeclared));
    map.reference().forEach(this::placeDeclared);
    for (Relation relation : catalog.relations()) {
      if (!standings.containsKey(relation.tableName()) && hasRows(relation)) {
        declaredAncestor(relation, new HashSet<>()).ifPresent(ancestor -> standings.put(relation.tableName(), like(ancestor, relation)));
      }
    }
    standings.keySet().forEach(table -> reachingNames.add(table.name()));
  }

  private static boolean hasRows(Relation relation) {
    return switch (relation.kind()) {
      case TABLE, PARTITIONED_TABLE, FOREIGN_TABLE -> true;
      case VIEW, MATERIALIZED_VIEW, SEQUENCE, INDEX, COMPOSITE -> false;
    };
  }

  private void placeDeclared(TableName table) {
    Optional<Relation> relation = catalog.relation(table);
    standings.put(table, relation.isEmpty() ? new Standing.Absent(table) : like(table, relation.get()));
  }

  private Optional<TableName> declaredAncestor(Relation relation, Set<TableName> seen) {
    for (TableName parent : relation.parents()) {
      if (map.groupOf(parent).isPresent() || map.isReference(parent)) {
        return Optional.of(parent);
      }
      Optional<Relation> above = seen.add(parent) ? catalog.relation(parent) : Optional.empty();
      Optional<TableName> found = above.flatMap(next -> declaredAncestor(next, seen));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /// The standing of a relation that counts as that declared table: itself, or one above it.
  private Standing like(TableName declared, Relation relation) {
    TableName table = relation.tableName();
    if (relation.kind() != Relation.Kind.TABLE && relation.kind() != Relation.Kind.PARTITIONED_TABLE) {
      return new Standing.Barred(table, Refusal.NOT_A_TABLE, table.toString());
    }
    Optional<Group> group = map.groupOf(declared);
    if (group.isEmpty()) {
      return new Standing.Reference(table, relation);
    }
    String keyName = group.get().keyColumn(declared).orElseThrow();
    Optional<Column> key = relation.column(keyName);
    if (key.isEmpty() || !isKeyColumn(key.get(), group.get().keyType())) {
      return new Standing.Barred(table, Refusal.KEY_COLUMN, table + "." + keyName);
    }
    return new Standing.Sharded(table, group.get(), keyName, relation);
  }

  /// Whether a column can hold shard keys of that type.
  public static boolean isKeyColumn(Column column, KeyType type) {
    return type.accepts(column.typeName()) && !column.generated() && column.deterministicCollation();
  }

  /// Spreads "can reach" from tables to views and functions until nothing is new.
  private void followCode() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Function function : catalog.functions()) {
        if (!unplain.contains(function) && !isVouched(function) && reaches(function)) {
          unplain.add(function);
          reachingNames.add(function.name());
          changed = true;
        }
      }
      for (Relation relation : catalog.relations()) {
        if (relation.definition() != null && !reachingViews.contains(relation.tableName()) && reaches(relation)) {
          reachingViews.add(relation.tableName());
          reachingNames.add(relation.name());
          changed = true;
        }
      }
      if (hidden.spread(this::isUnplain)) {
        reachingNames.addAll(hidden.typeNames());
        changed = true;
      }
    }
  }

  private boolean isUnplain(TableName function) {
    return catalog.functions(function.name()).stream().anyMatch(each -> each.schema().equals(function.schema()) && unplain.contains(each));
  }

  /// Whether `=` means PostgreSQL's own wherever it stands: a user's operator may be found first, by its types or the search path.
  boolean hasPlainEquality() {
    return !isUsers("=");
  }

  /// Whether `<` and its kin can't mean a user's operators.
  boolean hasPlainOrder() {
    return Stream.of("<", "<=", ">", ">=").noneMatch(this::isUsers);
  }

  private boolean isUsers(String operator) {
    return catalog.codeUses().stream().anyMatch(use -> use.kind() == CodeUse.Kind.OPERATOR && use.user().name().equals(operator));
  }

  /// The first operator or type of a statement behind which a function stands that is not plain.
  public Optional<String> hiddenCode(Lexed lexed) {
    return Optional.ofNullable(hidden.in(lexed));
  }

  private void noteVouched() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Function function : catalog.functions()) {
        if (isVouched(function) ? reaches(function) : callsVouched(function)) {
          changed |= vouchedReaching.add(function.name());
        }
      }
    }
  }

  /// Through a function that calls it a vouched one is called without a row, too.
  private boolean callsVouched(Function function) {
    String body = function.body();
    return function.calls().stream().anyMatch(called -> vouchedReaching.contains(called.name()))
        || (body != null && Words.in(body).stream().anyMatch(vouchedReaching::contains));
  }

  /// Whether a function of that name reaches sharded rows and the topology declares it local, or it calls such a one.
  boolean isVouchedFor(String name) {
    return vouchedReaching.contains(name);
  }

  /// Whether a call without any row around it, as in CALL, can be answered by the home shard.
  public boolean isPlainAlone(@Nullable String schema, String name) {
    return isPlain(schema, name) && !isVouchedFor(name);
  }

  private boolean isVouched(Function function) {
    return map.functionRule(function.schema(), function.name()).isPresent();
  }

  private boolean reaches(Function function) {
    if (function.internal()) {
      return BuiltinFunctions.runsText(function.name());
    }
    if (function.reads().stream().anyMatch(this::reachesRows) || function.calls().stream().anyMatch(c -> reachingNames.contains(c.name()))) {
      return true;
    }
    String body = function.body();
    return body != null && bodyReaches(function.language(), body);
  }

  /// Whether code of that language may reach sharded rows, or can't be told.
  public boolean bodyReaches(String language, String body) {
    if (!language.equals("sql") && !language.equals("plpgsql") && !language.equals("internal") && !language.equals("c")) {
      return true;
    }
    Set<String> words = Words.in(body);
    // Names in Unicode escapes are not read.
    if (body.contains("U&\"") || body.contains("u&\"")) {
      return true;
    }
    return (language.equals("plpgsql") && words.contains("execute")) || mentionsReaching(words) || hidden.inBody(body);
  }

  private boolean reaches(Relation view) {
    String definition = view.definition();
    return view.reads().stream().anyMatch(this::reachesRows) || (definition != null && mentionsReaching(Words.in(definition)));
  }

  private boolean reachesRows(TableName table) {
    return standings.containsKey(table) || reachingViews.contains(table);
  }

  private boolean mentionsReaching(Set<String> words) {
    for (String word : words) {
      if (reachingNames.contains(word) || BuiltinFunctions.runsText(word)) {
        return true;
      }
    }
    return false;
  }

  /// `SELECT *`, an INSERT without columns and a COPY mean another thing on each shard where columns differ. What defines tables is not barred.
  private void barDrifted() {
    catalog
        .drifts()
        .forEach(
            (table, shards) -> {
              if (standings.containsKey(table)) {
                ColumnDrift drift = shards.getFirst();
                String where = table + "." + drift.column() + "\" on shard \"" + drift.shard().value();
                barredUses.put(table, new Standing.Barred(table, Refusal.COLUMN_DRIFT, where));
              }
            });
  }

  private void placeRest() {
    for (Relation relation : catalog.relations()) {
      TableName table = relation.tableName();
      String behind = hidden.behind(table);
      if (behind != null) {
        barredUses.put(table, new Standing.Barred(table, Refusal.HIDDEN_CODE, table + "\" with \"" + behind));
        reachingNames.add(relation.name());
      }
      if (standings.containsKey(table)) {
        continue;
      }
      if (reachingViews.contains(table)) {
        standings.put(
            table,
            relation.isView()
                ? new Standing.Expanded(table, relation)
                : new Standing.Barred(table, Refusal.MATERIALIZED_VIEW, table.toString()));
      } else if (hasReachingChild(table, new HashSet<>())) {
        standings.put(table, new Standing.Barred(table, Refusal.SHARDED_CHILD, table.toString()));
        reachingNames.add(relation.name());
      }
    }
  }

  private boolean hasReachingChild(TableName parent, Set<TableName> seen) {
    for (Relation child : catalog.childrenOf(parent)) {
      if (reachesRows(child.tableName()) || (seen.add(child.tableName()) && hasReachingChild(child.tableName(), seen))) {
        return true;
      }
    }
    return false;
  }

  private void barWrites() {
    for (Relation relation : catalog.relations()) {
      Standing.Barred bar = writeBar(relation);
      if (bar != null) {
        barredWrites.put(relation.tableName(), bar);
        reachingNames.add(relation.name());
      }
      if (relation.rowSecurity() && relation.policies().stream().anyMatch(this::policyReaches)) {
        barredUses.put(relation.tableName(), new Standing.Barred(relation.tableName(), Refusal.POLICY, relation.tableName().toString()));
        reachingNames.add(relation.name());
      }
    }
    for (Relation relation : catalog.relations()) {
      Standing.Barred bar = barredWrites.get(relation.tableName());
      if (bar != null) {
        barAbove(relation, bar);
      }
    }
  }

  /// A write to a parent is one to its children and partitions, one to a referenced row cascades.
  private void barAbove(Relation relation, Standing.Barred bar) {
    List<TableName> above = new ArrayList<>(relation.parents());
    relation.foreignKeys().forEach(key -> above.add(key.referenced()));
    for (TableName table : above) {
      if (barredWrites.putIfAbsent(table, bar) == null) {
        reachingNames.add(table.name());
        catalog.relation(table).ifPresent(next -> barAbove(next, bar));
      }
    }
  }

  private boolean policyReaches(Relation.Policy policy) {
    return mentions(policy.using()) || mentions(policy.withCheck());
  }

  private boolean mentions(@Nullable String code) {
    return code != null && mentionsReaching(Words.in(code));
  }

  private Standing.@Nullable Barred writeBar(Relation relation) {
    TableName table = relation.tableName();
    String behind = hidden.behindWriting(table);
    if (behind != null) {
      return new Standing.Barred(table, Refusal.HIDDEN_CODE, table + "\" with \"" + behind);
    }
    for (Relation.Trigger trigger : relation.triggers()) {
      if (trigger.enabled() && !isPlain(trigger.functionSchema(), trigger.functionName())) {
        return new Standing.Barred(table, Refusal.TRIGGER, trigger.name() + "\" on \"" + table);
      }
      Standing.Barred home = homeBar(trigger, table);
      if (home != null) {
        return home;
      }
      if (standings.get(table) instanceof Standing.Sharded sharded && changesKey(trigger, sharded.keyColumn())) {
        return new Standing.Barred(table, Refusal.KEY_TRIGGER, trigger.name() + "\" on \"" + table);
      }
    }
    if (relation.rules().stream().anyMatch(this::mentions)) {
      return new Standing.Barred(table, Refusal.RULE, table.toString());
    }
    for (Column column : relation.columns()) {
      if (mentions(column.defaultExpression()) && callsUnplain(column.defaultExpression())) {
        return new Standing.Barred(table, Refusal.UNPLAIN_DEFAULT, table + "." + column.name());
      }
    }
    return null;
  }

  private Standing.@Nullable Barred homeBar(Relation.Trigger trigger, TableName table) {
    Standing standing = standings.get(table);
    boolean everywhere = standing instanceof Standing.Sharded || standing instanceof Standing.Reference;
    @Nullable String used = everywhere && trigger.enabled() ? homeTableOf(trigger.functionSchema(), trigger.functionName()).orElse(null) : null;
    return used == null ? null : new Standing.Barred(table, Refusal.HOME_IN_CODE, trigger.name() + "\" on \"" + table + "\": \"" + used);
  }

  /// A table of the home shard only that a function uses: it fails on every other shard.
  public Optional<String> homeTableOf(@Nullable String schema, String function) {
    return catalog.functions(function).stream()
        .filter(each -> (schema == null || each.schema().equals(schema)) && !isVouched(each))
        .flatMap(each -> Stream.concat(each.reads().stream().filter(this::isHomeTable).map(TableName::toString), homeTableIn(each.body()).stream()))
        .findFirst();
  }

  /// The first table of the home shard only that stands in code where tables stand.
  public Optional<String> homeTableIn(@Nullable String code) {
    return code == null ? Optional.empty() : TablesInCode.of(code).stream().filter(this::isOnlyHome).findFirst();
  }

  private boolean isOnlyHome(String name) {
    List<Relation> namesakes = catalog.relations().stream().filter(relation -> relation.name().equals(name)).toList();
    return !namesakes.isEmpty() && namesakes.stream().allMatch(relation -> isHomeTable(relation.tableName()));
  }

  private boolean isHomeTable(TableName table) {
    Optional<Relation> relation = catalog.relation(table);
    return relation.isPresent() && (hasRows(relation.get()) || relation.get().isView()) && placed(table) instanceof Standing.Home;
  }

  private boolean changesKey(Relation.Trigger trigger, String key) {
    boolean changes = trigger.enabled() && trigger.beforeRow() && trigger.events().stream().anyMatch(event -> !event.equals("DELETE"));
    return changes && mayChangeKey(trigger.functionSchema(), trigger.functionName(), key);
  }

  /// Whether a function, before each row, may give the row another shard key.
  public boolean mayChangeKey(@Nullable String schema, String function, String key) {
    return catalog.functions(function).stream()
        .filter(each -> (schema == null || each.schema().equals(schema)) && !isVouched(each))
        .anyMatch(each -> KeyTriggers.mayChange(each, key));
  }

  /// The trigger of a table that fires once for a statement, or sees all its rows: over several shards it would fire on each.
  ///
  /// @param events any of INSERT, UPDATE, DELETE, TRUNCATE
  public Optional<String> statementTrigger(TableName table, List<String> events) {
    List<Relation.Trigger> triggers = catalog.relation(table).map(Relation::triggers).orElse(List.of());
    return triggers.stream()
        .filter(trigger -> trigger.enabled() && trigger.perStatement() && trigger.events().stream().anyMatch(events::contains))
        .map(Relation.Trigger::name)
        .findFirst();
  }

  private boolean callsUnplain(@Nullable String expression) {
    return expression != null && Words.in(expression).stream().anyMatch(word -> !isPlain(null, word));
  }

  /// Whether a call of a function by that name can be answered by the shard it runs on, as far as what it reads.
  ///
  /// @param schema null where the call names none
  public boolean isPlain(@Nullable String schema, String name) {
    List<Function> candidates = catalog.functions(name);
    for (Function function : candidates) {
      if ((schema == null || function.schema().equals(schema)) && unplain.contains(function)) {
        return false;
      }
    }
    return (!candidates.isEmpty() && isVouchedByName(candidates)) || !BuiltinFunctions.runsText(name);
  }

  private boolean isVouchedByName(List<Function> candidates) {
    return candidates.stream().allMatch(this::isVouched);
  }

  /// A trigger of the table whose function need not do the same on every shard.
  Optional<String> differingTrigger(TableName table) {
    List<Relation.Trigger> triggers = catalog.relation(table).map(Relation::triggers).orElse(List.of());
    return triggers.stream()
        .filter(Relation.Trigger::enabled)
        .filter(trigger -> map.functionRule(trigger.functionSchema(), trigger.functionName()).isEmpty())
        .filter(trigger -> mayDiffer(trigger.functionSchema(), trigger.functionName()))
        .map(Relation.Trigger::name)
        .findFirst();
  }

  private boolean mayDiffer(String schema, String name) {
    List<Function> candidates = catalog.functions(name).stream().filter(function -> function.schema().equals(schema)).toList();
    if (candidates.isEmpty()) {
      return BuiltinFunctions.isVolatile(name) && !name.equals("suppress_redundant_updates_trigger");
    }
    return candidates.stream().anyMatch(function -> function.body() == null || callsDiffering(function.body()));
  }

  private static boolean callsDiffering(String body) {
    return Words.in(body).stream().anyMatch(BuiltinFunctions::differsBetweenShards);
  }

  /// Whether the code of a user function of that name may leave something behind in its session.
  boolean leavesTraces(String name) {
    for (Function function : catalog.functions(name)) {
      String body = function.body();
      if (isVouched(function) || (body != null && Words.in(body).stream().anyMatch(SESSION_WORDS::contains))) {
        return true;
      }
    }
    return false;
  }

  /// Whether a user function of that name calls what belongs to the home shard.
  boolean callsHome(String name) {
    return homeCalls.contains(name);
  }

  /// Whether an expression takes a sequence's next value, or calls what else belongs to the home shard.
  public boolean usesHome(String expression) {
    return ColumnDefaults.usesSequence(expression) || homeCalls.in(expression);
  }

  /// Whether the code of a user function of that name may set a sequence.
  boolean setsSequences(String name) {
    return catalog.functions(name).stream()
        .map(Function::body)
        .anyMatch(body -> body != null && Words.in(body).stream().anyMatch(word -> word.equals("setval") || word.equals("restart")));
  }

  private void readViews() {
    for (Relation relation : catalog.relations()) {
      String definition = relation.definition();
      if (relation.isView() && definition != null) {
        viewWords.computeIfAbsent(relation.name(), _ -> new HashSet<>()).addAll(Words.in(definition));
      }
    }
  }

  /// Every word of the definitions of views by that name, in any schema.
  Set<String> viewWords(String name) {
    return viewWords.getOrDefault(name, Set.of());
  }

  /// Whether an identifier in a statement may name, or lead to, sharded or reference rows or code that can't be told.
  public boolean isReaching(String identifier) {
    return reachingNames.contains(identifier) || BuiltinFunctions.runsText(identifier);
  }

  /// What a resolved relation is.
  public Standing standing(TableName table) {
    Standing.Barred barred = barredUses.get(table);
    return barred != null ? barred : placed(table);
  }

  /// Where a resolved relation is, be it usable or not.
  public Standing placed(TableName table) {
    Standing standing = standings.get(table);
    return standing != null ? standing : new Standing.Home(table);
  }

  /// Why rows of it can't be written, if so.
  public Optional<Standing.Barred> writesBarred(TableName table) {
    return Optional.ofNullable(barredWrites.get(table));
  }

  /// Whether it is this reach's own pair, so that it need not be built again.
  @SuppressWarnings("ReferenceEquality") // both are immutable and big; another object is reason enough to build anew
  public boolean isOf(Catalog otherCatalog, ShardMap otherMap) {
    return catalog == otherCatalog && map == otherMap;
  }
}
