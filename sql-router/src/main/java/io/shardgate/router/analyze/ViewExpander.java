package io.shardgate.router.analyze;

import io.shardgate.directory.TableName;
import io.shardgate.router.RoutingView;
import io.shardgate.router.analyze.References.Reference;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.catalog.CodeUse;
import io.shardgate.router.catalog.Column;
import io.shardgate.router.catalog.Relation;
import io.shardgate.router.catalog.ViewRights;
import io.shardgate.router.grammar.GrammarException;
import io.shardgate.router.grammar.PostgresParser;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Expansion;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.rewrite.SplicedText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlNode;
import org.jspecify.annotations.Nullable;

/// Puts the queries of views in their places, so that what they read can be gathered: views that are no [ShardwiseView].
///
/// A definition names relations with their schemas, and all else as it is found without a search path: it stays where a name could mean another thing
/// among the user's words. It also stays where its rows depend on who reads them, or in which order conditions are looked at.
/// Not thread-safe; owned by the planning of one statement.
final class ViewExpander {
  private static final int MAX_DEPTH = 16;
  private static final int MAX_CHARACTERS = 1 << 18;

  private final RoutingView view;
  private final Reach reach;
  private boolean borrowsRights;
  private int characters;

  private ViewExpander(RoutingView view, Reach reach) {
    this.view = view;
    this.reach = reach;
  }

  /// The expansion of a query's views; empty where one can't be expanded, or there is none.
  static Optional<Expansion> of(Lexed lexed, RoutingView view, Reach reach, References references) {
    if (!namesMeanTheSame(view) || !reach.hasPlainEquality() || !reach.hasPlainOrder()) {
      return Optional.empty();
    }
    ViewExpander expander = new ViewExpander(view, reach);
    List<Expansion.Part> parts = expander.parts(new Places(lexed, lexed.toString()), lexed, references, 0);
    return parts == null || parts.isEmpty() ? Optional.empty() : Optional.of(new Expansion(parts, expander.borrowsRights));
  }

  /// Whether PostgreSQL's own functions, types and operators are found first.
  private static boolean namesMeanTheSame(RoutingView view) {
    return view.searchPath().indexOf("pg_catalog") <= 0;
  }

  /// Null where one can't be expanded.
  private @Nullable List<Expansion.Part> parts(Places places, Lexed lexed, References references, int depth) {
    List<Expansion.Part> parts = new ArrayList<>();
    for (Reference reference : references.all()) {
      if (reference.standing() instanceof Standing.Expanded(TableName _, Relation relation) && reference.view() == null) {
        Optional<QuerySpan> name = reference.node().only() || reference.node().sample() != null ? Optional.empty() : places.nameTokens(reference.node().name());
        String text = name.isEmpty() ? null : text(relation, depth);
        if (text == null) {
          return null;
        }
        boolean command = name.get().first() > 0 && lexed.is(name.get().first() - 1, "table");
        QuerySpan span = command ? new QuerySpan(name.get().first() - 1, name.get().last()) : name.get();
        String known = reference.node().alias() == null ? " AS " + SplicedText.quote(relation.name()) : "";
        parts.add(new Expansion.Part(span, (command ? "SELECT * FROM " : "") + text + known));
      }
    }
    parts.sort(Comparator.comparingInt(part -> part.name().first()));
    return parts;
  }

  /// The view as a query in parentheses, without a name; null where that would not be the same.
  private @Nullable String text(Relation relation, int depth) {
    String definition = relation.definition();
    ViewRights rights = relation.viewRights();
    if (definition == null || rights == null || rights.barrier() || depth >= MAX_DEPTH) {
      return null;
    }
    String query = definition.strip();
    query = query.endsWith(";") ? query.substring(0, query.length() - 1) : query;
    characters += query.length();
    if (characters > MAX_CHARACTERS || !view.encoding().newEncoder().canEncode(query)) {
      return null;
    }
    Lexed lexed = new Lexer().statements(query.getBytes(StandardCharsets.UTF_8), LexicalRules.DEFAULT).getFirst();
    String inner = namesAnother(lexed) ? null : expanded(lexed, rights, depth);
    if (inner == null) {
      return null;
    }
    String columns = relation.columns().stream().map(Column::name).map(SplicedText::quote).collect(Collectors.joining(", "));
    return "(SELECT " + columns + " FROM (" + inner + ") AS " + SplicedText.quote(relation.name()) + (columns.isEmpty() ? "" : " (" + columns + ")") + ")";
  }

  /// The definition, in which other views are expanded; null where that is no way.
  private @Nullable String expanded(Lexed lexed, ViewRights rights, int depth) {
    Reached reached = new Reached();
    Places places = new Places(lexed, lexed.toString());
    try {
      SqlNode query = PostgresParser.parse(lexed.toString());
      new BlockBuilder(new Planning(FromBuilder.inDefinitions(view), reach, places, reached)).build(query, new Scope(null)).descend(List.of(), List.of(), reached);
    } catch (GrammarException | RefusedException _) {
      return null;
    }
    String reader = rights.reader(view.currentUser());
    borrowsRights |= !reader.equals(view.currentUser());
    boolean asAnother = !reader.equals(view.currentUser()) && reached.references().all().stream().anyMatch(this::hasPolicies);
    // The system's relations stand without a schema: one of the user's common tables might be called so.
    List<Expansion.Part> parts = asAnother || reached.readsSystem() ? null : parts(places, lexed, reached.references(), depth + 1);
    return parts == null ? null : new Expansion(parts, false).of(lexed).toString();
  }

  private boolean hasPolicies(Reference reference) {
    return switch (reference.standing()) {
      case Standing.Sharded sharded -> sharded.relation().rowSecurity();
      case Standing.Reference(TableName _, Relation table) -> table.rowSecurity();
      case Standing.Home(TableName table) -> view.catalog().relation(table).filter(Relation::rowSecurity).isPresent();
      case Standing.Expanded _, Standing.Absent _, Standing.Barred _ -> false;
    };
  }

  /// Whether a function or operator that stands without a schema might be another one under the user's search path.
  private boolean namesAnother(Lexed lexed) {
    Catalog catalog = view.catalog();
    Set<String> operators =
        catalog.codeUses().stream().filter(use -> use.kind() == CodeUse.Kind.OPERATOR).map(use -> use.user().name()).collect(Collectors.toSet());
    for (int token = 0; token < lexed.size(); token++) {
      boolean bare = token == 0 || !lexed.is(token - 1, TokenKind.DOT);
      boolean call = lexed.kind(token).isName() && lexed.is(token + 1, TokenKind.OPEN);
      boolean another = call ? bare && !catalog.functions(lexed.identifier(token)).isEmpty() : operators.contains(lexed.raw(token));
      if (another) {
        return true;
      }
    }
    return false;
  }
}
