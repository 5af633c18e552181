package io.shardgate.router.grammar.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/// The statements of a resource that this grammar is for; utility statements are read elsewhere.
public final class Statements {
  private static final Set<String> VERBS =
      Set.of("select", "values", "table", "with", "insert", "update", "delete", "merge", "");

  private Statements() {}

  public static List<String> of(String resource) {
    List<String> statements = new ArrayList<>();
    try (InputStream in = Objects.requireNonNull(Statements.class.getResourceAsStream(resource), resource)) {
      for (String block : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n\\s*\n")) {
        String statement = block.strip();
        String verb = statement.split("[^A-Za-z]", 2)[0].toLowerCase(Locale.ROOT);
        if (VERBS.contains(verb) && !statement.startsWith("--")) {
          statements.add(statement);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return statements;
  }

  public static List<String> all() {
    List<String> all = new ArrayList<>(of("/pg-statements.sql"));
    all.addAll(of("/pg-more.sql"));
    all.addAll(of("/pg-features.sql"));
    all.addAll(of("/pg-folded.sql"));
    return all;
  }
}
