package io.shardgate.router;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.TableName;
import io.shardgate.router.analyze.Reach;
import io.shardgate.router.ddl.PlacementReasons;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Gap;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.GeneratedColumn;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Reduction;
import io.shardgate.router.plan.RowDestination;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.plan.Target;
import io.shardgate.router.statement.StatementReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What `EXPLAIN (ROUTE)` answers: which shards a statement goes to, and why.
/// Not thread-safe; owned by one explanation.
final class RouteExplanation {
  /// Keys are shown as far as a person reads them.
  private static final int MAX_KEY_CHARS = 60;

  private final SqlRouter router;
  private final Lexed lexed;
  private final @Nullable Bindings bindings;
  private final RoutingView view;
  private final Reach reach;
  private final List<String> lines = new ArrayList<>();

  /// @param bindings null where parameters are not known yet
  RouteExplanation(SqlRouter router, Lexed lexed, @Nullable Bindings bindings, RoutingView view, Reach reach) {
    this.router = router;
    this.lexed = lexed;
    this.bindings = lexed.parameterCount() == 0 ? Bindings.NONE : bindings;
    this.view = view;
    this.reach = reach;
  }

  /// One line per row of the answer.
  List<String> of(Plan plan) {
    switch (plan) {
      case Plan.Local _ -> lines.add("Local: the proxy answers, or keeps it for the session");
      case Plan.Forward forward -> forward(forward);
      case Plan.AroundQuery(Lexed query, Plan.Forward body) -> lines.addAll(new RouteExplanation(router, query, bindings, view, reach).of(body));
      case Plan.Filled filled -> {
        lines.add("Shard " + home());
        filled.gaps().stream().map(Gap::function).distinct().forEach(name -> because("the proxy answers " + name + "() in its place"));
      }
      case Plan.SplitInsert insert -> insert(insert);
      case Plan.InsertSelect insert -> {
        lines.add(
            insert.ofValues()
                ? "Rows are made on shard " + home() + ", then go to " + rowsTo(insert.destination())
                : "Query on shard " + home() + ", its rows to " + rowsTo(insert.destination()));
        destination(insert.table(), insert.destination(), insert.generated());
      }
      case Plan.CopyIn copy -> {
        lines.add("Rows to " + rowsTo(copy.destination()));
        destination(copy.table(), copy.destination(), copy.generated());
      }
      case Plan.CopyOut copy -> {
        lines.add(shards(shardsOf(copy.texts())) + ", one after the other; each has a snapshot of its own");
        List<ShardText> without = copy.texts().stream().filter(text -> text.text() != null).toList();
        if (!without.isEmpty()) {
          lines.add("without rows that are foreign on " + shards(shardsOf(without)));
        }
        placement();
      }
      case Plan.Broadcast broadcast -> broadcast(broadcast);
      case Plan.ShardByShard each -> {
        lines.add(shards(shardsOf(each.texts())) + ", one after the other, outside of a transaction");
        placement();
      }
      case Plan.Refuse refuse -> refuse(refuse);
    }
    return lines;
  }

  private void because(String clause) {
    lines.add("  because " + clause);
  }

  private boolean placement() {
    List<String> reasons = PlacementReasons.of(StatementReader.read(lexed), view, reach);
    reasons.forEach(this::because);
    return !reasons.isEmpty();
  }

  private String home() {
    return view.map().home() + " (home)";
  }

  private static List<ShardId> shardsOf(List<ShardText> texts) {
    return texts.stream().map(ShardText::shard).toList();
  }

  private static String shards(Collection<ShardId> shards) {
    return (shards.size() == 1 ? "Shard " : "Shards ") + names(shards);
  }

  private static String names(Collection<ShardId> shards) {
    return shards.stream().map(ShardId::value).collect(Collectors.joining(", "));
  }

  private void refuse(Plan.Refuse refuse) {
    lines.add("Refused: " + refuse.message());
    if (refuse.hint() != null) {
      lines.add("  " + refuse.hint());
    }
    if (isOfSeveralShards(refuse)) {
      lines.add("  it would need shards " + names(view.map().allShards()));
    }
  }

