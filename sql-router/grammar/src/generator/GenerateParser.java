import freemarker.template.Configuration;
import freemarker.template.Template;
import freemarker.template.TemplateDirectiveModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Generates the parser at build time: Calcite's grammar template → FreeMarker → the productions named in `calcite.txt` and
/// all token names → together with our own `*.jj` → JavaCC. Does nothing when no input has changed.
///
/// Each name in `calcite.txt` must be found exactly once in the template, so that another Calcite fails the build
/// instead of changing the language in silence.
///
/// Arguments: folder of the grammar, keywords file, output folder. On the class path: calcite-core, freemarker, fmpp, javacc.
public final class GenerateParser {
  private static final String TEMPLATE = "codegen/templates/Parser.jj";
  private static final String DEFAULTS = "codegen/default_config.fmpp";
  /// What javac may not say about generated code under -Werror.
  private static final String SILENCE =
      "@SuppressWarnings({\"unchecked\", \"rawtypes\", \"cast\", \"fallthrough\", \"static\", \"serial\", \"unused\"})\n";

  /// Tokens of PostgreSQL that Calcite has no name for.
  private static final Map<String, String> OWN_TOKENS = Map.of(
      "DOLLAR_NUMBER", "<DOLLAR_NUMBER>", "OPERATOR_SYMBOL", "<OPERATOR>", "DOUBLE_COLON", "::", "COLON_EQUALS", ":=");

  public static void main(String[] args) throws Exception {
    Path grammar = Path.of(args[0]);
    Path keywords = Path.of(args[1]);
    Path out = Path.of(args[2]);
    Path stamp = out.resolveSibling("parser.stamp");
    String inputs = digest(grammar, keywords);
    if (Files.exists(stamp) && Files.readString(stamp).equals(inputs)) {
      return;
    }
    Path folder = out.resolve("io/shardgate/router/grammar");
    clear(folder);
    String calcite = expand();
    String header = Files.readString(grammar.resolve("header.jj"));
    StringBuilder jj = new StringBuilder(header.replace("${imports}", imports(calcite)));
    for (String name : Files.readAllLines(grammar.resolve("calcite.txt"))) {
      if (!name.isBlank() && !name.startsWith("#")) {
        jj.append(production(calcite, name.strip())).append("\n\n");
      }
    }
    Map<String, String> tokens = tokens(calcite);
    OWN_TOKENS.forEach((name, image) -> tokens.put(name, '"' + image + '"'));
    jj.append(keywordProductions(keywords, tokens));
    for (Path own : ownGrammars(grammar)) {
      jj.append(Files.readString(own)).append('\n');
    }
    jj.append(tokenBlock(tokens));
    Path file = out.resolveSibling("PostgresGrammar.jj");
    Files.writeString(file, jj);
    String[] options = {"-STATIC=false", "-USER_TOKEN_MANAGER=true", "-LOOKAHEAD=1", "-SANITY_CHECK=true",
      "-OUTPUT_DIRECTORY=" + folder, file.toString()};
    runJavacc(options);
    silence(folder);
    Files.writeString(stamp, inputs);
  }

  /// Calcite's template with all its directives done, under Calcite's own defaults.
  private static String expand() throws Exception {
    Configuration freemarker = new Configuration(Configuration.VERSION_2_3_34);
    TemplateDirectiveModel nothing = (_, _, _, _) -> {};
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("pp", Map.of("dropOutputFile", nothing, "changeOutputFile", nothing));
    model.put("default", fmpp.tdd.Interpreter.evalAsHash(resource(DEFAULTS)));
    model.put("parser", Map.of("package", "io.shardgate.router.grammar", "class", "GeneratedParser",
        "implementationFiles", List.of(), "includeBraces", true, "includeCompoundIdentifier", true));
    StringWriter text = new StringWriter();
    new Template("Parser.jj", resource(TEMPLATE), freemarker).process(model, text);
    return text.toString();
  }

  private static String resource(String name) throws IOException {
    try (var in = GenerateParser.class.getClassLoader().getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + ": not in calcite-core's jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String imports(String calcite) {
    return calcite.lines().filter(line -> line.startsWith("import ")).collect(Collectors.joining("\n"));
  }

  /// The text of one production: its header line to the brace that closes its last block.
  private static String production(String calcite, String name) {
    Matcher header = Pattern.compile("(?m)^(JAVACODE )?[A-Za-z][\\w<> ]*\\b" + name + "\\([^)]*\\)[^\\n]*$").matcher(calcite);
    List<Integer> starts = new ArrayList<>();
    boolean java = false;
    while (header.find()) {
      starts.add(header.start());
      java = header.group(1) != null;
    }
    if (starts.size() != 1) {
      throw new IllegalStateException(name + ": found " + starts.size() + " times in Calcite's grammar (expected: once)");
    }
    int end = closingBrace(calcite, starts.getFirst());
    if (!java) {
      end = closingBrace(calcite, end);
    }
    return calcite.substring(starts.getFirst(), end);
  }

  private static int closingBrace(String text, int from) {
    int depth = 0;
    for (int i = text.indexOf('{', from); ; i++) {
      char c = text.charAt(i);
      if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return i + 1;
      }
    }
  }

