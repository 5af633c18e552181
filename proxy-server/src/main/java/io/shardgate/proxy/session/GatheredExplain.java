package io.shardgate.proxy.session;

import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.TextRows;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.Option;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// EXPLAIN of a query over several shards, in the text format. Confined to its channel's event loop.
final class GatheredExplain {
  private final ClientSession session;
  private final DataStatement.Explain statement;
  private final Execution execution;

  GatheredExplain(ClientSession session, DataStatement.Explain statement, Execution execution) {
    this.session = session;
    this.statement = statement;
    this.execution = execution;
  }

  /// Answers up to CommandComplete, whose tag is the result.
  CompletableFuture<String> run(Routed.Together together) {
    Optional<String> format = statement.options().stream().filter(option -> option.name().equals("format")).map(Option::values).flatMap(List::stream).reduce((_, last) -> last);
    if (format.filter(name -> !name.toLowerCase(Locale.ROOT).equals("text")).isPresent()) {
      throw ProxyRefusal.EXPLAIN_FORMAT.error(format.get().toUpperCase(Locale.ROOT));
    }
    Lexed body = statement.body();
    if (body.parameterCount() > execution.bindings().count()) {
      throw ServerErrorException.of(together.many().otherwise()); // GENERIC_PLAN of a Query
    }
    Execution query = new Execution(body, execution.bindings(), new short[0], false, execution.terms(), body.charStart());
    byte[] explain = execution.lexed().slice(0, body.start() - execution.lexed().start());
    return session.services().gatherer().explain(together.gathering(), together.many(), together.map(), query, session, explain, statement.analyze())
        .thenApply(
            lines -> {
              if (execution.simple()) {
                ShowShardgate.describe(session, List.of("QUERY PLAN"));
              }
              TextRows.write(session.output(), lines.stream().map(List::of).toList());
              return "EXPLAIN";
            });
  }
}
