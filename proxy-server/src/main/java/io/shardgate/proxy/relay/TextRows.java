package io.shardgate.proxy.relay;

import io.shardgate.pgwire.PgType;
import io.shardgate.pgwire.message.BackendWriter;
import io.shardgate.pgwire.message.FieldDescription;
import java.util.ArrayList;
import java.util.List;

/// Rows of text that the proxy itself answers.
public final class TextRows {
  private TextRows() {}

  /// Announces the columns.
  public static void describe(ClientOutput output, List<String> columns) {
    BackendWriter.rowDescription(
        output.stage(), columns.stream().map(name -> new FieldDescription(name, 0, (short) 0, PgType.TEXT, (short) -1, -1, (short) 0)).toList(), output.charset());
  }

  /// Sends the rows.
  public static void write(ClientOutput output, List<List<String>> rows) {
    for (List<String> row : rows) {
      List<byte[]> values = new ArrayList<>(row.size());
      row.forEach(value -> values.add(value.getBytes(output.charset())));
      BackendWriter.dataRow(output.stage(), new ArrayList<>(values));
    }
  }
}
