package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DecisionAllocationTest {
  private static final int ROUNDS = 50_000;

  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private static final Bindings FORTY_TWO = int8((byte) 42);
  private static final Bindings ONE = int8((byte) 1);

  private static Bindings int8(byte number) {
    return new Bindings() {
        private final byte[] value = {0, 0, 0, 0, 0, 0, 0, number};

        @Override
        public int count() {
          return 1;
        }

        @Override
        public int typeOid(int i) {
          return 20;
        }

        @Override
        public boolean binary(int i) {
          return true;
        }

        @Override
        public byte @Nullable [] value(int i) {
          return value;
        }
      };
  }

  @Test
  void oneIntegerKeyCostsNoAllocation() {
    assertThat(bytesPerDecision("SELECT * FROM orders WHERE customer_id = 42", Bindings.NONE)).isLessThan(1);
    assertThat(bytesPerDecision("SELECT * FROM orders WHERE customer_id = $1", FORTY_TWO)).isLessThan(1);
    assertThat(bytesPerDecision("SELECT * FROM firms WHERE id = 2", Bindings.NONE)).as("a key of the directory").isLessThan(1);
    assertThat(bytesPerDecision("SELECT * FROM firms WHERE id = $1", ONE)).isLessThan(1);
    String join = "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.id = $1";
    assertThat(bytesPerDecision(join, FORTY_TWO)).isLessThan(1);
  }

  private double bytesPerDecision(String sql, Bindings bindings) {
    Lexed lexed = new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    Plan.Forward plan = (Plan.Forward) router.plan(lexed, view);
    run(plan, lexed, bindings);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(plan, lexed, bindings);
    return (double) (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
  }

  private void run(Plan.Forward plan, Lexed lexed, Bindings bindings) {
    for (int i = 0; i < ROUNDS; i++) {
      assertOne(router.decide(plan, lexed, bindings, view));
    }
  }

  private static void assertOne(Decision decision) {
    if (!(decision instanceof Decision.One)) {
      throw new AssertionError(decision);
    }
  }
}
