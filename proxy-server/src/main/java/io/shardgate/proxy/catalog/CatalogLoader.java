package io.shardgate.proxy.catalog;

import io.shardgate.proxy.oid.ServerNames;
import io.shardgate.router.catalog.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads catalogs through either door with one set of texts.
///
/// Thread-safe: keeps nothing between loads.
public final class CatalogLoader {

  private static final List<String> CATALOG =
      List.of(
          CatalogQueries.RELATIONS,
          CatalogQueries.COLUMNS,
          CatalogQueries.OWNED_SEQUENCES,
          CatalogQueries.PARENTS,
          CatalogQueries.READS,
          CatalogQueries.TRIGGERS,
          CatalogQueries.POLICIES,
          CatalogQueries.RULES,
          CatalogQueries.UNIQUES,
          CatalogQueries.FOREIGN_KEYS,
          CatalogQueries.FUNCTIONS,
          CatalogQueries.FUNCTION_PARTS,
          CatalogQueries.TYPES,
          CatalogQueries.SYSTEM_RELATIONS,
          CatalogQueries.CODE_USES,
          CatalogQueries.LOOSE_COLLATIONS);

  /// A home shard's catalog, and the names that its OIDs stand for.
  ///
  /// @param catalog has version 0; who keeps it numbers it
  public record Loaded(Catalog catalog, ServerNames names) {}

  private record Path(String before, @Nullable String tempSchema) {}

  private CatalogLoader() {}

  /// Loads everything that routing needs. The source must be inside a transaction that has not failed: `search_path` is changed for the time
  /// of the load and put back.
  ///
  /// @return completes on the thread that brings the source's last answer; exceptionally where a query failed
  public static CompletionStage<Loaded> load(CatalogSource source) {
    return source.query(CatalogQueries.SAVE_PATH).thenCompose(rows -> loadUnder(path(rows), source));
  }

  private static Path path(List<List<@Nullable String>> rows) {
    List<@Nullable String> row = rows.getFirst();
    @Nullable String before = row.get(0);
    return new Path(before == null ? "" : before, row.get(2));
  }

  private static CompletionStage<Loaded> loadUnder(Path path, CatalogSource source) {
    CompletionStage<List<CatalogRows>> answers = all(source, CATALOG);
    CompletionStage<?> restored = source.query(CatalogQueries.restorePath(path.before()));
    return answers.thenCombine(
        restored,
        (rows, _) -> {
          CatalogAssembly assembly = new CatalogAssembly(path.tempSchema());
          return new Loaded(assembly.catalog(rows), CatalogAssembly.homeNames(rows.get(12), rows.get(0), rows.get(1)));
        });
  }

  /// Loads what one shard calls its types and relations.
  public static CompletionStage<ServerNames> loadNames(CatalogSource source) {
    return all(source, List.of(CatalogQueries.TYPES, CatalogQueries.RELATION_NAMES, CatalogQueries.COLUMN_NAMES))
        .thenApply(rows -> CatalogAssembly.names(rows.get(0), rows.get(1), rows.get(2)));
  }

  private static CompletionStage<List<CatalogRows>> all(CatalogSource source, List<String> queries) {
    List<CompletableFuture<CatalogRows>> answers = new ArrayList<>();
    for (String query : queries) {
      answers.add(source.query(query).thenApply(CatalogRows::new).toCompletableFuture());
    }
    return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0])).thenApply(_ -> answers.stream().map(CompletableFuture::join).toList());
  }
}
