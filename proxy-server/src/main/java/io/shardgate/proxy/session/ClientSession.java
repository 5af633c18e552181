package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.execute.CopySink;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.execute.RowStream;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.oid.OidMap;
import io.shardgate.proxy.oid.RowTranslation;
import io.shardgate.proxy.pool.PoolKey;
import io.shardgate.proxy.pool.ReleaseState;
import io.shardgate.proxy.pool.ServerConnection;
import io.shardgate.proxy.relay.ClientOutput;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ConversationOwner;
import io.shardgate.proxy.relay.Encodings;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import io.shardgate.router.DocumentedRefusal;
import io.shardgate.router.RoutingView;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.plan.Plan;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client: its transaction, its settings, the server connections in its hands.
/// Confined to its channel's event loop.
///
/// Messages of the two protocols are taken apart by [SimpleFlow] and [ExtendedFlow]; this class is what they have in common: planning,
/// joining shards, passing replies on, settling afterwards.
public final class ClientSession implements ConversationOwner, ExecutionPort {
  private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

  private static final int BLOCKS_IN_PIPELINES_SINCE = 18;

  /// Where NotificationResponse has the number of the process that notified.
  private static final int NOTIFIER_AT = 5;

  /// One for each event loop: its buffers would be a quarter of what an idle client costs.
  private static final FastThreadLocal<Lexer> LEXERS =
      new FastThreadLocal<>() {
        @Override
        protected Lexer initialValue() {
          return new Lexer();
        }
      };

  private final SessionServices services;
  private final EventLoop eventLoop;
  private final ClientOutput output;
  private final ClientFrames frames;
  private final PoolKey key;
  private final int processId;
  private final CancelKey cancelKey;
  private final TransactionBlock block;
  private final Connections connections;
  private final SessionView view;
  private final RowRelay rows;
  private final CopyRelay copy;
  private final Completion completion;
  private final Hearing hearing;
  private final Signals signals;
  private final LocalStatements local;
  private final Aftermath aftermath;
  private final SimpleFlow simple;
  private final ExtendedFlow extended;
  private SettingsVector startup;
  private final long connectedAtMillis = System.currentTimeMillis();
  private boolean closed;
  private @Nullable ErrorFields untold;
  private boolean active;
  private boolean leaving;
  private boolean administering;

  /// Whoever waits until nothing is under way that may have been planned before; read by other threads.
  private volatile @Nullable CompletableFuture<Void> clearing;


  /// @param cancelKey what cancel requests have to name
  /// @param key role, database and what proves the role to the servers
  /// @param startup the settings that the startup packet asked for
  public ClientSession(
      SessionServices services, EventLoop eventLoop, ClientOutput output, ClientFrames frames, CancelKey cancelKey, PoolKey key, SettingsVector startup) {
    this.services = services;
    this.eventLoop = eventLoop;
    this.output = output;
    this.frames = frames;
    this.key = key;
    this.startup = startup;
    this.processId = services.registry().newProcessId(this);
    this.cancelKey = cancelKey;
    this.block = new TransactionBlock(services.commitProtocol(), services.deadlocks(), startup);
    this.connections = new Connections(this, services, block);
    this.view = new SessionView(this, services);
    this.rows = new RowRelay(this);
    this.copy = new CopyRelay(this);
    this.completion = new Completion(output);
    this.hearing = new Hearing(this);
    this.signals = new Signals(this);
    this.aftermath = new Aftermath(this);
    this.local = new LocalStatements(this);
    this.simple = new SimpleFlow(this);
    this.extended = new ExtendedFlow(this);
  }

  // ---- the client's frames ----

  /// Takes one whole frame of the client. Borrowed.
  public void frame(byte type, ByteBuf frame) {
    if (closed) {
      return; // what came behind a Terminate
    }
    try {
      if (copy.isActive() && copy.frame(type, frame)) {
        return;
      }
      active |= type != 'd' && type != 'c' && type != 'f'; // what is skipped gets no answer
      switch (type) {
        case 'Q' -> simple.query(frame);
        case 'P', 'B', 'D', 'E', 'C', 'H', 'S' -> extended.frame(type, frame);
        case 'F' -> simple.functionCall();
        case 'X' -> clientGone();
        case 'd', 'c', 'f' -> {} // the rest of a COPY that failed, as PostgreSQL skips it
        default -> protocolViolation(SqlState.PROTOCOL_VIOLATION, "invalid frontend message type " + (type & 0xff));
      }
    } catch (io.shardgate.pgwire.message.MalformedMessageException malformed) {
      protocolViolation(malformed.code(), String.valueOf(malformed.getMessage()));
    }
  }

  /// Takes CopyData bytes. Borrowed.
  public void copyRun(ByteBuf run) {
    if (copy.isActive()) {
      copy.run(run);
    }
  }

