package io.shardgate.admin.command;

import io.shardgate.admin.proxy.Answer;
import io.shardgate.admin.proxy.ProxyConnection;
import io.shardgate.admin.proxy.RefusedException;
import io.shardgate.admin.show.RingPicture;
import io.shardgate.admin.show.Screen;
import io.shardgate.admin.show.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/// Not thread-safe; owned by one command line.
@Command(name = "map", mixinStandardHelpOptions = true, description = "Shows which shard owns which keys: a ring for each group by hash, a list for the others.")
final class MapOfKeys extends Verb {
  @Parameters(arity = "0..1", paramLabel = "GROUP", description = "only this group")
  private @Nullable String group;

  MapOfKeys(ProxyOptions options) {
    super(options);
  }

  @Override
  int run(ProxyConnection proxy, Screen screen) throws RefusedException {
    Answer whole = proxy.ask("SHARDGATE MAP");
    Answer answer = group == null ? whole : only(whole, group);
    Map<String, List<Map<String, String>>> groups = new LinkedHashMap<>();
    answer.records().forEach(row -> groups.computeIfAbsent(row.getOrDefault("group", ""), _ -> new ArrayList<>()).add(row));
    List<String> lines = new ArrayList<>();
    groups.forEach((name, rows) -> lines.addAll(picture(name, rows)));
    screen.show(answer, lines.isEmpty() ? List.of("No group is declared: every table is on the home shard.") : lines);
    return ExitCode.OK;
  }

  private static Answer only(Answer whole, String group) throws RefusedException {
    int column = whole.columns().indexOf("group");
    List<List<String>> rows = whole.rows().stream().filter(row -> row.get(column).equals(group)).toList();
    if (rows.isEmpty()) {
      throw refused("group \"" + group + "\" does not exist", "shardctl map shows all of them.");
    }
    return new Answer(whole.columns(), rows, whole.notices());
  }

  private static List<String> picture(String name, List<Map<String, String>> rows) {
    String strategy = rows.getFirst().getOrDefault("strategy", "");
    List<String> lines = new ArrayList<>();
    lines.add(name + " (" + strategy + ")");
    lines.addAll(
        switch (strategy) {
          case "hash" -> ring(rows);
          case "range" -> ordered(rows);
          default -> TextTable.lines(List.of("shard", "keys"), rows.stream().map(row -> List.of(row.getOrDefault("shard", ""), row.getOrDefault("keys", ""))).toList());
        });
    lines.add("");
    return lines;
  }

  private static List<String> ring(List<Map<String, String>> rows) {
    Map<Long, String> owners = new TreeMap<>();
    rows.forEach(row -> owners.put(Long.parseLong(row.getOrDefault("from", "")), row.getOrDefault("shard", "")));
    return new RingPicture(owners).lines();
  }

  private static List<String> ordered(List<Map<String, String>> rows) {
    List<List<String>> lines = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      String until = i + 1 < rows.size() ? rows.get(i + 1).getOrDefault("from", "") : "…";
      lines.add(List.of(i == 0 ? "…" : rows.get(i).getOrDefault("from", ""), until, rows.get(i).getOrDefault("shard", "")));
    }
    return TextTable.lines(List.of("from", "until", "shard"), lines);
  }
}
