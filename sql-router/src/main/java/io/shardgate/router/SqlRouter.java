package io.shardgate.router;

import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeyText;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.StoredKey;
import io.shardgate.directory.TableName;
import io.shardgate.router.analyze.QueryPlanner;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.cache.PlanCache;
import io.shardgate.router.lex.Fingerprint;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Expansion;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.Target;
import io.shardgate.router.rewrite.InsertShape;
import io.shardgate.router.ddl.ClosedNames;
import io.shardgate.router.ddl.UtilityPlanner;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.MaintenanceStatement;
import io.shardgate.router.statement.Malformed;
import io.shardgate.router.statement.Other;
import io.shardgate.router.statement.Query;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.StatementReader;
import io.shardgate.router.statement.TransactionStatement;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The door of the router: what to do with a statement, and where one execution of it goes.
/// Thread-safe: it keeps nothing but what it derived from immutable catalogs and maps.
public final class SqlRouter {

  /// What a plan costs for each character that it prints as: a fair guess at its objects.
  private static final int BYTES_PER_CHARACTER = 4;

  private static final long DEFAULT_CACHE_BYTES = 64L << 20;

  private final Decider decider = new Decider();
  private final PlanCache<PlanKey, Plan> cache;
  private volatile @Nullable Reach latest;

  /// Everything that the plan of a query depends on. Fingerprints cover the lexical settings; a catalog version is of one database, or of
  /// one session's own catalog.
  private record PlanKey(
      Fingerprint fingerprint, long catalog, MapVersion map, List<String> searchPath, String user) {}

  /// A router with a cache of the size that ships.
  public SqlRouter() {
    this(DEFAULT_CACHE_BYTES);
  }

  /// @param cacheBytes memory of the plan cache
  public SqlRouter(long cacheBytes) {
    cache = new PlanCache<>(cacheBytes, plan -> plan.toString().length() * BYTES_PER_CHARACTER);
  }

  /// The plan cache, for its numbers.
  public PlanCache<?, ?> cache() {
    return cache;
  }

  /// Plans a statement, or finds the plan that was made for its like: it holds for every query of the same fingerprint under the same
  /// view. Statements that are no queries are read anew each time, as their plans hold names and places of their own text.
  public Plan plan(Lexed lexed, RoutingView view) {
    if (!isQuery(lexed)) {
      return make(lexed, view);
    }
    PlanKey key =
        new PlanKey(lexed.fingerprint(), view.catalog().version(), view.map().version(), view.searchPath(), view.currentUser());
    Plan known = cache.find(key);
    if (known != null) {
      return known;
    }
    Plan made = make(lexed, view);
    if (lexed.isText() && !isUnread(made)) { // another text of the fingerprint may be one, and be read: E'\x82' is not, E'\x42' is
      cache.keep(key, made);
    }
    return made;
  }

  private static boolean isUnread(Plan plan) {
    return plan instanceof Plan.Refuse refuse && refuse.refusal() == Refusal.UNREAD;
  }

  private static boolean isQuery(Lexed lexed) {
    if (lexed.malformed()) {
      return false;
    }
    return lexed.is(0, "select") || lexed.is(0, "insert") || lexed.is(0, "update") || lexed.is(0, "delete")
        || lexed.is(0, "with") || lexed.is(0, "values") || lexed.is(0, "merge");
  }

  private Plan make(Lexed lexed, RoutingView view) {
    Reach reach = reach(view);
    Statement statement = StatementReader.read(lexed);
    return switch (statement) {
      case SessionStatement session -> new Plan.Local(session);
      case TransactionStatement transaction -> new Plan.Local(transaction);
      case AdminStatement admin -> new Plan.Local(admin);
      case Query _ -> {
        Plan closed = new ClosedNames(lexed, view).refusedInto();
        yield closed != null ? closed : lexed.isText() ? new QueryPlanner(lexed, view, reach).plan() : noText(lexed, view, reach);
      }
      case DataStatement.Explain explain when !explain.route() -> Wrapping.explain(explain, make(explain.body(), view));
      case DataStatement.Copy copy when copy.query() != null -> Wrapping.copy(copy, copy.query(), make(copy.query(), view));
      case DataStatement data -> new UtilityPlanner(lexed, view, reach).plan(data);
      case DefinitionStatement definition -> new UtilityPlanner(lexed, view, reach).plan(definition);
      case MaintenanceStatement maintenance -> new UtilityPlanner(lexed, view, reach).plan(maintenance);
      // PostgreSQL says what is wrong with the text; nothing of it runs.
      case Malformed _ -> new Plan.Forward(new Target.Home(), Effects.READ);
      case Other other -> other(other, lexed, view, reach);
    };
  }

  /// Whether a text is one that PostgreSQL's parser reads for certain; of others nobody knows until PostgreSQL was asked.
  public boolean reads(Lexed lexed) {
    return switch (StatementReader.read(lexed)) {
      case SessionStatement _, TransactionStatement _, AdminStatement _ -> true;
      case Query _ -> {
        try {
          PostgresParser.parse(lexed.toString(), lexed.rules().standardConformingStrings());
          yield true;
        } catch (GrammarException | StackOverflowError _) {
          yield false;
        }
      }
      default -> false;
    };
  }

