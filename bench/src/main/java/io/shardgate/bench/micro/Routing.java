package io.shardgate.bench.micro;

import io.shardgate.router.Bindings;
import io.shardgate.router.Decision;
import io.shardgate.router.RoutingView;
import io.shardgate.router.SqlRouter;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// A plan is known; the key of this execution decides the shard. Keys are random, so that the search over many ranges misses the processor's caches as it
/// does at work. Not thread-safe; owned by JMH.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Routing {
  private static final int KEYS = 1 << 16;
  private static final int INT8 = 20;

  @Param({"4", "1024"})
  public int shards = 4;

  @Param({"16", "100000"})
  public int ranges = 16;

  private final SqlRouter router = new SqlRouter();
  private RoutingView view = Shop.view(1, 1);
  private Lexed lexed = lex();
  private Plan.Forward plan = plan();
  private final byte[][] keys = new byte[KEYS][];
  private int next;

  private static Lexed lex() {
    return new Lexer().statements("SELECT balance FROM accounts WHERE id = $1".getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
  }

  private Plan.Forward plan() {
    return (Plan.Forward) router.plan(lexed, view);
  }

  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < KEYS; i++) {
      keys[i] = ByteBuffer.allocate(Long.BYTES).putLong(random.nextLong()).array();
    }
    view = Shop.view(shards, ranges);
    lexed = lex();
    plan = plan();
  }

  private final Bindings bindings =
      new Bindings() {
        @Override
        public int count() {
          return 1;
        }

        @Override
        public int typeOid(int i) {
          return INT8;
        }

        @Override
        public boolean binary(int i) {
          return true;
        }

        @Override
        public byte @Nullable [] value(int i) {
          return keys[next & (KEYS - 1)];
        }
      };

  @Benchmark
  public Decision owner() {
    next++;
    return router.decide(plan, lexed, bindings, view);
  }
}
