package io.shardgate.proxy.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.ErrorFields;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The way to one client: everything it is told, in order, in as few writes as possible.
/// Confined to its channel's event loop.
///
/// Small messages gather in one staging buffer; runs of rows are passed on by reference. Nothing reaches the socket before
/// [#flush()], which callers invoke once per read cycle.
public final class ClientOutput {
  /// Staging beyond this many bytes is handed to the channel early, so that a buffer stays a buffer.
  private static final int STAGE_LIMIT_BYTES = 16 * 1024;

  /// Up to here a copy costs less than a buffer of its own.
  private static final int COPIED_BYTES_MAX = 256;

  private final Channel channel;
  private final Map<String, String> told = new HashMap<>();
  private final Map<String, String> untold = new LinkedHashMap<>();
  private final Map<String, String> defaults = new HashMap<>();
  private final Consumer<String> errorSeen;
  private @Nullable ByteBuf stage;
  private boolean dirty;
  private @Nullable SettingsVector toldOf;
  private Charset charset = StandardCharsets.UTF_8;

  /// @param errorSeen is told the SQLSTATE of every error the client is sent
  public ClientOutput(Channel channel, Consumer<String> errorSeen) {
    this.channel = channel;
    this.errorSeen = errorSeen;
  }

  /// Where the client is.
  public String clientAddress() {
    return String.valueOf(channel.remoteAddress()).replaceFirst("^/", "");
  }

  /// The buffer to append whole small messages to. Valid until the next call on this object.
  public ByteBuf stage() {
    ByteBuf current = stage;
    if (current != null && current.readableBytes() > STAGE_LIMIT_BYTES) {
      handOver();
      current = null;
    }
    if (current == null) {
      current = channel.alloc().ioBuffer(512);
      stage = current;
    }
    dirty = true;
    return current;
  }

  /// Passes bytes on after what is staged. Borrows `bytes`; a reference is kept until they are written.
  public void retainBytes(ByteBuf bytes) {
    retainBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
  }

  /// Passes a part of some bytes on: a small one is copied, of others a reference is kept until they are written.
  public void retainBytes(ByteBuf bytes, int from, int length) {
    if (length <= COPIED_BYTES_MAX) {
      stage().writeBytes(bytes, from, length);
      return;
    }
    handOver();
    channel.write(bytes.retainedSlice(from, length), channel.voidPromise());
    dirty = true;
  }

  /// Sends what was written since the last flush.
  public void flush() {
    if (dirty) {
      handOver();
      dirty = false;
      channel.flush();
    }
  }

  /// Whether the client takes bytes as fast as they come.
  public boolean isWritable() {
    return channel.isWritable();
  }

  /// Notes a parameter's value, which the client is told before the next ReadyForQuery if it is not the one it knows: as PostgreSQL
  /// does, which says nothing of a change that was undone meanwhile.
  public void parameterStatus(String name, String value) {
    untold.put(name, value);
    if (name.equals("client_encoding")) {
      charset = Encodings.charsetOf(value).orElse(charset);
    }
  }

  /// A parameter's value when the session began; null for one that no server reports.
  public @Nullable String initial(String name) {
    return defaults.get(name);
  }

  /// Says ReadyForQuery, after the parameters that changed.
  ///
  /// @param inForce the session's settings, which count where a server's own value is another
  @SuppressWarnings("ReferenceEquality") // a vector is immutable: the same one was told of already
  public void ready(char status, SettingsVector inForce) {
    SettingsVector before = toldOf;
    if (before != inForce) {
      toldOf = inForce;
      changedSince(before, inForce);
    }
    if (!untold.isEmpty()) {
      untold.forEach((name, reported) -> tell(name, Objects.requireNonNullElse(inForce.value(name), unlessFailed(status, name, reported))));
      untold.clear();
    }
    BackendWriter.readyForQuery(stage(), status);
  }

  /// What changed without a server's word: an error that none of them raised took settings back.
  private void changedSince(@Nullable SettingsVector before, SettingsVector inForce) {
    if (before == null) {
      defaults.putAll(untold);
      return;
    }
    for (String name : told.keySet()) {
      String value = inForce.value(name);
      if (!Objects.equals(before.value(name), value) && !untold.containsKey(name)) {
        parameterStatus(name, Objects.requireNonNullElse(value, defaults.getOrDefault(name, "")));
      }
    }
  }

  /// In a failed transaction a server that did not raise the error has yet to take back what it reported.
  private String unlessFailed(char status, String name, String reported) {
    return status == 'E' ? defaults.getOrDefault(name, reported) : reported;
  }

  private void tell(String name, String value) {
    if (!value.equals(told.put(name, value))) {
      BackendWriter.parameterStatus(stage(), name, value);
    }
  }

  /// What the client was last told of a parameter.
  public @Nullable String told(String name) {
    return told.get(name);
  }

  /// The parameters that the client was told of.
  public Set<String> toldNames() {
    return told.keySet();
  }

  /// The character set that the client reads and writes.
  public Charset charset() {
    return charset;
  }

  /// Sends an error that the proxy itself raises.
  public void error(ErrorFields fields) {
    errorSeen.accept(fields.code());
    BackendWriter.errorResponse(stage(), fields, charset);
  }

  /// Counts an error that a shard raised and that is passed on as bytes.
  public void countError(String sqlState) {
    errorSeen.accept(sqlState);
  }

  /// Sends a notice that the proxy itself raises.
  public void notice(ErrorFields fields) {
    BackendWriter.notice(stage(), fields, charset);
  }

  /// Sends what is staged, then closes.
  public void flushAndClose() {
    handOver();
    channel.writeAndFlush(channel.alloc().buffer(0)).addListener(_ -> channel.close());
  }

  /// Drops what was staged and not sent.
  public void release() {
    ByteBuf current = stage;
    stage = null;
    if (current != null) {
      current.release();
    }
  }

  private void handOver() {
    ByteBuf current = stage;
    if (current != null) {
      stage = null;
      channel.write(current, channel.voidPromise());
    }
  }
}
