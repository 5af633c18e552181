package io.shardgate.proxy.pool;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.Future;
import io.shardgate.directory.Endpoint;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Opens one connection for a bucket: name → TCP → TLS → login.
/// Confined to its channel's event loop; only the look-up of a name leaves it, for a virtual thread.
///
/// One limit, the connect timeout, is on all of it. The bucket hears of a failure when the channel is closed, so that its
/// place is free for certain.
final class Connector {

  /// Above this many unsent bytes a session stops reading from its client; a few full-size reads, so that pipelining clients don't stall.
  private static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(64 << 10, 256 << 10);

  /// The session itself was let in by the home shard: it came before a change of the password, or this shard has another one.
  private static final String WRONG_PASSWORD = "If the role's password was changed, connect again with the new password.";

  private final Bucket bucket;
  private final Credential credential;
  private final Endpoint endpoint;
  private @Nullable Channel channel;
  private @Nullable PoolException why;
  private @Nullable Future<?> timeout;
  private boolean done;

  Connector(Bucket bucket, Credential credential) {
    this.bucket = bucket;
    this.credential = credential;
    this.endpoint = bucket.shard().endpoint();
  }

  void open() {
    long limit = bucket.settings().connectTimeout().toNanos();
    timeout = bucket.loop().schedule(this::timedOut, limit, TimeUnit.NANOSECONDS);
    HostLookup.find(endpoint.host(), bucket.loop(), this::found, this::failed);
  }

  private void timedOut() {
    failed(new IOException("timeout expired"));
  }

  private void found(InetAddress[] addresses) {
    if (!done) {
      connect(addresses, 0);
    }
  }

  private void connect(InetAddress[] addresses, int index) {
    ChannelFuture connecting = bootstrap().connect(new InetSocketAddress(addresses[index], endpoint.port()));
    channel = connecting.channel();
    connecting.addListener(connected -> {
      if (connected.isSuccess()) {
        begin(connecting.channel());
      } else if (index + 1 < addresses.length && why == null) {
        connect(addresses, index + 1);
      } else {
        failed(connected.cause());
      }
    });
  }

  private Bootstrap bootstrap() {
    return new Bootstrap()
        .group(bucket.loop())
        .channel(bucket.shard().pools().transport().socket())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
        .handler(new ChannelInboundHandlerAdapter());
  }

  private void begin(Channel connected) {
    bucket.shard().pools().transport().keepAlive(connected);
    TlsNegotiation.begin(connected, bucket.shard().tls(), new TlsNegotiation.Next() {
      @Override
      public void secured() {
        login(connected);
      }

      @Override
      public void failed(Throwable cause) {
        Connector.this.failed(cause);
      }
    });
  }

  private void login(Channel secured) {
    ServerConnection connection = new ServerConnection(bucket, secured, bucket.maxAgeNanos());
    BackendLogin login = new BackendLogin(connection, credential, this);
    ServerHandler handler = new ServerHandler(connection, login);
    secured.pipeline().addLast(handler);
    login.begin(bucket.shard().pools().applicationName().get(), handler::loginOver);
  }

  /// What the session has to begin with to be like one on the home shard; nothing there itself.
  Map<String, String> homesSettings(ServerConnection connection) {
    return isHome() ? Map.of() : homeModel().settings(connection.key());
  }

  boolean isHome() {
    return bucket.shard().isHome();
  }

  HomeModel homeModel() {
    return bucket.shard().pools().homeModel();
  }

  /// The server is ready for the first query.
  void loggedIn(ServerConnection connection) {
    if (end()) {
      bucket.opened(connection, credential);
    }
  }

  /// The server said no, in its own words; it closes the connection itself.
  void refused(ErrorFields fields) {
    boolean notNow = fields.hasCode(SqlState.CANNOT_CONNECT_NOW)
        || fields.hasCode(SqlState.ADMIN_SHUTDOWN)
        || fields.hasCode(SqlState.CRASH_SHUTDOWN);
    fail(new PoolException(
        notNow ? PoolException.Reason.SHARD_UNREACHABLE : PoolException.Reason.LOGIN_REFUSED,
        bucket.shard().id(),
        SqlState.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        "could not connect to shard \"" + bucket.shard().id() + "\": " + fields.message(),
        null,
        fields.hasCode(SqlState.INVALID_PASSWORD) ? fields.withHint(WRONG_PASSWORD) : fields,
        null), false);
  }

  /// We will not do what the server asks for, or can't.
  void declined(String reason) {
    fail(new PoolException(
        PoolException.Reason.LOGIN_REFUSED,
        bucket.shard().id(),
        SqlState.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        "could not connect to shard \"" + bucket.shard().id() + "\": " + reason), true);
  }

  void failed(Throwable cause) {
    String reason = cause.getMessage();
    fail(new PoolException(
        PoolException.Reason.SHARD_UNREACHABLE,
        bucket.shard().id(),
        SqlState.SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
        "could not connect to shard \"" + bucket.shard().id() + "\": " + (reason == null ? cause.toString() : reason),
        null,
        null,
        cause), true);
  }

  /// The first reason counts; what follows from it is not told.
  private void fail(PoolException reason, boolean closeNow) {
    if (done) {
      return;
    }
    boolean first = why == null;
    if (first) {
      why = reason;
    }
    Channel opened = channel;
    if (opened == null) {
      ended();
      return;
    }
    if (first) {
      opened.closeFuture().addListener(_ -> ended());
    }
    if (closeNow) {
      opened.close();
    }
  }

  private void ended() {
    PoolException reason = why;
    if (reason != null && end()) {
      bucket.openFailed(credential, reason);
    }
  }

  private boolean end() {
    if (done) {
      return false;
    }
    done = true;
    Future<?> running = timeout;
    if (running != null) {
      running.cancel(false);
    }
    return true;
  }
}
