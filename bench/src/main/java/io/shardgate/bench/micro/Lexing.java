package io.shardgate.bench.micro;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// A text cut into tokens, and its fingerprint. Not thread-safe; owned by JMH.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Lexing {
  private static final String POINT = "SELECT balance FROM accounts WHERE id = 12345;";
  private static final String JOIN =
      "SELECT o.id, o.placed_at, c.name, sum(l.quantity * l.price) AS total FROM orders o JOIN customers c ON c.id = o.customer_id "
          + "LEFT JOIN order_lines l ON l.customer_id = o.customer_id AND l.order_id = o.id WHERE o.customer_id = 4711 AND o.state IN ('open', 'paid') "
          + "GROUP BY o.id, o.placed_at, c.name ORDER BY o.placed_at DESC LIMIT 20";

  /// `point`: 46 bytes; `join`: 355 bytes.
  @Param({"point", "join"})
  public String text = "point";

  private final Lexer lexer = new Lexer();
  private final byte[] point = POINT.getBytes(StandardCharsets.UTF_8);
  private final byte[] join = JOIN.getBytes(StandardCharsets.UTF_8);

  private byte[] bytes() {
    return text.equals("point") ? point : join;
  }

  @Benchmark
  public List<Lexed> tokens() {
    return lexer.statements(bytes(), LexicalRules.DEFAULT);
  }

  @Benchmark
  public Object fingerprint() {
    return lexer.statements(bytes(), LexicalRules.DEFAULT).getFirst().fingerprint();
  }
}
