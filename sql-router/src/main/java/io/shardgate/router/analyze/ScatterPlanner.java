package io.shardgate.router.analyze;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.References.Reference;
import io.shardgate.router.analyze.Source.Var;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgOrderBy;
import io.shardgate.router.grammar.tree.PgSelect;
import io.shardgate.router.grammar.tree.PgTrees;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Scattering;
import io.shardgate.router.rewrite.SplicedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.util.Litmus;
import org.jspecify.annotations.Nullable;

/// Finds queries that shards can answer each for itself: [Scattering].
///
/// One table of FROM, of which every row of the answer has a row, is supposed to have one key: if then rows of that key are all that matters anywhere, and
/// groups, DISTINCT and windows keep to one key, the answer is put together from those of the keys.
/// Not thread-safe; owned by the planning of one statement.
final class ScatterPlanner {
  /// Two keys that are supposed in turns: what a query says of itself is not both.
  private static final List<KeyValue> SUPPOSED = List.of(new KeyValue.OfLong(4_242_424_242L), new KeyValue.OfLong(-2_424_242_424L));

  private static final Set<String> CUTS = Set.of("limit", "offset", "fetch");

  /// What may stand behind FROM and its WHERE, outside of parentheses: reserved words.
  private static final Set<String> BEHIND_WHERE = Set.of("group", "having", "window", "order", "limit", "offset", "fetch");

  /// regproc and its kin show numbers of objects by each server's catalog.
  private static final Set<Integer> OBJECTS = Set.of(24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191);

  private final Lexed lexed;
  private final RoutingView view;
  private final Reach reach;
  private final Places places;

  ScatterPlanner(Lexed lexed, RoutingView view, Reach reach) {
    this.lexed = lexed;
    this.view = view;
    this.reach = reach;
    this.places = new Places(lexed, lexed.toString());
  }

  /// The plan; empty where the shards' answers together might be another than one server's.
  Optional<Scattering> plan(SqlNode statement, List<Pull> pulls) {
    PgOrderBy ordered = statement instanceof PgOrderBy query ? query : null;
    SqlNode query = ordered == null ? statement : ordered.query;
    boolean plain = query instanceof PgSelect && (ordered == null || (ordered.locks().isEmpty() && !ordered.withTies()));
    if (!plain || !(query instanceof PgSelect select) || select.into() != null || select.getFrom() == null || !saysTheSameEverywhere(pulls)) {
      return Optional.empty();
    }
    Attempt attempt = new Attempt(select);
    for (Source source : attempt.from.visible()) {
      Optional<Integer> driver = driver(attempt, source, pulls);
      if (driver.isPresent() && keepsToKeys(attempt, source, select)) {
        return order(attempt, ordered, select).flatMap(order -> spliced(driver.get(), select, ordered, order));
      }
    }
    return Optional.empty();
  }

  /// One reading of the query. Not thread-safe; owned by the planning of one statement.
  private final class Attempt {
    private final Reached reached = new Reached();
    private final Planning planning = new Planning(view, reach, places, reached);
    private final BlockBuilder blocks = new BlockBuilder(planning);
    private final FromBuilder.Built from;
    private final Scope scope;
    private final Block.Select block;

    Attempt(PgSelect select) {
      from = new FromBuilder(blocks, new Scope(null)).build(select.getFrom(), List.of());
      scope = from.scope(new Scope(null));
      block = blocks.select(select, from, new Scope(null), false);
    }

    /// The shard key of a table of FROM.
    Optional<Var> key(Source source) {
      Standing.Sharded sharded = source.sharded();
      return sharded == null ? Optional.empty() : Optional.of(source.key(sharded));
    }

    /// Whether a column is the shard key that every row of the answer has.
    boolean isKey(@Nullable SqlNode node) {
      Optional<Var> column = node instanceof SqlIdentifier name && !name.isStar() ? scope.resolve(name.names) : Optional.empty();
      return column.isPresent() && from.node().certain().contains(column.get().source()) && key(column.get().source()).equals(column);
    }
  }

