package io.shardgate.proxy.catalog;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A door to one server's catalog: the service role's, or a session's own connection inside its transaction.
public interface CatalogSource {

  /// Runs one SELECT. Calls may come before earlier ones are answered; they run in the order of the calls, in one snapshot where the source
  /// can give one.
  ///
  /// @return the rows, each value as text
  CompletionStage<List<List<@Nullable String>>> query(String sql);
}