  private static boolean isOfSeveralShards(Plan.Refuse refuse) {
    return refuse.refusal() == Refusal.MULTI_SHARD_QUERY || refuse.refusal() == Refusal.MULTI_SHARD_WRITE || refuse.refusal() == Refusal.SHARDS_DIFFER;
  }

  // ---- one shard ----

  private void forward(Plan.Forward forward) {
    Bindings known = bindings;
    KeyMeanings meanings = new KeyMeanings(Map.of(), true);
    Decision decision = known == null ? null : router.decide(forward, lexed, known, view, Set.of(), meanings);
    switch (decision) {
      case null -> lines.add(isKeyed(forward) ? "One shard, told by parameters" : unkeyed(forward));
      case Decision.One(ShardId shard) -> lines.add("Shard " + shard);
      case Decision.AnyShard _ -> lines.add(anyShard());
      case Decision.Home _ -> lines.add("Shard " + home());
      case Decision.Many many -> {
        asked(meanings);
        gathered(many, forward);
      }
      case Decision.Unplaced(List<UnplacedKey> keys) -> lines.add(unplaced(keys));
      case Decision.Refused(Plan.Refuse refuse) -> {
        asked(meanings);
        if (isMade(refuse, forward)) {
          return;
        }
        lines.add("Refused: " + refuse.message());
        if (refuse.hint() != null) {
          lines.add("  " + refuse.hint());
        }
        if (known != null && isOfSeveralShards(refuse)) {
          lines.add("  it would need shards " + names(needed(forward.target(), known)));
        }
      }
    }
    switch (forward.target()) {
      case Target.Home _ -> homeReason(forward);
      case Target.AnyShard _ -> because("it only reads reference tables");
      case Target.ByKey byKey -> keyed(byKey, decision);
      case Target.Meeting(List<Target.ByKey> relations) -> relations.forEach(byKey -> keyed(byKey, decision));
      case Target.NoShard(Plan.Refuse why) -> because(why.message());
    }
  }

  /// Adds what is done where the home shard makes the rows.
  private boolean isMade(Plan.Refuse refuse, Plan plan) {
    Plan.InsertSelect made = refuse.refusal().isOfNewKey() ? router.madeRows(plan, lexed, view, true) : null;
    if (made != null) {
      of(made);
    }
    return made != null;
  }

  /// What each shard sends, and where it is put together.
  private void gathered(Decision.Many many, Plan.Forward forward) {
    Scattered scattered =
        forward.several() == null || bindings == null ? null : router.scatter(forward.several(), many.pulled(), lexed, bindings, view);
    if (scattered != null) {
      Set<ShardId> asked = scattered.pieces().stream().map(Split.Piece::shard).collect(Collectors.toCollection(TreeSet::new));
      boolean cut = scattered.limit() < Long.MAX_VALUE;
      lines.add(
          shards(asked) + ": each answers for its own rows, which are passed on " + (scattered.order().isEmpty() ? "as they come" : "merged in order")
              + (cut ? ", " + scattered.limit() + " of them" : "") + (scattered.offset() > 0 ? " behind the first " + scattered.offset() : "")
              + "; each shard has a snapshot of its own");
      return;
    }
    lines.add(shards(many.shards()) + ": rows are gathered, shard " + home() + " answers; each shard has a snapshot of its own");
    List<Gathering.Pull> pulls =
        forward.several() == null || bindings == null ? List.of() : router.gather(forward.several(), many.pulled(), lexed, bindings, view).gathering().pulls();
    Lexed text = forward.several() == null ? lexed : forward.several().text(lexed);
    for (int i = 0; i < pulls.size(); i++) {
      Gathering.Pull pull = pulls.get(i);
      String columns = pull.columns().isEmpty() ? "no column" : IntStream.range(0, pull.columns().size()).mapToObj(place -> sent(pull, place)).collect(Collectors.joining(", "));
      String conditions =
          pull.conditions().stream().map(span -> text.string(text.tokenStart(span.first()), text.tokenEnd(span.last() - 1))).collect(Collectors.joining(" AND "));
      lines.add(
          "  \"" + pull.table() + "\" from " + names(new TreeSet<>(many.pulled().get(i).shards())) + ": " + columns
              + (conditions.isEmpty() ? "" : " where " + shortened(conditions))
              + (pull.reduction() instanceof Reduction.First ? ", the first ones only" : pull.reduction() instanceof Reduction.Locked ? ", which it locks" : ""));
    }
  }

