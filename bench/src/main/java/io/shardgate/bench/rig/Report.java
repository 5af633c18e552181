package io.shardgate.bench.rig;

import io.shardgate.bench.rig.Measurement.Series;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The tables, one for each workload, in Markdown. Every figure is the median of its runs. Immutable.
///
/// @param heading what was measured, when, and by which command
record Report(String heading, List<Series> series) {
  private static final String COLUMNS =
      "| against | tps | × direct | × pgbouncer | p50 µs | p99 µs | own CPU µs | of it user | allocated B | RSS MB | spread | foreign |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  private static final int KIB_PER_MIB = 1024;

  String markdown() {
    StringBuilder out = new StringBuilder(heading).append('\n');
    for (Workload workload : series.stream().map(Series::workload).distinct().toList()) {
      out.append("\n### ").append(workload.name()).append(", ").append(workload.protocol()).append(", ").append(workload.clients())
          .append(workload.clients() == 1 ? " client\n\n" : " clients\n\n").append(COLUMNS);
      series.stream().filter(each -> each.workload().equals(workload)).forEach(each -> out.append(row(each)));
    }
    return out.toString();
  }

  private String row(Series each) {
    if (each.failure() != null) {
      return "| " + each.contestant().name() + " | fails: " + each.failure().replace("|", "/") + " | | | | | | | | | | |\n";
    }
    List<Measurement> runs = each.runs();
    double perSecond = Measurement.median(runs, Measurement::perSecond);
    boolean between = each.contestant().process() != null;
    return "| " + each.contestant().name() + " | " + number("%.0f", perSecond) + " | " + ratio(perSecond, tps(each, "direct")) + " | " + ratio(perSecond, tps(each, "pgbouncer"))
        + " | " + number("%.0f", Measurement.median(runs, Measurement::p50Micros)) + " | " + number("%.0f", Measurement.median(runs, Measurement::p99Micros))
        + " | " + (between ? number("%.1f", Measurement.median(runs, Measurement::cpuMicros)) : "–")
        + " | " + (between ? number("%.1f", Measurement.median(runs, Measurement::userMicros)) : "–")
        + " | " + (each.contestant().java() ? number("%.0f", Measurement.median(runs, Measurement::allocatedBytes)) : "–")
        + " | " + (between ? number("%.0f", Measurement.median(runs, run -> (double) run.residentKib() / KIB_PER_MIB)) : "–")
        + " | " + number("%.0f %%", 100 * Measurement.spread(runs, Measurement::perSecond)) + " | " + number("%.0f %%", 100 * Measurement.median(runs, Measurement::foreignShare)) + " |\n";
  }

  private Optional<Double> tps(Series like, String name) {
    return series.stream()
        .filter(each -> each.workload().equals(like.workload()) && each.contestant().name().startsWith(name) && each.failure() == null)
        .map(each -> Measurement.median(each.runs(), Measurement::perSecond))
        .findFirst();
  }

  private static String ratio(double value, Optional<Double> of) {
    return of.map(base -> number("%.2f", value / base)).orElse("–");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
