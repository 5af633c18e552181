package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.copy.LineMap;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One shard's part of a COPY FROM STDIN. Confined to its conversation's event loop.
///
///     ASKED → OPEN [CopyInResponse] → CLOSED [done, fail, error]
///
/// OPEN: the shard takes rows; they gather to blocks of [#BLOCK_BYTES].
final class ShardCopy extends ShardCall {
  private enum State {
    ASKED,
    OPEN,
    CLOSED
  }

  private static final int BLOCK_BYTES = 32 * 1024;
  private static final int HEADER_BYTES = 5;
  /// Why a shard's part ends when another part has failed; its error says so and is nobody's answer.
  private static final String ENDED_EARLY = "shardgate: the rows before the first failure end here";

  private static final Pattern LINE = Pattern.compile("(?m)^COPY .*?, line (\\d+)(?! of shard|\\d)");
  private static final Pattern CONTEXT = Pattern.compile("(?m)^(COPY .*?, line )(\\d+)");

  private final Participant participant;
  private final boolean wroteBefore;
  private final RowTranslation translation;
  private final boolean clientsOwn;
  private final LineMap lines = new LineMap();
  private final CompletableFuture<Void> opened = new CompletableFuture<>();
  private State state = State.ASKED;
  private @Nullable ByteBuf block;

  private ShardCopy(Participant participant, ExecutionPort port, RowTranslation translation, boolean clientsOwn) {
    super(port);
    this.clientsOwn = clientsOwn;
    this.participant = participant;
    this.translation = translation;
    this.wroteBefore = participant.conversation().wrote();
  }

  /// Sends the statement.
  ///
  /// @param translation what has to be done to binary tuples
  /// @param clientsOwn whether the client said COPY: else errors don't speak of one
  static ShardCopy start(Participant participant, byte[] sql, ExecutionPort port, RowTranslation translation, boolean clientsOwn) {
    ShardCopy copy = new ShardCopy(participant, port, translation, clientsOwn);
    Conversation conversation = participant.conversation();
    conversation.wrote(true);
    conversation.query(sql, copy);
    conversation.flush();
    return copy;
  }

  /// Completes when the shard takes rows, or fails with its error.
  CompletableFuture<Void> opened() {
    return opened;
  }

  /// Whether rows are sent as fast as they come.
  boolean isWritable() {
    return state != State.OPEN || participant.conversation().server().isWritable();
  }

  /// Notes that the shard's next line is that line of the client's stream.
  void line(long line) {
    lines.add(line);
  }

  /// Adds bytes of a row or of the header.
  void append(byte[] bytes, int from, int end) {
    if (state == State.OPEN) {
      block().writeBytes(bytes, from, end - from);
    }
  }

  /// The row is whole.
  void endRow(int rowBytes) {
    ByteBuf gathered = block;
    if (gathered == null) {
      return;
    }
    if (translation.hasWork()) {
      translation.copyTuple(gathered, gathered.writerIndex() - rowBytes, gathered.writerIndex());
    }
    if (gathered.readableBytes() >= BLOCK_BYTES) {
      send();
    }
  }

  private ByteBuf block() {
    ByteBuf gathered = block;
    if (gathered == null) {
      gathered = participant.conversation().server().alloc().ioBuffer(BLOCK_BYTES + 4096);
      gathered.writeByte('d').writeInt(0);
      block = gathered;
    }
    return gathered;
  }

  private void send() {
    ByteBuf gathered = block;
    block = null;
    if (gathered != null) {
      if (gathered.readableBytes() > HEADER_BYTES) {
        gathered.setInt(1, gathered.readableBytes() - 1);
        participant.conversation().sendRetained(gathered);
        participant.conversation().flush();
      }
      gathered.release();
    }
  }

  /// All rows were given. The tag comes later.
  void done() {
    if (state == State.OPEN) {
      send();
      state = State.CLOSED;
      FrontendWriter.copyDone(participant.conversation().stage());
      participant.conversation().flush();
    }
  }

  /// The COPY failed elsewhere: the shard gets the rows before that, as one of them may be what one server would complain about, and no more.
  void endEarly() {
    if (state == State.OPEN && !participant.conversation().isLost()) {
      send();
    }
    fail(ENDED_EARLY);
  }

  /// The line of the client's stream that an error speaks of; [Long#MAX_VALUE] when it is no row's, or only the end that another failure
  /// brought.
  static long lineOf(ErrorFields error) {
    Matcher matcher = LINE.matcher(error.field(ErrorFields.WHERE).orElse(""));
    return error.message().endsWith(ENDED_EARLY) || !matcher.find() ? Long.MAX_VALUE : Long.parseLong(matcher.group(1));
  }

  /// The shard is to forget what it got.
  void fail(String reason) {
    drop();
    if (state == State.OPEN && !participant.conversation().isLost()) {
      FrontendWriter.copyFail(participant.conversation().stage(), reason);
      participant.conversation().flush();
    }
    state = State.CLOSED;
  }

  /// A shard that got no row has written nothing, unless a trigger of the statement did.
  void wroteNothing() {
    participant.conversation().wrote(wroteBefore);
  }

  private void drop() {
    ByteBuf gathered = block;
    block = null;
    if (gathered != null) {
      gathered.release();
    }
  }

  @Override
  protected void copyBegan(Conversation conversation, byte type, ByteBuf frame) {
    if (state == State.ASKED) {
      state = State.OPEN;
      opened.complete(null);
    } else {
      FrontendWriter.copyFail(conversation.stage(), "not wanted any more");
      conversation.flush();
    }
  }

  @Override
  protected ErrorFields adapted(ErrorFields fields) {
    ErrorFields plain = fields.without(ErrorFields.POSITION);
    return plain.field(ErrorFields.WHERE).map(where -> withContext(plain, where)).orElse(plain);
  }

  private ErrorFields withContext(ErrorFields fields, String where) {
    if (clientsOwn) {
      return fields.with(ErrorFields.WHERE, clientsLines(where));
    }
    String rest = where.lines().filter(each -> !CONTEXT.matcher(each).lookingAt()).collect(Collectors.joining("\n"));
    return rest.isEmpty() ? fields.without(ErrorFields.WHERE) : fields.with(ErrorFields.WHERE, rest);
  }

  private String clientsLines(String where) {
    Matcher matcher = CONTEXT.matcher(where);
    return matcher.replaceAll(
        match -> {
          OptionalLong line = lines.lineOf(Long.parseLong(match.group(2)));
          String found =
              line.isPresent() ? Long.toString(line.getAsLong()) : match.group(2) + " of shard " + participant.shard();
          return Matcher.quoteReplacement(match.group(1) + found);
        });
  }

  @Override
  protected void ended(Conversation conversation, Outcome outcome) {
    drop();
    state = State.CLOSED;
    super.ended(conversation, outcome);
    tag().whenComplete(
        (_, failure) -> {
          if (failure != null) {
            opened.completeExceptionally(failure);
          } else {
            opened.complete(null);
          }
        });
  }
}
