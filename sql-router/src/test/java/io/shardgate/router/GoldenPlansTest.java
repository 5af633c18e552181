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
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Plans every statement of `plans/*.txt`, and explains the route of every one of `explanations/*.txt`, and compares with what stands
/// below it.
///
/// `foreign.txt` is planned against a map in which rows are foreign, and names closed. A case is a statement, then lines that begin with a bar. `-Dplans.bless=true` writes the present plans into the files; review the
/// difference.
class GoldenPlansTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/shardgate/router");
  private static final boolean BLESS = Boolean.getBoolean("plans.bless");

  private final SqlRouter router = new SqlRouter();
  private final RoutingView settled = FakeCatalog.view();
  private final RoutingView moving = FakeCatalog.viewWithForeignRows();

  private interface Printer {
    List<String> print(Plan plan, Lexed lexed, RoutingView view);
  }

  @TestFactory
  Stream<DynamicTest> plansAreAsWritten() throws IOException {
    return each("plans", (plan, lexed, view) -> PlanText.of(plan, lexed, router, view));
  }

  @TestFactory
  Stream<DynamicTest> explanationsAreAsWritten() throws IOException {
    return each("explanations", (plan, lexed, view) -> router.explain(plan, lexed, null, view));
  }

  private Stream<DynamicTest> each(String folder, Printer printer) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve(folder))) {
      return files.sorted().toList().stream().map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file, printer)));
    }
  }

  private void check(Path file, Printer printer) throws IOException {
    RoutingView view = file.getFileName().toString().equals("foreign.txt") ? moving : settled;
    String before = Files.readString(file);
    StringBuilder after = new StringBuilder();
    for (String block : before.strip().split("\n\\s*\n")) {
      List<String> lines = new ArrayList<>(block.lines().filter(line -> !line.startsWith("| ")).toList());
      after.append(String.join("\n", lines)).append('\n');
      String statement = String.join("\n", lines.stream().filter(line -> !line.startsWith("#")).toList());
      if (!statement.isBlank()) {
        print(statement, printer, view).forEach(line -> after.append("| ").append(line.replace("\n", "\\n")).append('\n'));
      }
      after.append('\n');
    }
    String text = after.toString().strip() + "\n";
    if (BLESS) {
      Files.writeString(file, text);
    } else {
      assertThat(text).isEqualTo(before);
    }
  }

  private List<String> print(String statement, Printer printer, RoutingView view) {
    Lexed lexed = new Lexer().statements(statement.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    return printer.print(router.plan(lexed, view), lexed, view);
  }
}