  // ---- what makes an answer another one on another server ----

  private boolean saysTheSameEverywhere(List<Pull> pulls) {
    int depth = 0;
    for (int token = 0; token < lexed.size(); token++) {
      depth += lexed.is(token, TokenKind.OPEN) ? 1 : lexed.is(token, TokenKind.CLOSE) ? -1 : 0;
      if (lexed.kind(token).isName() && !saysTheSame(token, depth)) {
        return false;
      }
    }
    return reach.hasPlainEquality() && reach.hasPlainOrder()
        && pulls.stream().flatMap(pull -> pull.columns().stream()).noneMatch(column -> OBJECTS.contains(column.typeOid()));
  }

  private boolean saysTheSame(int token, int depth) {
    String name = lexed.identifier(token);
    boolean called = lexed.is(token + 1, TokenKind.OPEN) || name.equals("current_catalog");
    boolean ofServer = called && OwnConditions.isOfServer(name);
    boolean chosen = depth > 0 && (RowChoice.isChoice(name) || (name.equals("distinct") && lexed.is(token + 1, "on")));
    boolean object = name.startsWith("reg") && RowChoice.isChoice(name);
    return !ofServer && !chosen && !object && view.catalog().functions(name).isEmpty();
  }

  // ---- which rows belong together ----

  /// The place among the pulls of a table that every row of the answer has a row of, where its key is the key of all that matters.
  private Optional<Integer> driver(Attempt attempt, Source source, List<Pull> pulls) {
    Optional<Var> key = attempt.key(source);
    Optional<Reference> reference = attempt.reached.references().at(source);
    boolean certain = attempt.from.node().certain().contains(source);
    if (key.isEmpty() || reference.isEmpty() || !certain || reference.get().node().columnAliases() != null) {
      return Optional.empty();
    }
    String alias = reference.get().node().visibleName();
    if (!attempt.scope.resolve(List.of(alias, key.get().name())).equals(key) || SUPPOSED.stream().anyMatch(each -> !standsAlone(attempt, source, each))) {
      return Optional.empty();
    }
    int name = places.firstToken(reference.get().node().name());
    for (int i = 0; i < pulls.size(); i++) {
      if (pulls.get(i).name().first() == name) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /// Whether only rows of the supposed key matter where a table's row has it.
  private boolean standsAlone(Attempt attempt, Source source, KeyValue supposed) {
    Standing.Sharded standing = Objects.requireNonNull(source.sharded());
    int before = attempt.reached.sharded().size();
    Fact fact = new Fact.Among(source.key(standing), new KeySet.One(new KeySource.Constant(supposed)));
    attempt.block.descendWith(List.of(fact), attempt.reached);
    List<Reached.Use> uses = attempt.reached.sharded();
    return uses.subList(before, uses.size()).stream()
        .allMatch(use -> use.standing().group().equals(standing.group()) && isOnly(use.keys(), supposed));
  }

  private static boolean isOnly(KeySet keys, KeyValue supposed) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> source instanceof KeySource.Constant(KeyValue value) && value.equals(supposed);
      case KeySet.Union(List<KeySet> sets) -> !sets.isEmpty() && sets.stream().allMatch(set -> isOnly(set, supposed));
      case KeySet.Intersection(List<KeySet> sets) -> sets.stream().anyMatch(set -> isOnly(set, supposed));
      case KeySet.Nothing() -> true;
      case KeySet.Within _, KeySet.Everything() -> false;
    };
  }