  private String sent(Gathering.Pull pull, int place) {
    if (pull.reduction() instanceof Reduction.Aggregates aggregates && place >= aggregates.groups()) {
      Reduction.Partial partial = aggregates.partials().get(place - aggregates.groups());
      String tokens = lexed.string(lexed.tokenStart(partial.tokens().first()), lexed.tokenEnd(partial.tokens().last() - 1));
      return partial.function() == null ? tokens : partial.function() + "(" + tokens + ")";
    }
    return pull.columns().get(place).name();
  }

  /// What a refusal hangs on: texts whose meaning is not the proxy's to tell.
  private void asked(KeyMeanings meanings) {
    List<String> texts = meanings.unread().stream().map(text -> "'" + shortened(text.text()) + "'").sorted().toList();
    if (!texts.isEmpty()) {
      lines.add("Shards are asked first what " + String.join(", ", texts) + (texts.size() == 1 ? " means" : " mean") + "; where that does not help:");
    }
  }

  private static String unplaced(List<UnplacedKey> keys) {
    for (UnplacedKey key : keys) {
      if (!key.candidates().isEmpty()) {
        return "One of the shards " + names(key.candidates()) + ", on which the new key is placed first";
      }
    }
    return "One shard, told by the directory: the key is not known here";
  }

  private Set<ShardId> needed(Target target, Bindings known) {
    return switch (target) {
      case Target.Home _, Target.AnyShard _, Target.NoShard _ -> Set.of();
      case Target.ByKey byKey -> Decider.shards(byKey, lexed, known, view);
      case Target.Meeting(List<Target.ByKey> relations) -> {
        Set<ShardId> all = new TreeSet<>();
        relations.forEach(byKey -> all.addAll(Decider.shards(byKey, lexed, known, view)));
        yield all;
      }
    };
  }

  private static boolean isKeyed(Plan.Forward forward) {
    return forward.target() instanceof Target.ByKey || forward.target() instanceof Target.Meeting;
  }

  private String unkeyed(Plan.Forward forward) {
    return forward.target() instanceof Target.Home ? "Shard " + home() : anyShard();
  }

  private String anyShard() {
    return "Any shard, " + home() + " unless the transaction uses another already";
  }

  private void homeReason(Plan.Forward forward) {
    if (forward.unknownRelation()) {
      because("a relation is not known: the home shard says so");
    } else if (lexed.malformed()) {
      because("the text is not read: the home shard says where it is wrong");
    } else if (!placement()) {
      because("it needs nothing sharded");
    }
  }

  private void keyed(Target.ByKey byKey, @Nullable Decision decision) {
    String column = byKey.group().keyColumn(byKey.table()).orElse("its shard key");
    String clause = "\"" + byKey.table() + "\" is sharded by " + column + " (group " + byKey.group().name() + "), fixed to " + keys(byKey.keys());
    Bindings known = bindings;
    boolean found = decision instanceof Decision.One || (decision instanceof Decision.Refused(Plan.Refuse refuse) && !isOfSeveralShards(refuse));
    if (known != null && !found && !(decision instanceof Decision.Unplaced)) {
      List<ShardId> needed = List.copyOf(Decider.shards(byKey, lexed, known, view));
      clause += needed.isEmpty() ? ", which no shard has" : ", which is on " + names(needed);
    }
    because(clause);
    if (decision instanceof Decision.Home) {
      because("PostgreSQL refuses that key, on whichever shard");
    }
  }

  private String keys(KeySet keys) {
    return switch (keys) {
      case KeySet.One(KeySource source) -> source(source);
      case KeySet.Union(List<KeySet> sets) -> sets.stream().map(this::keys).collect(Collectors.joining(" or "));
      case KeySet.Intersection(List<KeySet> sets) -> sets.stream().map(this::keys).collect(Collectors.joining(" and "));
      case KeySet.Within(KeySource low, KeySource high, boolean highExcluded) ->
          low == null ? (highExcluded ? "below " : "at most ") + bound(high) : high == null ? "at least " + bound(low) : "from " + source(low) + " to " + source(high);
      case KeySet.Nothing() -> "no value at all";
      case KeySet.Everything() -> "any value";
    };
  }

