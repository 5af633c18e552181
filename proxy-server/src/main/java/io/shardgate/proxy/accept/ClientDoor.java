package io.shardgate.proxy.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslContext;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.frame.StartupSplitter;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.StartupPacket;
import io.shardgate.proxy.auth.Login;
import io.shardgate.proxy.auth.LoginException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The untyped beginning of a connection: TLS or not, a cancel request, or the startup packet of a client.
/// Confined to its channel's event loop.
///
/// A peer that closes without a byte (a port check) is let go without a word.
final class ClientDoor extends StartupSplitter {
  private static final int PROTOCOL_3_0 = 3 << 16;

  private final Gate gate;
  private final @Nullable SslContext tls;
  private boolean encrypted;
  private boolean gssRefused;

  ClientDoor(Gate gate) {
    this.gate = gate;
    this.tls = gate.tls();
  }

  @Override
  protected void onPacket(ChannelHandlerContext ctx, StartupPacket packet) {
    switch (packet) {
      case StartupPacket.SslRequest _ -> ssl(ctx);
      case StartupPacket.GssEncRequest _ -> gss(ctx);
      case StartupPacket.CancelRequest cancel -> {
        gate.services().registry().cancel(cancel.processId(), cancel.secretKey());
        ctx.close();
      }
      case StartupPacket.Startup startup -> start(ctx, startup);
    }
  }

  private void ssl(ChannelHandlerContext ctx) {
    SslContext context = tls;
    if (context == null || encrypted) {
      answer(ctx, 'N');
      expectNext(ctx);
      return;
    }
    if (bufferedBytes() > 0) {
      // Bytes from before the handshake are nobody's: CVE-2021-23214.
      fatal(ctx, ErrorFields.fatal(SqlState.PROTOCOL_VIOLATION, "received unencrypted data after SSL request"));
      return;
    }
    encrypted = true;
    answer(ctx, 'S');
    ctx.pipeline().addFirst(context.newHandler(ctx.alloc()));
    expectNext(ctx);
  }

  private void gss(ChannelHandlerContext ctx) {
    if (gssRefused) {
      ctx.close();
      return;
    }
    gssRefused = true;
    answer(ctx, 'N');
    expectNext(ctx);
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
    if (startup.minorVersion() > 0 || !unknown.isEmpty()) {
      ByteBuf out = ctx.alloc().buffer(64);
      BackendWriter.negotiateProtocolVersion(out, PROTOCOL_3_0, unknown);
      ctx.writeAndFlush(out);
    }
    ClientChannel channel = new ClientChannel(gate, login);
    ctx.pipeline().addAfter(ctx.name(), "client", channel);
    channel.start(); // it waits for the role before it reads what this handler leaves to it
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
    Quarrels.log(ctx, cause);
    ctx.close();
  }
}
