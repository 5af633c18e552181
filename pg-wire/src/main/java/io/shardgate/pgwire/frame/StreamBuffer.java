package io.shardgate.pgwire.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The bytes of a stream that were read and not yet cut: a queue of buffers as they came, of which the front one is cut.
/// Confined to its channel's event loop.
///
/// Only a frame that lies in two buffers is copied, into a buffer of its own that grows with the bytes that came.
final class StreamBuffer {
  private static final int SMALLEST_JOINT_BYTES = 256;

  private final ArrayDeque<ByteBuf> later = new ArrayDeque<>(2);
  private @Nullable ByteBuf front;

  /// Whether `front` was made here to join what lay in two buffers, so that it may be appended to. What lies behind the end of
  /// any other buffer may belong to somebody else.
  private boolean frontIsJoint;

  private boolean narrowed;
  private boolean releasedWhileNarrowed;
  private int narrowEnd;
  private int wholeEnd;

  /// Adds bytes at the stream's end; owns them from now on.
  void take(ByteBuf bytes) {
    if (bytes.isReadable()) {
      later.add(bytes);
    } else {
      bytes.release();
    }
  }

  /// The buffer at the front, with at least one byte, borrowed; null when the stream is empty.
  @Nullable ByteBuf front() {
    if (front != null && !front.isReadable()) {
      front.release();
      front = null;
    }
    if (front == null) {
      front = later.poll();
      frontIsJoint = false;
    }
    return front;
  }

  /// Bytes of the whole stream. While narrowed: of what lies behind the part being handed over.
  int readableBytes() {
    int sum = 0;
    if (narrowed) {
      sum = releasedWhileNarrowed ? 0 : wholeEnd - narrowEnd;
    } else if (front != null) {
      sum = front.readableBytes();
    }
    for (ByteBuf bytes : later) {
      sum += bytes.readableBytes();
    }
    return sum;
  }

  /// Moves bytes from the next buffer to the front one until that has `wanted` of them; false when there is no next one.
  boolean join(ByteBufAllocator allocator, int wanted) {
    ByteBuf head = front();
    ByteBuf next = later.peek();
    if (head == null || next == null) {
      return false;
    }
    int step = Math.min(wanted - head.readableBytes(), next.readableBytes());
    ByteBuf joint = withRoom(allocator, head, step, wanted);
    joint.writeBytes(next, step);
    if (!next.isReadable()) {
      later.remove().release();
    }
    return true;
  }

  /// Shows only the bytes before index `end` of the front buffer, until [#widen].
  void narrow(int end) {
    ByteBuf head = present();
    narrowEnd = end;
    wholeEnd = head.writerIndex();
    narrowed = true;
    head.writerIndex(end);
  }

  /// Ends [#narrow]: the bytes shown are done with.
  void widen() {
    narrowed = false;
    if (releasedWhileNarrowed) {
      releasedWhileNarrowed = false;
      release();
    } else {
      present().setIndex(narrowEnd, wholeEnd);
      front();
    }
  }

  /// Hands every byte behind the part being handed over to `receiver`, which owns the buffers it gets.
  void drainTo(Consumer<ByteBuf> receiver) {
    ArrayDeque<ByteBuf> rest = new ArrayDeque<>(later);
    later.clear();
    if (narrowed && !releasedWhileNarrowed) {
      releasedWhileNarrowed = true;
      rest.addFirst(present().retainedDuplicate().setIndex(narrowEnd, wholeEnd));
    } else if (front != null && !narrowed) {
      rest.addFirst(front);
      front = null;
    }
    while (!rest.isEmpty()) {
      ByteBuf bytes = rest.remove();
      if (bytes.isReadable()) {
        receiver.accept(bytes);
      } else {
        bytes.release();
      }
    }
  }

  /// Lets go of all bytes; of those being handed over, when that has ended.
  void release() {
    while (!later.isEmpty()) {
      later.remove().release();
    }
    if (narrowed) {
      releasedWhileNarrowed = true;
    } else if (front != null) {
      front.release();
      front = null;
    }
  }

  private ByteBuf withRoom(ByteBufAllocator allocator, ByteBuf head, int step, int wanted) {
    if (frontIsJoint && head.writableBytes() >= step) {
      return head;
    }
    int needed = head.readableBytes() + step;
    int doubled = (int) Math.min(wanted, 2L * needed);
    ByteBuf joint = allocator.buffer(Math.max(SMALLEST_JOINT_BYTES, Math.max(needed, doubled)));
    joint.writeBytes(head);
    head.release();
    front = joint;
    frontIsJoint = true;
    return joint;
  }

  private ByteBuf present() {
    if (front == null) {
      throw new IllegalStateException("the stream is empty");
    }
    return front;
  }
}
