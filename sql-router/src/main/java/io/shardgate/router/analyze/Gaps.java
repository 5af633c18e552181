package io.shardgate.router.analyze;

import io.shardgate.router.Refusal;
import io.shardgate.router.grammar.tree.PgFunctionCall;
import io.shardgate.router.grammar.tree.PgTableFunction;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.LiteralKind;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Gap;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.Plan.QuerySpan;
import io.shardgate.router.plan.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.jspecify.annotations.Nullable;

/// Finds the calls in a query that the proxy has to answer: a server knows neither the clients' numbers nor what the other shards hold.
/// Not thread-safe; owned by the planning of one statement.
///
/// A query of PostgreSQL's catalogs has server processes in it (`pg_stat_activity.pid`), and there `pg_backend_pid()` and the functions that signal
/// mean those, as before. The numbers that the proxy gives to clients are none that a server's process can have.
final class Gaps {
  private static final String OWN = "pg_backend_pid";
  private static final Set<String> SIGNALS = Set.of("pg_cancel_backend", "pg_terminate_backend");
  private static final Set<String> SIZES = Set.of("pg_relation_size", "pg_table_size", "pg_indexes_size", "pg_total_relation_size");
  private static final String DATABASE = "pg_database_size";

  /// They take a process number: of the session's own they have to get the server's.
  private static final Set<String> OF_PROCESSES =
      Set.of("pg_blocking_pids", "pg_safe_snapshot_blocking_pids", "pg_log_backend_memory_contexts", "pg_stat_get_backend_idset");

  private final Lexed lexed;
  private final Set<String> asked;
  private final @Nullable Surroundings surroundings;

  /// What the calls stand in.
  ///
  /// @param systemRelations whether the query reads PostgreSQL's catalogs
  /// @param calledInFrom functions that are called in FROM, where no expression fits in their place
  record Surroundings(boolean systemRelations, Set<String> calledInFrom) {}

  /// @param asked the names of such functions that the statement, or a view in it, calls
  /// @param surroundings null where the statement was not understood
  Gaps(Lexed lexed, Set<String> asked, @Nullable Surroundings surroundings) {
    this.lexed = lexed;
    this.asked = asked;
    this.surroundings = surroundings;
  }

  /// Whether a function of `pg_catalog` is one of these.
  static boolean isOne(String function) {
    return function.equals(OWN) || SIGNALS.contains(function) || SIZES.contains(function) || function.equals(DATABASE);
  }

  /// The plan with its gaps, if it has any; refused where they can't be filled.
  Plan filled(Plan made) {
    if (!(made instanceof Plan.Forward(Target target, var forwarded, boolean unknown, var _))) {
      return made instanceof Plan.Refuse ? made : refused(asked.iterator().next());
    }
    if (unknown) {
      return made; // PostgreSQL says that there is no such relation
    }
    if (surroundings == null) {
      return refused(asked.iterator().next());
    }
    try {
      List<Gap> gaps = gaps(surroundings);
      boolean home = target instanceof Target.Home || target instanceof Target.AnyShard;
      return gaps.isEmpty() ? made : home ? new Plan.Filled(gaps, forwarded) : refused(gaps.getFirst().function());
    } catch (RefusedException e) {
      return e.refuse();
    }
  }

  private static Plan refused(String function) {
    return Refusal.UNFILLED_CALL.of(function);
  }

  private List<Gap> gaps(Surroundings around) {
    boolean processes = around.systemRelations() || calls(OF_PROCESSES);
    List<Gap> gaps = new ArrayList<>();
    Set<String> left = new LinkedHashSet<>(asked);
    for (int token = 0; token < lexed.size(); token++) {
      if (!isCall(token)) {
        continue;
      }
      String name = lexed.identifier(token);
      left.remove(name);
      if (processes && isOfProcesses(name)) {
        continue;
      }
      if (around.calledInFrom().contains(name)) {
        throw new RefusedException(Refusal.UNFILLED_CALL, name);
      }
      gaps.add(gap(name, token));
    }
    left.removeIf(name -> processes && isOfProcesses(name));
    if (!left.isEmpty()) {
      throw new RefusedException(Refusal.UNFILLED_CALL, left.iterator().next()); // a view hides it
    }
    return outermost(gaps);
  }

  private static boolean isOfProcesses(String function) {
    return function.equals(OWN) || SIGNALS.contains(function);
  }

