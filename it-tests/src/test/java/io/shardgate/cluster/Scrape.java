package io.shardgate.cluster;

import java.util.LinkedHashMap;
import java.util.Map;

/// A proxy's meters at one moment, as Prometheus reads them: `name{label="value",…}` to number.
/// Immutable.
public record Scrape(Map<String, Double> samples) {
  /// Reads the Prometheus text format.
  static Scrape of(String text) {
    Map<String, Double> samples = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      int space = line.lastIndexOf(' ');
      if (!line.startsWith("#") && space > 0) {
        samples.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
    }
    return new Scrape(samples);
  }

  /// The sum of all samples of a meter that have these labels, given as `name="value"`; 0 when there is none.
  public double sum(String name, String... labels) {
    return samples.entrySet().stream()
        .filter(sample -> matches(sample.getKey(), name, labels))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  private static boolean matches(String sample, String name, String... labels) {
    if (!sample.equals(name) && !sample.startsWith(name + "{")) {
      return false;
    }
    for (String label : labels) {
      if (!sample.contains(label)) {
        return false;
      }
    }
    return true;
  }
}
