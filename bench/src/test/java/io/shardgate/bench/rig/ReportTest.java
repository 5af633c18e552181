package io.shardgate.bench.rig;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.bench.rig.Measurement.Series;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReportTest {
  private static final Workload WORKLOAD = new Workload("select", "SELECT 1;", "prepared", 8, 1);

  private static Measurement run(double perSecond, double user) {
    return new Measurement(perSecond, 100, 900, user, 10, 250, 204_800, 0.02);
  }

  @Test
  void figuresAreMediansAndRatiosAreOfMedians() {
    Contestant direct = new Contestant("direct", 1, null, false);
    Contestant proxy = new Contestant("shardgate", 2, ProcessHandle.current(), true);
    Contestant bouncer = new Contestant("pgbouncer 1.25", 3, ProcessHandle.current(), false);
    String text =
        new Report(
                "heading",
                List.of(
                    new Series(WORKLOAD, direct, List.of(run(1000, 0), run(5000, 0), run(2000, 0)), null),
                    new Series(WORKLOAD, proxy, List.of(run(1000, 4), run(900, 6)), null),
                    new Series(WORKLOAD, bouncer, List.of(), "prepared statement | does not exist")))
            .markdown();
    assertThat(text).contains("### select, prepared, 8 clients");
    assertThat(text).contains("| direct | 2000 | 1.00 | – | 100 | 900 | – | – | – | – | 200 % | 2 % |");
    assertThat(text).contains("| shardgate | 950 | 0.48 | – | 100 | 900 | 15.0 | 5.0 | 250 | 200 | 11 % | 2 % |");
    assertThat(text).contains("| pgbouncer 1.25 | fails: prepared statement / does not exist |");
  }

  @Test
  void theKernelTellsTimesThatGrow() {
    ProcessTimes before = ProcessTimes.of(ProcessHandle.current().pid());
    long end = System.nanoTime() + 300_000_000;
    long turns = 0;
    while (System.nanoTime() < end) {
      turns++;
    }
    ProcessTimes spent = ProcessTimes.of(ProcessHandle.current().pid()).minus(before);
    assertThat(turns).isPositive();
    assertThat(spent.userMicros() + spent.systemMicros()).isBetween(50_000L, 60_000_000L);
    assertThat(ProcessTimes.ofOurs()).isPositive();
    assertThat(ProcessTimes.ofMachine()).isPositive();
    assertThat(ProcessTimes.residentKib(ProcessHandle.current().pid())).isPositive();
  }
}
