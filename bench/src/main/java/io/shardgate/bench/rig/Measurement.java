package io.shardgate.bench.rig;

import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// One run of a workload against a contestant. Immutable.
///
/// @param perSecond transactions
/// @param p50Micros latency that half of the transactions stay under
/// @param p99Micros latency that 99 of 100 stay under
/// @param userMicros the contestant's own CPU time in user space, for each statement
/// @param systemMicros the same in the kernel
/// @param allocatedBytes on the contestant's heap, for each statement; 0 where it has none
/// @param residentKib the contestant's memory at the end
/// @param foreignShare of the machine's CPU time: what was burnt by none of clients, contestant and servers
record Measurement(
    double perSecond, double p50Micros, double p99Micros, double userMicros, double systemMicros, double allocatedBytes, long residentKib, double foreignShare) {

  /// Of an odd number of runs the middle one's value, of an even number the mean of the middle two.
  static double median(List<Measurement> runs, ToDoubleFunction<Measurement> value) {
    double[] sorted = runs.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// How far the runs lie apart: the largest less the smallest, in parts of the median.
  static double spread(List<Measurement> runs, ToDoubleFunction<Measurement> value) {
    double median = median(runs, value);
    double least = runs.stream().mapToDouble(value).min().orElse(0);
    double most = runs.stream().mapToDouble(value).max().orElse(0);
    return median == 0 ? 0 : (most - least) / median;
  }

  double cpuMicros() {
    return userMicros + systemMicros;
  }

  /// A workload's runs against one contestant, and why there are none.
  record Series(Workload workload, Contestant contestant, List<Measurement> runs, @Nullable String failure) {}
}
