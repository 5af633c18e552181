package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.FrameSplitter;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FrontendMessage;
import io.shardgate.pgwire.message.FrontendReader;
import io.shardgate.pgwire.message.MalformedMessageException;
import io.shardgate.pgwire.message.SaslInitialResponse;
import io.shardgate.pgwire.scram.ScramException;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.relay.ClientOutput;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One client proves that it knows its role's password, and shows the certificate that it has to have.
/// Confined to its channel's event loop.
///
///     OFFERED → CHALLENGED [first]     the server's nonce is out
///     CHALLENGED → ENDED   [last]      the client has proved itself, or was refused
public final class ScramDialogue {
  /// Of one message before the login is over, as PostgreSQL has it for passwords: a stranger makes us hold no more.
  public static final int FRAME_BYTES_MAX = 1 + 65_535;

  private enum State {
    OFFERED,
    CHALLENGED,
    ENDED
  }

  private final ClientOutput output;
  private final Login login;
  private final @Nullable ServerTls tls;
  private final @Nullable SslHandler encryption;
  private final ScramServer server;
  private State state = State.OFFERED;

  private ScramDialogue(ClientOutput output, Login login, @Nullable ServerTls tls, @Nullable SslHandler encryption, ScramServer server) {
    this.output = output;
    this.login = login;
    this.tls = tls;
    this.encryption = encryption;
    this.server = server;
  }

  /// Asks the client for its proof. Throws [LoginException] when it has no certificate and has to have one.
  ///
  /// @param verifier empty for a role that nobody can be: it fails as a wrong password does
  /// @param mockSecret makes the exchange with such a role look like any other
  public static ScramDialogue offer(
      ChannelHandlerContext ctx, ClientOutput output, Login login, @Nullable ServerTls tls, Optional<ScramVerifier> verifier, byte[] mockSecret) {
    SslHandler encryption = ctx.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.requireCertificate(encryption);
    }
    byte[] endPoint = tls != null && encryption != null ? tls.endPoint() : null;
    ScramServer server =
        verifier.map(known -> ScramServer.against(known, endPoint)).orElseGet(() -> ScramServer.againstNobody(login.role(), mockSecret, endPoint));
    BackendWriter.authenticationSasl(output.stage(), server.mechanisms());
    output.flush();
    return new ScramDialogue(output, login, tls, encryption, server);
  }

  /// Takes the client's next message; its proof, once that is right. The caller tells it that it is in. Throws [LoginException].
  public Optional<ScramServer.Outcome.Accepted> take(byte type, ByteBuf frame) {
    if (type != 'p' || state == State.ENDED) {
      throw new LoginException(SqlState.PROTOCOL_VIOLATION, "expected SASL response, got message type " + (type & 0xff));
    }
    try {
      return state == State.OFFERED ? first(frame) : last(frame);
    } catch (ScramException failure) {
      throw new LoginException(failure.fields().with(ErrorFields.SEVERITY, "FATAL").with(ErrorFields.SEVERITY_PLAIN, "FATAL"));
    } catch (MalformedMessageException failure) {
      throw new LoginException(ErrorFields.fatal(failure.code(), String.valueOf(failure.getMessage())));
    }
  }

  private Optional<ScramServer.Outcome.Accepted> first(ByteBuf frame) {
    SaslInitialResponse initial = SaslInitialResponse.of((FrontendMessage.AuthenticationReply) FrontendReader.read((byte) 'p', frame));
    byte[] data = initial.response();
    if (data == null) {
      throw new LoginException(SqlState.PROTOCOL_VIOLATION, "malformed SCRAM message");
    }
    BackendWriter.authenticationSaslContinue(output.stage(), server.first(initial.mechanism(), data));
    output.flush();
    state = State.CHALLENGED;
    return Optional.empty();
  }

  private Optional<ScramServer.Outcome.Accepted> last(ByteBuf frame) {
    state = State.ENDED;
    byte[] message = new byte[frame.readableBytes() - FrameSplitter.HEADER_BYTES];
    frame.getBytes(frame.readerIndex() + FrameSplitter.HEADER_BYTES, message);
    ScramServer.Outcome outcome = server.finish(message);
    if (outcome instanceof ScramServer.Outcome.Accepted accepted && (tls == null || tls.isRoles(encryption, login.role()))) {
      return Optional.of(accepted);
    }
    throw new LoginException(SqlState.INVALID_PASSWORD, "password authentication failed for user \"" + login.role() + "\"");
  }
}
