package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.StartupSplitter;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.StartupPacket;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The untyped beginning of a connection: TLS or not, a cancel request, or the startup packet of a client.
/// Confined to its channel's event loop.
///
/// A peer that closes without a byte (a port check) is let go without a word.
final class ClientDoor extends StartupSplitter {

  private final Supplier<Entrance> entrance;
  private final @Nullable ServerTls tls;
  private boolean sslDone;
  private boolean gssDone;

  /// @param entrance asked once it is known who comes
  /// @param tls what this connection is offered, null for none
  ClientDoor(Supplier<Entrance> entrance, @Nullable ServerTls tls) {
    super(entrance.get().startupPacketBytes());
    this.entrance = entrance;
    this.tls = tls;
  }

  @Override
  protected void onPacket(ChannelHandlerContext ctx, StartupPacket packet) {
    switch (packet) {
      case StartupPacket.SslRequest _ -> ssl(ctx);
      case StartupPacket.GssEncRequest _ -> gss(ctx);
      case StartupPacket.CancelRequest cancel -> {
        entrance.get().cancel(cancel.processId(), cancel.key());
        ctx.close();
      }
      case StartupPacket.Startup startup -> start(ctx, startup);
    }
  }

  /// TLS began without a request: there is none to be had again.
  void encrypted() {
    sslDone = true;
    gssDone = true;
  }

  private void ssl(ChannelHandlerContext ctx) {
    if (sslDone) {
      unsupported(ctx, "1234.5679");
      return;
    }
    sslDone = true;
    ServerTls offered = tls;
    if (offered == null) {
      answer(ctx, 'N');
      expectNext(ctx);
      return;
    }
    if (bufferedBytes() > 0) {
      // Bytes from before the handshake are nobody's: CVE-2021-23214.
      fatal(ctx, ErrorFields.fatal(SqlState.PROTOCOL_VIOLATION, "received unencrypted data after SSL request"));
      return;
    }
    gssDone = true;
    answer(ctx, 'S');
    ctx.pipeline().addFirst("alpn", new AlpnCheck(offered.context(), false));
    expectNext(ctx);
  }

  private void gss(ChannelHandlerContext ctx) {
    if (gssDone) {
      unsupported(ctx, "1234.5680");
      return;
    }
    gssDone = true;
    answer(ctx, 'N');
    expectNext(ctx);
  }

  /// What PostgreSQL says to a request that was answered before.
  private static void unsupported(ChannelHandlerContext ctx, String protocol) {
    fatal(ctx, ErrorFields.fatal(SqlState.FEATURE_NOT_SUPPORTED, "unsupported frontend protocol " + protocol + ": server supports 3.0 to 3." + StartupPacket.MINOR_MAX));
  }

  private static void answer(ChannelHandlerContext ctx, char letter) {
    ctx.writeAndFlush(ctx.alloc().buffer(1).writeByte(letter));
  }

  private void start(ChannelHandlerContext ctx, StartupPacket.Startup startup) {
    Login login;
    try {
      login = Login.of(startup);
    } catch (LoginException failure) {
      fatal(ctx, failure.fields());
      return;
    }
    List<String> unknown = startup.parameters().keySet().stream().filter(name -> name.startsWith("_pq_.")).toList();
    if (startup.minorVersion() > StartupPacket.MINOR_MAX || !unknown.isEmpty()) {
      ByteBuf out = ctx.alloc().buffer(64);
      BackendWriter.negotiateProtocolVersion(out, StartupPacket.PROTOCOL_3_0 | login.minorVersion(), unknown);
      ctx.writeAndFlush(out);
    }
    Entrance.Guest guest = entrance.get().guest(login, tls);
    ctx.pipeline().addAfter(ctx.name(), "client", guest);
    guest.begin(); // it waits for the role before it reads what this handler leaves to it
    ctx.pipeline().remove(this);
  }

  @Override
  protected void onProtocolViolation(ChannelHandlerContext ctx, SqlState code, String message, boolean answer) {
    if (answer) {
      fatal(ctx, ErrorFields.fatal(code, message));
    } else {
      ctx.close();
    }
  }

  private static void fatal(ChannelHandlerContext ctx, ErrorFields fields) {
    ByteBuf out = ctx.alloc().buffer(128);
    BackendWriter.errorResponse(out, fields);
    ctx.writeAndFlush(out).addListener(_ -> ctx.close());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (hasHeard() || !(cause instanceof IOException)) {
      Quarrels.log(ctx, cause);
    }
    ctx.close();
  }
}
