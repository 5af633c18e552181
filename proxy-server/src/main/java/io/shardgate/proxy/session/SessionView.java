package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.directory.ShardId;
import io.shardgate.directory.ShardMap;
import io.shardgate.proxy.catalog.CatalogSnapshot;
import io.shardgate.proxy.catalog.CatalogSource;
import io.shardgate.proxy.oid.OidMap;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.RoutingView;
import io.shardgate.router.catalog.Catalog;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What this session's statements are planned against: the database's catalog, or its own where its transaction changed the catalog or it
/// has temporary tables; the shard map; the settings that names and literals depend on.
/// Confined to its channel's event loop.
final class SessionView {
  private final ClientSession session;
  private final SessionServices services;
  private String defaultSearchPath = "\"$user\", public";
  private boolean defaultConforming = true;
  private @Nullable CatalogSnapshot own;

  /// The database's catalog when `own` was loaded: another one by now means that somebody changed what `own` shows.
  private @Nullable CatalogSnapshot ownBeside;
  private boolean stale;
  private @Nullable RoutingView routing;
  private @Nullable CatalogSnapshot madeFrom;
  private @Nullable ShardMap madeFromMap;
  private @Nullable SettingsVector madeFromSettings;
  private @Nullable LiteralSettings literals;
  private @Nullable SettingsVector literalsFrom;
  private boolean usualAbbreviations;
  private boolean nullEquals;
  private LexicalRules rules = new LexicalRules(true, java.nio.charset.StandardCharsets.UTF_8);

  SessionView(ClientSession session, SessionServices services) {
    this.session = session;
    this.services = services;
  }

  /// What the role's own settings say, as the login found them.
  void defaults(String searchPath, boolean standardConformingStrings) {
    defaultSearchPath = searchPath;
    defaultConforming = standardConformingStrings;
    routing = null;
  }

  /// A statement changed the catalog: the next one is planned against what this session's own connection sees.
  void catalogChanged() {
    stale = true;
    services.executor().sequencesChanged(session.database());
  }

  /// The transaction ended, or the last temporary table is gone: the database's catalog is right again.
  void forgetOwn() {
    own = null;
    ownBeside = null;
    stale = false;
    routing = null;
  }

  boolean hasOwn() {
    return own != null || stale;
  }

  /// Has the database's catalog loaded again, in the background: a server knew something that it does not.
  void lookAgain() {
    services.catalogs().refresh(session.database());
  }

