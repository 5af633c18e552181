package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.BackendReader;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FieldDescription;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.Execution;
import io.shardgate.proxy.execute.ShardCall;
import io.shardgate.proxy.execute.copy.CopyOptions;
import io.shardgate.proxy.execute.copy.CopyRows;
import io.shardgate.proxy.gather.GatheredQuery;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.Encodings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.RunCutter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.Option;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// COPY (query) TO STDOUT of a query over several shards. Confined to its channel's event loop.
///
/// COPY takes no parameters, and gathered rows are such: the query runs by itself, and its rows are written here as COPY writes them. The home shard is first told to copy the
/// same query without any row: it finds what is wrong with the statement, and says what stands before the rows.
final class GatheredCopy {
  private static final String NO_ROW_FRONT = "SELECT * FROM (";
  private static final String NO_ROW_BACK = ") AS sg LIMIT 0";
  private static final int MESSAGE_BYTES_MAX = (1 << 30) - 1;

  private final ClientSession session;
  private final DataStatement.Copy statement;
  private final Lexed query;
  private final Execution execution;

  GatheredCopy(ClientSession session, DataStatement.Copy statement, Execution execution) {
    this.session = session;
    this.statement = statement;
    this.query = Objects.requireNonNull(statement.query());
    this.execution = execution;
  }

  /// Copies; the result is the command tag.
  CompletableFuture<String> run(Routed.Together together) {
    requireClientsEncoding();
    Execution inner = new Execution(query, execution.bindings(), new short[0], false, execution.terms(), query.charStart());
    boolean several = together.many().shards().stream().anyMatch(shard -> !shard.equals(session.map().home()));
    return session.join(session.map().home())
        .thenCompose(home -> (several ? session.mayCross(home) : CompletableFuture.<Void>completedFuture(null)).thenApply(_ -> home))
        .thenCompose(
            home -> {
              Head head = new Head();
              home.conversation().query(head.text(), head);
              home.conversation().flush();
              return head.tag();
            })
        .thenCompose(_ -> session.services().gatherer().gather(together.gathering(), together.many(), together.map(), inner, session))
        .thenCompose(this::copy);
  }

  private void requireClientsEncoding() {
    Optional<Option> encoding = statement.option("encoding");
    String name = encoding.isEmpty() || encoding.get().values().isEmpty() ? "" : encoding.get().values().getFirst();
    boolean utf8 = Encodings.charsetOf(name).filter(StandardCharsets.UTF_8::equals).isPresent() && session.output().charset().equals(StandardCharsets.UTF_8);
    if (!name.isEmpty() && !utf8 && !name.equalsIgnoreCase(session.output().told("client_encoding"))) {
      throw ProxyRefusal.COPY_ENCODING.error(name);
    }
  }

