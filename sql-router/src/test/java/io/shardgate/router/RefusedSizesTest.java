package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RefusedSizesTest {
  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private Plan plan(String sql) {
    Lexed lexed = new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    return router.plan(lexed, view);
  }

  @Test
  void commonTablesThatDoubleEachTimeAreCutOff() {
    StringBuilder sql = new StringBuilder("WITH t0 AS (SELECT * FROM orders WHERE customer_id = 1)");
    for (int i = 1; i < 40; i++) {
      sql.append(", t").append(i).append(" AS (SELECT a.* FROM t").append(i - 1).append(" a, t").append(i - 1).append(" b)");
    }
    assertThat(plan(sql + " SELECT * FROM t39"))
        .isInstanceOfSatisfying(Plan.Refuse.class, refuse -> assertThat(refuse.refusal()).isEqualTo(Refusal.TOO_COMPLEX));
  }

  @Test
  void deepNestingIsRefusedAndLeavesTheThreadAlive() {
    String deep = "(".repeat(200_000) + "1" + ")".repeat(200_000);
    assertThat(plan("SELECT * FROM orders WHERE customer_id = " + deep)).isNotInstanceOf(Plan.Local.class);
    assertThat(plan("SELECT * FROM orders WHERE customer_id = 1")).isInstanceOf(Plan.Forward.class);
  }
}
