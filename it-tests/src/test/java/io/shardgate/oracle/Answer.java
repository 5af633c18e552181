package io.shardgate.oracle;

import io.shardgate.pgwire.message.BackendMessage;
import io.shardgate.pgwire.message.FieldDescription;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one side said to a question, without what differs between any two servers.
/// Immutable.
///
/// @param columns of each RowDescription: name, type, length, typmod, format, and the table's column that it is; likewise parameters' types
/// @param rows values as text, those in binary as `0x…`
/// @param ends command tags, and where a portal was suspended, each behind the number of its rows; notices
/// @param error the first one
/// @param status of the last ReadyForQuery
record Answer(List<String> columns, List<List<@Nullable String>> rows, List<String> ends, @Nullable Fault error, char status) {
  /// @param state its SQLSTATE
  record Fault(String state, String message) {}

  Answer {
    columns = List.copyOf(columns);
    rows = Collections.unmodifiableList(new ArrayList<>(rows));
    ends = List.copyOf(ends);
  }

  /// @param names of the side's types and tables, by their numbers
  /// @param copying how rows are written that were copied
  static Answer of(List<BackendMessage> messages, Names names, Copying copying) {
    List<String> columns = new ArrayList<>();
    List<List<@Nullable String>> rows = new ArrayList<>();
    List<String> ends = new ArrayList<>();
    Fault error = null;
    char status = '?';
    List<FieldDescription> fields = List.of();
    int before = 0;
    for (BackendMessage message : messages) {
      switch (message) {
        case BackendMessage.RowDescription description -> {
          fields = description.fields();
          columns.add(fields.stream().map(field -> column(field, names)).toList().toString());
        }
        case BackendMessage.ParameterDescription(int[] oids) -> {
          List<String> types = new ArrayList<>();
          for (int oid : oids) {
            types.add(names.of(oid));
          }
          columns.add("parameters " + types);
        }
        case BackendMessage.CopyOutResponse out -> columns.add("copied in format " + out.format() + ", " + out.columnFormats().length + " columns");
        case BackendMessage.CopyData(byte[] line) -> {
          List<@Nullable String> row = copying.row(line, rows.isEmpty());
          if (row != null) {
            rows.add(row);
          }
        }
        case BackendMessage.DataRow row -> rows.add(row(row, fields, names));
        case BackendMessage.CommandComplete done -> {
          ends.add((rows.size() - before) + " rows, " + done.tag());
          before = rows.size();
        }
        case BackendMessage.PortalSuspended _ -> {
          ends.add((rows.size() - before) + " rows, suspended");
          before = rows.size();
        }
        case BackendMessage.NoticeResponse notice -> ends.add("notice " + notice.fields().code() + " " + notice.fields().message());
        case BackendMessage.ErrorResponse failed -> error = error == null ? new Fault(failed.fields().code(), failed.fields().message()) : error;
        case BackendMessage.ReadyForQuery ready -> status = ready.status();
        default -> {}
      }
    }
    return new Answer(columns, rows, ends, error, status);
  }

  private static String column(FieldDescription field, Names names) {
    return field.name() + ":" + names.of(field.typeOid()) + "/" + field.typeSize() + "/" + field.typeModifier() + (field.format() == 0 ? "" : " in binary")
        + (field.tableOid() == 0 ? "" : " of " + names.of(field.tableOid()) + "." + field.columnNumber());
  }

  private static List<@Nullable String> row(BackendMessage.DataRow row, List<FieldDescription> fields, Names names) {
    List<@Nullable String> values = new ArrayList<>();
    for (int i = 0; i < row.values().size(); i++) {
      byte[] value = row.values().get(i);
      boolean binary = i < fields.size() && fields.get(i).format() == 1;
      values.add(value == null ? null : binary ? names.shown(fields.get(i).typeOid(), value) : new String(value, StandardCharsets.UTF_8));
    }
    return Collections.unmodifiableList(values);
  }

  Answer withRows(List<List<@Nullable String>> other) {
    return new Answer(columns, other, ends, error, status);
  }

  Answer withColumns(List<String> other) {
    return new Answer(other, rows, ends, error, status);
  }

  Answer withEnds(List<String> other) {
    return new Answer(columns, rows, other, error, status);
  }

  /// An honest no: what the proxy can't do, or more than a limit allows.
  boolean isRefusal() {
    return error != null && (error.state().equals("0A000") || error.state().startsWith("53") || error.state().startsWith("54") || error.state().startsWith("55"));
  }
}
