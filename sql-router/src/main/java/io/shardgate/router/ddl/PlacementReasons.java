package io.shardgate.router.ddl;

import io.shardgate.directory.Group;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.Names;
import io.shardgate.router.analyze.QueryReach;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.analyze.RefusedException;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.DataStatement.TableReference;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.DefinitionStatement.Dropped;
import io.shardgate.router.statement.MaintenanceStatement;
import io.shardgate.router.statement.Name;
import io.shardgate.router.statement.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Why a statement that is neither query nor data change goes to the shards it goes to: what stands on which of them.
/// Not thread-safe; owned by the explanation of one statement.
public final class PlacementReasons {
  private static final Set<String> RELATIONS = Set.of("TABLE", "VIEW", "MATERIALIZED VIEW", "INDEX", "SEQUENCE", "FOREIGN TABLE");

  private final Placing placing;
  private final Set<String> reasons = new LinkedHashSet<>();

  private PlacementReasons(RoutingView view, Reach reach) {
    this.placing = new Placing(view, reach);
  }

  /// A clause for each thing that the statement names, to go behind "because"; empty for queries and what concerns the session alone.
  public static List<String> of(Statement statement, RoutingView view, Reach reach) {
    PlacementReasons made = new PlacementReasons(view, reach);
    switch (statement) {
      case DataStatement data -> made.data(data);
      case MaintenanceStatement maintenance -> made.maintenance(maintenance);
      case DefinitionStatement definition -> made.definition(definition);
      default -> {} // says why by itself
    }
    return List.copyOf(made.reasons);
  }

  private void data(DataStatement statement) {
    switch (statement) {
      case DataStatement.Lock lock -> tables(lock.tables());
      case DataStatement.Truncate truncate -> tables(truncate.tables());
      case DataStatement.Copy copy -> relation(copy.table());
      case DataStatement.Do _ -> reasons.add("a DO block goes where its one definition goes, else to the home shard");
      case DataStatement.Call call -> reasons.add("procedure \"" + call.procedure() + "\" uses nothing sharded");
      case DataStatement.Explain _ -> {} // is explained itself
    }
  }

  private void maintenance(MaintenanceStatement statement) {
    switch (statement) {
      case MaintenanceStatement.Vacuum vacuum -> tablesOrAll(vacuum.tables());
      case MaintenanceStatement.Analyze analyze -> tablesOrAll(analyze.tables());
      case MaintenanceStatement.Reindex reindex -> {
        switch (reindex.target()) {
          case INDEX, TABLE -> relation(reindex.name());
          case SCHEMA, DATABASE, SYSTEM -> allTables();
        }
      }
      case MaintenanceStatement.Cluster cluster -> {
        if (cluster.table() == null) {
          allTables();
        }
        relation(cluster.table());
      }
      case MaintenanceStatement.RefreshMaterializedView refresh -> relation(refresh.view());
      case MaintenanceStatement.Checkpoint _, MaintenanceStatement.AlterSystem _ -> reasons.add("it concerns the server that runs it");
    }
  }

  private void definition(DefinitionStatement statement) {
    switch (statement) {
      case DefinitionStatement.CreateTable create -> {
        List<Name> above = new ArrayList<>(create.inherits());
        if (create.partitionOf() != null) {
          above.add(create.partitionOf());
        }
        boolean temporary = create.persistence() == DefinitionStatement.Persistence.TEMPORARY;
        created(create.name(), temporary, above);
      }
      case DefinitionStatement.AlterTable alter -> relation(alter.name());
      case DefinitionStatement.Drop drop -> drop.objects().forEach(object -> dropped(drop.kind(), object));
      case DefinitionStatement.CreateIndex index -> relation(index.table());
      case DefinitionStatement.CreateView view -> query(view.body());
      case DefinitionStatement.CreateMaterializedView view -> query(view.body());
      case DefinitionStatement.CreateSequence sequence -> sequence(sequence.ownedBy());
      case DefinitionStatement.AlterSequence sequence -> relation(sequence.name());
      case DefinitionStatement.CreateTrigger trigger -> relation(trigger.table());
      case DefinitionStatement.CreateRule rule -> relation(rule.table());
      case DefinitionStatement.CreatePolicy policy -> relation(policy.table());
      case DefinitionStatement.Privileges privileges -> privileges(privileges);
      case DefinitionStatement.AlterObject alter -> object(alter.kind(), alter.table());
      case DefinitionStatement.CreateObject object -> object(object.kind(), null);
      case DefinitionStatement.CreateSchema _ -> object("SCHEMA", null);
      case DefinitionStatement.CreateType _, DefinitionStatement.AlterType _ -> object("TYPE", null);
      case DefinitionStatement.CreateDomain _ -> object("DOMAIN", null);
      case DefinitionStatement.CreateExtension _ -> object("EXTENSION", null);
      case DefinitionStatement.CreateFunction function -> object(function.procedure() ? "PROCEDURE" : "FUNCTION", null);
      case DefinitionStatement.RoleChange _, DefinitionStatement.Membership _, DefinitionStatement.AlterDefaultSetting _,
          DefinitionStatement.AlterDefaultPrivileges _, DefinitionStatement.OwnedObjects _ ->
          object("ROLE", null);
      case DefinitionStatement.Comment _ -> reasons.add("comments are kept on the home shard, which answers catalog queries");
      case DefinitionStatement.AlterAllInTablespace _ -> object("TABLESPACE", null);
      case DefinitionStatement.ImportForeignSchema _ -> object("FOREIGN TABLE", null);
      case DefinitionStatement.CreateDatabase _, DefinitionStatement.AlterDatabase _ -> {} // refused
    }
  }

