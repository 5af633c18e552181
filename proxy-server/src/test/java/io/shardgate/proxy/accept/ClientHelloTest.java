package io.shardgate.proxy.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;

final class ClientHelloTest {
  private static final int RECORD_AND_MESSAGE_HEADER_BYTES = 5 + 4;

  /// What the JDK's client sends.
  private static byte[] hello(String... protocols) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 1);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), out);
    out.flip().position(RECORD_AND_MESSAGE_HEADER_BYTES);
    byte[] message = new byte[out.remaining()];
    out.get(message);
    return message;
  }

  private static boolean accepts(byte[] hello) {
    ByteBuf bytes = Unpooled.wrappedBuffer(hello);
    boolean accepted = ClientHello.accepts(bytes, "postgresql");
    assertThat(bytes.readableBytes()).as("only looked at").isEqualTo(hello.length);
    return accepted;
  }

  @Test
  void whoNamesProtocolsHasToNameOurs() throws Exception {
    assertThat(accepts(hello("postgresql"))).isTrue();
    assertThat(accepts(hello("h2", "postgresql"))).isTrue();
    assertThat(accepts(hello("h2"))).isFalse();
    assertThat(accepts(hello("postgres", "postgresql2", "POSTGRESQL"))).isFalse();
  }

  @Test
  void whoNamesNoneIsAccepted() throws Exception {
    assertThat(accepts(hello())).isTrue();
  }

  @Test
  void aMessageThatIsCutOrFullOfNonsenseIsLeftToTheHandshake() throws Exception {
    byte[] whole = hello("h2");
    for (int length = 0; length < whole.length; length++) {
      assertThat(accepts(java.util.Arrays.copyOf(whole, length))).as("the first %d bytes", length).isTrue();
    }
    byte[] nonsense = new byte[200];
    java.util.Arrays.fill(nonsense, (byte) 0xff);
    assertThat(accepts(nonsense)).isTrue();
  }
}
