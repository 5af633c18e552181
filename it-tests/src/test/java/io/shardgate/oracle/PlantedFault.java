package io.shardgate.oracle;

import io.shardgate.oracle.Query.Order;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// How a proxy might answer wrongly. Each changes a right answer as such a fault would; what it has nothing to do with stays as it is. Immutable.
enum PlantedFault {
  LOST_ROW {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return answer.rows().isEmpty() ? answer : answer.withRows(answer.rows().subList(1, answer.rows().size()));
    }
  },
  DOUBLED_ROW {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      List<List<@Nullable String>> rows = new ArrayList<>(answer.rows());
      if (!rows.isEmpty()) {
        rows.add(rows.getLast());
      }
      return answer.withRows(rows);
    }
  },
  NULLS_AT_THE_OTHER_END {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      if (question.query().ordering().isEmpty()) {
        return answer;
      }
      int place = question.query().ordering().getFirst();
      List<List<@Nullable String>> nulls = answer.rows().stream().filter(row -> row.get(place) == null).toList();
      List<List<@Nullable String>> others = answer.rows().stream().filter(row -> row.get(place) != null).toList();
      boolean first = !answer.rows().isEmpty() && answer.rows().getFirst().get(place) == null;
      List<List<@Nullable String>> rows = new ArrayList<>(first ? others : nulls);
      rows.addAll(first ? nulls : others);
      return answer.withRows(rows);
    }
  },
  /// LIMIT one too low.
  LIMIT_OFF_BY_ONE {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      if (!question.uses("LIMIT") || answer.rows().isEmpty() || question.query().order() == Order.COUNT) {
        return answer;
      }
      return answer.withRows(answer.rows().subList(0, answer.rows().size() - 1));
    }
  },
  WRONG_SCALE_OF_AVG {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return question.uses("avg") ? inValues(answer, value -> value.matches("-?\\d+\\.\\d{16,}") ? value.substring(0, value.length() - 1) : value) : answer;
    }
  },
  /// A count that comes out as the numeric that sum() makes of counts.
  WRONG_TYPE {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return answer.withColumns(answer.columns().stream().map(columns -> columns.replace(":20/8/", ":1700/-1/")).toList());
    }
  },
  RENAMED_COLUMN {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return answer.withColumns(answer.columns().stream().map(columns -> columns.replace("?column?:", "expr:")).toList());
    }
  },
  WRONG_COMMAND_TAG {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return answer.withEnds(answer.ends().stream().map(end -> end.endsWith("SELECT 2") ? end.replace("SELECT 2", "SELECT 1") : end).toList());
    }
  },
  SKIPPED_SHARD {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      List<List<@Nullable String>> rows = new ArrayList<>(answer.rows());
      question.query().numbers().forEach((table, place) -> rows.removeIf(row -> skipped.getOrDefault(table, Set.of()).contains(String.valueOf(row.get(place)))));
      return answer.withRows(rows);
    }
  },
  LOST_TRAILING_BLANKS {
    @Override
    Answer in(Question question, Answer answer, Map<String, Set<String>> skipped) {
      return inValues(answer, String::stripTrailing);
    }
  };

  /// @param skipped the numbers of the rows that the skipped shard has, by table
  abstract Answer in(Question question, Answer answer, Map<String, Set<String>> skipped);

  private static Answer inValues(Answer answer, UnaryOperator<String> change) {
    List<List<@Nullable String>> rows = new ArrayList<>();
    for (List<@Nullable String> row : answer.rows()) {
      List<@Nullable String> values = new ArrayList<>();
      row.forEach(value -> values.add(value == null ? null : change.apply(value)));
      rows.add(Collections.unmodifiableList(values));
    }
    return answer.withRows(rows);
  }
}
