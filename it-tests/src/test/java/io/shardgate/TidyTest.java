package io.shardgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Style as an ordinary test: names, package signs, the line about threads, sizes, links.
final class TidyTest {
  private static final Path ROOT = root();
  private static final int FILE_LINES_MAX = 700;
  private static final int FILE_LINES_USUAL = 330;

  private static final Set<String> FORBIDDEN_NAMES = Set.of("Manager", "Util", "Utils", "Helper", "Impl", "Processor", "Info");

  /// Field types that say: this object changes.
  private static final Pattern MUTABLE_FIELD =
      Pattern.compile("^  private (?!static|final|record|enum|interface|sealed)(?:@Nullable |volatile )*[\\w<>\\[\\]?,. @]+ \\w+( =.*)?;$", Pattern.MULTILINE);

  private static final Pattern THREADS =
      Pattern.compile("Immutable|Confined to|Thread-safe|Not thread-safe");

  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("ARCHITECTURE.md"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static List<Path> files(String suffix, String inside) {
    try (Stream<Path> all = Files.walk(ROOT)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(suffix))
          .filter(file -> ROOT.relativize(file).toString().contains(inside))
          .filter(file -> !Pattern.compile("(^|/)(target|var|node_modules|\\.git|\\.cache|clients)/").matcher(ROOT.relativize(file).toString()).find())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path file) {
    return ROOT.relativize(file).toString();
  }

  @Test
  void theSourcesAreFound() {
    assertThat(files(".java", "src/main/java")).hasSizeGreaterThan(200);
    assertThat(files(".md", "")).hasSizeGreaterThan(4);
  }

  @Test
  void everyPackageHasASign() {
    List<String> faults = new ArrayList<>();
    for (Path folder : files(".java", "src/main/java").stream().map(Path::getParent).distinct().toList()) {
      Path sign = folder.resolve("package-info.java");
      if (!Files.exists(sign)) {
        faults.add(name(folder) + ": no package-info.java");
      } else if (!text(sign).contains("NullMarked") || !text(sign).startsWith("///")) {
        faults.add(name(sign) + ": no sign (///) or not @NullMarked");
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void namesSayWhatAThingIs() {
    assertThat(
            files(".java", "/java/").stream()
                .map(file -> file.getFileName().toString().replace(".java", ""))
                .filter(type -> FORBIDDEN_NAMES.stream().anyMatch(type::endsWith))
                .toList())
        .isEmpty();
  }

  @Test
  void aClassWhoseFieldsChangeSaysWhichThreadsMayTouchIt() {
    List<String> faults = new ArrayList<>();
    for (Path file : files(".java", "src/main/java")) {
      String text = text(file);
      Matcher type = Pattern.compile("^(public |final |abstract |sealed |non-sealed )*class ", Pattern.MULTILINE).matcher(text);
      if (type.find() && MUTABLE_FIELD.matcher(text).find() && !THREADS.matcher(text.substring(0, type.start())).find()) {
        faults.add(name(file));
      }
    }
    assertThat(faults).as("first line: what it is; second: Immutable. / Confined to … / Thread-safe: … / Not thread-safe; owned by …").isEmpty();
  }

  @Test
  void nothingIsLeftForLater() {
    Pattern later = Pattern.compile("\\b(TODO|FIXME|XXX|HACK)\\b|@Disabled\\b|for now\\b");
    assertThat(
            files(".java", "/java/").stream()
                .filter(file -> !file.endsWith("TidyTest.java"))
                .filter(file -> later.matcher(text(file).replaceAll("(?s)\"\"\".*?\"\"\"|\"[^\"\n]*\"", "")).find())
                .map(TidyTest::name)
                .toList())
        .isEmpty();
  }

  @Test
  void filesStaySmall() {
    List<String> tooLong = new ArrayList<>();
    for (Path file : files(".java", "/java/")) {
      long lines = text(file).lines().count();
      if (lines > FILE_LINES_MAX) {
        tooLong.add(name(file) + ": " + lines + " lines");
      } else if (lines > FILE_LINES_USUAL) {
        System.out.println("long file: " + name(file) + ": " + lines + " lines");
      }
    }
    assertThat(tooLong).as("limit: %s lines", FILE_LINES_MAX).isEmpty();
  }

  @Test
  void linksInTheDocumentationLeadSomewhere() {
    List<String> broken = new ArrayList<>();
    for (Path file : files(".md", "")) {
      Matcher link = LINK.matcher(text(file));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains(":") && !Files.exists(file.resolveSibling(target))) {
          broken.add(name(file) + ": " + target);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void sourcesAreUtf8WithoutTabsOrCarriageReturns() {
    assertThat(files(".java", "/java/").stream().filter(file -> Pattern.compile("[\t\r]").matcher(text(file)).find()).map(TidyTest::name).toList())
        .isEmpty();
  }
}
