package io.shardgate.router.analyze;

import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.References.Reference;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.catalog.ViewRights;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Effects.SessionEffect;
import io.shardgate.router.plan.Expansion;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Gathering.PulledColumn;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.plan.Target;
import io.shardgate.router.rewrite.SplicedText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// Plans how several shards answer a query together: [Gathering].
///
/// A column that a word of the text can mean is pulled, any other is not; where all of a row may be meant, all are.
/// Not thread-safe; owned by the planning of one statement.
final class GatherPlanner {
  /// References of one query that are pulled; each takes parameters of the home shard's statement, as many as it has columns.
  static final int MAX_PULLS = 64;

  /// PostgreSQL's protocol counts parameters in 16 bits, and the client has some of its own.
  private static final int MAX_COLUMNS = 4_000;

  /// Columns of every table, which rows that were pulled have not.
  private static final Set<String> SYSTEM_COLUMNS = Set.of("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid");

  /// Types that nothing is grouped by: json, xml, point, polygon, lseg, path, box, line.
  private static final Set<Integer> NO_GROUPS = Set.of(114, 142, 600, 604, 601, 602, 603, 628);

  private final Lexed lexed;
  private final Catalog catalog;
  private final Places places;
  private final SpelledOut texts;
  private final Set<String> names = new HashSet<>();