  /// The client's bytes of this turn were handed over: what was written meanwhile goes out.
  public void framesComplete() {
    connections.flush();
    output.flush();
  }

  /// The stream lost its meaning: says so and closes, as PostgreSQL does.
  public void protocolViolation(SqlState code, String message) {
    frames.hold();
    extended.answered().whenComplete(
        (_, _) -> {
          if (!closed) {
            output.error(ErrorFields.fatal(code, message));
            output.flushAndClose();
            clientGone();
          }
        });
  }

  /// The client is gone: everything of it is rolled back at once.
  public void clientGone() {
    if (!closed) {
      closed = true;
      simple.abandon();
      rows.abandon();
      copy.abandon();
      hearing.abandon();
      signals.abandon();
      CompletableFuture<?> ending = block.ending();
      if (ending == null) {
        end();
      } else {
        // As in PostgreSQL, a COMMIT that has come is carried out, whoever waits for its answer.
        ending.whenComplete((_, _) -> {
          end();
          tellIfClear();
        });
      }
      output.flushAndClose();
      tellIfClear();
    }
  }

  /// Completes on the event loop once nothing is under way that was planned before this call: no statement, no transaction, no portal.
  CompletableFuture<Void> clear() {
    CompletableFuture<Void> wanted = clearing;
    if (wanted == null) {
      wanted = new CompletableFuture<>();
      clearing = wanted;
      tellIfClear();
    }
    return wanted;
  }

  /// Whether [#clear] is waited for; of about now, from any thread.
  boolean isWaitedFor() {
    return clearing != null;
  }

  /// An admin statement begins or has ended. It plans nothing, and may wait for all others.
  void administering(boolean begins) {
    administering = begins;
    tellIfClear();
  }

  private void tellIfClear() {
    CompletableFuture<Void> waiting = clearing;
    if (waiting == null || block.ending() != null) {
      return;
    }
    boolean underWay = (active && !administering) || block.isOpen();
    if (closed || !underWay) {
      clearing = null;
      waiting.complete(null);
    }
  }

  private void end() {
    services.registry().remove(processId);
    connections.abandon();
  }

  /// The proxy is about to end: the client goes as soon as nothing of it is under way.
  void leave() {
    leaving = true;
    leaveIfIdle();
  }

  private void leaveIfIdle() {
    if (leaving && !active && !block.isOpen()) {
      terminate();
    }
  }

  /// Ends the session whatever is under way, in the words of a server that shuts down.
  void terminate() {
    terminate("terminating connection due to administrator command");
  }

  /// Ends the session whatever is under way, and says why where that can be said.
  void terminate(String why) {
    if (rows.isInsideRow()) {
      clientGone(); // a row that has begun can't be taken back, and nothing else can be said before it has ended
    } else if (!closed) {
      output.error(ErrorFields.fatal(SqlState.ADMIN_SHUTDOWN, why));
      output.flushAndClose(); // before what waits is abandoned, which drops what was not sent
      clientGone();
    }
  }

  /// The client's socket takes bytes again, or not any more.
  public void clientWritable(boolean writable) {
    connections.clientWritable(writable);
    if (writable) {
      hearing.tell();
    }
  }

  /// A cancel request with the right key came.
  public void cancelRequested() {
    if (!closed) {
      services.metrics().cancelled();
      connections.cancel();
      signals.cancelRequested();
    }
  }

  // ---- what the flows share ----

  /// The event loop's; free again when a call has returned.
  Lexer lexer() {
    return LEXERS.get();
  }

  /// Plans a statement; loads the transaction's own catalog first where it changed.
  CompletableFuture<Plan> plan(Lexed lexed) {
    return view.plan(lexed);
  }

  /// An error that forbids every statement but the end of the transaction, or null.
  @Nullable ErrorFields failedBlockError() {
    ErrorFields loss = takeUntold();
    if (loss != null) {
      return loss;
    }
    return block.isFailed()
        ? ErrorFields.error(
            SqlState.IN_FAILED_SQL_TRANSACTION, "current transaction is aborted, commands ignored until end of transaction block")
        : null;
  }

  /// Whether [#takeUntold] has something to say.
  boolean hasUntold() {
    return untold != null;
  }

  /// Why the transaction failed while the client was saying nothing: it has to hear it, also when it says COMMIT next.
  @Nullable ErrorFields takeUntold() {
    ErrorFields loss = untold;
    untold = null;
    return loss;
  }

  @Override
  public CompletableFuture<Participant> join(ShardId shard) {
    return connections.join(shard);
  }

  /// See [Connections#joinNow].
  @Nullable Participant joinNow(ShardId shard) {
    return connections.joinNow(shard);
  }

  @Override
  public Optional<TextSettings> textSettings() {
    return KnownSettings.of(this);
  }