  private boolean calls(Set<String> functions) {
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName() && lexed.is(token + 1, TokenKind.OPEN) && functions.contains(lexed.identifier(token))) {
        return true;
      }
    }
    return false;
  }

  /// Whether a token is the name of such a function of `pg_catalog`, and is called.
  private boolean isCall(int token) {
    if (!lexed.kind(token).isName() || !lexed.is(token + 1, TokenKind.OPEN)) {
      return false;
    }
    boolean qualified = lexed.is(token - 1, TokenKind.DOT);
    return asked.contains(lexed.identifier(token))
        && (!qualified || (lexed.kind(token - 2).isName() && lexed.identifier(token - 2).equals("pg_catalog")));
  }

  private Gap gap(String name, int token) {
    int first = lexed.is(token - 1, TokenKind.DOT) ? token - 2 : token;
    List<QuerySpan> arguments = arguments(token + 1);
    int last = arguments.isEmpty() ? token + 3 : arguments.getLast().last() + 1;
    QuerySpan call = new QuerySpan(first, last);
    if (lexed.is(last, "over") || lexed.is(last, "filter") || lexed.is(last, "within")) {
      throw new RefusedException(Refusal.UNFILLED_CALL, name);
    }
    if (name.equals(OWN) && arguments.isEmpty()) {
      return new Gap.ProcessId(call);
    }
    if (SIZES.contains(name) && arguments.size() == 1) { // with two it is one of the table's other files
      return new Gap.RelationSize(call, name, arguments.getFirst());
    }
    if (name.equals(DATABASE) && arguments.size() == 1) {
      return new Gap.DatabaseSize(call, arguments.getFirst());
    }
    if (SIGNALS.contains(name) && isAlone(call) && !arguments.isEmpty() && arguments.size() <= (name.equals("pg_cancel_backend") ? 1 : 2)) {
      return signal(call, name, arguments);
    }
    throw new RefusedException(Refusal.UNFILLED_CALL, name);
  }

  private Gap signal(QuerySpan call, String name, List<QuerySpan> arguments) {
    QuerySpan process = arguments.getFirst();
    boolean own = isCall(process.first()) || (lexed.is(process.first() + 1, TokenKind.DOT) && isCall(process.first() + 2));
    KeySource whom = own ? null : number(process);
    KeySource timeout = arguments.size() == 2 ? number(arguments.get(1)) : null;
    if ((!own && whom == null) || (arguments.size() == 2 && timeout == null)) {
      throw new RefusedException(Refusal.UNFILLED_CALL, name);
    }
    return new Gap.Signal(call, name, whom, timeout);
  }

  /// An integer, a parameter or NULL, perhaps with a cast to one.
  private @Nullable KeySource number(QuerySpan argument) {
    int token = argument.first();
    boolean cast = argument.last() == token + 3 && lexed.is(token + 1, TokenKind.CAST);
    if (argument.last() != token + 1 && !cast) {
      return null;
    }
    if (lexed.is(token, "null")) {
      return new KeySource.Null();
    }
    if (lexed.is(token, TokenKind.PARAMETER)) {
      return new KeySource.Parameter(lexed.parameterNumber(token), 0);
    }
    int literal = lexed.literalOf(token);
    return literal >= 0 && lexed.literalKind(literal) == LiteralKind.INT4 ? new KeySource.Literal(literal, false) : null;
  }

  /// Whether the statement is `SELECT call [[AS] name]`: the signal is sent once, and nothing keeps it from being sent.
  private boolean isAlone(QuerySpan call) {
    int behind = call.last();
    if (lexed.is(behind, "as")) {
      behind++;
    }
    boolean named = behind < lexed.size() && lexed.kind(behind).isName();
    return call.first() == 1 && lexed.is(0, "select") && (named ? behind + 1 : call.last()) == lexed.size();
  }

  /// The names of the functions that are called in FROM.
  static Set<String> callsInFrom(SqlNode statement) {
    Set<String> names = new HashSet<>();
    collect(statement, false, names);
    return names;
  }

  private static void collect(@Nullable SqlNode node, boolean inFrom, Set<String> names) {
    switch (node) {
      case null -> {}
      case PgFunctionCall call -> {
        if (inFrom) {
          names.add(call.name().names.getLast());
        }
        call.getOperandList().forEach(each -> collect(each, false, names));
      }
      case PgTableFunction function -> function.functions().forEach(each -> collect(each, true, names));
      case SqlNodeList list -> list.forEach(each -> collect(each, inFrom, names));
      case SqlCall call -> call.getOperandList().forEach(each -> collect(each, false, names));
      default -> {}
    }
  }

  /// The arguments of a call, as spans of tokens.
  private List<QuerySpan> arguments(int open) {
    List<QuerySpan> arguments = new ArrayList<>();
    int depth = 0;
    int from = open + 1;
    for (int token = open; token < lexed.size(); token++) {
      switch (lexed.kind(token)) {
        case OPEN, OPEN_BRACKET -> depth++;
        case CLOSE, CLOSE_BRACKET -> depth--;
        default -> {}
      }
      if (depth == 0 || (depth == 1 && lexed.is(token, TokenKind.COMMA))) {
        if (token > from) {
          arguments.add(new QuerySpan(from, token));
        }
        from = token + 1;
      }
      if (depth == 0) {
        break;
      }
    }
    return arguments;
  }

  /// Gaps inside of others are part of those: `pg_terminate_backend(pg_backend_pid())`. A size of what another size says makes no sense.
  private static List<Gap> outermost(List<Gap> gaps) {
    List<Gap> outer = new ArrayList<>();
    gaps.sort(Comparator.comparingInt(gap -> gap.call().first()));
    for (Gap gap : gaps) {
      if (!outer.isEmpty() && gap.call().first() < outer.getLast().call().last()) {
        if (!(outer.getLast() instanceof Gap.Signal)) {
          throw new RefusedException(Refusal.UNFILLED_CALL, gap.function());
        }
        continue;
      }
      outer.add(gap);
    }
    return outer;
  }
}
