package io.shardgate.router.analyze;

import io.shardgate.directory.KeyValue;
import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Function;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.TokenKind;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Effects.SessionEffect;
import io.shardgate.router.plan.Effects.SettingChange;
import io.shardgate.router.plan.KeySource;
import io.shardgate.router.plan.Plan.QuerySpan;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a query or data change may leave behind, told by its tokens: every word that could be a call counts as one. So it
/// holds for text that no grammar reads, too.
/// Not thread-safe; owned by the planning of one statement.
public final class StatementEffects {
  private static final Set<String> WRITE_WORDS = Set.of("insert", "update", "delete", "merge", "into", "share", "call", "truncate");

  private final Lexed lexed;
  private final Reach reach;
  private final RoutingView view;
  private final EnumSet<SessionEffect> session = EnumSet.noneOf(SessionEffect.class);
  private final List<SettingChange> settings = new ArrayList<>();
  private final Set<String> reaching = new HashSet<>();
  private final Set<String> homeFunctions = new HashSet<>();
  private final Set<String> differing = new HashSet<>();
  private final Set<String> localFunctions = new HashSet<>();
  private final Set<String> asksProxy = new LinkedHashSet<>();
  private boolean writes;
  private boolean volatileFunctions;
  private boolean into;
  private boolean selectsInto;
  private boolean temporary;

  private StatementEffects(Lexed lexed, Reach reach, RoutingView view) {
    this.lexed = lexed;
    this.reach = reach;
    this.view = view;
  }

  static StatementEffects of(Lexed lexed, Reach reach, RoutingView view) {
    StatementEffects effects = new StatementEffects(lexed, reach, view);
    for (int token = 0; token < lexed.size(); token++) {
      if (lexed.kind(token).isName()) {
        effects.see(token);
      }
    }
    return effects;
  }

  private void see(int token) {
    String name = lexed.identifier(token);
    if (reach.isReaching(name)) {
      reaching.add(name);
    }
    if (lexed.kind(token) == TokenKind.WORD) {
      seeWord(name, token);
    }
    int behind = lexed.is(token + 1, "uescape") ? token + 3 : token + 1;
    if (lexed.is(behind, TokenKind.OPEN) && !isBefore(token, "tablesample")) {
      seeCall(name, behind);
    } else if (token > 0 && lexed.is(token - 1, TokenKind.DOT)) {
      seeAttribute(name);
    }
    seeViews(name);
  }

  private boolean isBefore(int token, String word) {
    return token > 0 && lexed.is(token - 1, word);
  }

  private void seeWord(String word, int token) {
    writes |= isWriteWord(word, token);
    into |= word.equals("into");
    selectsInto |= word.equals("into") && !isBefore(token, "insert") && !isBefore(token, "merge");
    temporary |= word.equals("temp") || word.equals("temporary") || word.equals("pg_temp");
    if (BuiltinFunctions.isKeywordCall(word)) {
      differing.add(word);
    }
  }

  /// SHARE locks behind FOR or KEY only; elsewhere it is a name.
  private boolean isWriteWord(String word, int token) {
    return WRITE_WORDS.contains(word) && (!word.equals("share") || isBefore(token, "for") || isBefore(token, "key"));
  }

  /// A view may hide calls; its definition counts as if it stood here.
  private void seeViews(String name) {
    for (String word : reach.viewWords(name)) {
      seeFunction(word, true);
    }
  }

  private void seeCall(String name, int open) {
    seeFunction(name, false);
    if (name.equals("set_config")) {
      settings.add(settingChange(open));
    }
  }

  /// `t.f` is a column, or the call `f(t)`: only the tree tells whether it reads other shards.
  private void seeAttribute(String name) {
    List<Function> users = view.catalog().functions(name);
    seeUsers(name, users);
    if (!users.isEmpty() && (reach.isVouchedFor(name) || reach.callsHome(name))) {
      reaching.add(name);
    }
  }

  private void seeUsers(String name, List<Function> users) {
    if (users.isEmpty()) {
      return;
    }
    volatileFunctions |= users.stream().anyMatch(function -> function.volatility() == 'v');
    if (users.stream().anyMatch(function -> function.volatility() != 'i')) {
      differing.add(name);
    }
    if (reach.leavesTraces(name)) {
      session.add(SessionEffect.UNKNOWN_FUNCTION);
    }
    settings.addAll(reach.settings().of(name));
    if (reach.setsSequences(name)) {
      session.add(SessionEffect.SEQUENCE_SET);
    }
  }

  private void seeFunction(String name, boolean onlyIfVolatile) {
    List<Function> users = view.catalog().functions(name);
    seeUsers(name, users);
    if (Gaps.isOne(name) && users.isEmpty()) {
      asksProxy.add(name);
    }
    if (reach.isVouchedFor(name)) {
      localFunctions.add(name);
      reaching.add(name);
    }
    if (BuiltinFunctions.differsBetweenShards(name) && !(onlyIfVolatile && !BuiltinFunctions.isVolatile(name))) {
      differing.add(name);
    }
    volatileFunctions |= BuiltinFunctions.mayWrite(name);
    if (BuiltinFunctions.belongsHome(name) || (!users.isEmpty() && reach.callsHome(name))) {
      homeFunctions.add(name);
    }
    seeSessionFunction(name);
  }

