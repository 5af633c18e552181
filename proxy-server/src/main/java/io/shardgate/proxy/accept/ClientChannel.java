package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.catalog.Databases.DatabaseFacts;
import io.shardgate.proxy.catalog.RoleVerifiers.LoginRole;
import io.shardgate.proxy.pool.Credential;
import io.shardgate.proxy.pool.PoolKey;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.relay.SnapshotSetting;
import io.shardgate.proxy.session.ClientFrames;
import io.shardgate.proxy.session.ClientSession;
import io.shardgate.proxy.session.Opening;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client's typed messages: those of its login, then those of its session.
/// Confined to its channel's event loop.
///
///     LOOKING_UP → PROVING [roleFound]     the role's verifier is known; SASL was offered
///     PROVING    → OPENING [proven]        the client proved that it knows the password
///     OPENING    → OPEN    [opened]        the client was told ReadyForQuery
///     any        → CLOSED  [refuse, channelInactive]
final class ClientChannel extends ProvingChannel implements ClientFrames {
  private enum State {
    LOOKING_UP,
    PROVING,
    OPENING,
    OPEN,
    CLOSED
  }

  /// While frames are held, a client may send this much ahead before reading stops.
  private static final int AHEAD_BYTES_MAX = 1 << 20;

  private final Gate gate;
  private State state = State.LOOKING_UP;
  private @Nullable LoginRole role;
  private @Nullable ClientSession session;
  private boolean counted;
  private @Nullable ScheduledFuture<?> stalled;

  ClientChannel(Gate gate, @Nullable ServerTls tls, Login login) {
    super(login, tls, gate.services().metrics()::errorSent);
    this.gate = gate;
  }

  /// The role is looked up.
  @Override
  public void begin() {
    ChannelHandlerContext ctx = context();
    if (gate.services().metrics().clients() >= gate.services().config().clients().max()) {
      refuse(ErrorFields.fatal(SqlState.TOO_MANY_CONNECTIONS, "sorry, too many clients already"));
      return;
    }
    gate.services().metrics().clientConnected();
    counted = true;
    pause();
    gate.roles().role(login().role())
        .whenComplete((found, failure) -> ctx.executor().execute(() -> roleFound(found, failure)));
  }

  private void roleFound(@Nullable Optional<LoginRole> found, @Nullable Throwable failure) {
    if (state != State.LOOKING_UP) {
      return;
    }
    if (failure != null || found == null) {
      refuse(
          ErrorFields.fatal(
              SqlState.CANNOT_CONNECT_NOW, "the home shard cannot be asked for the role: " + cause(failure)));
      return;
    }
    role = found.orElse(null);
    Optional<ScramVerifier> verifier = found.filter(one -> !one.expired()).flatMap(LoginRole::verifier);
    if (offer(verifier, gate.mockSecret())) {
      enter(State.PROVING);
      resume(context());
    }
  }

  private static String cause(@Nullable Throwable failure) {
    Throwable cause = failure != null && failure.getCause() != null ? failure.getCause() : failure;
    return cause == null ? "unknown" : String.valueOf(cause.getMessage());
  }