  private GatherPlanner(Lexed lexed, Catalog catalog) {
    this.lexed = lexed;
    this.catalog = catalog;
    this.places = new Places(lexed, lexed.toString());
    this.texts = new SpelledOut(lexed, places);
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName()) {
        names.add(lexed.identifier(token));
      }
    }
  }

  /// The plan; empty where an answer that is gathered might differ from one server's.
  ///
  /// @param statement the whole query; null where it is only a part
  static Optional<Gathering> of(
      Lexed lexed, RoutingView view, Reach reach, @Nullable SqlNode statement, Reached reached, StatementEffects effects) {
    Map<Integer, String> versions = new HashMap<>();
    for (Relation each : reached.references().views()) {
      ViewRights rights = each.viewRights();
      if (rights == null) {
        return Optional.empty();
      }
      versions.put(each.oid(), rights.version());
    }
    return plan(lexed, view, reach, statement, reached, effects).map(plan -> plan.through(versions));
  }

  private static Optional<Gathering> plan(
      Lexed lexed, RoutingView view, Reach reach, @Nullable SqlNode statement, Reached reached, StatementEffects effects) {
    References references = reached.references();
    Set<SessionEffect> left = effects.effects().session();
    Optional<QuerySpan> locks = LockedRows.clause(lexed, statement);
    boolean reads = (locks.isPresent() ? effects.onlyLocks(locks.get()) : effects.reads()) && reached.writes().isEmpty() && effects.effects().settings().isEmpty();
    boolean plain = left.isEmpty() || left.equals(Set.of(SessionEffect.UNKNOWN_FUNCTION));
    boolean elsewhere = !effects.localFunctions().isEmpty() || !effects.asksProxy().isEmpty();
    if (!reads || !plain || elsewhere || !reached.unknown().isEmpty() || references.all().size() > MAX_PULLS) {
      return Optional.empty();
    }
    if (references.isHidden()) {
      return statement == null || locks.isPresent() ? Optional.empty() : expanded(lexed, view, reach, references);
    }
    Optional<Gathering> plan = new GatherPlanner(lexed, view.catalog()).plan(references);
    if (plan.isEmpty() || statement == null) {
      return plan;
    }
    if (locks.isPresent()) {
      return LockedRows.locked(plan.get(), statement, locks.get(), lexed, view, reach);
    }
    boolean one = plan.get().pulls().size() == 1 && plan.get().pulls().getFirst().source() instanceof Gathering.Source.Sharded;
    Gathering made = one ? withReduction(plan.get(), new Reducer(lexed, view, reach), statement) : plan.get();
    boolean anyShards =
        left.isEmpty() && references.views().isEmpty() && effects.differing().isEmpty() && effects.homeFunctions().isEmpty() && reached.homeCalls().isEmpty()
            && reached.home().isEmpty();
    return Optional.of(anyShards ? made.scatteredBy(new ScatterPlanner(lexed, view, reach).plan(statement, made.pulls()).orElse(null)) : made);
  }

  /// The plan for the query with its views expanded; empty where it has none, or they can't be.
  private static Optional<Gathering> expanded(Lexed lexed, RoutingView view, Reach reach, References references) {
    Optional<Expansion> views = ViewExpander.of(lexed, view, reach, references);
    if (views.isEmpty()) {
      return Optional.empty();
    }
    Lexed text = views.get().of(lexed);
    Reached reached = new Reached();
    try {
      SqlNode statement = PostgresParser.parse(text.toString(), text.rules().standardConformingStrings());
      Planning planning = new Planning(view, reach, new Places(text, text.toString()), reached);
      new BlockBuilder(planning).build(statement, new Scope(null)).descend(List.of(), List.of(), reached);
      return reached.references().isHidden()
          ? Optional.empty()
          : of(text, view, reach, statement, reached, StatementEffects.of(text, reach, view)).map(plan -> plan.of(views.get()));
    } catch (GrammarException | RefusedException _) {
      return Optional.empty();
    }
  }

  private static Gathering withReduction(Gathering plain, Reducer reducer, SqlNode statement) {
    Pull reduced = reducer.reduced(statement, plain.pulls().getFirst());
    return reduced.reduction() == null ? plain : new Gathering(plain.pulls(), plain.additions(), new Gathering(List.of(reduced), List.of(), null));
  }

  private Optional<Gathering> plan(References references) {
    if (names.stream().anyMatch(SYSTEM_COLUMNS::contains)) {
      return Optional.empty();
    }
    boolean everything = names.contains("natural") || references.isByPlace() || hasStar();
    List<Pull> pulls = new ArrayList<>();
    int columns = 0;
    for (Reference reference : references.all()) {
      Optional<Pull> pull = pull(reference, everything);
      if (pull.isEmpty()) {
        return Optional.empty();
      }
      columns += pull.get().columns().size();
      pulls.add(pull.get());
    }
    pulls.sort(Comparator.comparingInt(pull -> pull.name().first()));
    return columns > MAX_COLUMNS ? Optional.empty() : Optional.of(new Gathering(pulls, additions(references, pulls), null));
  }

  /// The other columns of a table are its primary key's to tell where that is grouped by; of gathered rows PostgreSQL does not know that.
  private List<Gathering.Addition> additions(References references, List<Pull> pulls) {
    List<Gathering.Addition> additions = new ArrayList<>();
    for (References.Grouping grouping : references.groupings()) {
      int name = places.firstToken(grouping.reference().node().name());
      boolean renamed = grouping.reference().node().columnAliases() != null;
      pulls.stream().filter(pull -> pull.name().first() <= name && name < pull.name().last() && !renamed).findFirst().ifPresent(pull -> {
        String words =
            pull.columns().stream()
                .filter(column -> !grouping.columns().contains(column.name()) && !NO_GROUPS.contains(column.typeOid()))
                .map(column -> ", " + SplicedText.quote(pull.alias()) + "." + SplicedText.quote(column.name()))
                .collect(Collectors.joining());
        if (!words.isEmpty()) {
          additions.add(new Gathering.Addition(places.endToken(grouping.last()), words));
        }
      });
    }
    return additions;
  }

  /// Whether `*` may stand for columns: in other places it multiplies, or counts.
  private boolean hasStar() {
    for (int token = 1; token < lexed.size(); token++) {
      if (lexed.isOperator(token, "*") && beginsItem(token - 1)) {
        return true;
      }
    }
    return false;
  }

  private boolean beginsItem(int before) {
    return lexed.is(before, TokenKind.DOT) || lexed.is(before, TokenKind.COMMA) || lexed.is(before, TokenKind.CLOSE) || lexed.is(before, "select")
        || lexed.is(before, "distinct") || lexed.is(before, "all");
  }

  private Optional<Pull> pull(Reference reference, boolean everything) {
    Optional<QuerySpan> span = reference.node().sample() == null ? places.tokens(reference.node()) : Optional.empty();
    Relation relation = relation(reference);
    if (span.isEmpty() || relation == null) {
      return Optional.empty();
    }
    String alias = reference.node().visibleName();
    boolean whole = everything || reference.node().columnAliases() != null || lexed.is(span.get().first() - 1, "table") || meansRow(alias, span.get());
    List<PulledColumn> columns =
        relation.columns().stream()
            .filter(column -> whole || names.contains(column.name()))
            .map(column -> new PulledColumn(column.name(), column.typeOid(), column.carried()))
            .toList();
    if (columns.stream().anyMatch(column -> column.carried().form() == CarriedType.Form.NONE)) {
      return Optional.empty();
    }
    boolean named = reference.node().alias() != null;
    return Optional.of(
        new Pull(span.get(), reference.node().only(), relation.tableName(), alias, named, source(reference), columns, conditions(reference), null));
  }

  private static Gathering.Source source(Reference reference) {
    ShardwiseView view = reference.view();
    Standing.Sharded sharded = view != null ? view.table() : reference.standing() instanceof Standing.Sharded table ? table : null;
    return sharded == null
        ? new Gathering.Source.Home()
        : new Gathering.Source.Sharded(
            new Target.ByKey(sharded.table(), sharded.group(), sharded.key().typeOid(), reference.keys(), false, null, List.of()),
            view == null ? sharded.keyColumn() : view.keyColumn());
  }

  /// What can be pulled of it; null where that is not known.
  private @Nullable Relation relation(Reference reference) {
    return switch (reference.standing()) {
      case Standing.Sharded sharded -> sharded.relation();
      case Standing.Reference(var _, Relation table) -> table;
      case Standing.Home home -> catalog.relation(home.table()).orElse(null);
      case Standing.Expanded(var _, Relation view) -> reference.view() == null ? null : view;
      case Standing.Absent _, Standing.Barred _ -> null;
    };
  }

  /// Whether the table's name stands somewhere without a column behind it, where it may mean its whole row.
  private boolean meansRow(String alias, QuerySpan name) {
    for (int token = 0; token < lexed.size(); token++) {
      boolean here = token >= name.first() && token < name.last();
      if (!here && lexed.kind(token).isName() && lexed.identifier(token).equals(alias) && !lexed.is(token + 1, TokenKind.DOT) && !isAlias(token, name)) {
        return true;
      }
    }
    return false;
  }

  private boolean isAlias(int token, QuerySpan name) {
    return token == name.last() || (token == name.last() + 1 && lexed.is(name.last(), "as"));
  }

  /// The conditions that a text of their own says just as the query does.
  private List<QuerySpan> conditions(Reference reference) {
    List<QuerySpan> spans = new ArrayList<>();
    if (reference.node().columnAliases() != null) {
      return spans; // they have other names there
    }
    for (SqlNode condition : reference.conditions()) {
      texts.span(condition).ifPresent(spans::add);
    }
    spans.sort(Comparator.comparingInt(QuerySpan::first));
    return spans;
  }
}
