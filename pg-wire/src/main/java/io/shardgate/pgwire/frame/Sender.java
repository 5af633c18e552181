package io.shardgate.pgwire.frame;

/// Who wrote a stream of messages.
/// Immutable. The limits are those of PostgreSQL's own server and client library.
public enum Sender {
  /// A client: the program that asks.
  FRONTEND("BCDEFHPQScdfpX", "BFPQd"),
  /// A server: the program that answers.
  BACKEND("123ACDEGHIKNRSTVWZcdnstv", "ADENTVWdtRGHSv");

  private static final int LARGEST_FRAME_BYTES = 0x3fffffff;
  private static final int SMALL_FRAME_BYTES = 10_000;
  private static final int PASSWORD_FRAME_BYTES = 65_535;

  /// By type; never written after construction.
  @SuppressWarnings("ImmutableEnumChecker")
  private final int[] maxFrameBytes = new int[256];

  Sender(String types, String largeTypes) {
    for (int i = 0; i < types.length(); i++) {
      maxFrameBytes[types.charAt(i)] = 1 + SMALL_FRAME_BYTES;
    }
    for (int i = 0; i < largeTypes.length(); i++) {
      maxFrameBytes[largeTypes.charAt(i)] = 1 + LARGEST_FRAME_BYTES;
    }
    if (types.indexOf('p') >= 0) {
      maxFrameBytes['p'] = 1 + PASSWORD_FRAME_BYTES;
    }
  }

  /// The most bytes a frame of this type may have, header included, or [FrameSplitter#UNKNOWN_TYPE].
  public int maxFrameBytes(byte type) {
    return maxFrameBytes[type & 0xff];
  }

  /// What PostgreSQL says of a type that this sender may not send.
  String unknownType(byte type) {
    return this == FRONTEND
        ? "invalid frontend message type " + (type & 0xff)
        : "invalid backend message type " + (type & 0xff);
  }
}
