package io.shardgate.proxy.accept;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/// The first message of a TLS client, without its 4-byte header (RFC 8446, section 4.1.2):
///
///     version:2 random:32 session:<1 suites:<2 compressions:<1 extensions:<2
///     an extension:  type:2 content:<2
///     ALPN's content (RFC 7301):  list:<2, of names:<1
///
/// where `:<n` is a length of n bytes and as many bytes as it says.
final class ClientHello {
  private static final int BEFORE_SESSION_BYTES = 2 + 32;
  private static final int ALPN = 16;

  private ClientHello() {}

  /// False when the client names protocols and not this one. A malformed message is nobody's here: the handshake will say what is wrong with it.
  ///
  /// @param hello is only looked at
  static boolean accepts(ByteBuf hello, String protocol) {
    try {
      ByteBuf rest = hello.slice();
      rest.skipBytes(BEFORE_SESSION_BYTES);
      rest.skipBytes(rest.readUnsignedByte());
      rest.skipBytes(rest.readUnsignedShort());
      rest.skipBytes(rest.readUnsignedByte());
      return !rest.isReadable() || extensionsAccept(rest.readSlice(rest.readUnsignedShort()), protocol);
    } catch (IndexOutOfBoundsException _) {
      return true;
    }
  }

  private static boolean extensionsAccept(ByteBuf extensions, String protocol) {
    while (extensions.isReadable()) {
      int type = extensions.readUnsignedShort();
      ByteBuf content = extensions.readSlice(extensions.readUnsignedShort());
      if (type == ALPN) {
        return names(content.readSlice(content.readUnsignedShort()), protocol);
      }
    }
    return true;
  }

  private static boolean names(ByteBuf list, String protocol) {
    while (list.isReadable()) {
      if (list.readSlice(list.readUnsignedByte()).toString(US_ASCII).equals(protocol)) {
        return true;
      }
    }
    return false;
  }
}
