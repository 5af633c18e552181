package io.shardgate.router;

import io.shardgate.directory.Group;
import io.shardgate.directory.GroupKey;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.router.KeyEvaluation.Values;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.LabelSource;
import io.shardgate.router.plan.NewRows;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Turns a plan's target and one execution's values into a shard.
/// Thread-safe: what it keeps is one constant decision per shard.
final class Decider {
  /// More keys than that are no condition for a shard: it sends its rows, and the query's own condition chooses.
  private static final int KEYS_SAID_MAX = 10_000;

  private final ConcurrentHashMap<ShardId, Decision.One> ones = new ConcurrentHashMap<>();

  /// Hot path: allocates nothing for one integer key in a literal or a parameter whose owner is known.
  ///
  /// @param absent keys that the directory does not have
  /// @param meanings what texts mean; null when nobody asks for it
  Decision decide(
      Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view, Set<GroupKey> absent, @Nullable KeyMeanings meanings) {
    Decision one = one(plan, lexed, bindings, view, absent, meanings);
    Gathering several = plan.several();
    return several != null && one instanceof Decision.Refused(Plan.Refuse why) && why.refusal().isOfSeveralShards() && !locksOthers(several, lexed, bindings, view)
        ? many(several, why, reader(several.text(lexed), bindings, meanings), view, absent)
        : one;
  }

  /// Whether rows would be locked that a shard can't tell from the query's.
  private static boolean locksOthers(Gathering several, Lexed lexed, Bindings bindings, RoutingView view) {
    return several.locks() && !new GatherTexts(several, lexed, bindings, view).canLeaveToShards();
  }

  private Decision one(
      Plan.Forward plan, Lexed lexed, Bindings bindings, RoutingView view, Set<GroupKey> absent, @Nullable KeyMeanings meanings) {
    ShardMap map = view.map();
    return switch (plan.target()) {
      case Target.Home _ -> Decision.Home.INSTANCE;
      case Target.AnyShard _ -> Decision.AnyShard.INSTANCE;
      case Target.NoShard(Plan.Refuse why) -> new Decision.Refused(why);
      case Target.ByKey byKey -> {
        Decision fast = fast(byKey, lexed, bindings, map);
        yield fast != null ? fast : slow(plan, List.of(byKey), reader(lexed, bindings, meanings), view, absent);
      }
      case Target.Meeting meeting -> slow(plan, meeting.relations(), reader(lexed, bindings, meanings), view, absent);
    };
  }

  /// Where the rows of each reference are.
  private static Decision many(Gathering several, Plan.Refuse why, KeyReader reader, RoutingView view, Set<GroupKey> absent) {
    List<PulledRows> pulled = new ArrayList<>();
    List<UnplacedKey> unplaced = new ArrayList<>();
    for (Gathering.Pull pull : several.pulls()) {
      switch (pull.source()) {
        case Gathering.Source.Home() -> pulled.add(new PulledRows(Set.of(view.map().home()), null));
        case Gathering.Source.Sharded(Target.ByKey keys, var _) -> {
          KeySpace space = view.map().keySpace(keys.group());
          Values values = new KeyEvaluation(space, keys, reader).values(keys.keys());
          List<KeyValue> known = values.known();
          if (known != null && space instanceof KeyTable table
              && unplaced(keys, values, known, table, reader, view.map(), absent) instanceof Where.Shards(Set<ShardId> _, List<UnplacedKey> unknown)) {
            unplaced.addAll(unknown);
          }
          pulled.add(new PulledRows(values.shards(space), known == null || known.size() > KEYS_SAID_MAX ? null : known));
        }
      }
    }
    return unplaced.isEmpty() ? new Decision.Many(pulled, why) : new Decision.Unplaced(unplaced);
  }

  /// Whether a key is in a parameter of which nobody has said the type yet. Hot path: allocates nothing for one key.
  static boolean isUntold(Plan.Forward plan, Bindings bindings) {
    return switch (plan.target()) {
      case Target.Home _, Target.AnyShard _, Target.NoShard _ -> false;
      case Target.ByKey byKey -> isUntold(byKey, bindings);
      case Target.Meeting meeting -> meeting.relations().stream().anyMatch(each -> isUntold(each, bindings));
    };
  }

