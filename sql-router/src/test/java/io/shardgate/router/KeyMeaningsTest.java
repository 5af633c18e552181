package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Plan;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which texts a decision has asked for, and what it makes of the answers. Days until 2026-01-01 are on s1, later ones on s2.
final class KeyMeaningsTest {
  private static final Decision S1 = new Decision.One(new ShardId("s1"));
  private static final Decision S2 = new Decision.One(new ShardId("s2"));

  private final SqlRouter router = new SqlRouter();
  private final RoutingView view = FakeCatalog.view();

  private static Lexed lex(String sql) {
    return new Lexer().statements(sql.getBytes(StandardCharsets.UTF_8), new LexicalRules(true, StandardCharsets.UTF_8)).getFirst();
  }

  private Decision decide(KeyMeanings meanings, String sql, String... parameters) {
    Lexed lexed = lex(sql);
    return oneShards(router.decide((Plan.Forward) router.plan(lexed, view), lexed, unspecified(parameters), view, Set.of(), meanings));
  }

  /// What would be told if nobody gathered.
  private static Decision oneShards(Decision decision) {
    return decision instanceof Decision.Many many ? new Decision.Refused(many.otherwise()) : decision;
  }

  /// Text parameters of which nobody says the type.
  private static Bindings unspecified(String... values) {
    return new Bindings() {
      @Override
      public int count() {
        return values.length;
      }

      @Override
      public int typeOid(int i) {
        return 0;
      }

      @Override
      public boolean binary(int i) {
        return false;
      }

      @Override
      public byte[] value(int i) {
        return values[i].getBytes(StandardCharsets.UTF_8);
      }
    };
  }

  private static KeyMeanings asking() {
    return new KeyMeanings(Map.of(), true);
  }

  private static UnreadText text(String text) {
    return new UnreadText(KeyType.DATE, text);
  }

  private static Optional<KeyValue> day(String iso) {
    return Optional.of(new KeyValue.OfDate((int) (LocalDate.parse(iso).toEpochDay() - LocalDate.of(2000, 1, 1).toEpochDay())));
  }

  @Test
  void allTextsInTheWayAreAskedForAtOnce() {
    for (String sql : List.of("SELECT * FROM days WHERE day IN ('1.2.2026', '2026-1-5')", "SELECT * FROM days WHERE day = ANY ('{1.2.2026,NULL,2026-1-5}')",
        "SELECT * FROM days WHERE day >= '1.2.2026' AND day < '2026-1-5'")) {
      KeyMeanings meanings = asking();
      assertThat(decide(meanings, sql)).as(sql).isInstanceOf(Decision.Refused.class);
      assertThat(meanings.unread()).as(sql).containsExactlyInAnyOrder(text("1.2.2026"), text("2026-1-5"));
    }
    KeyMeanings meanings = asking();
    Lexed lexed = lex("INSERT INTO days VALUES ('1.2.2026', 1), ('2026-01-01', 2), ($1, 3)");
    assertThat(router.split((Plan.SplitInsert) router.plan(lexed, view), lexed, unspecified("2026-1-5"), view, List.of(), Set.of(), meanings))
        .isInstanceOf(Split.Refused.class);
    assertThat(meanings.unread()).containsExactlyInAnyOrder(text("1.2.2026"), text("2026-1-5"));
  }

  @Test
  void theAnswerDecides() {
    for (String sql : List.of("SELECT * FROM days WHERE day = $1", "INSERT INTO days VALUES ($1, 1)", "UPDATE days SET n = 1 WHERE day = $1",
        "SELECT * FROM days WHERE day = ANY ($2) AND n = $1")) {
      String[] parameters = sql.contains("$2") ? new String[] {"1", "{1.2.2026}"} : new String[] {"1.2.2026"};
      assertThat(decide(new KeyMeanings(Map.of(text("1.2.2026"), day("2025-02-01")), false), sql, parameters)).as(sql).isEqualTo(S1);
      assertThat(decide(new KeyMeanings(Map.of(text("1.2.2026"), day("2026-01-02")), false), sql, parameters)).as(sql).isEqualTo(S2);
      KeyMeanings none = new KeyMeanings(Map.of(text("1.2.2026"), Optional.empty()), false);
      assertThat(decide(none, sql, parameters)).as(sql).isInstanceOf(Decision.Refused.class);
      assertThat(none.unread()).as("asked once is enough").isEmpty();
    }
  }

  @Test
  void literalsOfAStatementThatWasPreparedEarlierAreNotAskedFor() {
    KeyMeanings meanings = new KeyMeanings(Map.of(text("1.2.2026"), day("2025-02-01")), false);
    assertThat(decide(meanings, "SELECT * FROM days WHERE day = '1.2.2026'")).isInstanceOf(Decision.Refused.class);
    assertThat(decide(meanings, "SELECT * FROM days WHERE day = ANY ('{1.2.2026}')")).isInstanceOf(Decision.Refused.class);
    assertThat(decide(meanings, "SELECT * FROM days WHERE day = '3.2.2026'")).isInstanceOf(Decision.Refused.class);
    assertThat(meanings.unread()).isEmpty();
  }

  @Test
  void whatMayMeanTheMomentIsNeverAskedFor() {
    for (String moment : List.of("now", "today", " TODAY ", "today 10:00", "ToMorrow allballs", "yesterday", "Now()", "10:00 tomorrow", "x-today")) {
      KeyMeanings meanings = asking();
      assertThat(decide(meanings, "INSERT INTO days VALUES ($1, 1)", moment)).as(moment).isInstanceOf(Decision.Refused.class);
      assertThat(meanings.unread()).as(moment).isEmpty();
    }
    KeyMeanings meanings = asking();
    decide(meanings, "INSERT INTO days VALUES ($1, 1)", "epoch");
    assertThat(meanings.unread()).containsExactly(text("epoch"));
  }

  @Test
  void aParameterOfAnotherTypeIsNotAskedFor() {
    Lexed lexed = lex("SELECT * FROM days WHERE day = ANY ($1)");
    Bindings timestamps =
        new Bindings() {
          @Override
          public int count() {
            return 1;
          }

          @Override
          public int typeOid(int i) {
            return 1115; // timestamp[]
          }

          @Override
          public boolean binary(int i) {
            return false;
          }

          @Override
          public byte[] value(int i) {
            return "{2026-01-02,1.2.2026}".getBytes(StandardCharsets.UTF_8);
          }
        };
    KeyMeanings meanings = asking();
    assertThat(oneShards(router.decide((Plan.Forward) router.plan(lexed, view), lexed, timestamps, view, Set.of(), meanings))).isInstanceOf(Decision.Refused.class);
    assertThat(meanings.unread()).isEmpty();
  }
}
