package io.shardgate.bench.rig;

import io.shardgate.bench.rig.Measurement.Series;
import io.shardgate.bench.rig.Workload.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `bench/run`: measures, and prints the tables.
/// Not thread-safe; owned by main.
///
/// Contestants take turns within each round (A B C, A B C, …), so that what changes on the machine in the course of time hits all alike.
@Command(name = "bench/run", mixinStandardHelpOptions = true, description = "Runs pgbench against Shardgate and its peers, in turns.")
public final class Rig implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(Rig.class);

  @Option(names = "--plan", description = "quick, full, or reading: queries over several shards (default: ${DEFAULT-VALUE})")
  Plan plan = Plan.QUICK;

  @Option(names = "--seconds", description = "of each run (default: ${DEFAULT-VALUE})")
  int seconds = 5;

  @Option(names = "--rounds", description = "runs of each workload against each contestant (default: ${DEFAULT-VALUE})")
  int rounds = 3;

  @Option(names = "--warm-up", description = "seconds of each workload before anything is measured (default: ${DEFAULT-VALUE})")
  int warmUpSeconds = 5;

  @Option(names = "--only", paramLabel = "WORD", description = "only workloads whose line has it, as in \"select prepared 8\"")
  String only = "";

  @Option(names = "--idle", split = ",", paramLabel = "N", description = "how many idle clients Shardgate's memory is looked at with; 0: none (default: ${DEFAULT-VALUE})")
  List<Integer> idle = List.of(2_000, 10_000);

  @Option(names = "--start", description = "instead of workloads: how long the proxy takes to be ready, and its first queries, with and without the AOT cache")
  boolean start;

  @Option(names = "--transports", description = "instead of its peers: Shardgate by epoll, io_uring and nio")
  boolean transports;

  @Option(names = "--output", paramLabel = "FILE", description = "for the tables (default: standard output)")
  @Nullable Path output;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Rig()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Path home = Path.of(System.getProperty("shardgate.home", "."));
    Path program = PgBench.find();
    if (program == null) {
      System.err.println("bench/run: needs pgbench (Debian: postgresql-contrib)");
      return 1;
    }
    Path folder = Files.createTempDirectory("shardgate-bench");
    try (Contestants contestants = Contestants.start(home, folder, transports)) {
      String text =
          start
              ? heading() + "\n" + new Starts(home, folder, contestants.shards().getFirst()).markdown(rounds)
              : new Report(heading(), measure(contestants, new PgBench(program, folder))).markdown() + (transports || idle.equals(List.of(0)) ? "" : idle(contestants.all()));
      if (output == null) {
        System.out.println(text);
      } else {
        Files.writeString(output, text);
      }
    }
    return 0;
  }

  /// What idle clients cost Shardgate, in Markdown.
  private String idle(List<Contestant> contestants) throws IOException, InterruptedException {
    StringBuilder out = new StringBuilder("\n### idle clients\n\n| clients | RSS before MB | RSS with them MB | RSS KiB each | live heap KiB each |\n|--:|--:|--:|--:|--:|\n");
    Contestant shardgate = contestants.stream().filter(each -> each.name().equals("shardgate")).findFirst().orElseThrow();
    long pid = Objects.requireNonNull(shardgate.process()).pid();
    for (int count : idle) {
      try (AllocationMeter meter = AllocationMeter.of(pid)) {
        long heapBefore = meter.liveBytes();
        long before = ProcessTimes.residentKib(pid);
        try (IdleClients _ = IdleClients.open(shardgate.port(), count)) {
          long heap = meter.liveBytes() - heapBefore;
          long with = ProcessTimes.residentKib(pid);
          out.append("| %d | %d | %d | %.1f | %.1f |\n".formatted(count, before / 1024, with / 1024, (double) (with - before) / count, heap / 1024.0 / count));
        }
      }
    }
    return out.toString();
  }

  private String heading() {
    return LocalDate.now(ZoneOffset.UTC) + ", `bench/run " + (start ? "--start" : "--plan " + plan.name().toLowerCase(java.util.Locale.ROOT) + " --seconds " + seconds) + (transports ? " --transports" : "") + " --rounds " + rounds + "`, "
        + Runtime.getRuntime().availableProcessors() + " cores, JDK " + Runtime.version().feature() + "; medians of " + rounds + " runs in turns.";
  }

  private List<Series> measure(Contestants started, PgBench pgbench) throws IOException, InterruptedException {
    List<Contestant> contestants = started.all();
    List<Series> all = new ArrayList<>();
    for (Workload workload : Workload.of(plan)) {
      if (!workload.label().contains(only)) {
        continue;
      }
      Map<Contestant, List<Measurement>> runs = new LinkedHashMap<>();
      Map<Contestant, String> failures = new LinkedHashMap<>();
      for (int round = -1; round < rounds; round++) { // the first warms up
        for (Contestant contestant : contestants) {
          if (failures.containsKey(contestant)) {
            continue;
          }
          LOG.info("{}: {}, {}", workload.label(), contestant.name(), round < 0 ? "warming up" : "round " + (round + 1));
          try {
            Measurement one = once(workload, contestant, pgbench, started.fourKeys(), round < 0 ? warmUpSeconds : seconds);
            if (round >= 0) {
              runs.computeIfAbsent(contestant, _ -> new ArrayList<>()).add(one);
            }
          } catch (PgBench.FailedException e) {
            failures.put(contestant, String.valueOf(e.getMessage()));
          }
        }
      }
      contestants.forEach(contestant -> all.add(new Series(workload, contestant, runs.getOrDefault(contestant, List.of()), failures.get(contestant))));
    }
    return all;
  }

  private static Measurement once(Workload workload, Contestant contestant, PgBench pgbench, String fourKeys, int seconds)
      throws IOException, InterruptedException, PgBench.FailedException {
    ProcessHandle process = contestant.process();
    AllocationMeter meter = process != null && contestant.java() ? AllocationMeter.of(process.pid()) : null;
    try {
      long allocated = meter == null ? 0 : meter.bytes();
      ProcessTimes before = process == null ? new ProcessTimes(0, 0) : ProcessTimes.of(process.pid());
      long machine = ProcessTimes.ofMachine();
      long ours = ProcessTimes.ofOurs();
      String table = Contestants.table(contestant);
      PgBench.Result result =
          workload.byDriver() ? new DriverLoad(workload, contestant, table).run(seconds) : pgbench.run(workload, contestant, table, fourKeys, seconds);
      ProcessTimes spent = (process == null ? before : ProcessTimes.of(process.pid())).minus(before);
      double burnt = ProcessTimes.ofMachine() - machine;
      double foreign = burnt - (ProcessTimes.ofOurs() - ours);
      double statements = (double) result.transactions() * workload.statements();
      return new Measurement(
          result.perSecond(), result.micros().getValueAtPercentile(50), result.micros().getValueAtPercentile(99), spent.userMicros() / statements,
          spent.systemMicros() / statements, meter == null ? 0 : (meter.bytes() - allocated) / statements, process == null ? 0 : ProcessTimes.residentKib(process.pid()),
          Math.max(0, foreign) / Math.max(1, burnt));
    } finally {
      if (meter != null) {
        meter.close();
      }
    }
  }
}
