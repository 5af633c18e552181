package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.frame.FrameSplitter;
import io.shardgate.pgwire.frame.Sender;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.scram.ScramServer;
import io.shardgate.pgwire.scram.ScramVerifier;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import io.shardgate.proxy.relay.ClientOutput;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A client's typed messages up to the proof that it knows its password; what comes behind is its subclass's.
/// Confined to its channel's event loop.
public abstract class ProvingChannel extends FrameSplitter implements Entrance.Guest {
  private final @Nullable ServerTls tls;
  private final Login login;
  private final Consumer<String> errorSeen;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ClientOutput output;
  private @Nullable ScramDialogue dialogue;

  /// @param tls what its connection was offered; null for none
  /// @param errorSeen is told the SQLSTATE of every error the client is sent
  protected ProvingChannel(Login login, @Nullable ServerTls tls, Consumer<String> errorSeen) {
    super(Sender.FRONTEND);
    this.login = login;
    this.tls = tls;
    this.errorSeen = errorSeen;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    output = new ClientOutput(ctx.channel(), errorSeen);
  }

  protected final Login login() {
    return login;
  }

  protected final ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }

  /// The way to the client.
  protected final ClientOutput out() {
    return Objects.requireNonNull(output);
  }

  /// Asks the client for its proof, or refuses it.
  ///
  /// @param verifier empty for a role that nobody can be
  /// @return whether it was asked
  protected final boolean offer(Optional<ScramVerifier> verifier, byte[] mockSecret) {
    try {
      dialogue = ScramDialogue.offer(context(), out(), login, tls, verifier, mockSecret);
      return true;
    } catch (LoginException refused) {
      refuse(refused.fields());
      return false;
    }
  }

  /// Takes a message of a client that has not proved itself yet. Borrowed.
  protected final void prove(byte type, ByteBuf frame) {
    if (type == 'X') {
      context().close();
      return;
    }
    try {
      Optional<ScramServer.Outcome.Accepted> accepted = Objects.requireNonNull(dialogue).take(type, frame);
      if (accepted.isPresent()) {
        dialogue = null; // an idle client keeps nothing of its login
        proven(accepted.get());
      }
    } catch (LoginException refused) {
      refuse(refused.fields());
    }
  }

  /// The client proved that it knows the password. A [LoginException] refuses it all the same.
  protected abstract void proven(ScramServer.Outcome.Accepted accepted);

  /// Closes, in these words.
  protected abstract void refuse(ErrorFields fields);

  /// The longest message that is held whole now.
  protected abstract int frameBytesMax();

  @Override
  protected final int maxFrameBytes(byte type) {
    int usual = super.maxFrameBytes(type);
    return usual == UNKNOWN_TYPE ? UNKNOWN_TYPE : Math.min(usual, frameBytesMax());
  }

  /// Frames that were held back are taken, and more is read.
  public void proceed() {
    if (!context().channel().config().isAutoRead()) {
      context().channel().config().setAutoRead(true);
    }
    resume(context());
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Quarrels.log(ctx, cause);
    ctx.close();
  }
}
