package io.shardgate.proxy.catalog;

import io.shardgate.proxy.oid.ServerNames;
import java.sql.Connection;

/// Lets tests of other packages read a server's names as the keeper does.
public final class CatalogNames {

  private CatalogNames() {}

  public static ServerNames read(Connection connection) {
    return CatalogLoader.loadNames(new JdbcCatalogSource(connection)).toCompletableFuture().join();
  }
}