  /// Token names of Calcite's grammar → their image, or the name in angle brackets where it is a pattern.
  private static Map<String, String> tokens(String calcite) {
    Map<String, String> tokens = new LinkedHashMap<>();
    Matcher definition = Pattern.compile("<\\s*([A-Z][A-Z_0-9]*)\\s*:\\s*(\"[^\"\\\\]+\"\\s*>)?").matcher(calcite);
    while (definition.find()) {
      String image = definition.group(2);
      String name = definition.group(1);
      tokens.putIfAbsent(name, image == null ? "\"<" + name + ">\"" : image.substring(0, image.lastIndexOf('"') + 1));
    }
    return tokens;
  }

  /// PostgreSQL's keywords as productions, one per category; words that Calcite has no token for get one.
  private static String keywordProductions(Path keywords, Map<String, String> tokens) throws IOException {
    Map<String, String> byImage = new LinkedHashMap<>();
    tokens.forEach((name, image) -> byImage.putIfAbsent(image.toUpperCase(Locale.ROOT), name));
    Map<String, List<String>> categories = new LinkedHashMap<>();
    for (String line : Files.readAllLines(keywords)) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] fields = line.split(" ");
      String word = fields[0].toUpperCase(Locale.ROOT);
      String image = '"' + word + '"';
      String token = byImage.computeIfAbsent(image, _ -> tokens.containsKey(word) ? word + "_WORD" : word);
      tokens.putIfAbsent(token, image);
      categories.computeIfAbsent(fields[1], _ -> new ArrayList<>()).add(token);
    }
    StringBuilder jj = new StringBuilder();
    categories.forEach((category, words) -> jj.append("void Keyword").append(category).append("() :\n{\n}\n{\n    <")
        .append(String.join(">\n|   <", words)).append(">\n}\n\n"));
    return jj.toString();
  }

  /// A warning is a choice that the grammar leaves open, so it fails the build. Not so that JavaCC ignores the tokens' texts,
  /// which it says of each, because the lexer is our own.
  private static void runJavacc(String[] options) throws Exception {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream captured = new PrintStream(said, true, StandardCharsets.UTF_8);
    System.setOut(captured);
    System.setErr(captured);
    int result;
    try {
      result = org.javacc.parser.Main.mainProgram(options);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    String messages = said.toString(StandardCharsets.UTF_8).lines()
        .filter(line -> !line.contains("Ignoring regular expression specification since option USER_TOKEN_MANAGER"))
        .collect(Collectors.joining("\n"));
    if (result != 0 || messages.contains("Warning: ")) {
      throw new IllegalStateException("JavaCC: " + messages);
    }
  }

  private static String tokenBlock(Map<String, String> tokens) {
    return tokens.entrySet().stream()
        .map(token -> "< " + token.getKey() + ": " + token.getValue() + " >")
        .collect(Collectors.joining("\n|   ", "TOKEN :\n{\n    ", "\n}\n"));
  }

  private static List<Path> ownGrammars(Path grammar) throws IOException {
    try (Stream<Path> files = Files.list(grammar)) {
      return files.filter(file -> file.toString().endsWith(".jj") && !file.endsWith("header.jj")).sorted().toList();
    }
  }

  private static void silence(Path folder) throws IOException {
    Files.delete(folder.resolve("TokenMgrError.java")); // only a generated lexer throws it
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String text = Files.readString(file).replace("/**", "/*"); // not all of them are documentation
        text = Pattern.compile("(?m)^(public )?(class|interface) ").matcher(text.replace("@SuppressWarnings(\"all\")", "")).replaceFirst(SILENCE + "$0");
        Files.writeString(file, text);
      }
    }
  }

  private static void clear(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  /// Over everything that decides what is generated, this program and the libraries included.
  private static String digest(Path grammar, Path keywords) throws Exception {
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    TreeSet<Path> files = new TreeSet<>();
    try (Stream<Path> own = Files.list(grammar)) {
      own.forEach(files::add);
    }
    files.add(keywords);
    URI program = GenerateParser.class.getProtectionDomain().getCodeSource() == null
        ? Path.of("src/generator/GenerateParser.java").toUri()
        : GenerateParser.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    files.add(Path.of(program));
    for (Path file : files) {
      sha.update(Files.readAllBytes(file));
    }
    sha.update(System.getProperty("java.class.path").getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(sha.digest());
  }
}
