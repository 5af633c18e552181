package io.shardgate.oracle;

import io.shardgate.cluster.ForeignCopies;
import io.shardgate.cluster.TestCluster;
import io.shardgate.cluster.WireClient;
import io.shardgate.proxy.testing.PostgresServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/// A cluster of three shards and one PostgreSQL, which have the same tables with the same rows. Not thread-safe; owned by the test.
final class Sides implements AutoCloseable {
  private static final String PLAIN = "plain";
  private static final int SHARDS = 3;
  private static final int JUNK_MORE = 5;

  private final TestCluster cluster;
  private final Speaker proxy;
  private final Speaker one;

  private Sides(TestCluster cluster) {
    this.cluster = cluster;
    this.proxy = new Speaker(cluster::wire);
    PostgresServer server = cluster.shard("s1");
    this.one = new Speaker(() -> WireClient.login(server.port(), TestCluster.ROLE, TestCluster.PASSWORD, PLAIN));
  }

  static Sides start(List<World> worlds) {
    String groups = worlds.stream().map(World::topology).collect(Collectors.joining());
    String reference = worlds.stream().map(world -> world.only(Table.Place.REFERENCE).name()).collect(Collectors.joining(", "));
    Sides sides = new Sides(TestCluster.startPrivate(SHARDS, "groups:\n" + groups + "reference: [ " + reference + " ]\n"));
    try {
      sides.fill(worlds);
      return sides;
    } catch (RuntimeException | Error e) {
      sides.close();
      throw e;
    }
  }

  private void fill(List<World> worlds) {
    cluster.shard("s1").execute("CREATE DATABASE " + PLAIN + " OWNER " + TestCluster.ROLE);
    // So that types and tables have other numbers on each server.
    int junk = 0;
    for (String shard : cluster.shardNames()) {
      for (int i = 0; i < junk; i++) {
        cluster.executeOn(shard, "CREATE TYPE junk_%1$d AS ENUM ('a'); DROP TYPE junk_%1$d".formatted(i));
      }
      junk += JUNK_MORE;
    }
    List<String> statements = new ArrayList<>(List.of(Kind.SCHEMA.split("; ")));
    for (Table table : worlds.stream().flatMap(world -> world.tables().stream()).toList()) {
      statements.addAll(table.definition());
      statements.add(table.insertion(table.rows()));
    }
    worlds.forEach(world -> world.views().forEach(view -> statements.add(view.definition())));
    for (String sql : statements) {
      proxy.say(sql);
      one.say(sql);
    }
    plantForeignRows(worlds);
    proxy.learnNames();
    one.learnNames();
  }

  /// In every second world the shards hold copies of each other's rows, with other numbers.
  private void plantForeignRows(List<World> worlds) {
    Set<String> groups = worlds.stream().filter(world -> world.seed() % 2 == 0).flatMap(world -> world.sharded().stream()).map(Table::group).collect(Collectors.toSet());
    try {
      ForeignCopies.plant(cluster, groups::contains, rows -> rows.replaceAll("(?m)^([^\t]*)\t(\\d+)", "$1\t5$2"));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    for (Table table : worlds.stream().flatMap(world -> world.sharded().stream()).filter(table -> groups.contains(table.group())).toList()) {
      String copied = cluster.valueOn("s2", "SELECT count(*) = " + table.rows().size() + " AND max(" + table.number().name() + ") > 50 FROM " + table.name());
      if (!copied.equals("t")) {
        throw new IllegalStateException("not all rows of " + table.name() + " are on s2, changed where they are foreign");
      }
    }
  }

  /// From here on the questions are about this world.
  void turnTo(World world) {
    proxy.with(world.settings());
    one.with(world.settings());
  }

  Answer ofOne(Question question) {
    return one.ask(question);
  }

  Answer ofProxy(Question question) {
    return proxy.ask(question);
  }

  /// The numbers of a table's rows that are on this shard.
  Set<String> numbersOn(String shard, Table table) {
    String numbers = cluster.valueOn(shard, "SELECT string_agg(" + table.number().name() + "::text, ',') FROM " + table.name() + " WHERE " + table.number().name() + " < 50");
    return new HashSet<>(List.of(Objects.requireNonNull(numbers).split(",")));
  }

  @Override
  public void close() {
    proxy.close();
    one.close();
    cluster.close();
  }
}
