package io.shardgate.proxy.pool;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Who does the TLS: BoringSSL where its library can be loaded, which is several times cheaper in a handshake and needs no warming up, else the JDK.
///
/// A BoringSSL context and its engines are native memory. A context belongs to whoever built it, who gives it to [#release]; an engine to its
/// handler, which frees it when it leaves the pipeline: so none is made that will not enter one.
public final class TlsLibrary {
  private TlsLibrary() {}

  /// For [io.netty.handler.ssl.SslContextBuilder].
  public static SslProvider provider() {
    return OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
  }

  /// For the start-up line.
  public static String name() {
    return OpenSsl.isAvailable() ? OpenSsl.versionString() : "the JDK's";
  }

  /// Frees a context; what its engines need of it lasts as long as they.
  public static void release(@Nullable SslContext context) {
    ReferenceCountUtil.release(context);
  }
}
