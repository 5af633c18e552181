package io.shardgate.router.analyze;

import io.shardgate.directory.ShardId;
import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.PgInsert;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.plan.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlWith;
import org.jspecify.annotations.Nullable;

/// Plans queries and data changes.
/// Not thread-safe; owned by the planning of one statement.
public final class QueryPlanner {
  /// Parentheses within parentheses; a server with its default stack takes some thousands.
  private static final int MAX_DEPTH = 400;

  /// Of a token that an error names.
  private static final int NEAR_CHARACTERS_MAX = 63;

  private final Lexed lexed;
  private final RoutingView view;
  private final Reach reach;
  private final StatementEffects effects;
  private Gaps.@Nullable Surroundings understood;
  private @Nullable SqlNode root;
  private boolean rowsMadeAtHome;

  public QueryPlanner(Lexed lexed, RoutingView view, Reach reach) {
    this.lexed = lexed;
    this.view = view;
    this.reach = reach;
    this.effects = StatementEffects.of(lexed, reach, view);
  }

  /// What any statement may leave behind, told by its tokens.
  public static Effects effectsOf(Lexed lexed, RoutingView view, Reach reach) {
    return StatementEffects.of(lexed, reach, view).effects();
  }

  /// The functions that a statement, or a view in it, calls, and of which only the proxy knows the value.
  public static Set<String> asksProxy(Lexed lexed, RoutingView view, Reach reach) {
    return StatementEffects.of(lexed, reach, view).asksProxy();
  }

  /// Whether any identifier of a statement may mean, or lead to, something sharded.
  public static boolean isReaching(Lexed lexed, RoutingView view, Reach reach) {
    return !StatementEffects.of(lexed, reach, view).reaching().isEmpty();
  }

  /// The plan of an INSERT … VALUES into a sharded table of which the home shard makes the rows, whatever stands in the places of their keys.
  public Plan planOfMadeRows() {
    rowsMadeAtHome = true;
    return plan();
  }

  /// The plan of a statement that is a query or a data change.
  public Plan plan() {
    if (namesNoParameter(lexed)) {
      return new Plan.Forward(new Target.Home(), effects.effects());
    }
    boolean reaching = !effects.reaching().isEmpty();
    Optional<String> hidden = reach.hiddenCode(lexed);
    if (hidden.isPresent()) {
      return Refusal.HIDDEN_CODE.of(hidden.get());
    }
    Plan made = planned(reaching);
    return effects.asksProxy().isEmpty() ? made : new Gaps(lexed, effects.asksProxy(), understood).filled(made);
  }

  private Plan planned(boolean reaching) {
    if (isTooDeep(lexed)) {
      return reaching ? Refusal.TOO_DEEP.of() : new Plan.Forward(new Target.Home(), effects.effects());
    }
    try {
      return plan(PostgresParser.parse(lexed.toString(), lexed.rules().standardConformingStrings()));
    } catch (GrammarException e) {
      Plan home = new Plan.Forward(new Target.Home(), effects.effects());
      return reaching ? Refusal.UNREAD.of(near(e.position())) : home;
    } catch (RefusedException e) {
      // By its tokens nothing sharded can be meant: what stopped the analysis is only its own limit.
      return reaching ? e.refuse() : new Plan.Forward(new Target.Home(), effects.effects());
    } catch (StackOverflowError e) {
      return reaching ? Refusal.TOO_DEEP.of() : new Plan.Forward(new Target.Home(), effects.effects());
    }
  }

