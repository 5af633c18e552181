package io.shardgate.proxy.execute;

import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/// Carries out [Plan.ShardByShard]: statements that PostgreSQL runs outside of transactions only (VACUUM, CREATE INDEX CONCURRENTLY), one
/// shard after the other.
/// Thread-safe: executions keep their state to themselves.
///
/// Inside a transaction block the first shard's own error is the answer; what is allowed there (ANALYZE) runs on all shards. What was done
/// on the shards before a failure stays done, and the error says where: nothing can take it back.
final class OneByOne {

  /// Runs the plan; gives the first shard's command tag.
  CompletableFuture<String> execute(Plan.ShardByShard plan, Execution execution, ExecutionPort port) {
    return next(plan.texts(), 0, "", execution, port);
  }

  private CompletableFuture<String> next(
      List<ShardText> texts, int index, String firstTag, Execution execution, ExecutionPort port) {
    if (index == texts.size()) {
      return CompletableFuture.completedFuture(firstTag);
    }
    ShardText text = texts.get(index);
    return port.join(text.shard())
        .thenCompose(
            participant ->
                index == 0
                    ? ShardRun.aloud(participant, text.text(), execution, port, true)
                    : ShardRun.silent(participant, text.text(), execution, port, true))
        .handle(
            (tag, failure) -> {
              if (failure != null) {
                throw port.block().isOpen() ? unwrapped(failure) : halfway(failure, texts.subList(0, index));
              }
              return index == 0 ? tag : firstTag;
            })
        .thenCompose(tag -> next(texts, index + 1, tag, execution, port));
  }

  private static RuntimeException halfway(Throwable failure, List<ShardText> done) {
    RuntimeException cause = unwrapped(failure);
    if (done.isEmpty() || !(cause instanceof ServerErrorException known)) {
      return cause;
    }
    ErrorFields fields = known.fields();
    String shards = done.stream().map(text -> "\"" + text.shard() + "\"").collect(Collectors.joining(", "));
    String context = fields.field(ErrorFields.WHERE).map(where -> where + "\n").orElse("");
    return new ServerErrorException(
        fields.with(ErrorFields.WHERE, context + "the statement was completed before on " + shards));
  }

  private static RuntimeException unwrapped(Throwable failure) {
    Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    return cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }
}
