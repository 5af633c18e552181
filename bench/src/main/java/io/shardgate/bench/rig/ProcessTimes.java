package io.shardgate.bench.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// CPU time and memory as the kernel accounts them (`proc(5)`: `/proc/pid/stat`, `/proc/pid/status`, `/proc/stat`). Immutable.
///
/// @param userMicros CPU time in user space
/// @param systemMicros CPU time in the kernel on the process's behalf
record ProcessTimes(long userMicros, long systemMicros) {
  /// Linux tells these times in hundredths of a second on every machine that we know (`sysconf(_SC_CLK_TCK)`).
  private static final long MICROS_PER_TICK = 10_000;

  private static final int USER_TICKS_AT = 11; // behind the name in parentheses
  private static final int SYSTEM_TICKS_AT = 12;
  private static final int ENDED_USER_TICKS_AT = 13; // of children that have ended and were waited for
  private static final int ENDED_SYSTEM_TICKS_AT = 14;

  static ProcessTimes of(long pid) {
    List<String> fields = stat(pid);
    return new ProcessTimes(micros(fields, USER_TICKS_AT), micros(fields, SYSTEM_TICKS_AT));
  }

  /// CPU time of this process, all that it has started, and what these have.
  static long ofOurs() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants())
        .map(ProcessHandle::pid)
        .filter(pid -> Files.exists(Path.of("/proc", Long.toString(pid), "stat")))
        .mapToLong(
            pid -> {
              List<String> fields = stat(pid);
              return micros(fields, USER_TICKS_AT) + micros(fields, SYSTEM_TICKS_AT) + micros(fields, ENDED_USER_TICKS_AT) + micros(fields, ENDED_SYSTEM_TICKS_AT);
            })
        .sum();
  }

  private static long micros(List<String> fields, int at) {
    return Long.parseLong(fields.get(at)) * MICROS_PER_TICK;
  }

  private static List<String> stat(long pid) {
    String stat = read(Path.of("/proc", Long.toString(pid), "stat"));
    return List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
  }

  /// CPU time that all processes of the machine have burnt.
  static long ofMachine() {
    long ticks = 0;
    List<String> fields = List.of(read(Path.of("/proc/stat")).lines().findFirst().orElseThrow().trim().split("\\s+"));
    for (int i = 1; i < fields.size() && i <= 8; i++) { // user nice system idle iowait irq softirq steal
      ticks += i == 4 || i == 5 ? 0 : Long.parseLong(fields.get(i));
    }
    return ticks * MICROS_PER_TICK;
  }

  /// Resident memory now, in KiB.
  static long residentKib(long pid) {
    return read(Path.of("/proc", Long.toString(pid), "status")).lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0L);
  }

  ProcessTimes minus(ProcessTimes before) {
    return new ProcessTimes(userMicros - before.userMicros, systemMicros - before.systemMicros);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
