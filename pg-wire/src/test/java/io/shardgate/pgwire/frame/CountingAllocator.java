package io.shardgate.pgwire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/// Knows every buffer it gave, so that a test can say that all were released.
final class CountingAllocator extends AbstractByteBufAllocator {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
  private final List<ByteBuf> given = new ArrayList<>();

  ByteBuf of(byte[] bytes, int from, int to) {
    return buffer(Math.max(1, to - from)).writeBytes(bytes, from, to - from);
  }

  /// How many buffers were ever asked for.
  int count() {
    return given.size();
  }

  long bytesInUse() {
    return given.stream().filter(buffer -> buffer.refCnt() > 0).mapToLong(ByteBuf::capacity).sum();
  }

  void assertAllReleased() {
    assertThat(given).allSatisfy(buffer -> assertThat(buffer.refCnt()).isZero());
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return remember(allocator.heapBuffer(initialCapacity, maxCapacity));
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return remember(allocator.heapBuffer(initialCapacity, maxCapacity));
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  private ByteBuf remember(ByteBuf buffer) {
    given.add(buffer);
    return buffer;
  }
}
