package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.Refusal;
import io.shardgate.router.plan.KeySet;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.NewRows;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.calcite.sql.SqlKind;
import org.jspecify.annotations.Nullable;

/// The relations that a statement reaches, each reference to a sharded one with the keys that can matter.
/// Not thread-safe; owned by the planning of one statement.
final class Reached {
  /// A limit on the work for one statement: views and common tables count as often as they are named.
  static final int MAX_RELATIONS = 400;

  private final List<Use> sharded = new ArrayList<>();
  private final List<Write> writes = new ArrayList<>();
  private final Set<TableName> home = new LinkedHashSet<>();
  private final Set<TableName> system = new LinkedHashSet<>();
  private final Set<TableName> reference = new LinkedHashSet<>();
  private final Set<TableName> unknown = new LinkedHashSet<>();
  private final Set<String> homeCalls = new LinkedHashSet<>();
  private final References references = new References();
  private boolean updatesFrom;
  private int count;

  /// One reference to a sharded table.
  ///
  /// @param newRows rows that it makes, where their keys may have to be placed
  record Use(Standing.Sharded standing, KeySet keys, List<NewRows> newRows) {}

  /// A table that rows are written to.
  ///
  /// @param assigned the value that an UPDATE gives the shard key; null when it leaves it alone
  record Write(Standing standing, SqlKind verb, @Nullable KeySource assigned) {}

  /// The places at which tables are read.
  References references() {
    return references;
  }

  /// Notes an UPDATE … FROM of a reference table.
  void addUpdateFrom() {
    updatesFrom = true;
  }

  boolean updatesFrom() {
    return updatesFrom;
  }

  /// Notes a function of the home shard that is called as if it were a column.
  void addHomeCall(String name) {
    homeCalls.add(name);
  }

  Set<String> homeCalls() {
    return homeCalls;
  }

  void addWrite(Write write) {
    writes.add(write);
  }

  List<Write> writes() {
    return writes;
  }

  void addSharded(Standing.Sharded standing, KeySet keys, List<NewRows> newRows) {
    sharded.add(new Use(standing, keys, newRows));
  }

  void addHome(TableName table) {
    home.add(table);
  }

  /// A relation of `pg_catalog` or `information_schema`.
  void addSystem(TableName table) {
    system.add(table);
  }

  boolean readsSystem() {
    return !system.isEmpty();
  }

  void addReference(TableName table) {
    reference.add(table);
  }

  void addUnknown(TableName table) {
    unknown.add(table);
  }

  /// Counts one more relation and gives up at the limit.
  void count() {
    if (++count > MAX_RELATIONS) {
      throw new RefusedException(Refusal.TOO_COMPLEX, MAX_RELATIONS);
    }
  }

  List<Use> sharded() {
    return sharded;
  }

  /// Relations of the home shard only: home tables, and PostgreSQL's own catalogs, which mean the home shard's.
  Set<TableName> home() {
    Set<TableName> both = new LinkedHashSet<>(home);
    both.addAll(system);
    return both;
  }

  Set<TableName> reference() {
    return reference;
  }

  Set<TableName> unknown() {
    return unknown;
  }
}
