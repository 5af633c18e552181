package io.shardgate.proxy.pool;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.shardgate.directory.Endpoint;
import io.shardgate.directory.SslMode;
import java.io.File;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Whether and how connections to one server are encrypted, with libpq's words (PostgreSQL docs, "SSL Support"):
/// `sslrootcert`, `sslcert` and `sslkey` of the endpoint name PEM files, `sslrootcert=system` the JVM's own trust store.
/// Immutable.
///
/// Where libpq would first try without TLS (`allow`), we take TLS when the server has it: that is never less than asked for.
record TlsClient(SslMode mode, String host, int port, @Nullable SslContext context) {

  /// @throws IllegalArgumentException when a certificate can't be read
  static TlsClient of(Endpoint endpoint) {
    SslContext context = endpoint.sslMode() == SslMode.DISABLE ? null : contextOf(endpoint);
    return new TlsClient(endpoint.sslMode(), endpoint.host(), endpoint.port(), context);
  }

  private static SslContext contextOf(Endpoint endpoint) {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(TlsLibrary.provider());
    String root = endpoint.options().get("sslrootcert");
    boolean verifies = endpoint.sslMode() == SslMode.VERIFY_CA || endpoint.sslMode() == SslMode.VERIFY_FULL;
    if (root != null && !root.equals("system")) {
      builder.trustManager(new File(root));
    } else if (!verifies) {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
    String certificate = endpoint.options().get("sslcert");
    String key = endpoint.options().get("sslkey");
    if (certificate != null && key != null) {
      builder.keyManager(new File(certificate), new File(key));
    }
    builder.endpointIdentificationAlgorithm(endpoint.sslMode() == SslMode.VERIFY_FULL ? "HTTPS" : null);
    try {
      return builder.build();
    } catch (SSLException | IllegalArgumentException e) {
      throw new IllegalArgumentException("TLS to " + endpoint + ": " + e.getMessage(), e);
    }
  }

  /// Whether a server without TLS is refused.
  boolean insists() {
    return switch (mode) {
      case DISABLE, ALLOW, PREFER -> false;
      case REQUIRE, VERIFY_CA, VERIFY_FULL -> true;
    };
  }

  /// Whether the server is asked for TLS.
  boolean wants() {
    return context != null;
  }

  /// A handler for one connection that [#wants] it, to be put into the pipeline.
  SslHandler newHandler(Channel channel) {
    return java.util.Objects.requireNonNull(context).newHandler(channel.alloc(), host, port);
  }

  /// There are no more connections to be made.
  void release() {
    TlsLibrary.release(context);
  }
}
