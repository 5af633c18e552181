package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One statement on one shard, to its command tag: aloud (rows and notices go to the client) or in silence.
/// Confined to its channel's event loop.
///
/// The user's own text goes by the protocol that it came by, its parameters in the shard's type numbers; a text that the router made goes
/// by the simple protocol.
final class ShardRun {
  private final Participant participant;
  private final @Nullable String text;
  private final Execution execution;
  private final ExecutionPort port;
  private final boolean aloud;
  private final boolean writes;
  private final CompletableFuture<String> done = new CompletableFuture<>();
  private String tag = "";
  private @Nullable ErrorFields error;
  private boolean lost;

  private ShardRun(
      Participant participant, @Nullable String text, Execution execution, ExecutionPort port, boolean aloud, boolean writes) {
    this.participant = participant;
    this.text = text;
    this.execution = execution;
    this.port = port;
    this.aloud = aloud;
    this.writes = writes;
  }

  /// Runs a statement whose rows and notices the client gets; the error, if any, is left to the caller's future.
  ///
  /// @param text null: the user's own
  /// @param writes whether it may leave anything that all shards must keep or none
  static CompletableFuture<String> aloud(
      Participant participant, @Nullable String text, Execution execution, ExecutionPort port, boolean writes) {
    return new ShardRun(participant, text, execution, port, true, writes).start();
  }

  /// Runs a statement of which the client hears nothing but an error.
  static CompletableFuture<String> silent(
      Participant participant, @Nullable String text, Execution execution, ExecutionPort port, boolean writes) {
    return new ShardRun(participant, text, execution, port, false, writes).start();
  }

  private CompletableFuture<String> start() {
    Conversation conversation = participant.conversation();
    conversation.wrote(conversation.wrote() || writes);
    if (text != null) {
      conversation.query(text.getBytes(execution.lexed().encoding()), new Part(Reply.Until.READY));
    } else if (execution.simple()) {
      conversation.query(execution.lexed().toBytes(), new Part(Reply.Until.READY));
    } else {
      extended(conversation);
    }
    conversation.flush();
    return done;
  }

  private void extended(Conversation conversation) {
    Bindings bindings = execution.bindings();
    OidTranslation fromHome = port.oids().fromHome(participant.shard());
    int[] homeTypes = new int[bindings.count()];
    int[] types = new int[bindings.count()];
    int[] formats = new int[bindings.count()];
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < types.length; i++) {
      homeTypes[i] = bindings.typeOid(i);
      types[i] = homeTypes[i] == 0 ? 0 : fromHome.type(homeTypes[i]);
      formats[i] = bindings.binary(i) ? 1 : 0;
      values.add(bindings.value(i));
    }
    ByteBuf out = conversation.stage();
    FrontendWriter.parse(out, "", execution.lexed().toBytes(), types);
    conversation.state().unnamed().taken();
    conversation.announce(new Part(Reply.Until.PARSED));
    int at = out.writerIndex();
    FrontendWriter.bind(out, "", "", formats, values, resultFormats());
    if (types.length > 0) {
      fromHome.bind(out.slice(at, out.writerIndex() - at), homeTypes);
    }
    conversation.announce(new Part(Reply.Until.BOUND));
    FrontendWriter.execute(out, "", 0);
    conversation.announce(new Part(Reply.Until.EXECUTED));
    conversation.sync(new Part(Reply.Until.READY));
  }

  private int[] resultFormats() {
    short[] asked = execution.resultFormats();
    int[] formats = new int[asked.length];
    Arrays.setAll(formats, i -> asked[i]);
    return formats;
  }

  private void frame(byte type, ByteBuf frame) {
    switch (type) {
      case 'C' -> tag = frame.toString(frame.readerIndex() + 5, frame.readableBytes() - 6, StandardCharsets.UTF_8);
      case 'E' -> error = ErrorFields.read(frame, charset());
      case 'N' -> {
        if (aloud) {
          port.relayNotice(frame, text == null ? execution.charsBefore() : 0);
        }
      }
      case 'T' -> {
        if (aloud && execution.simple()) {
          port.oids().toHome(participant.shard()).rowDescription(frame);
          port.output().retainBytes(frame);
        }
      }
      default -> {}
    }
  }

  private Charset charset() {
    return port.output().charset();
  }

  private void rows(ByteBuf run) {
    if (aloud) {
      port.output().retainBytes(run);
      if (!port.output().isWritable()) {
        participant.conversation().server().setAutoRead(false);
      }
    }
  }

  private void ended() {
    ErrorFields failed = error;
    if (failed != null) {
      done.completeExceptionally(aloud ? new ServerErrorException(placed(failed)) : EveryShard.on(participant, placed(failed)));
    } else if (lost) {
      done.completeExceptionally(EveryShard.lost(participant));
    } else {
      done.complete(tag);
    }
  }

  /// The error's position in what the client sent. In a text of the router's making it means something only as far as both agree.
  private ErrorFields placed(ErrorFields failed) {
    int position = failed.position().orElse(0);
    String made = text;
    if (made == null || position == 0) {
      return failed.withPositionShiftedBy(execution.charsBefore());
    }
    String user = execution.lexed().string(0, execution.lexed().length());
    int end = Math.min(made.length(), made.offsetByCodePoints(0, Math.min(position, made.codePointCount(0, made.length()))));
    if (user.startsWith(made.substring(0, end))) {
      return failed.withPositionShiftedBy(execution.charsBefore());
    }
    java.util.Map<Byte, String> fields = new java.util.LinkedHashMap<>(failed.byType());
    fields.remove(ErrorFields.POSITION);
    return new ErrorFields(fields);
  }

  /// One message's reply; the last one, for ReadyForQuery, ends the run. Confined to its conversation's event loop.
  private final class Part extends Reply {
    private final boolean last;

    Part(Until until) {
      super(until);
      last = until == Until.READY;
    }

    @Override
    protected void frame(Conversation conversation, byte type, ByteBuf frame) {
      ShardRun.this.frame(type, frame);
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      rows(run);
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      lost |= outcome == Outcome.LOST;
      if (last) {
        ShardRun.this.ended();
      }
    }

    @Override
    protected boolean isSilent() {
      return !aloud;
    }
  }
}
