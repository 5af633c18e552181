package io.shardgate.proxy.setup;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.FrameSplitter;
import io.shardgate.pgwire.frame.Sender;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.CancelKey;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.accept.Entrance;
import io.shardgate.proxy.accept.Logins;
import io.shardgate.proxy.accept.Quarrels;
import io.shardgate.proxy.accept.ScramDialogue;
import io.shardgate.proxy.accept.ServerTls;
import io.shardgate.proxy.admin.Actor;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.relay.ClientOutput;
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
final class SetupGuest extends FrameSplitter implements Entrance.Guest {
  private enum State {
    PROVING,
    OPEN,
    CLOSED
  }

  /// Drivers want one. The shards' own is not known yet; this is the newest that the proxy is made for.
  private static final String SERVER_VERSION = "18.0 (Shardgate, no shard map yet)";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final SetupRoom room;
  private final @Nullable ServerTls tls;
  private final Login login;
  private State state = State.PROVING;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ClientOutput output;
  private @Nullable ScramDialogue dialogue;
  private @Nullable SetupSession session;

  SetupGuest(SetupRoom room, @Nullable ServerTls tls, Login login) {
    super(Sender.FRONTEND);
    this.room = room;
    this.tls = tls;
    this.login = login;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    output = new ClientOutput(ctx.channel(), room.errorSeen());
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }

  private ClientOutput out() {
    return Objects.requireNonNull(output);
  }

  @Override
  public void begin() {
    if (!room.enter(this)) {
      end(ErrorFields.fatal(SqlState.TOO_MANY_CONNECTIONS, "sorry, too many clients already"));
      return;
    }
    ScramVerifier verifier = room.config().admins().verifiers().get(login.role());
    if (verifier == null) {
      end(
          ErrorFields.fatal(SqlState.CANNOT_CONNECT_NOW, "the database system is not yet accepting connections")
              .withDetail("There is no shard map yet.")
              .withHint("An admin whose verifier is in the proxy's settings can apply a topology: shardctl apply."));
      return;
    }
    try {
      dialogue = ScramDialogue.offer(context(), out(), login, tls, Optional.of(verifier), room.mockSecret());
    } catch (LoginException refused) {
      end(refused.fields());
    }
  }

  @Override
  protected void onFrame(ChannelHandlerContext ctx, byte type, ByteBuf frame) {
    switch (state) {
      case PROVING -> prove(type, frame);
      case OPEN -> Objects.requireNonNull(session).frame(type, frame);
      case CLOSED -> {}
    }
  }

  private void prove(byte type, ByteBuf frame) {
    if (type == 'X') {
      context().close();
      return;
    }
    try {
      Objects.requireNonNull(dialogue).take(type, frame).ifPresent(accepted -> proven(accepted.serverFinal()));
    } catch (LoginException refused) {
      end(refused.fields());
    }
  }

  private void proven(byte[] serverFinal) {
    String encoding = login.settings().getOrDefault("client_encoding", "UTF8");
    Charset charset = Encodings.charsetOf(encoding)
        .orElseThrow(() -> new LoginException(SqlState.INVALID_PARAMETER_VALUE, "invalid value for parameter \"client_encoding\": \"" + encoding + "\""));
    BackendWriter.authenticationSaslFinal(out().stage(), serverFinal);
    BackendWriter.authenticationOk(out().stage());
    parameters(encoding).forEach((name, value) -> BackendWriter.parameterStatus(out().stage(), name, value, charset));
    out().parameterStatus("client_encoding", encoding);
    BackendWriter.backendKeyData(out().stage(), RANDOM.nextInt(1, Integer.MAX_VALUE), CancelKey.random(RANDOM, CancelKey.SHORT_BYTES));
    Logins.left(context().channel());
    state = State.OPEN;
    session = new SetupSession(this, out(), new SetupStatements(room, new Actor(login.role(), out().clientAddress(), login.database()), charset));
    session.ready();
  }

  private Map<String, String> parameters(String encoding) {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("server_version", SERVER_VERSION);
    parameters.put("server_encoding", "UTF8");
    parameters.put("client_encoding", encoding);
    parameters.put("application_name", login.settings().getOrDefault("application_name", ""));
    parameters.put("session_authorization", login.role());
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

  void proceed() {
    context().channel().config().setAutoRead(true);
    resume(context());
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
    end(
        ErrorFields.fatal(SqlState.ADMIN_SHUTDOWN, "terminating connection: there is a shard map now")
            .withHint("Connect again: the proxy serves by it."));
  }

  boolean isClosed() {
    return state == State.CLOSED;
  }

  /// Closes, in these words.
  void end(ErrorFields fields) {
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
  protected int maxFrameBytes(byte type) {
    int usual = super.maxFrameBytes(type);
    return usual == UNKNOWN_TYPE ? UNKNOWN_TYPE : Math.min(usual, state == State.OPEN ? room.config().limits().statementBytes() : ScramDialogue.FRAME_BYTES_MAX);
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message) {
    end(ErrorFields.fatal(code, message));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    state = State.CLOSED;
    room.leave(this);
    out().release();
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Quarrels.log(ctx, cause);
    ctx.close();
  }
}
