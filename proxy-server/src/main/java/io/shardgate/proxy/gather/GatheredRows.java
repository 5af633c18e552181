package io.shardgate.proxy.gather;

import io.netty.buffer.ByteBuf;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.catalog.CarriedType;
import io.shardgate.router.plan.Gathering;
import io.shardgate.router.plan.Gathering.Pull;
import io.shardgate.router.plan.Gathering.PulledColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The rows of one query that its shards have sent so far, within the limits. Confined to its channel's event loop.
final class GatheredRows {
  private static final int BOOL_OID = 16;
  static final int TEXT_OID = 25;

  private final GatherBudget budget;
  private final List<Pull> pulls;
  private final List<List<ColumnArray>> columns = new ArrayList<>();
  private final int[] bytesOf;
  private final Supplier<String> table = this::largest;
  private int bytes;
  private boolean closed;

  GatheredRows(Gathering gathering, GatherBudget budget) {
    this.budget = budget;
    this.pulls = gathering.pulls();
    this.bytesOf = new int[pulls.size()];
    for (Pull pull : pulls) {
      List<ColumnArray> arrays = new ArrayList<>();
      pull.columns().forEach(column -> arrays.add(new ColumnArray(elementOid(column))));
      if (arrays.isEmpty()) {
        arrays.add(new ColumnArray(BOOL_OID));
      }
      columns.add(arrays);
    }
  }

  private static int elementOid(PulledColumn column) {
    return column.carried().form() == CarriedType.Form.TEXT ? TEXT_OID : column.typeOid();
  }

  /// Adds a row of one reference; `row` stands at its first field, of which there may be more of other references behind. Throws what the client
  /// is to see when that is too much.
  void add(int pull, ByteBuf row) throws ServerErrorException {
    int size = row.readableBytes() + 5;
    bytesOf[pull] += size;
    budget.take(bytes, size, table);
    bytes += size;
    List<ColumnArray> arrays = columns.get(pull);
    if (pulls.get(pull).columns().isEmpty()) {
      arrays.getFirst().addTrue(row);
    } else {
      arrays.forEach(array -> array.add(row));
    }
  }

  private String largest() {
    int largest = 0;
    for (int i = 1; i < bytesOf.length; i++) {
      largest = bytesOf[i] > bytesOf[largest] ? i : largest;
    }
    return pulls.get(largest).table().toString();
  }

  /// The array behind the query's own parameters, counted from 0; null when there are fewer.
  @Nullable ColumnArray array(int index) {
    int left = index;
    for (List<ColumnArray> arrays : columns) {
      if (left < arrays.size()) {
        return arrays.get(left);
      }
      left -= arrays.size();
    }
    return null;
  }

  /// Drops the rows; what they took is still counted, as they may be on their way.
  void drop() {
    columns.forEach(arrays -> arrays.forEach(ColumnArray::release));
  }

  /// Drops the rows and gives back what they took. May be called again.
  void close() {
    if (!closed) {
      closed = true;
      drop();
      budget.giveBack(bytes);
    }
  }
}