  /// PostgreSQL refuses bytes that are no text in the client's encoding, and their places can't be told.
  private static Plan noText(Lexed lexed, RoutingView view, Reach reach) {
    return QueryPlanner.isReaching(lexed, view, reach)
        ? Refusal.UNREAD.of("bytes that are no text in the client's encoding")
        : new Plan.Forward(new Target.Home(), QueryPlanner.effectsOf(lexed, view, reach));
  }

  private static Plan other(Other other, Lexed lexed, RoutingView view, Reach reach) {
    return QueryPlanner.isReaching(lexed, view, reach)
        ? Refusal.UTILITY.of(other.firstWords())
        : new Plan.Forward(new Target.Home(), Effects.CATALOG);
  }

  /// Where an execution goes. Hot path: allocates nothing for a statement with one integer key whose owner is known.
  public Decision decide(Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view) {
    return decider.decide(plan, lexed, bindings, view, Set.of(), null);
  }

  /// The same, once it is known that nobody has placed the keys in `absent`: they have no rows.
  public Decision decide(Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view, Set<GroupKey> absent) {
    return decider.decide(plan, lexed, bindings, view, absent, null);
  }

  /// The same, where shards were asked what texts mean. A decision that refuses, or names several shards, may be another one once what
  /// `meanings` has met is known; any other one stays as it is.
  public Decision decide(
      Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view, Set<GroupKey> absent, KeyMeanings meanings) {
    return decider.decide(plan, lexed, bindings, view, absent, meanings);
  }

  /// Whether the types of an execution's parameters have to be asked for before it can be decided: the statement names one in several
  /// places, any of which may have given it its type.
  public boolean needsTypes(Plan.Forward plan, Bindings bindings) {
    return Decider.isUntold(plan, bindings);
  }

  /// What the view's catalog reaches; most views share the latest.
  private Reach reach(RoutingView view) {
    Reach known = latest;
    if (known == null || !known.isOf(view.catalog(), view.map())) {
      known = Reach.of(view.catalog(), view.map());
      latest = known;
    }
    return known;
  }

  /// What `EXPLAIN (ROUTE)` answers: which shards a plan goes to, and why, in lines.
  ///
  /// @param bindings the parameters; null where they are not known yet
  public List<String> explain(Plan plan, Lexed lexed, @Nullable Bindings bindings, RoutingView view) {
    return new RouteExplanation(this, lexed, bindings, view, reach(view)).of(plan);
  }

  /// Where the rows of an INSERT … VALUES go.
  RowOwners owners(Plan.SplitInsert plan, Lexed lexed, Bindings bindings, RoutingView view, KeyMeanings meanings) {
    return texts(lexed, bindings, view, plan.table(), InsertShape.ofValues(lexed), Set.of(), meanings).owners(plan, rowCount(plan, lexed));
  }

  /// How many rows the VALUES of an INSERT has.
  public int rowCount(Plan.SplitInsert plan, Lexed lexed) {
    InsertShape shape = InsertShape.ofValues(lexed);
    return lexed.is(shape.source().from(), "default") ? 1 : shape.rows(lexed).size();
  }

  /// Cuts an INSERT … VALUES into one statement per shard.
  ///
  /// @param generated for each row the values of the plan's generated columns, as text; null is NULL
  /// @param absent keys that the directory does not have
  public Split split(
      Plan.SplitInsert plan, Lexed lexed, Bindings bindings, RoutingView view, List<List<@Nullable String>> generated, Set<GroupKey> absent) {
    return split(plan, lexed, bindings, view, generated, absent, KeyMeanings.none());
  }

  /// The same, where shards were asked what texts mean. Where it refuses, it may not any more once what `meanings` has met is known.
  public Split split(
      Plan.SplitInsert plan,
      Lexed lexed,
      Bindings bindings,
      RoutingView view,
      List<List<@Nullable String>> generated,
      Set<GroupKey> absent,
      KeyMeanings meanings) {
    InsertShape shape = InsertShape.ofValues(lexed);
    return texts(lexed, bindings, view, plan.table(), shape, absent, meanings).split(plan, generated);
  }

  /// A query with the proxy's answers in the places of its gaps.
  ///
  /// @param answers for each gap of the plan what makes its value: SQL that is the whole value ([GapAnswer.Value]), or is added to what the home shard
  ///     says ([GapAnswer.Addition]); [GapAnswer.Asked] leaves the call to the home shard
  public Split.Piece fill(Plan.Filled plan, Lexed lexed, List<GapAnswer> answers, RoutingView view) {
    return new GapTexts(lexed, view.map().home()).fill(plan.gaps(), answers);
  }