  /// Whether `$0` stands in it: PostgreSQL's lexer reads that, and its analysis says that there is no such parameter.
  private static boolean namesNoParameter(Lexed lexed) {
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.is(token, TokenKind.PARAMETER) && lexed.parameterNumber(token) == 0) {
        return true;
      }
    }
    return false;
  }

  /// Where the grammar stopped, told by the token: the plan is one for all texts of a fingerprint, in which the same token stands elsewhere,
  /// a word is in other letters and a literal is another.
  private String near(int character) {
    int begins = 0;
    int behind = 0;
    for (int token = 0; token < lexed.size(); token++) {
      begins += lexed.string(behind, lexed.tokenStart(token)).length();
      String raw = lexed.raw(token);
      if (begins + raw.length() > character) {
        String told = lexed.is(token, TokenKind.WORD) ? raw.toLowerCase(Locale.ROOT) : raw;
        return lexed.literalOf(token) >= 0 ? "a literal" : '"' + told.substring(0, Math.min(told.length(), NEAR_CHARACTERS_MAX)) + '"';
      }
      begins += raw.length();
      behind = lexed.tokenEnd(token);
    }
    return "its end";
  }

  /// Told before the grammar spends its stack on it.
  static boolean isTooDeep(Lexed lexed) {
    int depth = 0;
    for (int token = 0; token < lexed.size(); token++) {
      switch (lexed.kind(token)) {
        case OPEN, OPEN_BRACKET -> depth++;
        case CLOSE, CLOSE_BRACKET -> depth--;
        default -> {}
      }
      if (depth > MAX_DEPTH) {
        return true;
      }
    }
    return false;
  }

  private Plan plan(SqlNode statement) {
    Reached reached = new Reached();
    root = statement;
    Plan plan = plan(statement, reached);
    understood = new Gaps.Surroundings(reached.readsSystem(), Gaps.callsInFrom(statement));
    return plan;
  }

  private Plan plan(SqlNode statement, Reached reached) {
    Planning planning = new Planning(view, reach, new Places(lexed, lexed.toString()), reached);
    BlockBuilder blocks = new BlockBuilder(planning);
    PgSelect into = selectInto(statement);
    if (into != null) {
      checkInto(into);
    }
    if (statement instanceof PgInsert insert) {
      Standing standing = new WriteBuilder(blocks).target(insert.target());
      if (standing instanceof Standing.Sharded || standing instanceof Standing.Reference) {
        InsertPlanner planner = new InsertPlanner(this, blocks, standing, effects);
        return rowsMadeAtHome ? planner.ofMadeRows(insert) : planner.plan(insert);
      }
    }
    blocks.build(statement, new Scope(null)).descend(List.of(), List.of(), reached);
    if (into != null && !reached.sharded().isEmpty()) {
      throw new RefusedException(Refusal.CREATE_TABLE_AS, reached.sharded().getFirst().standing().table());
    }
    return conclude(reached);
  }

  private static @Nullable PgSelect selectInto(SqlNode statement) {
    return switch (statement) {
      case PgSelect select -> select.into() == null ? null : select;
      case PgOrderBy ordered -> selectInto(ordered.query);
      case SqlWith with -> selectInto(with.body);
      case SqlCall call when call.getKind() == SqlKind.UNION || call.getKind() == SqlKind.INTERSECT || call.getKind() == SqlKind.EXCEPT ->
          selectInto(call.operand(0));
      default -> null;
    };
  }

  private void checkInto(PgSelect select) {
    var into = select.into();
    if (into == null) {
      return;
    }
    List<String> names = into.names;
    TableName table = Names.created(view, names.size() > 1 ? names.get(names.size() - 2) : null, names.getLast());
    if (view.map().groupOf(table).isPresent() || view.map().isReference(table)) {
      throw new RefusedException(Refusal.CREATE_TABLE_AS, table);
    }
  }

  /// The relations of a query that makes a table or view, without a plan for running it.
  Reached reachedBy(SqlNode query) {
    Reached reached = new Reached();
    Planning planning = new Planning(view, reach, new Places(lexed, lexed.toString()), reached);
    new BlockBuilder(planning).build(query, new Scope(null)).descend(List.of(), List.of(), reached);
    return reached;
  }

  /// The plan for a statement that some one shard has to be able to run as it is.
  Plan conclude(Reached reached) {
    if (!reached.sharded().isEmpty()) {
      return sharded(reached);
    }
    // A function that the topology vouches for stays on the calling row's shard; here no row calls it.
    for (String name : effects.localFunctions()) {
      throw new RefusedException(Refusal.FUNCTION, name);
    }
    for (Reached.Write write : reached.writes()) {
      if (write.standing() instanceof Standing.Reference(TableName table, Relation _)) {
        return referenceWrite(table, reached);
      }
    }
    boolean unknown = !reached.unknown().isEmpty();
    boolean anyShard =
        !unknown && reached.home().isEmpty() && !reached.reference().isEmpty() && effects.reads() && effects.homeFunctions().isEmpty()
            && reached.homeCalls().isEmpty();
    Target target = anyShard ? new Target.AnyShard() : new Target.Home();
    return new Plan.Forward(target, effects.effects(), unknown);
  }

  private Plan sharded(Reached reached) {
    if (!reached.unknown().isEmpty()) {
      // PostgreSQL is to say that there is no such relation. Where it knows one, the sharded table's rows on the home shard are not all there are.
      Plan.Refuse both = Refusal.HOME_WITH_SHARDED.of(reached.unknown().iterator().next(), reached.sharded().getFirst().standing().table());
      return new Plan.Forward(new Target.NoShard(both), effects.effects(), true);
    }
    Gathering several = GatherPlanner.of(lexed, view, reach, root, reached, effects).orElse(null);
    Plan.Refuse notOne = notOne(reached);
    if (notOne != null) {
      return several == null ? notOne : new Plan.Forward(new Target.NoShard(notOne), effects.effects(), false, several);
    }
    TableName first = reached.sharded().getFirst().standing().table();
    for (Reached.Write write : reached.writes()) {
      if (write.standing() instanceof Standing.Reference(TableName table, Relation _)) {
        throw new RefusedException(Refusal.REFERENCE_SOURCE, table, first);
      }
    }
    List<Target.ByKey> uses = new ArrayList<>();
    for (Reached.Use use : reached.sharded()) {
      Target.ByKey byKey = byKey(use, reached, several != null);
      if (uses.stream().noneMatch(known -> covers(known, byKey))) {
        uses.add(byKey);
      }
    }
    Target target = uses.size() == 1 ? uses.getFirst() : new Target.Meeting(uses);
    return new Plan.Forward(target, effects.effects(), false, several);
  }

  /// Why no one shard can do it, whatever the keys are; null where one may.
  private Plan.@Nullable Refuse notOne(Reached reached) {
    TableName first = reached.sharded().getFirst().standing().table();
    if (!reached.home().isEmpty()) {
      return Refusal.HOME_WITH_SHARDED.of(reached.home().iterator().next(), first);
    }
    Iterator<String> calls = Stream.concat(effects.homeFunctions().stream(), reached.homeCalls().stream()).iterator();
    return calls.hasNext() ? Refusal.HOME_FUNCTION.of(calls.next(), first) : null;
  }

  /// Whether what one relation needs is what another needs already.
  private static boolean covers(Target.ByKey known, Target.ByKey other) {
    boolean plain = !other.writesKey() && other.assigned() == null && other.newRows().isEmpty();
    return known.equals(other) || (plain && known.group().equals(other.group()) && known.keys().equals(other.keys()));
  }

  private Target.ByKey byKey(Reached.Use use, Reached reached, boolean gathered) {
    Standing.Sharded standing = use.standing();
    boolean written = reached.writes().stream().anyMatch(write -> write.standing().equals(standing));
    boolean several = view.map().keySpace(standing.group()).owners().size() > 1 || !use.newRows().isEmpty();
    if (use.keys() instanceof KeySet.Everything && several && !gathered) {
      throw new RefusedException(written ? Refusal.MULTI_SHARD_WRITE : Refusal.MULTI_SHARD_QUERY, standing.table());
    }
    Reached.Write update = null;
    boolean insert = false;
    for (Reached.Write write : reached.writes()) {
      if (write.standing().equals(standing)) {
        insert |= write.verb() == SqlKind.INSERT;
        update = write.assigned() != null ? write : update;
      }
    }
    return new Target.ByKey(
        standing.table(), standing.group(), standing.key().typeOid(), use.keys(), insert, update == null ? null : update.assigned(), use.newRows());
  }

  /// A write to a reference table does the same on every shard, or runs on the home shard, whose rows then go to the others.
  private Plan referenceWrite(TableName table, Reached reached) {
    if (!reached.unknown().isEmpty()) {
      return new Plan.Forward(new Target.Home(), effects.effects(), true);
    }
    Set<TableName> written = new TreeSet<>();
    for (Reached.Write write : reached.writes()) {
      if (write.standing() instanceof Standing.Reference(TableName name, Relation _)) {
        written.add(name);
      }
    }
    // Where several rows of FROM fit, an UPDATE takes any of them.
    Plan.Refuse joined = reached.updatesFrom() ? Refusal.REFERENCE_VOLATILE.of(table, "from") : null;
    Plan.Refuse differs = joined != null ? joined : differs(table, reached.home());
    if (differs == null) {
      return new Plan.Broadcast(everywhere(), List.copyOf(written), effects.effects());
    }
    boolean writesHome = reached.writes().stream().anyMatch(write -> write.standing() instanceof Standing.Home);
    if (written.size() > 1 || writesHome || !hasPrimaryKey(table)) {
      throw new RefusedException(differs);
    }
    return byRows(table);
  }

  Plan byRows(TableName table) {
    return new Plan.Broadcast(everywhere(), List.of(table), effects.effects(), null, true);
  }

  boolean hasPrimaryKey(TableName table) {
    return view.catalog().relation(table).stream().flatMap(relation -> relation.uniques().stream()).anyMatch(Relation.UniqueIndex::primary);
  }

  /// Why the shards could come out different, if the same text ran on each.
  private Plan.@Nullable Refuse differs(TableName table, Set<TableName> home) {
    if (!home.isEmpty()) {
      return Refusal.REFERENCE_SOURCE.of(table, home.iterator().next());
    }
    for (String name : effects.differing()) {
      return Refusal.REFERENCE_VOLATILE.of(table, name);
    }
    Optional<String> choice = RowChoice.in(lexed);
    if (choice.isPresent()) {
      return Refusal.REFERENCE_VOLATILE.of(table, choice.get());
    }
    return reach.differingTrigger(table).map(trigger -> Refusal.REFERENCE_VOLATILE.of(table, "trigger " + trigger)).orElse(null);
  }

  /// Refused where the same text could do something else on another shard.
  void checkAlike(TableName table) {
    Plan.Refuse differs = differs(table, Set.of());
    if (differs != null) {
      throw new RefusedException(differs);
    }
  }

  private List<ShardText> everywhere() {
    Set<ShardId> shards = view.map().allShards();
    return shards.stream().map(shard -> new ShardText(shard, null)).toList();
  }

  Effects effects() {
    return effects.effects();
  }
}
