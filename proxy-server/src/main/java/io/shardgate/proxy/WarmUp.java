package io.shardgate.proxy;

import io.shardgate.directory.Endpoint;
import io.shardgate.directory.MapVersion;
import io.shardgate.directory.Shard;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.scram.ScramClient;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.catalog.CatalogKeeper;
import io.shardgate.router.RoutingView;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does once, before the port opens, what the first client would otherwise wait for: classes loaded, the parser's tables built, the home
/// shard's catalog read.
/// Thread-safe: what its own thread does touches nothing that the proxy has.
final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int ROUNDS = 5;
  private static final long SECONDS_MAX = 10;

  /// One of each family that applications send first.
  private static final List<String> STATEMENTS =
      List.of(
          "BEGIN", "COMMIT", "SET application_name = 'warm'", "SELECT 1", "SELECT a, b FROM t WHERE a = $1 AND b IN (1, 2)",
          "SELECT t.a, count(*) FROM t JOIN u ON t.a = u.a LEFT JOIN v USING (a) WHERE t.b LIKE 'x%' GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
          "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y') ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING a",
          "UPDATE t SET b = b + 1 WHERE a = 7", "DELETE FROM t WHERE a = 7",
          "WITH w AS (SELECT a FROM t WHERE a = 1) SELECT * FROM w",
          "CREATE TABLE t (a bigint PRIMARY KEY, b text NOT NULL DEFAULT 'x')");

  private final CompletableFuture<Void> done = new CompletableFuture<>();

  private WarmUp() {}

  /// Begins beside the caller, who reads settings and opens ports meanwhile.
  static WarmUp begin() {
    WarmUp warmUp = new WarmUp();
    Thread.ofPlatform().daemon().name("warm-up").start(warmUp::run);
    return warmUp;
  }

  private void run() {
    try {
      SqlRouter router = new SqlRouter();
      ShardId shard = new ShardId("s1");
      ShardMap map =
          new ShardMap(
              MapVersion.FIRST, shard, Map.of(shard, new Shard(shard, Endpoint.parse("postgresql://localhost/warm"))), Map.of(), Map.of(), Set.of(), Map.of(),
              Map.of());
      for (int i = 0; i < ROUNDS; i++) {
        statements(router, map);
        login();
      }
      done.complete(null);
    } catch (RuntimeException failure) {
      done.completeExceptionally(failure);
    }
  }

  /// Waits for it, and for the catalog of the map's home shard; what can't be had in time is had without.
  void await(ShardMap map, CatalogKeeper catalogs) {
    CompletableFuture<?> catalog = catalogs.get(map.shard(map.home()).primary().database()).toCompletableFuture();
    await(done, "the first statements may be slow");
    await(catalog, "the home shard's catalog cannot be read yet");
  }

  private static void await(CompletableFuture<?> awaited, String otherwise) {
    try {
      awaited.get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException failure) {
      LOG.warn("{}: {}", otherwise, String.valueOf(failure.getMessage()));
    }
  }

  private static void statements(SqlRouter router, ShardMap map) {
    RoutingView view = new RoutingView(Catalog.empty(), map, List.of("public"), true, StandardCharsets.UTF_8, "warm");
    Lexer lexer = new Lexer();
    for (String statement : STATEMENTS) {
      for (Lexed lexed : lexer.statements(statement.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT)) {
        router.plan(lexed, view);
      }
    }
  }

  private static void login() {
    ScramServer server = ScramServer.against(ScramVerifier.of("warm", new byte[ScramVerifier.SALT_BYTES], 1));
    ScramClient client = ScramClient.withPassword("warm");
    server.finish(client.respond(server.first(client.first())));
  }
}