  private String bound(@Nullable KeySource source) {
    return source == null ? "any value" : source(source);
  }

  private String source(KeySource source) {
    return switch (source) {
      case KeySource.Literal(int slot, boolean negative) -> (negative ? "-" : "") + shortened(lexed.raw(lexed.literalToken(slot)));
      case KeySource.Parameter(int number, int _) -> "$" + number;
      case KeySource.ParameterArray(int number, int _) -> "elements of $" + number;
      case KeySource.LiteralArray(int slot) -> "elements of " + shortened(lexed.raw(lexed.literalToken(slot)));
      case KeySource.Spelled(String text) -> "'" + shortened(text) + "'";
      case KeySource.Constant(KeyValue value) -> value.type() == KeyType.TEXT ? "'" + value + "'" : value.toString();
      case KeySource.Stored(KeySource value, int _) -> source(value) + " as its column stores it";
      case KeySource.Null() -> "NULL";
    };
  }

  private static String shortened(String text) {
    String line = text.replaceAll("\\s+", " ");
    return line.length() <= MAX_KEY_CHARS ? line : line.substring(0, MAX_KEY_CHARS) + "…";
  }

  // ---- several shards ----

  private void insert(Plan.SplitInsert insert) {
    Bindings known = bindings;
    if (known == null) {
      lines.add("Rows to " + rowsTo(insert.destination()) + ", told by parameters");
      destination(insert.table(), insert.destination(), insert.generated());
      return;
    }
    KeyMeanings meanings = new KeyMeanings(Map.of(), true);
    RowOwners owners = router.owners(insert, lexed, known, view, meanings);
    if (owners.refuse() != null) {
      asked(meanings);
      if (isMade(owners.refuse(), insert)) {
        return;
      }
      refuse(owners.refuse());
    } else if (owners.rows().isEmpty()) {
      lines.add("Rows to " + rowsTo(insert.destination()));
    } else {
      lines.add(shards(owners.rows().keySet()) + (owners.rows().size() > 1 ? ", in one transaction" : ""));
    }
    destination(insert.table(), insert.destination(), insert.generated());
    if (insert.destination() instanceof RowDestination.ByKey) {
      owners.rows().forEach((shard, rows) -> lines.add("  " + rows(rows) + " for shard " + shard));
      if (owners.placed() > 0) {
        lines.add("  " + rows(owners.placed()) + " with new keys, which are placed first");
      }
      if (owners.later() > 0) {
        lines.add("  " + rows(owners.later()) + " for the owners of keys that are made when it runs");
      }
    }
  }

  private static String rows(int rows) {
    return rows == 1 ? "1 row" : rows + " rows";
  }

  private String rowsTo(RowDestination destination) {
    String all = names(view.map().allShards());
    return switch (destination) {
      case RowDestination.ByKey _ -> "those of shards " + all + " that own their keys";
      case RowDestination.Everywhere() -> "shards " + all;
    };
  }

  private void destination(TableName table, RowDestination destination, List<GeneratedColumn> generated) {
    switch (destination) {
      case RowDestination.ByKey byKey ->
          because(
              "\"" + table + "\" is sharded by " + byKey.group().keyColumn(table).orElse("its shard key") + " (group " + byKey.group().name() + ")");
      case RowDestination.Everywhere() -> because("\"" + table + "\" is a reference table");
    }
    generated.forEach(column -> lines.add("  " + column.name() + " is made first, by the home shard: " + column.expression()));
  }

  private void broadcast(Plan.Broadcast broadcast) {
    List<ShardId> shards = shardsOf(broadcast.texts());
    lines.add(shards(shards) + (shards.size() > 1 ? ", in one transaction" : ""));
    if (shards.size() < view.map().allShards().size()) {
      because("what it defines is there already: PostgreSQL says so, and does nothing");
    }
    broadcast.lockFirst().forEach(table -> because("\"" + table + "\" is a reference table"));
    placement();
    if (broadcast.byRows()) {
      lines.add("  runs on shard " + shards.getFirst() + ", and the others get the rows that it changed there");
    }
  }
}
