package io.shardgate.router;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.grammar.testing.TreeText;
import io.shardgate.router.lex.Fingerprint;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.plan.Plan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/// SQL text, from the lexer to the plan. The first byte of an input chooses the settings, the rest is a Query's text.
final class StatementFuzz {
  private static final int CACHE_BYTES = 1 << 20;

  /// Of the golden statements some make a beginning: all of them take longer than a short run has.
  private static final int EACH = 20;

  private static final int LONGEST_SEED_CHARACTERS = 1_500;

  /// A catalog and map with two routers, each with what it remembers of earlier texts: where both know a fingerprint, they know it from different ones.
  private record Place(RoutingView view, SqlRouter router, SqlRouter other) {
    Place(RoutingView view) {
      this(view, new SqlRouter(CACHE_BYTES), new SqlRouter(CACHE_BYTES));
    }

    RoutingView with(boolean standardConformingStrings) {
      return new RoutingView(view.catalog(), view.map(), view.searchPath(), standardConformingStrings, view.encoding(), view.currentUser());
    }
  }

  private static final Place SETTLED = new Place(FakeCatalog.view());
  private static final Place MOVING = new Place(FakeCatalog.viewWithForeignRows());

  private final Lexer lexer = new Lexer();

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "12s")
  void anyTextIsCutReadAndPlanned(byte[] input) {
    if (input.length == 0) {
      return;
    }
    boolean standard = (input[0] & 1) == 0;
    Place place = (input[0] & 2) == 0 ? SETTLED : MOVING;
    byte[] text = Arrays.copyOfRange(input, 1, input.length);
    LexicalRules rules = new LexicalRules(standard, StandardCharsets.UTF_8);
    List<Lexed> statements = lexer.statements(text, rules);
    assertThat(fingerprints(lexer.statements(text, rules))).isEqualTo(fingerprints(statements));
    tokensCoverTheText(statements, text, rules);
    for (Lexed lexed : statements) {
      planned(lexed, place, place.with(standard));
      reprinted(lexed);
    }
  }

  private static List<Fingerprint> fingerprints(List<Lexed> statements) {
    return statements.stream().map(Lexed::fingerprint).toList();
  }

  private void tokensCoverTheText(List<Lexed> statements, byte[] text, LexicalRules rules) {
    int behind = 0;
    for (Lexed lexed : statements) {
      assertThat(lexed.start()).isGreaterThanOrEqualTo(behind);
      for (int token = 0; token < lexed.size(); token++) {
        int from = lexed.start() + lexed.tokenStart(token);
        assertThat(from).isGreaterThanOrEqualTo(behind);
        noToken(text, behind, from, rules);
        behind = lexed.start() + lexed.tokenEnd(token);
        assertThat(behind).isGreaterThan(from);
      }
      assertThat(lexed.end()).isGreaterThanOrEqualTo(behind);
    }
    noToken(text, behind, text.length, rules);
  }

  /// Blanks, comments, semicolons.
  private void noToken(byte[] text, int from, int to, LexicalRules rules) {
    assertThat(lexer.statements(Arrays.copyOfRange(text, from, to), rules)).isEmpty();
  }

  /// The plan is one for all texts of the fingerprint, can be explained, decided and cut into pieces.
  private void planned(Lexed lexed, Place place, RoutingView view) {
    SqlRouter router = place.router();
    Plan plan = router.plan(lexed, view);
    PlanText.of(plan, lexed, router, view);
    assertThat(router.explain(plan, lexed, null, view)).isNotEmpty();
    router.reads(lexed);
    Lexed like = withOtherLiterals(lexed);
    if (like != null && like.fingerprint().equals(lexed.fingerprint())) {
      Plan known = router.plan(like, view); // what is no text, or is not read, has a plan of its own, which nothing else gets
      assertThat(place.other().plan(like, view).toString()).as("%s\nlike %s", lexed, like).isEqualTo(known.toString());
      PlanText.of(plan, like, router, view);
    }
  }

  /// The same text with every lifted literal another of its kind; null when there is none.
  private Lexed withOtherLiterals(Lexed lexed) {
    if (lexed.malformed() || lexed.literalCount() == 0) {
      return null;
    }
    ByteArrayOutputStream other = new ByteArrayOutputStream();
    int behind = 0;
    for (int literal = 0; literal < lexed.literalCount(); literal++) {
      other.writeBytes(lexed.slice(behind, lexed.literalStart(literal)));
      other.writeBytes(another(lexed.literalKind(literal), lexed.raw(lexed.literalToken(literal))).getBytes(StandardCharsets.UTF_8));
      behind = lexed.literalEnd(literal);
    }
    other.writeBytes(lexed.slice(behind, lexed.length()));
    List<Lexed> again = lexer.statements(other.toByteArray(), lexed.rules());
    return again.size() == 1 ? again.getFirst() : null;
  }

  private static String another(LiteralKind kind, String raw) {
    return switch (kind) {
      case INT4 -> raw.equals("77") ? "78" : "77";
      case INT8 -> raw.equals("7700000000") ? "7800000000" : "7700000000";
      case NUMERIC -> raw.equals("7.7") ? "7.8" : "7.7";
      case STRING -> raw.equals("'zz'") ? "'yy'" : "'zz'";
    };
  }

  /// What was read prints as a text that is read as the same; but for what is printed in a short way of its own.
  private static void reprinted(Lexed lexed) {
    String printed;
    try {
      printed = builtIn(TreeText.of(PostgresParser.parse(lexed.toString(), lexed.rules().standardConformingStrings())));
    } catch (GrammarException e) {
      assertThat(e.position()).isBetween(0, lexed.toString().length());
      return;
    }
    if (printed.contains(" ADDS ") || printed.contains("json_table\"(") || printed.contains("xmltable\"(")) {
      return;
    }
    try {
      assertThat(builtIn(TreeText.ofStatement(printed))).isEqualTo(printed);
    } catch (GrammarException e) {
      assertThat(e).as("%s\nprinted as %s", lexed, printed).hasMessageContaining("nested deeper");
    }
  }

  /// Types that a keyword names are printed with PostgreSQL's own schema without quotes.
  private static String builtIn(String printed) {
    return printed.replace("\"pg_catalog\".", "pg_catalog.");
  }

  static Stream<byte[]> seeds() throws IOException {
    List<String> texts = new ArrayList<>();
    for (String folder : List.of("plans", "explanations")) {
      try (Stream<Path> files = Files.list(Path.of("src/test/resources/io/shardgate/router", folder))) {
        for (Path file : files.sorted().toList()) {
          for (String block : Files.readString(file).split("\n\\s*\n")) {
            texts.add(String.join("\n", block.lines().filter(line -> !line.startsWith("|") && !line.startsWith("#")).toList()));
          }
        }
      }
    }
    try (Stream<Path> files = Files.list(Path.of("grammar/src/test/resources"))) {
      for (Path file : files.filter(file -> file.toString().endsWith(".sql")).sorted().toList()) {
        texts.addAll(List.of(Files.readString(file).split("\n\\s*\n")));
      }
    }
    List<String> usual = texts.stream().filter(text -> !text.isBlank() && text.length() < LONGEST_SEED_CHARACTERS).toList();
    return IntStream.range(0, usual.size()).filter(i -> i % EACH == 0).mapToObj(i -> ("0" + usual.get(i)).getBytes(StandardCharsets.UTF_8));
  }
}
