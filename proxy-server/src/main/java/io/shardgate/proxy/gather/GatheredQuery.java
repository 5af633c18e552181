package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.Bindings;
import io.shardgate.router.Split;
import java.util.Objects;

/// A query whose rows are there: the home shard has it prepared, and it is to be bound once. Not thread-safe; owned by whoever asked for it, who has
/// to [close][#close()] it.
public final class GatheredQuery implements AutoCloseable {
  /// The name of the prepared statement. It is there from the reading of a query to its Bind.
  static final String STATEMENT = "sg-gather";

  private final Participant home;
  private final Split.Piece text;
  private final Bindings bindings;
  private final byte[] description;
  private final GatheredRows rows;

  GatheredQuery(Participant home, Split.Piece text, Bindings bindings, byte[] description, GatheredRows rows) {
    this.home = home;
    this.text = text;
    this.bindings = bindings;
    this.description = description;
    this.rows = rows;
  }

  /// The home shard's part in the session, on which it has to be bound.
  public Participant home() {
    return home;
  }

  /// The columns of the user's own text, as a whole RowDescription message in which all are text.
  public byte[] description() {
    return description.clone();
  }

  /// Stages the Bind of the portal. Until the home shard has it, the rows are counted: then it is to be closed.
  ///
  /// @param resultFormats as in Bind
  public void bind(Conversation conversation, String portal, short[] resultFormats) {
    ByteBuf out = conversation.stage();
    int start = out.writerIndex();
    out.writeByte('B').writeInt(0);
    ByteBufUtil.writeUtf8(out, portal);
    out.writeByte(0);
    ByteBufUtil.writeUtf8(out, STATEMENT);
    out.writeByte(0);
    int[] numbers = text.parameters();
    out.writeShort(numbers.length);
    for (int number : numbers) {
      out.writeShort(number < 0 || bindings.binary(number - 1) ? 1 : 0);
    }
    out.writeShort(numbers.length);
    for (int number : numbers) {
      parameter(out, number);
    }
    out.writeShort(resultFormats.length);
    for (short format : resultFormats) {
      out.writeShort(format);
    }
    out.setInt(start + 1, out.writerIndex() - start - 1);
    rows.drop();
  }

  /// Stages the end of the prepared statement, behind the Bind.
  public static void closeStatement(Conversation conversation) {
    FrontendWriter.closeStatement(conversation.stage(), STATEMENT);
  }

  private void parameter(ByteBuf out, int number) {
    if (number < 0) {
      Objects.requireNonNull(rows.array(-1 - number)).write(out);
      return;
    }
    byte[] value = bindings.value(number - 1);
    if (value == null) {
      out.writeInt(-1);
    } else {
      out.writeInt(value.length).writeBytes(value);
    }
  }

  @Override
  public void close() {
    rows.close();
  }
}
