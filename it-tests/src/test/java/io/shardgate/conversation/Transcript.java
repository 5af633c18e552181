package io.shardgate.conversation;

import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.pgwire.message.FieldDescription;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Messages as lines that two servers can be compared by: without process ids, source lines of the server, and numbers of user objects.
/// Not thread-safe; owned by the test.
final class Transcript {
  private static final int FIRST_USER_OID = 16_384;
  private static final String SOURCE_PLACES = "FLR";

  private final List<String> lines = new ArrayList<>();

  void note(String line) {
    lines.add(line);
  }

  void heard(List<BackendMessage> messages) {
    // A changed setting is reported when the server is idle again: where among the replies is no promise.
    messages.stream().filter(each -> !(each instanceof BackendMessage.ParameterStatus)).forEach(this::heard);
    messages.stream().filter(each -> each instanceof BackendMessage.ParameterStatus).map(Transcript::line).sorted().forEach(lines::add);
  }

  void heard(BackendMessage message) {
    lines.add(line(message));
  }

  List<String> lines() {
    return lines;
  }

  static String line(BackendMessage message) {
    return "  < " + switch (message) {
      case BackendMessage.RowDescription(List<FieldDescription> fields) -> "RowDescription " + fields.stream().map(Transcript::field).toList();
      case BackendMessage.DataRow row -> "DataRow " + row.values().stream().map(Transcript::value).toList();
      case BackendMessage.ParameterDescription(int[] oids) -> {
        List<String> types = new ArrayList<>();
        for (int oid : oids) {
          types.add(oid(oid));
        }
        yield "ParameterDescription " + types;
      }
      case BackendMessage.ErrorResponse(ErrorFields fields) -> "Error " + fields(fields);
      case BackendMessage.NoticeResponse(ErrorFields fields) -> "Notice " + fields(fields);
      case BackendMessage.NotificationResponse told -> "Notification " + told.channel() + " '" + told.payload() + "'";
      case BackendMessage.CopyData(byte[] data) -> "CopyData " + new String(data, StandardCharsets.ISO_8859_1).strip();
      case BackendMessage.CopyInResponse in -> "CopyIn " + in.format() + " columns " + in.columnFormats().length;
      case BackendMessage.CopyOutResponse out -> "CopyOut " + out.format() + " columns " + out.columnFormats().length;
      default -> message.toString();
    };
  }

  private static String field(FieldDescription field) {
    return field.name() + ":" + oid(field.typeOid()) + "/" + field.typeSize() + "/" + field.typeModifier() + "/" + field.format()
        + "@" + oid(field.tableOid()) + "." + field.columnNumber();
  }

  private static String oid(int oid) {
    return Integer.compareUnsigned(oid, FIRST_USER_OID) >= 0 ? "user" : Integer.toString(oid);
  }

  private static String value(byte @Nullable [] value) {
    if (value == null) {
      return "NULL";
    }
    for (byte each : value) {
      if (each < 32 && each != '\n') {
        return "0x" + HexFormat.of().formatHex(value);
      }
    }
    return "'" + new String(value, StandardCharsets.UTF_8) + "'";
  }

  private static String fields(ErrorFields fields) {
    Map<Character, String> shown = new TreeMap<>();
    fields.byType().forEach((type, text) -> {
      if (SOURCE_PLACES.indexOf(type) < 0) {
        shown.put((char) (byte) type, text);
      }
    });
    return shown.toString();
  }
}
