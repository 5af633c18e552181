package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.proxy.execute.ExecutionPort;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The rows of one shard behind those of another, untouched. Confined to its channel's event loop.
final class RowsInTurns implements StreamedRows {
  /// What a shard may have sent before its turn.
  private static final int HELD_BYTES_MAX = 64 * 1024;

  private final ExecutionPort port;
  private final Consumer<ByteBuf> announced;
  private final List<Part> parts = new ArrayList<>();
  private final CompletableFuture<Long> passed = new CompletableFuture<>();
  private byte @Nullable [] columns;
  private int turn;
  private boolean inRow;
  private boolean dropped;

  /// One shard's. Confined to its channel's event loop.
  private static final class Part {
    private final ScatterCall call;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private int heldBytes;
    private @Nullable ByteBuf description;

    Part(ScatterCall call) {
      this.call = call;
    }
  }

  /// Bytes that came before their turn; owns a reference.
  private record Held(ByteBuf run, int unfinishedBytes) {}

  RowsInTurns(ExecutionPort port, Consumer<ByteBuf> announced) {
    this.port = port;
    this.announced = announced;
  }

  @Override
  public void begin(List<ScatterCall> all) {
    all.forEach(call -> parts.add(new Part(call)));
  }

  private Part part(ScatterCall call) {
    for (Part part : parts) {
      if (part.call == call) {
        return part;
      }
    }
    throw new IllegalStateException("no part of it: " + call.conversation().shard());
  }

  private boolean isAtTurn(Part part) {
    return turn < parts.size() && parts.get(turn) == part;
  }

  @Override
  public void described(ScatterCall call, ByteBuf frame) {
    Part part = part(call);
    if (isAtTurn(part)) {
      describe(part, frame.copy());
    } else if (!dropped) {
      part.description = frame.copy();
    }
  }

  private void describe(Part part, ByteBuf frame) {
    try {
      port.describeRows(part.call.conversation(), frame);
      byte[] own = ByteBufUtil.getBytes(frame);
      byte[] known = columns;
      if (known != null && !ResultShape.areSame(known, own)) {
        throw ProxyRefusal.GATHER_DIFFERS.error("shard \"" + part.call.conversation().shard() + "\" gives other columns");
      }
      if (known == null && !dropped) {
        announced.accept(frame);
      }
      columns = own;
    } finally {
      frame.release();
    }
  }

  @Override
  public void came(ScatterCall call, ByteBuf run, int unfinishedBytes) {
    Part part = part(call);
    if (dropped && !inRow) {
      return;
    }
    if (isAtTurn(part)) {
      relay(call, run, unfinishedBytes); // even when all is in vain: a row that has begun has to end before an error is told
      return;
    }
    if (dropped) {
      return;
    }
    part.held.add(new Held(run.retainedSlice(), unfinishedBytes));
    part.heldBytes += run.readableBytes();
    if (part.heldBytes > HELD_BYTES_MAX) {
      call.read(false);
    }
  }

  private void relay(ScatterCall call, ByteBuf run, int unfinishedBytes) {
    port.relayRows(call.conversation(), run, unfinishedBytes);
    inRow = unfinishedBytes > 0;
  }

  @Override
  public void ended(ScatterCall call) {
    if (!dropped && isAtTurn(part(call))) {
      next();
    }
  }

  private void next() {
    turn++;
    while (!dropped && turn < parts.size()) {
      Part part = parts.get(turn);
      take(part);
      if (!part.call.isOver()) {
        return;
      }
      turn++;
    }
    if (!dropped) {
      passed.complete(parts.stream().mapToLong(part -> part.call.sent()).sum());
    }
  }

  /// It is this shard's turn: what it has sent goes to the client, and it is read again.
  private void take(Part part) {
    ByteBuf description = part.description;
    if (description != null) {
      part.description = null;
      try {
        describe(part, description);
      } catch (ServerErrorException why) {
        part.call.refuse(why);
        return;
      }
    }
    if (port.output().isWritable()) {
      part.call.read(true);
    }
    while (!part.held.isEmpty()) {
      Held held = part.held.poll();
      relay(part.call, held.run, held.unfinishedBytes);
      held.run.release();
    }
  }

  @Override
  public void proceed() {
    if (turn < parts.size()) {
      parts.get(turn).call.read(true);
    }
  }

  @Override
  public void drop() {
    dropped = true;
    for (Part part : parts) {
      part.held.forEach(held -> held.run.release());
      part.held.clear();
      ByteBuf description = part.description;
      part.description = null;
      if (description != null) {
        description.release();
      }
      part.call.read(true);
    }
  }

  @Override
  public CompletableFuture<Long> passed() {
    return passed;
  }
}