  /// Whether what is made of several rows is made of rows of one key.
  private boolean keepsToKeys(Attempt attempt, Source driver, PgSelect select) {
    SqlNodeList group = select.getGroup();
    boolean grouped = group != null && !group.isEmpty();
    SqlNodeList on = select.distinctOn();
    boolean distinct = !select.isDistinct() || select.getSelectList().stream().anyMatch(result -> shows(attempt, driver, result));
    boolean distinctOn = on == null || on.stream().anyMatch(attempt::isKey);
    boolean plainWindows = select.getWindowList() == null || select.getWindowList().isEmpty();
    if (!distinct || !distinctOn || !plainWindows) {
      return false;
    }
    return grouped
        ? group.stream().anyMatch(attempt::isKey) && group.stream().allMatch(item -> item instanceof SqlIdentifier) && !hasWindow(select)
        : select.getHaving() == null && isOfOneRow(attempt, select.getSelectList(), false) && isOfOneRow(attempt, select.getWhere(), false);
  }

  private static boolean hasWindow(PgSelect select) {
    return select.getSelectList().stream().anyMatch(ScatterPlanner::isWindow) || isWindow(select.getHaving());
  }

  private static boolean isWindow(@Nullable SqlNode node) {
    return switch (node) {
      case PgFunctionCall call when call.over() != null -> true;
      case SqlNodeList list -> list.stream().anyMatch(ScatterPlanner::isWindow);
      case SqlCall call -> call.getOperandList().stream().anyMatch(ScatterPlanner::isWindow);
      case null, default -> false;
    };
  }

  /// Whether a column of the result is the key, or all columns are there.
  private boolean shows(Attempt attempt, Source driver, SqlNode result) {
    if (result instanceof SqlIdentifier name && name.isStar()) {
      return name.names.size() == 1 || name.names.get(name.names.size() - 2).equals(driver.visibleName());
    }
    return attempt.isKey(Reducer.unnamed(result));
  }

  /// Whether an expression is one of one row's values; or a window function over rows of one key.
  private boolean isOfOneRow(Attempt attempt, @Nullable SqlNode node, boolean inQuery) {
    return switch (node) {
      case null -> true;
      case PgFunctionCall call when call.over() != null ->
          !inQuery && call.over() instanceof SqlWindow window && window.getPartitionList().stream().anyMatch(attempt::isKey);
      // An aggregate in a subquery may be one of the query around it, unless it counts rows.
      case PgFunctionCall call when isAggregate(call) && !(inQuery && call.star()) -> false;
      case SqlNodeList list -> list.stream().allMatch(each -> isOfOneRow(attempt, each, inQuery));
      case SqlCall call -> {
        boolean inside = inQuery || PgTrees.isQuery(call);
        yield call.getOperandList().stream().allMatch(each -> isOfOneRow(attempt, each, inside));
      }
      case SqlIdentifier name -> name.names.size() == 1 || !BuiltinFunctions.isAggregateOfRows(name.names.getLast()) || attempt.scope.resolve(name.names).isPresent();
      default -> true;
    };
  }

  private static boolean isAggregate(PgFunctionCall call) {
    return BuiltinFunctions.isAggregate(call.name().names.getLast()) || call.filter() != null || call.withinGroup() != null || call.orderBy() != null
        || call.distinct() || call.star();
  }

  // ---- the order ----

