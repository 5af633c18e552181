package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.PgTypeEntry;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The operators, types and relations through which functions that are not plain run without being called by name. A type is
/// tainted by its domain's constraints, by casts from and to it and by its operator classes, and taints arrays, domains and
/// composites of it, and every relation with such a column: a cast need not be written to run.
/// Not thread-safe while it grows; owned by the making of one [Reach], after which it is never changed.
final class HiddenCode {
  /// The operators that are called without being written.
  private static final Map<String, Set<String>> BEHIND_WORDS =
      Map.ofEntries(
          Map.entry("like", Set.of("~~", "!~~")), Map.entry("ilike", Set.of("~~*", "!~~*")), Map.entry("similar", Set.of("~", "!~")),
          Map.entry("between", Set.of("<", "<=", ">", ">=")), Map.entry("in", Set.of("=", "<>")), Map.entry("distinct", Set.of("=")),
          Map.entry("case", Set.of("=")), Map.entry("nullif", Set.of("=")), Map.entry("using", Set.of("=")), Map.entry("natural", Set.of("=")));

  private final Catalog catalog;
  private final Set<String> operators = new HashSet<>();
  private final Set<String> operatorWords = new HashSet<>();
  private final Set<String> types = new HashSet<>();
  private final Set<String> typeNames = new HashSet<>();
  private final Map<TableName, String> used = new HashMap<>();
  private final Map<TableName, String> written = new HashMap<>();

  HiddenCode(Catalog catalog) {
    this.catalog = catalog;
  }

  /// Follows the functions that are not plain; true if that found something new.
  boolean spread(Predicate<TableName> unplain) {
    boolean changed = false;
    for (CodeUse use : catalog.codeUses()) {
      if (unplain.test(use.function())) {
        changed |= taint(use);
      }
    }
    while (!types.isEmpty() && spreadTypes()) {
      changed = true;
    }
    return changed;
  }

  private boolean taint(CodeUse use) {
    return switch (use.kind()) {
      case WRITE -> written.putIfAbsent(use.user(), use.function().toString()) == null;
      case RELATION -> used.putIfAbsent(use.user(), use.function().toString()) == null;
      case OPERATOR -> taintOperator(use.user().name());
      case TYPE -> taintType(use.user().schema(), use.user().name());
    };
  }

  private boolean taintOperator(String symbol) {
    BEHIND_WORDS.forEach((word, symbols) -> {
      if (symbols.contains(symbol)) {
        operatorWords.add(word);
      }
    });
    return operators.add(symbol);
  }

  private boolean taintType(String schema, String name) {
    typeNames.add(name);
    return types.add(schema.equals("pg_catalog") ? name : schema + "." + name);
  }

  private boolean spreadTypes() {
    boolean changed = false;
    for (PgTypeEntry type : catalog.types()) {
      boolean tainted = isTainted(type.baseOid()) || isTainted(type.elementOid()) || used.containsKey(new TableName(type.schema(), type.name()));
      changed |= tainted && taintType(type.schema(), type.name());
    }
    for (Relation relation : catalog.relations()) {
      for (Column column : relation.columns()) {
        if (types.contains(column.typeName()) || types.contains(elementOf(column.typeName()))) {
          changed |= used.putIfAbsent(relation.tableName(), column.typeName()) == null;
        }
      }
    }
    return changed;
  }

  /// Arrays of PostgreSQL's own types have no entry.
  private static String elementOf(String typeName) {
    return typeName.startsWith("_") ? typeName.substring(1) : typeName;
  }

  private boolean isTainted(int oid) {
    return oid != 0 && catalog.type(oid).filter(type -> types.contains(type.schema() + "." + type.name())).isPresent();
  }

  /// The tainted types' names without their schemas.
  Set<String> typeNames() {
    return typeNames;
  }

  /// What taints every use of a relation.
  @Nullable String behind(TableName relation) {
    return used.get(relation);
  }

  /// What taints writing to a relation.
  @Nullable String behindWriting(TableName relation) {
    return written.get(relation);
  }

  /// Whether code in a language of PostgreSQL may use a tainted operator.
  boolean inBody(String body) {
    return operators.stream().anyMatch(body::contains) || (!operatorWords.isEmpty() && Words.in(body).stream().anyMatch(operatorWords::contains));
  }

  /// The first operator or type of a statement that is tainted.
  @Nullable String in(Lexed lexed) {
    if (operators.isEmpty() && typeNames.isEmpty()) {
      return null;
    }
    for (int token = 0; token < lexed.size(); token++) {
      boolean name = lexed.kind(token).isName();
      String text = name ? lexed.identifier(token) : lexed.string(lexed.tokenStart(token), lexed.tokenEnd(token));
      boolean word = lexed.kind(token) == TokenKind.WORD && operatorWords.contains(text);
      if (word || (name ? typeNames.contains(text) : operators.contains(text))) {
        return text;
      }
    }
    return null;
  }
}
