package io.shardgate.cluster;

import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FieldDescription;
import io.shardgate.pgwire.message.FrontendWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server said, in lines that two servers can have in common: nothing of numbers of objects, processes and places in a program's text.
public final class Heard {
  private Heard() {}

  /// The answer to a simple Query.
  public static List<String> simply(WireClient client, String sql) {
    return lines(client.query(sql));
  }

  /// The answer to Parse, Bind, Describe, Execute, Sync.
  ///
  /// @param format of the results, 1 is binary
  public static List<String> extended(WireClient client, String sql, int format) {
    client.send(out -> {
      FrontendWriter.parse(out, "", sql.getBytes(StandardCharsets.UTF_8), new int[0]);
      FrontendWriter.bind(out, "", "", new int[0], List.of(), new int[] {format});
      FrontendWriter.describePortal(out, "");
      FrontendWriter.execute(out, "", 0);
      FrontendWriter.sync(out);
    });
    return lines(client.readToReady());
  }

  /// What these messages say.
  public static List<String> lines(List<BackendMessage> messages) {
    List<String> lines = new ArrayList<>();
    for (BackendMessage message : messages) {
      lines.add(switch (message) {
        case BackendMessage.RowDescription(List<FieldDescription> fields) ->
            "columns " + fields.stream().map(field -> field.name() + ":" + field.typeOid() + "/" + field.typeModifier() + "/" + field.format()).toList();
        case BackendMessage.DataRow(List<byte @Nullable []> values) -> "row " + values.stream().map(Heard::shown).toList();
        case BackendMessage.CopyOutResponse(int format, int[] columns) -> "copy out " + format + " " + columns.length;
        case BackendMessage.CopyData(byte[] data) -> "data " + shown(data);
        case BackendMessage.ErrorResponse(var fields) -> "error " + fields.code() + " " + fields.message();
        case BackendMessage.NoticeResponse(var fields) -> "notice " + fields.code() + " " + fields.message();
        default -> message.toString();
      });
    }
    return lines;
  }

  /// Text as it is; other bytes as numbers.
  private static @Nullable String shown(byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    for (byte each : value) {
      if (each >= 0 && each < ' ' && each != '\n') {
        return "0x" + HexFormat.of().formatHex(value);
      }
    }
    return new String(value, StandardCharsets.UTF_8);
  }
}