  private Optional<List<Scattering.Order>> order(Attempt attempt, @Nullable PgOrderBy ordered, PgSelect select) {
    List<Scattering.Order> order = new ArrayList<>();
    for (SqlNode item : ordered == null ? SqlNodeList.EMPTY : ordered.orderList) {
      boolean descending = false;
      Boolean nullsFirst = null;
      SqlNode expression = item;
      while (expression.getKind() == SqlKind.DESCENDING || expression.getKind() == SqlKind.NULLS_FIRST || expression.getKind() == SqlKind.NULLS_LAST) {
        descending |= expression.getKind() == SqlKind.DESCENDING;
        nullsFirst = expression.getKind() == SqlKind.DESCENDING ? nullsFirst : Boolean.valueOf(expression.getKind() == SqlKind.NULLS_FIRST);
        expression = ((SqlCall) expression).operand(0);
      }
      SqlNode meant = Reducer.meant(expression, select.getSelectList());
      boolean merged = meant instanceof SqlIdentifier name && name.names.size() == 1 && attempt.from.merged().containsKey(name.getSimple());
      Optional<Var> column = meant instanceof SqlIdentifier name && !name.isStar() && !merged ? attempt.scope.resolve(name.names) : Optional.empty();
      String value = meant instanceof SqlIdentifier name ? name.names.stream().map(SplicedText::quote).collect(Collectors.joining(".")) : "";
      boolean down = descending;
      boolean first = nullsFirst == null ? descending : nullsFirst;
      Optional<Scattering.Order> read = column.flatMap(var -> order(var, value, down, first));
      if (read.isEmpty()) {
        return Optional.empty();
      }
      order.add(read.get());
    }
    return Optional.of(order);
  }

  /// Types whose order is that of the bytes they are sent as, or nearly so.
  private static Optional<Scattering.Order> order(Var column, String value, boolean descending, boolean nullsFirst) {
    return switch (column.typeOid()) {
      case 16 -> ordered("boolsend(" + value + ")", Scattering.Comparison.BYTES, descending, nullsFirst);
      case 17 -> ordered("byteasend(" + value + ")", Scattering.Comparison.BYTES, descending, nullsFirst);
      case 20, 21, 23 -> ordered("int8send(" + value + ")", Scattering.Comparison.SIGNED, descending, nullsFirst);
      case 25, 1043 -> isOrderedByBytes(column)
          ? ordered("convert_to(" + value + "::pg_catalog.text, 'UTF8')", Scattering.Comparison.BYTES, descending, nullsFirst)
          : Optional.empty();
      case 1082 -> ordered("date_send(" + value + ")", Scattering.Comparison.SIGNED, descending, nullsFirst);
      case 1114 -> ordered("timestamp_send(" + value + ")", Scattering.Comparison.SIGNED, descending, nullsFirst);
      case 1184 -> ordered("timestamptz_send(" + value + ")", Scattering.Comparison.SIGNED, descending, nullsFirst);
      case 1700 -> ordered("numeric_send(" + value + ")", Scattering.Comparison.NUMERIC, descending, nullsFirst);
      case 2950 -> ordered("uuid_send(" + value + ")", Scattering.Comparison.BYTES, descending, nullsFirst);
      default -> Optional.empty();
    };
  }

  private static Optional<Scattering.Order> ordered(String sent, Scattering.Comparison comparison, boolean descending, boolean nullsFirst) {
    return Optional.of(new Scattering.Order("pg_catalog.encode(pg_catalog." + sent + ", 'hex')", comparison, descending, nullsFirst));
  }

  private static boolean isOrderedByBytes(Var column) {
    Standing.Sharded standing = column.source().sharded();
    return standing != null
        && standing.relation().column(column.name()).map(each -> each.carried().collation()).filter(each -> each.endsWith("\"C\"") || each.endsWith("\"POSIX\"")).isPresent();
  }

  // ---- where words are put in ----

  private Optional<Scattering> spliced(int driver, PgSelect select, @Nullable PgOrderBy ordered, List<Scattering.Order> order) {
    int results = word(0, token -> lexed.is(token, "from") && !(token > 1 && lexed.is(token - 1, "distinct") && !lexed.is(token - 2, "select")));
    int where = word(results, token -> lexed.is(token, "where"));
    int behind = word(results, token -> BEHIND_WHERE.contains(lexed.identifier(token)));
    int cut = ordered == null || (ordered.fetch == null && ordered.offset == null) ? lexed.size() : word(behind, token -> CUTS.contains(lexed.identifier(token)));
    boolean conditional = where < behind;
    Optional<QuerySpan> fetch = value(ordered == null ? null : ordered.fetch);
    Optional<QuerySpan> offset = value(ordered == null ? null : ordered.offset);
    boolean valued = ordered == null || ((ordered.fetch == null || fetch.isPresent()) && (ordered.offset == null || offset.isPresent()));
    Scattering made =
        new Scattering(
            driver, results, conditional ? new QuerySpan(where + 1, behind) : null, conditional ? where : behind,
            cut == lexed.size() ? null : new QuerySpan(cut, lexed.size()), fetch.orElse(null), offset.orElse(null), order);
    return valued && results < lexed.size() && saysTheSame(made, select, ordered) ? Optional.of(made) : Optional.empty();
  }

