package io.shardgate.proxy.execute;

import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.catalog.Column;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Whether values that go from shard to shard as text arrive as they were. Floats do not where `extra_float_digits` rounds them, nor times
/// with a zone where DateStyle prints the zone as an abbreviation: then the statement is refused. Thread-safe: keeps nothing.
final class ExactText {
  /// Their text, and that of their arrays, means the same under all settings of one session.
  private static final Set<String> SURE =
      Set.of(
          "int2", "int4", "int8", "numeric", "bool", "text", "varchar", "bpchar", "name", "char", "uuid", "bytea", "json", "jsonb", "date",
          "timestamp", "time", "timetz", "interval", "xml", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "oid");

  private ExactText() {}

  /// Asks the server for its settings only if a column may need it.
  static CompletableFuture<Void> check(Participant participant, List<Column> columns) {
    Optional<Column> unsure = columns.stream().filter(column -> !isSure(column.typeName())).findFirst();
    if (unsure.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    String sql =
        "SELECT pg_catalog.current_setting('extra_float_digits')::pg_catalog.int4 > 0"
            + " AND pg_catalog.starts_with(pg_catalog.current_setting('DateStyle'), 'ISO')";
    return participant.conversation().ask(sql)
        .thenAccept(
            answer -> {
              if (!"t".equals(answer.orThrow().rows().getFirst().getFirst())) {
                throw ProxyRefusal.INEXACT_TEXT.error(unsure.get().name());
              }
            });
  }

  private static boolean isSure(String typeName) {
    return SURE.contains(typeName.startsWith("_") ? typeName.substring(1) : typeName);
  }
}
