package io.shardgate.proxy.session;

import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.execute.ReadingTerms;
import io.shardgate.router.Bindings;
import io.shardgate.router.Scattered;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.TransactionStatement;
import org.jspecify.annotations.Nullable;

/// What a Bind made. Immutable.
sealed interface ClientPortal {
  /// A portal on a shard.
  ///
  /// @param rows where its rows have to be looked into, or may have to, and its statement does not say how
  /// @param gathered whether it runs over gathered rows: its columns are the statement's, which the server can't tell of this portal
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Remote(
      String name,
      Participant participant,
      ClientStatement statement,
      Residue residue,
      boolean writes,
      short[] resultFormats,
      @Nullable PortalRows rows,
      boolean gathered)
      implements ClientPortal {}

  /// A statement that the proxy answers.
  ///
  /// @param bindings its parameters, which EXPLAIN (ROUTE) may have
  record Local(Statement parsed, ClientStatement statement, Bindings bindings) implements ClientPortal {}

  /// One that was run to its end by the proxy, which can be done once.
  ///
  /// @param failed whether the transaction had failed before it ran: an error takes the statement from every portal that is there
  record Done(ClientPortal ran, boolean failed) implements ClientPortal {}

  /// What a Bind leaves that fails after the server has made the portal: it has a name and nothing in it.
  record Shell() implements ClientPortal {
    static final Shell INSTANCE = new Shell();
  }

  /// A plan over several shards; the frame is its own copy.
  ///
  /// @param terms under which settings a server would have read its texts at Bind
  record Spread(Plan plan, ClientStatement statement, BindFrame bind, ReadingTerms terms) implements ClientPortal {}

  /// A query that several shards are going to answer each for itself, all at once; the frame is its own copy.
  ///
  /// @param texts what it asks them
  /// @param terms under which settings a server would have read its texts at Bind
  /// @param asked what the client waits for
  record Streamed(Routed.Together together, Scattered texts, ClientStatement statement, BindFrame bind, ReadingTerms terms, Asked asked) implements ClientPortal {}

  /// What a client has asked about a portal whose Bind is not answered yet. Confined to its channel's event loop.
  final class Asked {
    private int descriptions;

    void description() {
      descriptions++;
    }

    int descriptions() {
      return descriptions;
    }
  }

  /// What begins or ends a transaction, and what commits at once, leaves nothing to be committed by Sync.
  static boolean staysInTransaction(Statement statement) {
    boolean mode = statement instanceof TransactionStatement.SetTransaction || statement instanceof TransactionStatement.SetConstraints;
    return (mode || !(statement instanceof TransactionStatement))
        && !(statement instanceof SessionStatement.Discard(SessionStatement.Discard.What what) && what == SessionStatement.Discard.What.ALL);
  }

  static boolean endsTransaction(ClientPortal portal) {
    return switch (portal) {
      case ClientPortal.Local local -> SimpleFlow.endsTransaction(new Plan.Local(local.parsed()));
      case ClientPortal.Done(ClientPortal ran, boolean failed) -> failed && endsTransaction(ran);
      case ClientPortal.Shell _ -> true;
      case ClientPortal.Remote remote -> remote.statement().lexed() == null; // an empty text, which is answered even then
      case ClientPortal.Spread _, ClientPortal.Streamed _ -> false;
    };
  }
}