  private static boolean isUntold(Target.ByKey byKey, Bindings bindings) {
    if (isUntold(byKey.keys(), bindings) || (byKey.assigned() != null && isUntold(byKey.assigned(), bindings))) {
      return true;
    }
    for (NewRows rows : byKey.newRows()) {
      if (rows.label() instanceof LabelSource.Value label && isUntold(label.source(), bindings)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUntold(KeySet keys, Bindings bindings) {
    return switch (keys) {
      case KeySet.One one -> isUntold(one.source(), bindings);
      case KeySet.Union union -> union.of().stream().anyMatch(each -> isUntold(each, bindings));
      case KeySet.Intersection both -> both.of().stream().anyMatch(each -> isUntold(each, bindings));
      case KeySet.Within(KeySource low, KeySource high, boolean _) ->
          (low != null && isUntold(low, bindings)) || (high != null && isUntold(high, bindings));
      case KeySet.Nothing _, KeySet.Everything _ -> false;
    };
  }

  private static boolean isUntold(KeySource source, Bindings bindings) {
    return switch (source) {
      case KeySource.Parameter parameter -> parameter.typeOid() == KeySource.UNTOLD && isUntold(parameter.number(), bindings);
      case KeySource.ParameterArray array -> array.elementOid() == KeySource.UNTOLD && isUntold(array.number(), bindings);
      case KeySource.Stored stored -> isUntold(stored.value(), bindings);
      case KeySource.Literal _, KeySource.LiteralArray _, KeySource.Spelled _, KeySource.Constant _, KeySource.Null _ -> false;
    };
  }

  private static boolean isUntold(int parameter, Bindings bindings) {
    return parameter <= bindings.count() && KeyReader.isUnknown(bindings.typeOid(parameter - 1));
  }

  Decision.One one(ShardId shard) {
    Decision.One known = ones.get(shard);
    return known != null ? known : ones.computeIfAbsent(shard, Decision.One::new);
  }

  private @Nullable Decision fast(Target.ByKey byKey, Lexed lexed, Bindings bindings, ShardMap map) {
    if (byKey.assigned() != null || byKey.group().keyType() != KeyType.BIGINT || !(byKey.keys() instanceof KeySet.One one)) {
      return null;
    }
    if (one.source() instanceof KeySource.Literal literal) {
      LiteralKind kind = lexed.literalKind(literal.slot());
      if (kind == LiteralKind.INT4 || kind == LiteralKind.INT8) {
        long value = lexed.literalLong(literal.slot());
        return owner(byKey.group(), literal.negative() ? -value : value, map);
      }
      return null;
    }
    return one.source() instanceof KeySource.Parameter parameter ? fast(parameter, byKey.group(), bindings, map) : null;
  }

  private @Nullable Decision fast(KeySource.Parameter parameter, Group group, Bindings bindings, ShardMap map) {
    int index = parameter.number() - 1;
    if (index >= bindings.count()) {
      return null;
    }
    byte[] value = bindings.value(index);
    int said = bindings.typeOid(index);
    int oid = said == 0 ? parameter.typeOid() : said;
    if (value == null || (oid != 20 && oid != 23 && oid != 21)) {
      return null;
    }
    return bindings.binary(index) ? fastBinary(value, group, map) : fastText(value, group, map);
  }

  private @Nullable Decision fastBinary(byte[] value, Group group, ShardMap map) {
    if (value.length != 8 && value.length != 4 && value.length != 2) {
      return null;
    }
    long key = value[0];
    for (int i = 1; i < value.length; i++) {
      key = (key << 8) | (value[i] & 0xff);
    }
    return owner(group, key, map);
  }

  private @Nullable Decision fastText(byte[] value, Group group, ShardMap map) {
    if (value.length == 0 || value.length > 18) {
      return null;
    }
    int from = value[0] == '-' ? 1 : 0;
    if (from == value.length) {
      return null;
    }
    long key = 0;
    for (int i = from; i < value.length; i++) {
      int digit = value[i] - '0';
      if (digit < 0 || digit > 9) {
        return null;
      }
      key = key * 10 + digit;
    }
    return owner(group, from == 1 ? -key : key, map);
  }

  /// Null when only the directory can tell.
  private @Nullable Decision owner(Group group, long key, ShardMap map) {
    ShardId owner = map.keySpace(group).ownerOf(key);
    return owner == null ? null : one(owner);
  }

  private static KeyReader reader(Lexed lexed, Bindings bindings, @Nullable KeyMeanings meanings) {
    return meanings == null ? new KeyReader(lexed, bindings) : new KeyReader(lexed, bindings, meanings);
  }

  private Decision slow(Plan.Forward plan, List<Target.ByKey> relations, KeyReader reader, RoutingView view, Set<GroupKey> absent) {
    ShardMap map = view.map();
    Set<ShardId> shards = new TreeSet<>();
    List<UnplacedKey> unplaced = new ArrayList<>();
    for (Target.ByKey byKey : relations) {
      Where where = where(byKey, reader, map, absent);
      switch (where) {
        case Where.Null() -> {
          String column = byKey.group().keyColumn(byKey.table()).orElse("its key");
          // Where rows come from another sharded table, the home shard may have none to complain about.
          boolean homeComplains = relations.size() == 1 && isNotNull(byKey.table(), column, view);
          return homeComplains ? Decision.Home.INSTANCE : new Decision.Refused(Refusal.NULL_KEY.of(column, byKey.table().name()));
        }
        case Where.Refused(Plan.Refuse refuse) -> {
          return new Decision.Refused(refuse);
        }
        case Where.Shards(Set<ShardId> found, List<UnplacedKey> unknown) -> {
          shards.addAll(found);
          unplaced.addAll(unknown);
        }
      }
    }
    if (shards.size() <= 1 && !unplaced.isEmpty()) {
      return new Decision.Unplaced(unplaced);
    }
    return switch (shards.size()) {
      case 0 -> Decision.AnyShard.INSTANCE;
      case 1 -> one(shards.iterator().next());
      default -> new Decision.Refused(severalShards(plan, relations).of(names(relations)));
    };
  }

  /// Where the rows of one relation are; none where the keys are no values of their type, or NULL, or no key at all.
  static Set<ShardId> shards(Target.ByKey byKey, Lexed lexed, Bindings bindings, RoutingView view) {
    return switch (where(byKey, new KeyReader(lexed, bindings), view.map(), Set.of())) {
      case Where.Shards(Set<ShardId> found, List<UnplacedKey> _) -> found;
      case Where.Null(), Where.Refused _ -> Set.of();
    };
  }

  /// Whether every shard refuses a row without that value, in PostgreSQL's own words.
  static boolean isNotNull(TableName table, String column, RoutingView view) {
    return view.catalog().relation(table).flatMap(relation -> relation.column(column)).filter(Column::notNull).isPresent();
  }

  private static Refusal severalShards(Plan.Forward plan, List<Target.ByKey> relations) {
    if (relations.size() > 1) {
      return Refusal.SHARDS_DIFFER;
    }
    if (relations.getFirst().writesKey()) {
      return Refusal.KEY_EXPRESSION;
    }
    return plan.effects().writes() && plan.several() == null ? Refusal.MULTI_SHARD_WRITE : Refusal.MULTI_SHARD_QUERY;
  }

  private static String names(List<Target.ByKey> relations) {
    return String.join("\", \"", relations.stream().map(relation -> relation.table().toString()).distinct().toList());
  }

  /// Where the rows of one relation are.
  private sealed interface Where {
    /// @param unplaced keys of which only the directory knows where they are
    record Shards(Set<ShardId> shards, List<UnplacedKey> unplaced) implements Where {}

    /// A new row has no key.
    record Null() implements Where {}

    record Refused(Plan.Refuse refuse) implements Where {}
  }

  private static Where where(Target.ByKey byKey, KeyReader reader, ShardMap map, Set<GroupKey> absent) {
    KeySpace space = map.keySpace(byKey.group());
    Values values = new KeyEvaluation(space, byKey, reader).values(byKey.keys());
    List<KeyValue> known = values.known();
    if (byKey.writesKey() && (values.hasNull() || (known != null && known.isEmpty()))) {
      return new Where.Null();
    }
    KeySource assigned = byKey.assigned();
    if (assigned != null && !isKept(assigned, known, byKey, reader)) {
      return new Where.Refused(Refusal.KEY_UPDATE.of(byKey.table()));
    }
    boolean unlisted = byKey.writesKey() && values.uncertain() && values.shards(space).size() > 1;
    if (unlisted || (!byKey.newRows().isEmpty() && known == null)) {
      return new Where.Refused(Refusal.uncertainKey(byKey.group().keyType()).of(byKey.table()));
    }
    return known == null || !(space instanceof KeyTable table)
        ? new Where.Shards(values.shards(space), List.of())
        : unplaced(byKey, values, known, table, reader, map, absent);
  }

  /// Looks for the keys that have no owner here: those of new rows are to be placed, and absent ones have no rows.
  ///
  /// Owners are read last: a key that another thread places meanwhile then has one, or is told as unplaced, or both, but is never without a word.
  private static Where unplaced(
      Target.ByKey byKey, Values values, List<KeyValue> known, KeyTable table, KeyReader reader, ShardMap map, Set<GroupKey> absent) {
    List<UnplacedKey> unplaced = new ArrayList<>();
    for (KeyValue key : known) {
      if (table.ownerOf(key) != null) {
        continue;
      }
      if (byKey.newRows().isEmpty()) {
        UnplacedKey unknown = new UnplacedKey(byKey.group(), key, Set.of());
        if (!absent.contains(unknown.name())) {
          unplaced.add(unknown);
        }
        continue;
      }
      switch (NewKeys.decide(byKey.group(), byKey.table(), key, label(byKey, key, reader), map, absent)) {
        case Decision.Unplaced(List<UnplacedKey> one) -> unplaced.addAll(one);
        case Decision.Refused(Plan.Refuse refuse) -> {
          return new Where.Refused(refuse);
        }
        case Decision.One _, Decision.AnyShard _, Decision.Home _, Decision.Many _ -> throw new IllegalStateException("a new key has an owner");
      }
    }
    return new Where.Shards(values.shards(table), unplaced);
  }

  /// What the first row with that key is placed by; null when it tells nothing.
  private static @Nullable String label(Target.ByKey byKey, KeyValue key, KeyReader reader) {
    for (NewRows rows : byKey.newRows()) {
      boolean only = byKey.newRows().size() == 1;
      if (only || isAmong(key, rows.keys(), byKey, reader)) {
        return NewKeys.label(rows.label(), reader);
      }
    }
    return null;
  }

  private static boolean isAmong(KeyValue key, KeySet keys, Target.ByKey byKey, KeyReader reader) {
    List<KeyValue> known = new KeyEvaluation(new KeyTable(key.type(), Set.of()), byKey, reader).values(keys).known();
    return known != null && known.contains(key);
  }

  private static boolean isKept(KeySource assigned, @Nullable List<KeyValue> keys, Target.ByKey byKey, KeyReader reader) {
    if (keys == null || keys.size() != 1) {
      return false;
    }
    // What is too long for the column is no row's key: there is nothing to move.
    return isValue(assigned, keys, byKey, reader)
        || (assigned instanceof KeySource.Stored(KeySource said, int _) && isValue(said, keys, byKey, reader));
  }

  private static boolean isValue(KeySource source, List<KeyValue> keys, Target.ByKey byKey, KeyReader reader) {
    return reader.read(source, byKey.group().keyType()) instanceof KeyReader.Keys.Known(List<KeyValue> values) && values.equals(keys);
  }
}