  private CompletableFuture<String> copy(GatheredQuery rows) {
    CopyOptions options = CopyOptions.of(statement.options(), session.output().charset(), 0);
    Conversation home = rows.home().conversation();
    CompletableFuture<String> done = new CompletableFuture<>();
    boolean binary = options.format() == CopyOptions.Format.BINARY;
    rows.bind(home, "", new short[] {(short) (binary ? 1 : 0)});
    home.announce(new SilentReply(session, Reply.Until.BOUND, 0, _ -> {}));
    FrontendWriter.execute(home.stage(), "", 0);
    Rows written = new Rows(new CopyRows(options, quoted(rows)));
    home.announce(written);
    GatheredQuery.closeStatement(home);
    home.announce(new SilentReply(session, Reply.Until.CLOSED, 0, _ -> rows.close()));
    home.sync(new SilentReply(session, Reply.Until.READY, 0, outcome -> {
      if (outcome == Reply.Outcome.DONE && written.over) {
        done.complete("COPY " + written.count);
      } else {
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    home.flush();
    return done;
  }

  /// Which columns FORCE_QUOTE names: of several with one name the first.
  private boolean[] quoted(GatheredQuery rows) {
    ByteBuf frame = Unpooled.wrappedBuffer(rows.description());
    List<FieldDescription> fields = BackendReader.read((byte) 'T', frame) instanceof BackendMessage.RowDescription(List<FieldDescription> read) ? read : List.of();
    List<String> names = statement.option("force_quote").map(Option::values).orElse(List.of());
    List<String> columns = fields.stream().map(FieldDescription::name).toList();
    boolean[] quoted = new boolean[columns.size()];
    for (int i = 0; i < quoted.length; i++) {
      quoted[i] = names.contains("*") || (names.contains(columns.get(i)) && columns.indexOf(columns.get(i)) == i);
    }
    return quoted;
  }

  /// The same COPY without rows. Confined to its conversation's event loop.
  private final class Head extends ShardCall {
    private final int open;
    private final int close;
    private final boolean binary;

    Head() {
      super(session);
      Lexed all = execution.lexed();
      this.open = 1;
      int depth = 1;
      int token = open;
      while (depth > 0) {
        token++;
        depth += all.is(token, TokenKind.OPEN) ? 1 : all.is(token, TokenKind.CLOSE) ? -1 : 0;
      }
      this.close = token;
      this.binary = statement.option("format").filter(format -> !format.values().isEmpty() && format.values().getFirst().toLowerCase(Locale.ROOT).equals("binary")).isPresent();
    }

    byte[] text() {
      Lexed all = execution.lexed();
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      text.writeBytes(all.slice(0, all.tokenEnd(open)));
      text.writeBytes(NO_ROW_FRONT.getBytes(StandardCharsets.US_ASCII));
      text.writeBytes(all.slice(all.tokenEnd(open), all.tokenStart(close)));
      text.writeBytes(NO_ROW_BACK.getBytes(StandardCharsets.US_ASCII));
      text.writeBytes(all.slice(all.tokenStart(close), all.length()));
      return text.toByteArray();
    }

    @Override
    protected void copyBegan(Conversation conversation, byte type, ByteBuf frame) {
      session.relayCopyOut(conversation, frame);
    }

    /// The line of names.
    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      if (!binary) {
        session.relayCopyData(conversation, run);
      }
    }

    @Override
    protected ErrorFields adapted(ErrorFields fields) {
      Lexed all = execution.lexed();
      int position = fields.position().orElse(0);
      int before = characters(0, all.tokenEnd(open));
      int inner = characters(all.tokenEnd(open), all.tokenStart(close));
      boolean ours = (position > before && position <= before + NO_ROW_FRONT.length())
          || (position > before + NO_ROW_FRONT.length() + inner && position <= before + NO_ROW_FRONT.length() + inner + NO_ROW_BACK.length());
      if (position == 0 || ours) {
        return fields.without(ErrorFields.POSITION);
      }
      int added = position <= before ? 0 : position <= before + NO_ROW_FRONT.length() + inner ? NO_ROW_FRONT.length() : NO_ROW_FRONT.length() + NO_ROW_BACK.length();
      return fields.withPositionShiftedBy(execution.charsBefore() - added);
    }

    private int characters(int from, int to) {
      String text = execution.lexed().string(from, to);
      return text.codePointCount(0, text.length());
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      if (outcome == Outcome.LOST) {
        session.relayLost(conversation);
      }
      super.ended(conversation, outcome);
    }
  }

  /// The rows. Confined to its conversation's event loop.
  private final class Rows extends RelayReply {
    private final CopyRows writer;
    private final RunCutter cutter = new RunCutter(MESSAGE_BYTES_MAX);
    private long count;
    private boolean over;

    Rows(CopyRows writer) {
      super(session, Until.EXECUTED, 0, null);
      this.writer = writer;
    }

    @Override
    protected void frame(Conversation conversation, byte type, ByteBuf frame) {
      if (type == 'C') {
        writer.over(session.output().stage());
        BackendWriter.copyDone(session.output().stage());
        over = true;
      } else {
        super.frame(conversation, type, frame);
      }
    }

    @Override
    protected void run(Conversation conversation, ByteBuf run) {
      ByteBuf out = conversation.server().alloc().ioBuffer(run.readableBytes() + (run.readableBytes() >> 3));
      try {
        cutter.cut(run, (_, row) -> {
          writer.row(row, out);
          count++;
        });
        if (out.isReadable()) {
          session.relayCopyMessage(conversation, out);
        }
      } finally {
        out.release();
      }
    }

    @Override
    protected void ended(Conversation conversation, Outcome outcome) {
      cutter.release();
      super.ended(conversation, outcome);
    }
  }
}
