package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.gather.GatheredQuery;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.Scattered;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Has a query over several shards answered: by each for itself, or gathered and finished by the home shard, whose rows go to the client.
/// Confined to its channel's event loop.
final class GatheredAnswer {
  private static final int HEADER_BYTES = 5;

  private final ClientSession session;

  GatheredAnswer(ClientSession session) {
    this.session = session;
  }

  /// Answers up to CommandComplete, whose tag is the result.
  ///
  /// @param describe whether rows are announced by a RowDescription
  CompletableFuture<String> tell(Routed.Together together, Execution execution, boolean describe) {
    Consumer<ByteBuf> described = describe ? session.output()::retainBytes : _ -> {};
    Scattered texts = streamable(together, execution);
    return texts == null ? gather(together, execution, new byte[0], described, _ -> {}) : stream(together, texts, execution, null, described);
  }

  /// The same for a portal that shards can answer each for itself.
  ///
  /// @param bound is told its columns when it is bound, before its first row
  CompletableFuture<String> tell(ClientPortal.Streamed portal, Execution execution, Consumer<ByteBuf> bound) {
    ClientStatement statement = portal.statement();
    StatementKey key = statement.isNamed() && portal.texts().lasting() ? statement.key(session.sessionView().searchPathText()) : null;
    return stream(portal.together(), portal.texts(), execution, key, bound);
  }

  /// The texts with which shards answer this execution each for itself; null where rows have to be gathered.
  @Nullable Scattered streamable(Routed.Together together, Execution execution) {
    return together.residue().isNone() ? session.services().gatherer().streamable(together.gathering(), together.many(), execution, session) : null;
  }

  /// The same for DECLARE: `before` stands before its query.
  CompletableFuture<String> declare(String cursor, Declared.Gathered declared, Execution execution, byte[] before) {
    return gather(declared.together(), execution, before, _ -> {}, columns -> session.local().gathered(cursor, columns))
        .whenComplete((_, _) -> {
          Participant home = session.block().participant(session.map().home());
          if (home != null && declared.writes()) {
            home.conversation().wrote(true);
          }
        });
  }

  /// Outside of a transaction each shard's part is one of its own: nothing of it has to be committed together.
  private CompletableFuture<String> stream(
      Routed.Together together, Scattered texts, Execution execution, @Nullable StatementKey statement, Consumer<ByteBuf> bound) {
    TransactionBlock block = session.block();
    block.apart(!block.isOpen());
    try {
      return session.services().gatherer().stream(texts, together.map(), execution, session, statement, bound).whenComplete((_, _) -> block.apart(false));
    } catch (RuntimeException failure) {
      block.apart(false);
      throw failure;
    }
  }

  private CompletableFuture<String> gather(
      Routed.Together together, Execution execution, byte[] before, Consumer<ByteBuf> bound, Consumer<byte[]> columns) {
    session.block().beginImplicit();
    return session.services().gatherer().gather(together.gathering(), together.many(), together.map(), execution, session, before)
        .thenCompose(
            query -> {
              columns.accept(query.description());
              return finish(query, together.residue(), execution.resultFormats(), bound);
            });
  }

  private CompletableFuture<String> finish(GatheredQuery query, Residue residue, short[] resultFormats, Consumer<ByteBuf> bound) {
    Conversation home = query.home().conversation();
    session.rows().none();
    home.state().mayKnow(residue.settings());
    CompletableFuture<String> done = new CompletableFuture<>();
    query.bind(home, "", resultFormats);
    home.announce(new SilentReply(session, Reply.Until.BOUND, 0, outcome -> {
      if (outcome == Reply.Outcome.DONE) { // an error in planning comes before the columns
        bound.accept(Unpooled.wrappedBuffer(query.description()));
      }
    }));
    FrontendWriter.execute(home.stage(), "", 0);
    Rows rows = new Rows(session);
    home.announce(rows);
    GatheredQuery.closeStatement(home);
    home.announce(new SilentReply(session, Reply.Until.CLOSED, 0, _ -> query.close()));
    home.sync(new SilentReply(session, Reply.Until.READY, 0, outcome -> {
      if (outcome == Reply.Outcome.DONE && rows.tag != null) {
        done.complete(rows.tag);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    home.flush();
    return residue.isNone()
        ? done
        : done.whenComplete((_, _) -> session.aftermath().evenIfFailed(residue))
            .thenCompose(tag -> session.aftermath().of(query.home(), residue).thenApply(_ -> tag));
  }

  /// The rows; the tag is kept. Confined to its conversation's event loop.
  private static final class Rows extends RelayReply {
    private @Nullable String tag;

    Rows(ClientSession session) {
      super(session, Until.EXECUTED, 0, null);
    }

    @Override
    protected void frame(Conversation conversation, byte type, ByteBuf frame) {
      if (type == 'C') {
        tag = frame.toString(frame.readerIndex() + HEADER_BYTES, frame.readableBytes() - HEADER_BYTES - 1, StandardCharsets.UTF_8);
      } else {
        super.frame(conversation, type, frame);
      }
    }
  }
}