  @Override
  protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
    switch (state) {
      case OPEN -> session().frame(type, frame);
      case PROVING -> prove(type, frame);
      case LOOKING_UP, OPENING, CLOSED -> {}
    }
  }

  private ClientSession session() {
    return java.util.Objects.requireNonNull(session);
  }

  @Override
  protected void proven(ScramServer.Outcome.Accepted accepted) {
    LoginRole known = role;
    if (known == null || !known.canLogin()) {
      throw new LoginException(
          SqlState.INVALID_AUTHORIZATION_SPECIFICATION, "role \"" + login().role() + "\" is not permitted to log in");
    }
    BackendWriter.authenticationSaslFinal(out().stage(), accepted.serverFinal());
    BackendWriter.authenticationOk(out().stage());
    enter(State.OPENING);
    pause();
    gate.services().pools().proven(known.name(), known.oid(), accepted.keys());
    Credential credential = new Credential.Keys(accepted.keys());
    gate.databases().lookup(login().database(), login().role())
        .whenComplete((found, failure) -> context().executor().execute(() -> databaseFound(found, failure, known, credential)));
  }

  private void databaseFound(
      @Nullable Optional<DatabaseFacts> found, @Nullable Throwable failure, LoginRole known, Credential credential) {
    if (state != State.OPENING) {
      return;
    }
    if (failure != null || found == null) {
      refuse(ErrorFields.fatal(SqlState.CANNOT_CONNECT_NOW, "the home shard cannot be asked for the database: " + cause(failure)));
      return;
    }
    DatabaseFacts facts = found.orElse(null);
    if (facts == null) {
      refuse(ErrorFields.fatal(SqlState.INVALID_CATALOG_NAME, "database \"" + login().database() + "\" does not exist"));
      return;
    }
    if (!facts.mayConnect()) {
      refuse(
          ErrorFields.fatal(
                  SqlState.INSUFFICIENT_PRIVILEGE, "permission denied for database \"" + login().database() + "\"")
              .withDetail("User does not have CONNECT privilege."));
      return;
    }
    PoolKey key = new PoolKey(login().role(), known.oid(), login().database(), credential, facts.settings());
    ClientSession made =
        new ClientSession(gate.services(), context().channel().eventLoop(), out(), this, gate.services().registry().newKey(login().minorVersion()), key, startup(facts));
    session = made;
    Opening.of(made).whenComplete((_, refused) -> opened(refused));
  }

  /// The settings of the role and the database as they are now, which a server connection of another age may not have, and over them what
  /// the startup packet says.
  private SettingsVector startup(DatabaseFacts facts) {
    SettingsVector kept = SettingsVector.of(facts.settable());
    return kept.with(SnapshotSetting.NAME, SnapshotSetting.orDefault(kept.value(SnapshotSetting.NAME)), false).withAll(login().settings());
  }

  private void opened(@Nullable Throwable failure) {
    if (state != State.OPENING) {
      session().clientGone();
      return;
    }
    if (failure != null) {
      refuse(Opening.fatal(failure));
      session().clientGone();
      return;
    }
    Logins.left(context().channel());
    gate.services().metrics().loggedIn();
    enter(State.OPEN);
    resume(context());
  }

  @Override
  protected void refuse(ErrorFields fields) {
    enter(State.CLOSED);
    out().error(fields);
    out().flushAndClose();
  }

  @Override
  protected boolean streams(byte type) {
    return type == 'd' && state == State.OPEN;
  }

  @Override
  protected int frameBytesMax() {
    return state == State.OPEN ? gate.services().config().limits().frameBytes() : ScramDialogue.FRAME_BYTES_MAX;
  }

  @Override
  protected void onRun(ChannelHandlerContext ctx, ByteBuf run, int startedFrames) {
    session().copyRun(run);
  }

  @Override
  protected void onReadComplete(ChannelHandlerContext ctx) {
    ClientSession open = session;
    if (open != null && state == State.OPEN) {
      open.framesComplete();
    }
    if (isPaused() && bufferedBytes() > AHEAD_BYTES_MAX) {
      ctx.channel().config().setAutoRead(false);
    }
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
    ClientSession open = session;
    if (open != null && state == State.OPEN) {
      open.protocolViolation(code, message);
    } else if (state != State.CLOSED) {
      refuse(ErrorFields.fatal(code, message));
    }
  }

  @Override
  public void hold() {
    pause();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ClientSession open = session;
    if (open != null) {
      open.clientWritable(ctx.channel().isWritable());
    }
    watchStall(ctx);
  }

  /// What a client does not take waits on a server connection: not for ever.
  private void watchStall(ChannelHandlerContext ctx) {
    Duration limit = gate.services().config().clients().sendTimeout();
    if (ctx.channel().isWritable()) {
      endStall();
    } else if (stalled == null && limit.isPositive()) {
      stalled = ctx.executor().schedule(() -> stalledTooLong(ctx), limit.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void endStall() {
    ScheduledFuture<?> running = stalled;
    stalled = null;
    if (running != null) {
      running.cancel(false);
    }
  }

  private void stalledTooLong(ChannelHandlerContext ctx) {
    gate.services().metrics().clientStalled();
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    enter(State.CLOSED);
    endStall();
    if (counted) {
      gate.services().metrics().clientDisconnected();
    }
    ClientSession open = session;
    if (open != null) {
      open.clientGone();
    }
    out().release();
    ctx.fireChannelInactive();
  }

  private void enter(State next) {
    state = next;
  }
}
