package io.shardgate.cluster;

import io.shardgate.pgwire.message.FrontendWriter;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// The client's side of TLS, which takes any certificate.
public final class TlsPeer {
  private TlsPeer() {}

  /// Asks for TLS; true when the answer is yes.
  public static boolean request(WireClient client) {
    return client.send(FrontendWriter::sslRequest).readByte() == 'S';
  }

  /// Shakes hands: from then on the client sends and reads through TLS.
  ///
  /// @param protocols what it names by ALPN
  public static SSLSocket handshake(WireClient client, String... protocols) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anybody()}, null);
    SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(client.socket(), "localhost", client.socket().getPort(), true);
    if (protocols.length > 0) {
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      tls.setSSLParameters(parameters);
    }
    tls.startHandshake();
    client.upgrade(tls);
    return tls;
  }

  private static final class Anybody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