  private void seeSessionFunction(String name) {
    switch (name) {
      case "pg_advisory_lock", "pg_advisory_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared" ->
          session.add(SessionEffect.ADVISORY_LOCK);
      case "pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all" -> session.add(SessionEffect.ADVISORY_UNLOCK);
      case "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared", "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared" ->
          session.add(SessionEffect.TRANSACTION_ADVISORY_LOCK);
      case "nextval" -> session.add(SessionEffect.SEQUENCE_USE);
      case "setval" -> {
        session.add(SessionEffect.SEQUENCE_USE);
        session.add(SessionEffect.SEQUENCE_SET);
      }
      case "currval", "lastval" -> session.add(SessionEffect.SEQUENCE_STATE);
      case "pg_notify" -> session.add(SessionEffect.NOTIFY);
      case "pg_export_snapshot" -> session.add(SessionEffect.EXPORTED_SNAPSHOT);
      case "pg_replication_origin_session_setup", "lo_open", "setseed", "dblink_connect", "dblink_connect_u" ->
          session.add(SessionEffect.UNRESETTABLE);
      default -> {}
    }
  }

  /// Reads `( name , value , local )` of a set_config.
  private SettingChange settingChange(int open) {
    List<int[]> arguments = new ArrayList<>();
    int depth = 0;
    int from = open + 1;
    for (int token = open; token < lexed.size(); token++) {
      TokenKind kind = lexed.kind(token);
      if (kind == TokenKind.OPEN || kind == TokenKind.OPEN_BRACKET) {
        depth++;
      } else if (kind == TokenKind.CLOSE || kind == TokenKind.CLOSE_BRACKET) {
        depth--;
      }
      if (depth == 0 || (depth == 1 && kind == TokenKind.COMMA)) {
        arguments.add(new int[] {from, token});
        from = token + 1;
      }
      if (depth == 0) {
        break;
      }
    }
    if (arguments.size() != 3) {
      return new SettingChange(null, null, false);
    }
    int[] last = arguments.get(2);
    boolean local = lexed.is(last[0], "true");
    if (last[1] != last[0] + 1 || !(local || lexed.is(last[0], "false"))) {
      return new SettingChange(null, null, false);
    }
    int[] first = arguments.getFirst();
    boolean ofColumn = first[1] == first[0] + 1 && lexed.is(first[0], "name");
    KeySource name = ofColumn ? namedInPgSettings(last[1] + 1) : source(first);
    return new SettingChange(name, source(arguments.get(1)), local);
  }

  /// The name that `SELECT set_config(name, …) FROM pg_settings WHERE name = '…'` fixes behind the call: so a client sets what not every version of
  /// the server has. Whatever relation of that name is meant, only rows with this name are left.
  private @Nullable KeySource namedInPgSettings(int behind) {
    boolean qualified = lexed.is(behind + 1, "pg_catalog") && lexed.is(behind + 2, TokenKind.DOT);
    int table = qualified ? behind + 3 : behind + 1;
    boolean fixed =
        lexed.is(behind, "from") && lexed.is(table, "pg_settings") && lexed.is(table + 1, "where") && lexed.is(table + 2, "name")
            && lexed.isOperator(table + 3, "=") && lexed.size() == table + 5;
    return fixed ? source(new int[] {table + 4, table + 5}) : null;
  }

  private @Nullable KeySource source(int[] argument) {
    int token = argument[0];
    boolean alone = argument[1] == token + 1 || lexed.is(token + 1, TokenKind.CAST);
    if (!alone) {
      return null;
    }
    if (lexed.is(token, TokenKind.PARAMETER)) {
      return new KeySource.Parameter(lexed.parameterNumber(token), 0);
    }
    int literal = lexed.literalOf(token);
    if (literal >= 0) {
      return new KeySource.Literal(literal, false);
    }
    // The lexer keeps names of objects in the statement's shape.
    boolean constant = lexed.is(token, TokenKind.STRING) || lexed.is(token, TokenKind.ESCAPE_STRING);
    return constant ? new KeySource.Constant(KeyValue.OfText.of(lexed.stringValue(token))) : null;
  }

  /// The identifiers through which something sharded, or code that can't be told, may be reached. None: it can't.
  Set<String> reaching() {
    return reaching;
  }

  /// The calls that mean something of the home shard.
  Set<String> homeFunctions() {
    return homeFunctions;
  }

  /// The calls of functions that reach sharded rows and that the topology declares local.
  Set<String> localFunctions() {
    return localFunctions;
  }

  /// The calls, also of views, whose value the proxy knows.
  Set<String> asksProxy() {
    return asksProxy;
  }

  /// The calls whose value could differ from shard to shard.
  Set<String> differing() {
    return differing;
  }

  Effects effects() {
    if (into && temporary) {
      session.add(SessionEffect.TEMP_OBJECT);
    }
    return new Effects(writes || volatileFunctions, selectsInto, volatileFunctions, session, settings);
  }

  /// Whether it is proven to do nothing but read, and lock rows by that clause.
  boolean onlyLocks(QuerySpan clause) {
    boolean elsewhere = false;
    for (int token = 0; token < clause.first(); token++) {
      elsewhere |= lexed.kind(token) == TokenKind.WORD && isWriteWord(lexed.identifier(token), token);
    }
    return !elsewhere && !volatileFunctions;
  }

  /// Whether it is proven to read only.
  boolean reads() {
    return !writes && !volatileFunctions;
  }
}
