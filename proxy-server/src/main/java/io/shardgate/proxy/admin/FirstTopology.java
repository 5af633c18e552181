package io.shardgate.proxy.admin;

import io.shardgate.directory.ShardMap;
import io.shardgate.directory.TopologyException;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.TopologyChange.Begun;
import io.shardgate.proxy.config.ProxyConfig;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.statement.AdminStatement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What an admin can have done while there is no shard map: a topology makes the first.
/// Thread-safe: acts run on [ActThreads]; who comes first is decided by the store.
public final class FirstTopology implements AutoCloseable {
  private final Place place;
  private final ProxyConfig config;
  private final ActThreads threads = new ActThreads();

  /// Where the first map is recorded.
  @FunctionalInterface
  public interface Place {
    /// Records the map, and says whether it did: not when there is one. May block.
    boolean record(ShardMap first) throws IOException;
  }

  public FirstTopology(Place place, ProxyConfig config) {
    this.place = place;
    this.config = config;
  }

  /// Carries an APPLY or a DIFF out. Completes on any thread, and fails with a [ServerErrorException] that the client is to see.
  public CompletableFuture<AdminAnswer> run(AdminStatement statement, Actor actor) {
    return switch (statement) {
      case AdminStatement.Diff diff -> threads.run(() -> {
        Begun begun = begin(diff.topology());
        return new AdminAnswer(TopologyDiff.first(begun.map()), AdminActs.notices(begun.warnings()));
      });
      case AdminStatement.Apply apply -> threads.run(() -> Audit.of(actor, AdminActs.name(apply), () -> apply(apply), AdminActs::differences));
      case AdminStatement.Split _, AdminStatement.Merge _, AdminStatement.Assign _, AdminStatement.VerifySchema _, AdminStatement.Uninstall _, AdminStatement.Show _,
          AdminStatement.Route _, AdminStatement.Unknown _ -> throw new IllegalArgumentException("needs a shard map: " + AdminActs.name(statement));
    };
  }

  private Begun begin(String topology) {
    try {
      return TopologyChange.begin(AdminActs.read(topology), config);
    } catch (TopologyException refused) {
      throw AdminActs.inapplicable(refused);
    }
  }

  private AdminAnswer apply(AdminStatement.Apply apply) {
    @Nullable Long expected = apply.ifVersion();
    if (expected != null && expected != 0) {
      throw Refusals.error(SqlState.SERIALIZATION_FAILURE, "there is no shard map yet, so none of version " + expected, "Look at SHARDGATE DIFF, then run the statement again.");
    }
    Begun begun = begin(apply.topology());
    boolean first;
    try {
      first = place.record(begun.map());
    } catch (IOException e) {
      throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
    }
    if (!first) {
      throw Refusals.error(
          SqlState.SERIALIZATION_FAILURE, "somebody else has recorded the first shard map meanwhile",
          "Connect again, look at what it says (SHARDGATE DIFF, SHARDGATE MAP), then run the statement again.");
    }
    List<ErrorFields> notices = new ArrayList<>(AdminActs.notices(begun.warnings()));
    notices.add(ErrorFields.notice(SqlState.SUCCESSFUL_COMPLETION, "the proxies begin to serve now, and end sessions like this one"));
    return new AdminAnswer(TopologyDiff.first(begun.map()), notices);
  }

  /// No more acts; those under way go on, and are told who was first.
  @Override
  public void close() {
    threads.end();
  }
}