  @Override
  public void fix(TextSettings settings) {
    KnownSettings.fix(this, settings);
  }

  @Override
  public CompletableFuture<Void> mayCross(Participant first) {
    return connections.mayCross(first);
  }

  /// Whether a batch without Sync becomes a transaction block behind its first Execute, which goes on behind a Query: PostgreSQL 18 has it so.
  boolean pipelinesAreBlocks() {
    String version = String.valueOf(output.told("server_version"));
    int end = 0;
    while (end < version.length() && Character.isDigit(version.charAt(end))) {
      end++;
    }
    return end > 0 && Integer.parseInt(version.substring(0, end)) >= BLOCKS_IN_PIPELINES_SINCE;
  }

  /// The end of the statement that runs.
  Completion completion() {
    return completion;
  }

  /// Tells the client an error of ours, and that the transaction failed.
  void fail(Throwable failure) {
    ErrorFields fields = Failures.fields(failure);
    if (fields != null) {
      output.error(fields);
    }
    DocumentedRefusal refusal = Failures.refusal(failure);
    if (refusal != null) {
      services.metrics().refused(refusal.id());
    }
    block.fail();
  }

  /// Gives back what is not needed any more and says ReadyForQuery.
  void ready() {
    rows.originsOfNext(null);
    connections.settle();
    active = false;
    tellIfClear();
    if (closed) {
      output.release();
      return;
    }
    hearing.stage();
    output.ready(block.status(), block.settings());
    output.flush();
    leaveIfIdle();
  }

  // ---- passing replies on ----

  void relayError(Conversation conversation, ByteBuf frame, int charsBefore) {
    block.fail();
    if (copy.tellsInstead(frame)) {
      return;
    }
    view.errorCame(frame);
    Relays.error(output, frame, charsBefore, conversation.shard());
  }

  @Override
  public Optional<String> roleOf(int process) {
    return services.registry().find(process).map(each -> each.key.role());
  }

  @Override
  public CompletableFuture<Boolean> signal(int process, boolean terminate, int timeoutMillis, long sinceNanos) {
    return signals.send(process, terminate, timeoutMillis, sinceNanos);
  }

  @Override
  public void relayNotice(ByteBuf frame, int charsBefore) {
    Relays.notice(output, frame, charsBefore);
  }

  void relayRowDescription(Conversation conversation, ByteBuf frame) {
    rows.described(conversation, frame);
    output.retainBytes(frame);
  }

  void relayParameterDescription(Conversation conversation, ByteBuf frame) {
    oids().toHome(conversation.shard()).parameterDescription(frame);
    output.retainBytes(frame);
  }

  void relayCopyOut(Conversation conversation, ByteBuf frame) {
    rows.none();
    output.retainBytes(frame);
  }

  @Override
  public void relayCopyData(Conversation conversation, ByteBuf run) {
    rows.none();
    rows.relay(conversation, run);
    connections.paceBy(conversation);
  }

  @Override
  public void relayCopyMessage(Conversation conversation, ByteBuf message) {
    output.retainBytes(message);
    connections.paceBy(conversation);
  }

  @Override
  public RowTranslation describeRows(Conversation conversation, ByteBuf frame) {
    rows.described(conversation, frame);
    return rows.translation();
  }

  @Override
  public void relayRows(Conversation conversation, ByteBuf run, int unfinishedBytes) {
    rows.relay(conversation, run, unfinishedBytes);
    connections.paceBy(conversation);
  }

  @Override
  public void streaming(@Nullable RowStream stream) {
    rows.none();
    connections.streaming(stream);
  }

  @Override
  public void relayLost(Conversation conversation) {
    if (rows.isInsideRow()) {
      // A row that has begun can't be taken back, and nothing else can be said before it has ended.
      LOG.warn("shard \"{}\" was lost in the middle of a row; its client's connection is closed", conversation.shard());
      clientGone();
      return;
    }
    block.fail();
  }

  void copyInBegan(Conversation conversation, ByteBuf frame) {
    output.retainBytes(frame);
    output.flush();
    copy.beginRelay(conversation);
  }

  @Override
  public CompletableFuture<Void> copyIn(int format, int columns, CopySink sink) {
    int[] formats = new int[columns];
    Arrays.fill(formats, format);
    BackendWriter.copyInResponse(output.stage(), format, formats);
    output.flush();
    return copy.beginSink(sink);
  }

  // ---- ConversationOwner ----

  @Override
  public void parameterChanged(String name, String value) {
    if (name.equals("client_encoding") && Encodings.charsetOf(value).isEmpty()) {
      // Set in a way that nobody could foresee, and nothing the client says from here on can be read.
      services.metrics().refused(ProxyRefusal.CLIENT_ENCODING.id());
      protocolViolation(SqlState.FEATURE_NOT_SUPPORTED, ProxyRefusal.CLIENT_ENCODING.message().formatted(value));
      return;
    }
    output.parameterStatus(name, value);
  }