  /// The texts by which several shards answer a query together.
  ///
  /// @param pulled where the rows of each reference are, as it was decided under the same view
  public Gathered gather(Gathering gathering, List<PulledRows> pulled, Lexed lexed, Bindings bindings, RoutingView view) {
    Gathering reduced = gathering.reduced();
    Lexed text = gathering.text(lexed);
    GatherTexts texts = new GatherTexts(reduced == null ? gathering : reduced, text, bindings, view);
    Gathered made = reduced == null || texts.canLeaveToShards() ? texts.made(pulled) : new GatherTexts(gathering, text, bindings, view).made(pulled);
    Expansion views = gathering.views();
    return views == null ? made : made.toldOf(origins -> views.originsIn(lexed, origins));
  }

  /// The texts by which shards answer a query each for itself; null where that is not possible in this execution.
  ///
  /// @param pulled where the rows of each reference are, as it was decided under the same view
  public @Nullable Scattered scatter(Gathering gathering, List<PulledRows> pulled, Lexed lexed, Bindings bindings, RoutingView view) {
    return ScatterTexts.made(gathering, pulled, lexed, bindings, view);
  }

  /// The query of an INSERT … SELECT, to be run on its source shard: its rows are those of the INSERT, in text.
  public Split.Piece queryOf(Plan.InsertSelect plan, Lexed lexed, RoutingView view) {
    return new InsertTexts(lexed, Bindings.NONE, view, plan.table(), null, Set.of()).query(plan, view.map().home());
  }

  /// Makes one INSERT … VALUES per shard out of rows that an INSERT … SELECT's query gave.
  ///
  /// @param rows the rows in text, generated columns appended; null is NULL
  /// @param absent keys that the directory does not have
  /// @param meanings what shards said that texts of the rows mean
  public Split insertRows(
      Plan.InsertSelect plan, Lexed lexed, RoutingView view, List<List<@Nullable String>> rows, Set<GroupKey> absent, KeyMeanings meanings) {
    return new InsertTexts(lexed, Bindings.NONE, view, plan.table(), null, absent, meanings).rows(plan, rows); // the planner refused statement triggers
  }

  /// The plan for an INSERT whose new rows have keys that only a server can read, by which the home shard makes the rows; null where that is
  /// not to be done.
  ///
  /// @param plan what was refused
  /// @param ofLiterals whether a server that reads the literals now reads them as they were when the statement was prepared
  public Plan.@Nullable InsertSelect madeRows(Plan plan, Lexed lexed, RoutingView view, boolean ofLiterals) {
    List<KeySource> sources =
        switch (plan) {
          case Plan.Forward(Target.ByKey(var _, var _, var _, KeySet keys, boolean writesKey, var _, var _), var _, var _, var _) when writesKey ->
              keys instanceof KeySet.One(KeySource source) ? List.of(source) : List.of();
          case Plan.SplitInsert insert -> insert.rowKeys().stream().filter(Objects::nonNull).toList();
          default -> List.of();
        };
    boolean fixed = sources.isEmpty() || (!ofLiterals && !sources.stream().allMatch(SqlRouter::isParameter));
    return !fixed && new QueryPlanner(lexed, view, reach(view)).planOfMadeRows() instanceof Plan.InsertSelect made ? made : null;
  }

  private static boolean isParameter(KeySource source) {
    return source instanceof KeySource.Parameter || (source instanceof KeySource.Stored(KeySource inner, int _) && isParameter(inner));
  }

  private InsertTexts texts(
      Lexed lexed, Bindings bindings, RoutingView view, TableName table, InsertShape shape, Set<GroupKey> absent, KeyMeanings meanings) {
    boolean mayUpdate = false;
    for (int token = shape.tail().from(); token < shape.tail().to(); token++) {
      mayUpdate |= lexed.is(token, "update");
    }
    List<String> events = mayUpdate ? List.of("INSERT", "UPDATE") : List.of("INSERT");
    return new InsertTexts(lexed, bindings, view, table, reach(view).statementTrigger(table, events).orElse(null), absent, meanings);
  }

  /// The shard key of a row of COPY, as its column keeps it.
  ///
  /// @param value the key as the stream has it, text in UTF-8
  /// @param binary whether it is in binary format
  /// @return null when the value is not one of the key's type, or only a server can tell
  public @Nullable KeyValue keyOf(RowDestination.ByKey destination, byte[] value, boolean binary) {
    KeyType type = destination.group().keyType();
    KeyValue key =
        binary
            ? KeyReader.binaryKey(value, destination.keyOid(), type)
            : KeyText.read(type, value) instanceof KeyText.Reading.Key(KeyValue read) ? read : null;
    return key == null ? null : StoredKey.of(key, destination.keyTypmod());
  }

  /// The shard for a new row: [Decision.One], [Decision.Unplaced] or [Decision.Refused].
  ///
  /// @param label what the row says in the column by which new keys are placed; null when it tells nothing
  /// @param absent keys that the directory does not have
  public Decision ownerOf(
      TableName table, RowDestination.ByKey destination, KeyValue key, @Nullable String label, RoutingView view, Set<GroupKey> absent) {
    ShardId owner = view.map().ownerOf(destination.group(), key);
    return owner != null ? decider.one(owner) : NewKeys.decide(destination.group(), table, key, label, view.map(), absent);
  }
}
