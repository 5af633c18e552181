package io.shardgate.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.shardgate.oracle.Tally.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Queries that nobody thought of, over tables that nobody thought of: the answer is that of one PostgreSQL, or a refusal.
///
/// A question has a seed, and its world (tables and rows) is that number divided by a million. System properties: `oracle.seed` is the question to
/// begin with, `oracle.statements` how many are asked; they are spread over nine worlds, those of `oracle.worlds`, but where a single question is
/// named: `-Doracle.seed=3000017 -Doracle.statements=1` asks that one again. `-Doracle.findings=FILE` writes what differs to
/// a file. What differs is made smaller: the seed is that of the question which it was made of. The profile
/// `oracle` (`mvn -Poracle -Dit.test=OracleIT …`) asks 200,000 in 45 worlds.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OracleIT {
  private static final long WORLD = 1_000_000;
  private static final long FIRST = Long.getLong("oracle.seed", WORLD);
  private static final int STATEMENTS = Integer.getInteger("oracle.statements", 3_600);
  private static final int WORLDS = Math.min(STATEMENTS, Integer.getInteger("oracle.worlds", 9));
  private static final @Nullable String FINDINGS = System.getProperty("oracle.findings");
  private static final int FAULT_SEEN_WITHIN = 5_000;
  private static final int MANY_STATEMENTS = 3_000;

  /// A proxy that refuses everything is never wrong.
  private static final double REFUSED_PERCENT_MAX = 3;

  private final Tally tally = new Tally();
  private final Map<PlantedFault, Integer> seen = new EnumMap<>(PlantedFault.class);
  private int asked;

  @BeforeAll
  void ask() throws IOException {
    List<World> worlds = LongStream.range(FIRST / WORLD, FIRST / WORLD + WORLDS).mapToObj(World::of).toList();
    try (Sides sides = Sides.start(worlds)) {
      for (World world : worlds) {
        sides.turnTo(world);
        Map<String, Set<String>> skipped = new HashMap<>();
        world.sharded().forEach(table -> skipped.put(table.name(), sides.numbersOn("s2", table)));
        long first = world.seed() * WORLD + FIRST % WORLD;
        for (long seed = first; seed < first + STATEMENTS / WORLDS; seed++) {
          ask(sides, world, Questions.of(world, seed), skipped);
        }
      }
    }
    System.out.println(tally.table());
    System.out.println("planted faults, seen by statement: " + seen);
    if (FINDINGS != null) {
      Map<Long, World> bySeed = worlds.stream().collect(Collectors.toMap(World::seed, world -> world));
      Files.writeString(
          Path.of(FINDINGS),
          tally.smallest().stream().map(found -> found + "\n" + bySeed.get(found.question().seed() / WORLD).shown()).collect(Collectors.joining("\n\n")));
    }
  }

  private void ask(Sides sides, World world, Question question, Map<String, Set<String>> skipped) {
    asked++;
    Answer expected = sides.ofOne(question);
    Answer actual = sides.ofProxy(question);
    Optional<Finding> finding = tally.add(question, expected, actual);
    finding.filter(tally::isNew).ifPresent(found -> shrink(sides, world, found));
    if (finding.isEmpty() && expected.error() == null && !actual.isRefusal()) {
      for (PlantedFault fault : PlantedFault.values()) {
        if (!seen.containsKey(fault) && Comparison.of(question, expected, fault.in(question, actual, skipped)).isPresent()) {
          seen.put(fault, asked);
        }
      }
    }
  }

  private void shrink(Sides sides, World world, Finding found) {
    Question smallest = Shrinking.of(world, found.question(), question -> again(sides, question).filter(other -> other.isLike(found)).isPresent());
    again(sides, smallest).ifPresentOrElse(tally::add, () -> tally.add(found)); // what shows but once counts, too
  }

  private static Optional<Finding> again(Sides sides, Question question) {
    Answer expected = sides.ofOne(question);
    Answer actual = sides.ofProxy(question);
    boolean refused = actual.isRefusal() && (expected.error() == null || !expected.isRefusal());
    return refused ? Optional.empty() : Comparison.of(question, expected, actual).map(difference -> new Finding(question, difference));
  }

  @AfterAll
  void sayHowMany() {
    System.out.println("oracle: " + asked + " statements, " + tally.findings() + " differ, " + "%.1f".formatted(tally.refusedPercent()) + " % refused");
  }

  @Test
  void everyAnswerIsOnePostgresqlsOrARefusal() {
    assertThat(tally.smallest()).as(tally.findings() + " of " + asked + " statements differ; the smallest of each kind").isEmpty();
  }

  @Test
  void notMoreIsRefusedThanBefore() {
    assumeThat(asked).isGreaterThan(MANY_STATEMENTS);
    assertThat(tally.refusedPercent()).as("percent of what one server answers").isLessThan(REFUSED_PERCENT_MAX);
  }

  @Test
  void plantedFaultsAreSeen() {
    assumeThat(asked).isGreaterThan(MANY_STATEMENTS);
    assertThat(seen).as("statement at which each planted fault was seen").containsOnlyKeys(PlantedFault.values());
    assertThat(seen.values()).allMatch(at -> at <= FAULT_SEEN_WITHIN);
  }
}
