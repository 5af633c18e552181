package io.shardgate.proxy.session;

import io.shardgate.directory.Extent;
import io.shardgate.directory.ForeignMark;
import io.shardgate.directory.Group;
import io.shardgate.directory.KeySpace;
import io.shardgate.directory.KeyTable;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ProxyPresence;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TableName;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.proxy.admin.AdminTopics;
import io.shardgate.proxy.pool.ShardPool;
import io.shardgate.proxy.relay.TextRows;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `SHOW SHARDGATE …`: rows of text about the cluster.
final class ShowShardgate {
  /// By the rules of pg_stat_activity: HAS_PGSTAT_PERMISSIONS in PostgreSQL's pgstatfuncs.c.
  private static final String VISIBLE_ROLES =
      "SELECT rolname FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role(oid, 'USAGE') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')";

  private ShowShardgate() {}

  /// The columns of an answer; throws when there is no such topic.
  static List<String> columns(@Nullable Topic topic) {
    return AdminTopics.columns(AdminTopics.known(topic));
  }

  static CompletableFuture<Void> run(ClientSession session, @Nullable Topic topic, boolean describe) {
    CompletableFuture<List<List<String>>> rows =
        switch (AdminTopics.known(topic)) {
          case STATUS -> CompletableFuture.completedFuture(status(session));
          case SHARDS -> CompletableFuture.completedFuture(shards(session));
          case TABLES -> CompletableFuture.completedFuture(tables(session.map()));
          case MAP -> mapOf(session);
          case POOLS -> CompletableFuture.completedFuture(pools(session));
          case CLIENTS -> clients(session);
          case PROXIES -> CompletableFuture.completedFuture(session.services().proxies().get().stream().map(ShowShardgate::proxy).toList());
          case VERSION ->
              CompletableFuture.completedFuture(
                  List.of(List.of(AdminTopics.version(), session.map().version().toString(), session.services().directoryFault().get().orElse(""))));
        };
    return rows.thenAccept(all -> write(session, columns(topic), all, "SHOW", describe));
  }

  /// As in pg_stat_activity, everybody sees who is there, and what those of other roles do only who has their rights. The home shard says
  /// who has; where it can't, nobody but the role itself.
  private static CompletableFuture<List<List<String>>> clients(ClientSession session) {
    return session.join(session.map().home())
        .thenCompose(home -> home.conversation().ask(VISIBLE_ROLES))
        .handle((answer, failure) -> {
          Set<String> visible = new HashSet<>();
          if (failure == null && answer.error() == null) {
            answer.rows().forEach(row -> visible.add(String.valueOf(row.getFirst())));
          } else {
            visible.add(session.key().role());
          }
          return session.services().registry().sessions().stream().map(each -> each.row(visible)).sorted(Comparator.comparingInt(row -> Integer.parseInt(row.getFirst()))).toList();
        });
  }

  /// Sends rows of text, and CommandComplete.
  static void write(ClientSession session, List<String> columns, List<List<String>> rows, String tag, boolean describe) {
    if (describe) {
      describe(session, columns);
    }
    TextRows.write(session.output(), rows);
    BackendWriter.commandComplete(session.output().stage(), tag);
  }

  /// Announces columns of text.
  static void describe(ClientSession session, List<String> columns) {
    TextRows.describe(session.output(), columns);
  }

  private static List<List<String>> status(ClientSession session) {
    ShardMap map = session.map();
    SessionServices services = session.services();
    List<String> down = services.pools().views().stream().filter(view -> !view.reachable()).map(view -> view.shard().value()).sorted().toList();
    long tables = map.groups().values().stream().mapToLong(group -> group.tables().size()).sum();
    return List.of(
        List.of("version", AdminTopics.version()),
        List.of("map_version", map.version().toString()),
        List.of("home", map.home().value()),
        List.of("shards", Integer.toString(map.shards().size())),
        List.of("unreachable", String.join(", ", down)),
        List.of("groups", Integer.toString(map.groups().size())),
        List.of("sharded_tables", Long.toString(tables)),
        List.of("reference_tables", Integer.toString(map.reference().size())),
        List.of("proxies", Integer.toString(services.proxies().get().size())),
        List.of("clients", Integer.toString(services.registry().sessions().size())),
        List.of("directory", services.directoryFault().get().orElse("in order")));
  }

