package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.Plan;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A statement that the client prepared, by Parse or by PREPARE. Confined to its channel's event loop.
///
/// The server side is made where it is missing. `epoch` is the number of the client's Parse among all of the proxy's: a statement that a
/// server prepared before the client did is prepared again, because the tables may have changed in between.
final class ClientStatement {
  private final String name;
  private final byte[] sql;
  private final int[] parameterOids;
  private final @Nullable Lexed lexed;
  private final boolean settingsMatter;
  private @Nullable LiteralSettings readUnder;
  private Optional<TextSettings> textsReadUnder = Optional.empty();
  private @Nullable String readOn;
  private @Nullable Plan plan;
  private @Nullable Object plannedFor;
  private @Nullable StatementKey key;
  private long shape;
  private boolean described;
  private boolean parsed;
  private boolean gone;
  private boolean skipped;
  private @Nullable ClientStatement before;
  private int @Nullable [] knownOids;
  private byte @Nullable [] rowDescription;

  /// @param parameterOids as the client said them, the home shard's numbers; 0 for unknown
  /// @param lexed null when the text holds no statement or several
  ClientStatement(String name, byte[] sql, int[] parameterOids, @Nullable Lexed lexed) {
    this.name = name;
    this.sql = sql;
    this.parameterOids = parameterOids;
    this.lexed = lexed;
    this.settingsMatter = LiteralSettings.matterTo(sql, lexed);
  }

  /// The same statement, of which PostgreSQL has said nothing yet.
  ClientStatement unknownCopy() {
    return new ClientStatement(name, sql, parameterOids, lexed);
  }

  String name() {
    return name;
  }

  /// Whether its columns are those of whatever cursor has the name now.
  boolean isFetch() {
    Lexed one = lexed;
    return one != null && one.is(0, "fetch");
  }

  boolean isNamed() {
    return !name.isEmpty();
  }

  byte[] sql() {
    return sql;
  }

  int[] parameterOids() {
    return parameterOids;
  }

  @Nullable Lexed lexed() {
    return lexed;
  }

  /// The plan, if it was made for that view.
  @SuppressWarnings("ReferenceEquality") // a view is immutable and replaced whole
  @Nullable Plan planFor(Object view) {
    return plannedFor == view ? plan : null;
  }

  void plan(Plan made, Object view) {
    plan = made;
    plannedFor = view;
  }

  /// Whether some server took the Parse, so that the client was or will be told ParseComplete.
  boolean isParsed() {
    return parsed;
  }

  void parsed() {
    parsed = true;
    before = null;
  }

  /// PostgreSQL read it and found a fault, or has closed it: it does not come back, nor does what was before it.
  void gone() {
    gone = true;
    before = null;
  }

  /// PostgreSQL passed it over, being behind an error.
  void skipped() {
    skipped = true;
  }

  /// What has its name behind an error: this one, or if it was never read the last before it that was, unless that is gone.
  @Nullable ClientStatement lastRead() {
    ClientStatement last = this;
    while (last != null && last.skipped) {
      last = last.before;
    }
    return last == null || last.gone ? null : last;
  }

  /// What it takes the place of, which comes back if this one turns out never to have been read.
  void before(@Nullable ClientStatement statement) {
    before = statement;
  }

  /// Whether settings decide how its literals are read.
  boolean settingsMatter() {
    return settingsMatter;
  }

  /// A server is about to read it for the first time: its literals keep the meaning that they have now.
  ///
  /// @param texts what is certain of the settings that dates and times are read under
  void read(LiteralSettings settings, Supplier<Optional<TextSettings>> texts) {
    if (readUnder == null) {
      readUnder = settingsMatter ? settings : LiteralSettings.NONE;
      textsReadUnder = settingsMatter ? texts.get() : Optional.empty();
      key = null;
    }
  }

  /// Whether its literals were certainly read under these settings.
  boolean readsTextsUnder(Optional<TextSettings> settings) {
    return settings.isPresent() && settings.equals(textsReadUnder);
  }

  /// Whether a server that reads it under these settings takes its literals for what they were when the client prepared it.
  boolean means(LiteralSettings settings) {
    LiteralSettings then = readUnder;
    return !settingsMatter || then == null || then.equals(settings);
  }

  /// With another search path PostgreSQL reads a statement anew. This one was read, under the client's own settings, with that path.
  void readOn(String searchPath) {
    readOn = searchPath;
  }

  /// Whether PostgreSQL would leave it as it is.
  boolean isReadOn(String searchPath) {
    return searchPath.equals(readOn);
  }

  /// By what server connections know it, under that search path.
  StatementKey key(String searchPath) {
    StatementKey known = key;
    if (known == null || !known.isOf(searchPath, shape)) {
      known = new StatementKey(sql, parameterOids, searchPath, readUnder == null ? LiteralSettings.NONE : readUnder, shape);
      key = known;
    }
    return known;
  }

  /// How many parameters a Bind has to give: those that PostgreSQL told, or as many as it will find.
  int parameterCount() {
    int[] known = knownOids;
    Lexed one = lexed;
    int own = one == null || one.is(0, "prepare") ? 0 : one.parameterCount(); // those of PREPARE are its body's
    return known != null ? known.length : Math.max(parameterOids.length, own);
  }

  /// The type that PostgreSQL gave a parameter (0-based), or what the client said; 0 when nobody said.
  int parameterOid(int i) {
    int[] known = knownOids;
    if (known != null && i < known.length) {
      return known[i];
    }
    return i < parameterOids.length ? parameterOids[i] : 0;
  }

  /// The parameters' types as PostgreSQL gave them, or what the client said.
  int[] typeOids() {
    int[] known = knownOids;
    return known != null ? known : parameterOids;
  }

  int @Nullable [] knownOids() {
    return knownOids;
  }

  void knownOids(int[] oids) {
    knownOids = oids;
  }

  /// Whether PostgreSQL described it: [#shape] holds.
  boolean isDescribed() {
    return described;
  }

  /// Fails, in PostgreSQL's words, where its rows have other columns by now than the client was told.
  ///
  /// @param columns a RowDescription in the home shard's numbers; borrowed
  void requireSameShape(ByteBuf columns) {
    int[] parameters = knownOids;
    if (parameters != null && rowDescription != null && shape(RowRelay.shape(columns), parameters) != shape) {
      throw new ServerErrorException(SqlState.FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
    }
  }

  /// A hash of its result columns, names and types, and of its parameters' types; in the home shard's numbers.
  long shape() {
    return shape;
  }

  /// The body of the RowDescription (behind its header) in the home shard's numbers, null when it returns no rows.
  byte @Nullable [] rowDescription() {
    return rowDescription;
  }

  /// Takes over what PostgreSQL said of the same text.
  void describedAs(ClientStatement probe) {
    knownOids = probe.knownOids;
    described(probe.shape, probe.rowDescription);
  }

  /// @param columns see [RowRelay#shape]
  void described(int[] parameters, long columns, byte @Nullable [] row) {
    knownOids = parameters;
    described(shape(columns, parameters), row);
  }

  private static long shape(long columns, int[] parameters) {
    long hash = columns;
    for (int parameter : parameters) {
      hash = hash * 1_000_003 + parameter;
    }
    return hash;
  }

  private void described(long newShape, byte @Nullable [] row) {
    shape = newShape;
    rowDescription = row;
    described = true;
  }
}
