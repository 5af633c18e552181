package io.shardgate.proxy.setup;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.accept.Logins;
import io.shardgate.proxy.accept.ProvingChannel;
import io.shardgate.proxy.accept.ScramDialogue;
import io.shardgate.proxy.accept.ServerTls;
import io.shardgate.proxy.admin.Actor;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.relay.Encodings;
import java.nio.charset.Charset;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A client of a proxy that has no shard map: let in when it is an admin whose verifier the settings have, else told to come again.
/// Confined to its channel's event loop, but for [#dismiss].
///
///     PROVING → OPEN   [proven]     the client proved that it knows the password, and was told ReadyForQuery
///     any     → CLOSED [end]
final class SetupGuest extends ProvingChannel {
  private enum State {
    PROVING,
    OPEN,
    CLOSED
  }

  /// Drivers want one. The shards' own is not known yet; this is the newest that the proxy is made for.
  private static final String SERVER_VERSION = "18.0 (Shardgate, no shard map yet)";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final SetupRoom room;
  private State state = State.PROVING;
  private @Nullable SetupSession session;

  SetupGuest(SetupRoom room, @Nullable ServerTls tls, Login login) {
    super(login, tls, room.errorSeen());
    this.room = room;
  }

  @Override
  public void begin() {
    if (!room.enter(this)) {
      refuse(ErrorFields.fatal(SqlState.TOO_MANY_CONNECTIONS, "sorry, too many clients already"));
      return;
    }
    ScramVerifier verifier = room.config().admins().verifiers().get(login().role());
    if (verifier == null) {
      refuse(
          ErrorFields.fatal(SqlState.CANNOT_CONNECT_NOW, "the database system is not yet accepting connections")
              .withDetail("There is no shard map yet.")
              .withHint("An admin whose verifier is in the proxy's settings can apply a topology: shardctl apply."));
      return;
    }
    offer(Optional.of(verifier), room.mockSecret());
  }

  @Override
  protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
    switch (state) {
      case PROVING -> prove(type, frame);
      case OPEN -> Objects.requireNonNull(session).frame(type, frame);
      case CLOSED -> {}
    }
  }

  @Override
  protected void proven(ScramServer.Outcome.Accepted accepted) {
    String encoding = login().settings().getOrDefault("client_encoding", "UTF8");
    Charset charset = Encodings.charsetOf(encoding)
        .orElseThrow(() -> new LoginException(SqlState.INVALID_PARAMETER_VALUE, "invalid value for parameter \"client_encoding\": \"" + encoding + "\""));
    BackendWriter.authenticationSaslFinal(out().stage(), accepted.serverFinal());
    BackendWriter.authenticationOk(out().stage());
    parameters(encoding).forEach((name, value) -> BackendWriter.parameterStatus(out().stage(), name, value, charset));
    out().parameterStatus("client_encoding", encoding);
    BackendWriter.backendKeyData(out().stage(), RANDOM.nextInt(1, Integer.MAX_VALUE), CancelKey.random(RANDOM, CancelKey.SHORT_BYTES));
    Logins.left(context().channel());
    state = State.OPEN;
    session = new SetupSession(this, out(), new SetupStatements(room, new Actor(login().role(), out().clientAddress(), login().database()), charset));
    session.ready();
  }

  private Map<String, String> parameters(String encoding) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("server_version", SERVER_VERSION);
    parameters.put("server_encoding", "UTF8");
    parameters.put("client_encoding", encoding);
    parameters.put("application_name", login().settings().getOrDefault("application_name", ""));
    parameters.put("session_authorization", login().role());
    parameters.put("is_superuser", "off");
    parameters.put("DateStyle", "ISO, MDY");
    parameters.put("IntervalStyle", "postgres");
    parameters.put("TimeZone", "UTC");
    parameters.put("integer_datetimes", "on");
    parameters.put("standard_conforming_strings", "on");
    return parameters;
  }

  /// A statement is under way: nothing more is read until [#proceed].
  void hold() {
    pause();
    context().channel().config().setAutoRead(false);
  }

  /// Has the event loop do something.
  void onLoop(Runnable work) {
    context().channel().eventLoop().execute(work);
  }

  /// Says that there is a map now, once nothing is under way.
  void dismiss() {
    onLoop(() -> {
      SetupSession open = session;
      if (open == null) {
        dismissed();
      } else {
        open.dismiss();
      }
    });
  }

  void dismissed() {
    refuse(
        ErrorFields.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: there is a shard map now")
            .withHint("Connect again: the proxy serves by it."));
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  @Override
  protected void refuse(ErrorFields fields) {
    if (!isClosed()) {
      out().error(fields);
      end();
    }
  }

  void end() {
    state = State.CLOSED;
    room.leave(this);
    out().flushAndClose();
  }

  @Override
  protected int frameBytesMax() {
    return state == State.OPEN ? room.config().limits().statementBytes() : ScramDialogue.FRAME_BYTES_MAX;
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
    refuse(ErrorFields.fatal(code, message));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    state = State.CLOSED;
    room.leave(this);
    out().release();
    ctx.fireChannelInactive();
  }
}
