package io.shardgate.proxy.execute;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.router.Bindings;
import io.shardgate.router.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The messages by which a shard gets a text that was spliced from the client's, with those of the client's parameters that it takes.
public final class PieceMessages {
  private PieceMessages() {}

  /// Parse, Bind, perhaps Describe, Execute, Sync of the unnamed statement.
  public static void write(Conversation conversation, Split.Piece piece, Execution execution, ExecutionPort port, boolean describe) {
    conversation.state().unnamed().taken();
    write(conversation, piece, execution, port, "", true, describe);
  }

  /// The same of a statement with a name.
  ///
  /// @param parse whether it has to be prepared
  public static void write(
      Conversation conversation, Split.Piece piece, Execution execution, ExecutionPort port, String name, boolean parse, boolean describe) {
    Bindings bindings = execution.bindings();
    OidTranslation fromHome = port.oids().fromHome(conversation.shard());
    int[] numbers = piece.parameters();
    int[] homeTypes = new int[numbers.length];
    int[] types = new int[numbers.length];
    int[] formats = new int[numbers.length];
    List<byte @Nullable []> values = new ArrayList<>();
    for (int i = 0; i < numbers.length; i++) {
      int old = numbers[i] - 1;
      homeTypes[i] = bindings.typeOid(old);
      types[i] = homeTypes[i] == 0 ? 0 : fromHome.type(homeTypes[i]);
      formats[i] = bindings.binary(old) ? 1 : 0;
      values.add(bindings.value(old));
    }
    ByteBuf out = conversation.stage();
    if (parse) {
      FrontendWriter.parse(out, name, piece.text(), types);
    }
    int at = out.writerIndex();
    FrontendWriter.bind(out, "", name, formats, values, resultFormats(execution));
    if (!fromHome.isIdentity() && numbers.length > 0) {
      fromHome.bind(out.slice(at, out.writerIndex() - at), homeTypes);
    }
    if (describe) {
      FrontendWriter.describePortal(out, "");
    }
    FrontendWriter.execute(out, "", 0);
    FrontendWriter.sync(out);
  }

  /// The types of all parameters, as a shard calls them; 0 where the client says none.
  public static int[] types(Bindings bindings, OidTranslation fromHome) {
    int[] types = new int[bindings.count()];
    Arrays.setAll(types, i -> bindings.typeOid(i) == 0 ? 0 : fromHome.type(bindings.typeOid(i)));
    return types;
  }

  private static int[] resultFormats(Execution execution) {
    int[] formats = new int[execution.resultFormats().length];
    Arrays.setAll(formats, i -> execution.resultFormats()[i]);
    return formats;
  }
}
