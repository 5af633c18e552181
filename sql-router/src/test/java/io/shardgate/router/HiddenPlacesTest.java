package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `shapes/places.sql` has every place of the grammar where an expression may stand, in statements that one shard answers. What stands there is
/// seen: rows of other shards, of the home shard only, and functions that read them.
class HiddenPlacesTest {
  private static final Path SHAPES = Path.of("src/test/resources/io/shardgate/router/shapes/places.sql");
  /// A place, and one in a query that the home shard runs: what only that one knows may stand there.
  private static final Pattern PLACE = Pattern.compile("\\{(home)?}");

  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private static List<String> shapes() throws IOException {
    return List.of(Files.readString(SHAPES).strip().split("\n\\s*\n"));
  }

  /// One statement for each place of a shape, with that expression in it and `1` in the others.
  private static List<String> filled(String shape, String expression, boolean atHome) {
    List<String> statements = new ArrayList<>();
    Matcher place = PLACE.matcher(shape);
    while (place.find()) {
      if (atHome || place.group(1) == null) {
        String before = PLACE.matcher(shape.substring(0, place.start())).replaceAll("1");
        statements.add(before + expression + PLACE.matcher(shape.substring(place.end())).replaceAll("1"));
      }
    }
    return statements;
  }

  private Plan plan(String statement) {
    return router.plan(lexed(statement), view);
  }

  private static Lexed lexed(String statement) {
    return new Lexer().statements(statement.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
  }

  private boolean isRefused(String statement) {
    Plan plan = plan(statement);
    return plan instanceof Plan.Refuse
        || (plan instanceof Plan.Forward forward
            && isNotOneShards(router.decide(forward, lexed(statement), Bindings.NONE, view, Set.of())));
  }

  /// What is gathered was seen not to be one shard's, too.
  private static boolean isNotOneShards(Decision decision) {
    return decision instanceof Decision.Refused || decision instanceof Decision.Many;
  }

  private List<String> each(String expression, boolean atHome, Predicate<String> chosen) throws IOException {
    List<String> found = new ArrayList<>();
    for (String shape : shapes()) {
      filled(shape, expression, atHome).stream().filter(chosen).map(each -> each + " → " + plan(each)).forEach(found::add);
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "twice(1)"})
  void whatOneShardKnowsIsNoReasonToRefuse(String expression) throws IOException {
    assertThat(each(expression, true, this::isRefused)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"(SELECT 1)", "(SELECT o.id FROM orders AS o WHERE o.customer_id = 42)"})
  void aQueryThatTheSameShardAnswersIsRefusedInRowsOfAnInsertOnly(String expression) throws IOException {
    List<String> refused = each(expression, true, this::isRefused);
    assertThat(refused).hasSizeLessThan(12).allMatch(each -> each.startsWith("INSERT ") && each.contains("=INSERT_S"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(SELECT max(o.id) FROM orders AS o)",
        "(SELECT o.id FROM orders AS o WHERE o.customer_id = 43)",
        "count_orders()",
        "public.count_orders()",
        "(SELECT count(*) FROM count_orders())",
        "(SELECT c.count_orders FROM customers AS c WHERE c.id = 42)",
        "(SELECT (c).count_orders FROM customers AS c WHERE c.id = 42)",
        "(SELECT public.customers.count_orders FROM customers WHERE id = 42)",
        "(1 <+> 2)",
        "'1'::taxed"
      })
  void whatOtherShardsKnowIsSeenInEveryPlace(String expression) throws IOException {
    assertThat(each(expression, true, statement -> !isRefused(statement))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(SELECT s.value FROM settings AS s)",
        "nextval('free_seq')",
        "pg_catalog . \"nextval\" /* here */ ('free_seq')",
        "U&\"n!0065xtval\" UESCAPE '!' ('free_seq')",
        "next_ticket()",
        "(SELECT c.next_ticket FROM customers AS c WHERE c.id = 42)"
      })
  void whatOnlyTheHomeShardKnowsIsSeenInEveryPlace(String expression) throws IOException {
    assertThat(each(expression, false, statement -> !isRefused(statement))).isEmpty();
  }
}