  /// Loads the database's catalog again; completes on the session's event loop.
  CompletableFuture<Void> refresh() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    services.catalogs().refresh(session.database())
        .whenComplete(
            (_, failure) ->
                session.eventLoop().execute(
                    () -> {
                      if (failure != null) {
                        done.completeExceptionally(failure);
                      } else {
                        done.complete(null);
                      }
                    }));
    return done;
  }

  /// An error came from a server; some say that the catalog is older than the server.
  void errorCame(ByteBuf frame) {
    switch (Relays.sqlState(frame)) {
      case "42P01", "42703", "42883", "0A000" -> lookAgain();
      default -> {}
    }
  }

  OidMap oids() {
    CatalogSnapshot mine = own;
    return mine != null ? mine.oids() : snapshot().oids();
  }

  private CatalogSnapshot snapshot() {
    return services.catalogs().current(session.database())
        .orElseThrow(() -> new IllegalStateException("no catalog of database " + session.database()));
  }

  /// How statements are read.
  LexicalRules lexicalRules() {
    routing();
    return rules;
  }

  @SuppressWarnings("ReferenceEquality") // each is immutable and replaced whole
  RoutingView routing() {
    CatalogSnapshot snapshot = snapshot();
    ShardMap map = services.map().get();
    SettingsVector settings = session.block().settings();
    RoutingView known = routing;
    if (known != null && madeFrom == snapshot && madeFromMap == map && madeFromSettings == settings) {
      return known;
    }
    madeFrom = snapshot;
    madeFromMap = map;
    madeFromSettings = settings;
    CatalogSnapshot mine = own;
    Catalog catalog = mine != null ? mine.catalog() : snapshot.catalog();
    String conforming = settings.value("standard_conforming_strings");
    boolean standard = conforming == null ? defaultConforming : conforming.equals("on");
    nullEquals = "on".equals(settings.value("transform_null_equals")); // as a server prints it
    String user = currentUser(settings);
    RoutingView made =
        new RoutingView(catalog, map, searchPath(settings, user, catalog), standard, session.output().charset(), user);
    if (!made.equals(known)) {
      routing = made;
    }
    rules = new LexicalRules(standard, session.output().charset());
    return Objects.requireNonNull(routing);
  }

  private String currentUser(SettingsVector settings) {
    String role = settings.value("role");
    if (role != null && !role.equals("none")) {
      return role;
    }
    String authorization = settings.value("session_authorization");
    return authorization != null ? authorization : session.key().role();
  }

  /// Schemas that do not exist are passed over, as PostgreSQL does: a new table goes to the first that exists. `pg_temp` is whatever it
  /// will be.
  private List<String> searchPath(SettingsVector settings, String user, Catalog catalog) {
    String set = settings.value("search_path");
    List<String> path = new ArrayList<>();
    for (String name : splitIdentifiers(set == null ? defaultSearchPath : set)) {
      String schema = name.equals("$user") ? user : name;
      if (catalog.hasSchema(schema) || schema.equals("pg_temp")) {
        path.add(schema);
      }
    }
    return path;
  }

  /// Reads a list of identifiers as PostgreSQL's SplitIdentifierString does.
  static List<String> splitIdentifiers(String list) {
    List<String> names = new ArrayList<>();
    StringBuilder name = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (quoted) {
        if (c == '"' && i + 1 < list.length() && list.charAt(i + 1) == '"') {
          name.append('"');
          i++;
        } else if (c == '"') {
          quoted = false;
        } else {
          name.append(c);
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',') {
        names.add(name.toString());
        name.setLength(0);
      } else if (!Character.isWhitespace(c)) {
        name.append(Character.toLowerCase(c));
      }
    }
    names.add(name.toString());
    names.removeIf(String::isEmpty);
    return names;
  }

  /// The search path as the setting has it, which prepared statements depend on.
  String searchPathText() {
    String set = session.block().settings().value("search_path");
    return set == null ? defaultSearchPath : set;
  }

  /// The shards were asked: zone abbreviations that nobody set are the usual ones.
  void abbreviationsAreUsual() {
    usualAbbreviations = true;
  }

  boolean hasUsualAbbreviations() {
    return usualAbbreviations;
  }

  /// The settings that literals are read under. Hot path: made once for each vector of settings.
  @SuppressWarnings("ReferenceEquality") // a vector is immutable
  LiteralSettings literalSettings() {
    SettingsVector settings = session.block().settings();
    LiteralSettings known = literals;
    if (known == null || literalsFrom != settings) {
      known = LiteralSettings.of(settings, session.output(), usualAbbreviations);
      literals = known;
      literalsFrom = settings;
    }
    return known;
  }

  /// Plans a statement; loads the session's own catalog before, where it changed, and the database's once when a name is unknown.
  CompletableFuture<Plan> plan(Lexed lexed) {
    if (isStale() && !session.block().isFailed()) {
      return loadOwn().thenApply(_ -> planNow(lexed));
    }
    Plan plan;
    try {
      plan = planNow(lexed);
    } catch (ServerErrorException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    if (wantsAnotherLook(plan)) {
      return refresh().handle((_, _) -> planNow(lexed));
    }
    return CompletableFuture.completedFuture(plan);
  }

  /// Whether a name in the statement is unknown, and the catalog may be older than it.
  boolean wantsAnotherLook(Plan plan) {
    return plan instanceof Plan.Forward forward && forward.unknownRelation() && own == null;
  }

  /// Plans without looking anything up; right where nothing was changed since the last look.
  Plan planNow(Lexed lexed) {
    Plan plan = services.router().plan(lexed, routing());
    if (nullEquals && !(plan instanceof Plan.Local)) {
      throw ProxyRefusal.NULL_EQUALS.error();
    }
    return plan;
  }

  @SuppressWarnings("ReferenceEquality") // a snapshot is replaced whole
  boolean isStale() {
    return stale || (own != null && ownBeside != snapshot());
  }

  private CompletableFuture<Void> loadOwn() {
    Participant home = session.block().participant(session.map().home());
    CatalogSnapshot beside = snapshot();
    if (home == null) {
      forgetOwn(); // nothing of this session's own can be anywhere else
      return CompletableFuture.completedFuture(null);
    }
    Map<ShardId, CatalogSource> others = new HashMap<>();
    for (Participant participant : session.block().participants()) {
      if (participant != home && participant.conversation().inBlock()) {
        others.put(participant.shard(), source(participant));
      }
    }
    CompletionStage<CatalogSnapshot> loaded = services.catalogs().loadOwn(source(home), others, beside);
    return loaded.thenAccept(
        catalog -> {
          own = catalog;
          ownBeside = beside;
          stale = false;
          routing = null;
        }).toCompletableFuture();
  }

  private static CatalogSource source(Participant participant) {
    return sql -> participant.conversation().ask(sql).thenApply(answer -> answer.orThrow().rows());
  }
}