  private static List<String> proxy(ProxyPresence proxy) {
    return List.of(proxy.id(), proxy.address(), proxy.acknowledged().toString());
  }

  private static List<List<String>> shards(ClientSession session) {
    ShardMap map = session.map();
    Set<ShardId> down = new HashSet<>();
    session.services().pools().views().stream().filter(view -> !view.reachable()).forEach(view -> down.add(view.shard()));
    List<List<String>> rows = new ArrayList<>();
    for (Shard shard : map.shards().values()) {
      rows.add(
          List.of(
              shard.id().value(), shard.primary().host() + ":" + shard.primary().port(), shard.primary().database(),
              Integer.toString(shard.weight()), shard.id().equals(map.home()) ? "t" : "f",
              down.contains(shard.id()) ? "f" : "t"));
    }
    return rows;
  }

  private static List<List<String>> tables(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    for (Group group : map.groups().values()) {
      group.tables().forEach(
          (table, key) -> rows.add(List.of(table.toString(), "sharded", group.name(), key)));
    }
    for (TableName table : map.reference()) {
      rows.add(List.of(table.toString(), "reference", "", ""));
    }
    return rows;
  }

  /// Beside the event loop: a million keys may be marked.
  private static CompletableFuture<List<List<String>>> mapOf(ClientSession session) {
    ShardMap map = session.map();
    CompletableFuture<List<List<String>>> done = new CompletableFuture<>();
    Thread.ofVirtual().name("show-map").start(() -> {
      try {
        List<List<String>> rows = map(map);
        session.eventLoop().execute(() -> done.complete(rows));
      } catch (RuntimeException e) {
        session.eventLoop().execute(() -> done.completeExceptionally(e));
      }
    });
    return done;
  }

  private static List<List<String>> map(ShardMap map) {
    List<List<String>> rows = new ArrayList<>();
    map.groups().forEach((name, group) -> {
      String strategy = group.strategy().word();
      KeySpace space = map.keySpace(group);
      if (space instanceof KeyTable table) {
        Map<ShardId, Map<ShardId, Integer>> foreign = foreignKeys(map, name, table);
        table.owners().forEach(shard -> rows.add(List.of(
            name, "", shard.value(), Long.toString(table.count(shard)),
            foreign.getOrDefault(shard, Map.of()).entrySet().stream().map(each -> each.getKey() + ": " + each.getValue() + " keys").collect(Collectors.joining(", ")), strategy)));
      }
      space.pieces().forEach(piece ->
          rows.add(List.of(name, piece.from() == null ? "" : piece.from(), piece.owner().value(), "", foreignPieces(map, name, piece), strategy)));
    });
    return rows;
  }

  private static String foreignPieces(ShardMap map, String group, KeySpace.Piece piece) {
    return map.foreign().over(piece.extent(), group).entrySet().stream()
        .map(mark -> mark.getKey() + (mark.getValue() ? "" : " in part")).collect(Collectors.joining(", "));
  }

  /// By owner: how many keys of its own are foreign on which shard.
  private static Map<ShardId, Map<ShardId, Integer>> foreignKeys(ShardMap map, String group, KeyTable table) {
    Map<ShardId, Map<ShardId, Integer>> keys = new TreeMap<>();
    for (ForeignMark mark : map.foreign().of(group)) {
      ShardId owner = mark.extent() instanceof Extent.Single(KeyValue key) ? table.ownerOf(key) : null;
      if (owner != null) {
        keys.computeIfAbsent(owner, _ -> new TreeMap<>()).merge(mark.shard(), 1, Integer::sum);
      }
    }
    return keys;
  }

  private static List<List<String>> pools(ClientSession session) {
    List<List<String>> rows = new ArrayList<>();
    for (ShardPool.View view : session.services().pools().views()) {
      rows.add(
          List.of(
              view.shard().value(), Integer.toString(view.open()), Integer.toString(view.idle()),
              Integer.toString(view.waiting()), Integer.toString(view.maxConnections())));
    }
    return rows;
  }
}
