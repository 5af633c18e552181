package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.copy.CopyOutFilter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.Option;
import io.shardgate.router.statement.StatementReader;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// COPY … TO STDOUT of a sharded table: each shard's rows after those of the one before, the header and the trailer once.
/// Confined to its channel's event loop.
final class CopyOutExecution {
  private static final int MESSAGE_BYTES_MAX = (1 << 30) - 1;

  private final Plan.CopyOut plan;
  private final Execution execution;
  private final ExecutionPort port;
  private final DataStatement.Copy statement;
  private final boolean binary;
  private final boolean header;
  private long rows;

  CopyOutExecution(Plan.CopyOut plan, Execution execution, ExecutionPort port) {
    this.plan = plan;
    this.execution = execution;
    this.port = port;
    this.statement = (DataStatement.Copy) StatementReader.read(execution.lexed());
    this.binary = option("format").filter(format -> format.values().equals(List.of("binary"))).isPresent();
    this.header = option("header").filter(Option::isOn).isPresent();
  }

  private Optional<Option> option(String name) {
    return statement.options().stream().filter(option -> option.name().equals(name)).findFirst();
  }

  /// Copies; the result is the command tag.
  CompletableFuture<String> run() {
    return plan.texts().size() < 2
        ? shard(0)
        : port.join(plan.texts().getFirst().shard()).thenCompose(port::mayCross).thenCompose(_ -> shard(0));
  }

  private CompletableFuture<String> shard(int index) {
    if (index == plan.texts().size()) {
      BackendWriter.copyDone(port.output().stage());
      return CompletableFuture.completedFuture("COPY " + rows);
    }
    ShardText text = plan.texts().get(index);
    String own = text.text();
    byte[] sql = own == null ? execution.lexed().toBytes() : own.getBytes(port.output().charset());
    return port.join(text.shard())
        .thenCompose(participant -> copy(participant, sql, index))
        .thenCompose(
            tag -> {
              rows += ShardCall.count(tag);
              return shard(index + 1);
            });
  }

  private CompletableFuture<String> copy(Participant participant, byte[] sql, int index) {
    if (!port.view().map().foreign().of(plan.group()).equals(plan.foreign())) {
      throw ProxyRefusal.MAP_CHANGED.error();
    }
    Conversation conversation = participant.conversation();
    Call call = new Call(index == 0, index == plan.texts().size() - 1, translation(conversation));
    conversation.query(sql, call);
    conversation.flush();
    return call.tag();
  }

  private RowTranslation translation(Conversation conversation) {
    OidTranslation toHome = port.oids().toHome(conversation.shard());
    Optional<Relation> relation = port.view().catalog().relation(plan.table());
    if (!binary || toHome.isIdentity() || relation.isEmpty()) {
      return RowTranslation.NONE;
    }
    OidTranslation fromHome = port.oids().fromHome(conversation.shard());
    int[] types =
        (statement.columns().isEmpty()
                ? relation.get().columns().stream().filter(column -> !column.generated())
                : statement.columns().stream().flatMap(name -> relation.get().column(name).stream()))
            .mapToInt(Column::typeOid).map(fromHome::type).toArray();
    short[] formats = new short[types.length];
    Arrays.fill(formats, (short) 1);
    return toHome.rows(types, formats);
  }

  /// One shard's answer. Confined to its conversation's event loop.
  private final class Call extends ShardCall {
    private final boolean first;
    private final RowTranslation translation;
    private final boolean looksInside;
    private final CopyOutFilter filter;
    private final RunCutter cutter = new RunCutter(MESSAGE_BYTES_MAX);

    Call(boolean first, boolean last, RowTranslation translation) {
      super(CopyOutExecution.this.port);
      this.first = first;
      this.translation = translation;
      this.looksInside = binary || (header && !first);
      this.filter = new CopyOutFilter(binary, header, first, last);
    }

    @Override
    protected void copyBegan(Conversation conversation, byte type, ByteBuf frame) {
      if (first) {
        port().output().retainBytes(frame);
      }
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      if (!looksInside) {
        port().relayCopyData(conversation, run);
        return;
      }
      cutter.cut(run, (_, frame) -> {
        translation.copyOutData(frame);
        filter.pass(frame, kept -> port().relayCopyMessage(conversation, kept));
      });
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      return fields.without(ErrorFields.POSITION);
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      cutter.release();
      if (outcome == Outcome.LOST && !looksInside) {
        port().relayLost(conversation);
      }
      super.ended(conversation, outcome);
    }
  }
}