  /// The first of the words that are outside of parentheses; the end where there is none.
  private int word(int from, IntPredicate wanted) {
    int depth = 0;
    for (int token = from; token < lexed.size(); token++) {
      depth += lexed.is(token, TokenKind.OPEN) ? 1 : lexed.is(token, TokenKind.CLOSE) ? -1 : 0;
      if (depth == 0 && lexed.is(token, TokenKind.WORD) && wanted.test(token)) {
        return token;
      }
    }
    return lexed.size();
  }

  /// A literal or a parameter by itself.
  private Optional<QuerySpan> value(@Nullable SqlNode node) {
    if (node == null || !Places.isWritten(node)) {
      return Optional.empty();
    }
    int first = places.firstToken(node);
    boolean alone = places.endToken(node) == first + 1 && (lexed.is(first, TokenKind.PARAMETER) || lexed.is(first, TokenKind.INTEGER));
    return alone ? Optional.of(new QuerySpan(first, first + 1)) : Optional.empty();
  }

  /// Whether the words were found where they stand: a text with others put in is read as the query with these.
  private boolean saysTheSame(Scattering made, PgSelect select, @Nullable PgOrderBy ordered) {
    QuerySpan where = made.where();
    int begin = where == null ? made.whereAt() : where.last();
    int end = made.cut() == null ? lexed.size() : Objects.requireNonNull(made.cut()).first();
    String text =
        words(0, made.results()) + ", 7 " + words(made.results(), where == null ? made.whereAt() : where.first())
            + (where == null ? " WHERE true " : " (" + words(where.first(), where.last()) + ") AND true ") + words(begin, end) + (made.cut() == null ? "" : " LIMIT 7");
    try {
      SqlNode read = PostgresParser.parse(text, lexed.rules().standardConformingStrings());
      PgOrderBy readOrder = read instanceof PgOrderBy each ? each : null;
      return (readOrder == null ? read : readOrder.query) instanceof PgSelect again
          && again.getSelectList().size() == select.getSelectList().size() + 1
          && new SqlNodeList(again.getSelectList().subList(0, select.getSelectList().size()), again.getSelectList().getParserPosition())
              .equalsDeep(select.getSelectList(), Litmus.IGNORE)
          && alike(again.getFrom(), select.getFrom())
          && alike(again.getGroup(), select.getGroup())
          && alike(again.getHaving(), select.getHaving())
          && alike(readOrder == null ? null : readOrder.orderList, ordered == null ? null : ordered.orderList)
          && again.getWhere() != null
          && (where == null || alike(((SqlCall) again.getWhere()).operand(0), select.getWhere()))
          && (where != null || select.getWhere() == null);
    } catch (GrammarException _) {
      return false;
    }
  }

  private static boolean alike(@Nullable SqlNode one, @Nullable SqlNode other) {
    SqlNode left = one instanceof SqlNodeList list && list.isEmpty() ? null : one;
    SqlNode right = other instanceof SqlNodeList list && list.isEmpty() ? null : other;
    if (left == null || right == null) {
      return left == null && right == null;
    }
    return left.equalsDeep(right, Litmus.IGNORE);
  }

  private String words(int from, int to) {
    return from < to ? lexed.string(lexed.tokenStart(from), lexed.tokenEnd(to - 1)) : "";
  }
}