  @Override
  public void answered(Conversation conversation, long tookNanos) {
    services.metrics().shard(conversation.shard()).answered(tookNanos);
  }

  @Override
  public void notice(ByteBuf frame) {
    output.retainBytes(frame);
  }

  @Override
  public void notification(Conversation conversation, ByteBuf frame) {
    if (frame.getInt(frame.readerIndex() + NOTIFIER_AT) == conversation.server().backendPid()) {
      frame.setInt(frame.readerIndex() + NOTIFIER_AT, processId); // clients know their own by it
    }
    output.retainBytes(frame);
    connections.paceBy(conversation);
  }

  @Override
  public void readComplete(Conversation conversation) {
    connections.flush();
    output.flush();
  }

  @Override
  public void serverWritable(Conversation conversation, boolean writable) {
    copy.serverWritable(writable);
  }

  @Override
  public void serverLost(Conversation conversation, Throwable cause, @Nullable ErrorFields fatal) {
    boolean pinned = connections.isPinned(conversation);
    boolean own = connections.lost(conversation);
    rows.lost(conversation);
    if (closed || !own || block.ending() != null) {
      return;
    }
    ErrorFields error = Failures.lost(conversation.shard(), fatal);
    if (pinned) {
      // Temporary tables, locks, channels are gone with it, as they are when PostgreSQL ends a session.
      if (!rows.isInsideRow()) {
        output.error(error.with(ErrorFields.SEVERITY, "FATAL").with(ErrorFields.SEVERITY_PLAIN, "FATAL"));
      }
      clientGone();
      return;
    }
    if (!conversation.isQuiet()) {
      if (!rows.isInsideRow()) {
        output.error(error);
      }
      block.fail();
    } else if (conversation.inBlock()) {
      block.fail();
      untold = error;
    }
  }

  @Override
  public void poolReturn(ServerConnection server, ReleaseState how) {
    services.pools().release(server, how);
  }

  // ---- small things ----

  SessionServices services() {
    return services;
  }

  @Override
  public EventLoop eventLoop() {
    return eventLoop;
  }

  @Override
  public ClientOutput output() {
    return output;
  }

  ClientFrames frames() {
    return frames;
  }

  @Override
  public TransactionBlock block() {
    return block;
  }

  Connections connections() {
    return connections;
  }

  SessionView sessionView() {
    return view;
  }

  @Override
  public boolean changedCatalog() {
    return view.hasOwn() && block.isOpen();
  }

  @Override
  public RoutingView view() {
    return view.routing();
  }

  @Override
  public OidMap oids() {
    return view.oids();
  }

  RowRelay rows() {
    return rows;
  }

  Hearing hearing() {
    return hearing;
  }

  /// Whether a message of the client is being carried out.
  boolean isActive() {
    return active;
  }

  CopyRelay copy() {
    return copy;
  }

  LocalStatements local() {
    return local;
  }

  Aftermath aftermath() {
    return aftermath;
  }

  ExtendedFlow extended() {
    return extended;
  }

  PoolKey key() {
    return key;
  }

  @Override
  public String database() {
    return key.database();
  }

  ShardMap map() {
    return services.map().get();
  }

  /// The settings that RESET goes back to.
  SettingsVector startup() {
    return startup;
  }

  /// The startup packet's settings as the server prints them.
  void startup(SettingsVector printed) {
    startup = printed;
    block.settings(printed);
  }

  boolean isClosed() {
    return closed;
  }

  /// What the client cancels by.
  @Override
  public int processId() {
    return processId;
  }

  /// Proves that a cancel request comes from the client.
  public CancelKey cancelKey() {
    return cancelKey;
  }

  /// For `SHOW SHARDGATE CLIENTS`; read from any thread, so of about now.
  ///
  /// @param visible the roles of which more is told than that they are connected
  List<String> row(java.util.Set<String> visible) {
    String id = Integer.toString(processId);
    if (!visible.contains(key.role())) {
      return List.of(id, key.role(), key.database(), "", "", "");
    }
    String application = block.settings().value("application_name");
    String state = active ? "active" : block.isExplicit() ? "idle in transaction" : "idle";
    return List.of(
        id, key.role(), key.database(), application == null ? "" : application,
        java.time.Instant.ofEpochMilli(connectedAtMillis).toString(), state);
  }

  /// Rethrows what a stage failed with, unwrapped.
  static ServerErrorException asServerError(Throwable failure) {
    ErrorFields fields = Failures.fields(failure);
    return new ServerErrorException(
        fields != null ? fields : ErrorFields.error(SqlState.INTERNAL_ERROR, "the error was sent already"));
  }
}
