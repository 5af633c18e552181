package io.shardgate.oracle;

import io.shardgate.oracle.Table.Column;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes of single keys that the question behind them has to see. Not thread-safe; owned by one question.
final class Writes {
  private final Draft draft;
  private final Chance chance;

  Writes(Draft draft) {
    this.draft = draft;
    this.chance = draft.chance;
  }

  List<String> some() {
    if (chance.percent(15)) {
      return List.of("SET TRANSACTION READ ONLY");
    }
    return changes();
  }

  List<String> changes() {
    List<String> writes = new ArrayList<>();
    for (int i = chance.between(1, 3); i > 0; i--) {
      writes.add(one(chance.one(draft.world.sharded()), chance.between(1_000, 9_999)));
    }
    return writes;
  }

  private String one(Table table, int number) {
    String key = chance.one(table.keys());
    String where = " WHERE " + table.key().name() + " = " + table.key().kind().literal(key);
    Column column = chance.one(table.columns().subList(2, table.columns().size()));
    return switch (chance.between(0, 3)) {
      case 0 -> "SAVEPOINT a";
      case 1 -> {
        List<@Nullable String> row = new ArrayList<>(List.of(key, Integer.toString(number)));
        for (Column each : table.columns().subList(2, table.columns().size())) {
          row.add(chance.percent(20) ? null : chance.one(each.kind().values));
        }
        yield table.insertion(List.of(row));
      }
      case 2 -> "UPDATE " + table.name() + " SET " + column.name() + " = " + column.kind().literal(chance.one(column.kind().values)) + where;
      default -> "DELETE FROM " + table.name() + where;
    };
  }
}