  private void tablesOrAll(List<TableReference> tables) {
    if (tables.isEmpty()) {
      allTables();
    }
    tables(tables);
  }

  private void allTables() {
    reasons.add("it is for all tables, which every shard has some of");
  }

  private void tables(List<TableReference> tables) {
    tables.forEach(table -> relation(table.name()));
  }

  private void dropped(String kind, Dropped object) {
    if (object.table() != null) {
      relation(object.table());
    } else if (RELATIONS.contains(kind)) {
      relation(object.name());
    } else {
      object(kind, null);
    }
  }

  private void privileges(DefinitionStatement.Privileges privileges) {
    boolean relations = privileges.kind().equals("TABLE") || privileges.kind().equals("SEQUENCE");
    if (relations && !privileges.allInSchema() && !privileges.objects().isEmpty()) {
      privileges.objects().forEach(this::relation);
    } else {
      object(privileges.allInSchema() ? "SCHEMA" : privileges.kind(), null);
    }
  }

  private void sequence(DefinitionStatement.@Nullable OwnedBy owner) {
    if (owner == null) {
      object("SEQUENCE", null);
    } else {
      relation(owner.table());
    }
  }

  private void object(String kind, @Nullable Name table) {
    if (table != null) {
      relation(table);
      return;
    }
    String where = DefinitionPlanner.HOME_KINDS.contains(kind) ? "the home shard only" : "every shard";
    reasons.add("each " + kind.toLowerCase(Locale.ROOT) + " is on " + where);
  }

  private void query(Lexed body) {
    try {
      QueryReach reached = QueryReach.of(body, placing.view(), placing.reach());
      reached.sharded().forEach(table -> kind(table.toString(), placing.kind(placing.reach().placed(table))));
      reached.reference().forEach(table -> kind(table.toString(), placing.kind(placing.reach().placed(table))));
      if (reasons.isEmpty()) {
        reasons.add("its query reads nothing sharded");
      }
    } catch (RefusedException _) {
      reasons.add("its query can't be told");
    }
  }

  private void created(Name name, boolean temporary, List<Name> above) {
    if (temporary || Names.isTemporaryPlace(placing.view(), name.schema())) {
      reasons.add("\"" + name + "\" is temporary, and so the home shard's");
      return;
    }
    kind(name.toString(), placing.kindOfNew(Names.created(placing.view(), name.schema(), name.name()), above));
  }

  private void relation(@Nullable Name name) {
    if (name == null) {
      return;
    }
    Relation.Kind kind = placing.relation(name).map(Relation::kind).orElse(Relation.Kind.TABLE);
    if (placing.isTemporary(name)) {
      reasons.add("\"" + name + "\" is temporary, and so the home shard's");
    } else if (kind == Relation.Kind.TABLE || kind == Relation.Kind.PARTITIONED_TABLE) {
      kind(name.toString(), placing.kind(placing.standing(name)));
    } else {
      String what = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
      reasons.add("the " + what + " \"" + name + "\" is on " + (placing.isEverywhere(name) ? "every shard" : "the home shard only"));
    }
  }

  private void kind(String name, Placing.Kind kind) {
    Group group = kind.group();
    if (group != null) {
      reasons.add("\"" + name + "\" is sharded by " + kind.keyColumn() + " (group " + group.name() + ")");
    } else {
      reasons.add("\"" + name + "\" is " + (kind.reference() ? "a reference table" : "on the home shard only"));
    }
  }
}
