package io.shardgate.bench.micro;

import io.shardgate.router.RoutingView;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// A statement whose like was planned before: the plan cache has it. Not thread-safe; owned by JMH.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Planning {
  private static final int SHARDS = 4;
  private static final int RANGES = 64;

  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = Shop.view(SHARDS, RANGES);
  private final Lexed lexed =
      new Lexer().statements("SELECT balance FROM accounts WHERE id = 12345".getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();

  @Benchmark
  public Plan hit() {
    return router.plan(lexed, view);
  }
}
