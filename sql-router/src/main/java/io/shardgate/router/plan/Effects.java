package io.shardgate.router.plan;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a statement may do beside answering.
///
/// @param writes false only when it is proven to read: a transaction of proven reads needs no two-phase commit
/// @param changesCatalog whether the catalog may be another afterwards
/// @param volatileFunctions whether it calls a function that may write or give another value each time
/// @param session what it may leave behind in its session
/// @param settings calls of `set_config` found in it
public record Effects(
    boolean writes,
    boolean changesCatalog,
    boolean volatileFunctions,
    Set<SessionEffect> session,
    List<SettingChange> settings) {

  /// A proven read.
  public static final Effects READ = new Effects(false, false, false, Set.of(), List.of());

  /// A write of rows without anything else.
  public static final Effects WRITE = new Effects(true, false, false, Set.of(), List.of());

  /// DDL.
  public static final Effects CATALOG = new Effects(true, true, false, Set.of(), List.of());

  public Effects {
    session = session.isEmpty() ? Set.of() : Set.copyOf(session);
    settings = List.copyOf(settings);
  }

  /// These and that effect.
  public Effects with(SessionEffect effect) {
    EnumSet<SessionEffect> more = EnumSet.of(effect);
    more.addAll(session);
    return new Effects(writes, changesCatalog, volatileFunctions, more, settings);
  }

  /// These, and whether rows are written.
  public Effects writing(boolean value) {
    return new Effects(value, changesCatalog, volatileFunctions, session, settings);
  }

  /// What outlives a statement on the server connection it ran on.
  public enum SessionEffect {
    /// A temporary table, view, sequence or function may exist afterwards.
    TEMP_OBJECT,
    /// A session-level advisory lock may be held afterwards.
    ADVISORY_LOCK,
    /// Session-level advisory locks were given back, one or all: the pin may end.
    ADVISORY_UNLOCK,
    /// A channel is listened to.
    LISTEN,
    /// UNLISTEN was said.
    UNLISTEN,
    /// NOTIFY: harmless for the session, but a prepared transaction can't carry it.
    NOTIFY,
    /// A cursor declared WITH HOLD outlives its transaction.
    HOLD_CURSOR,
    /// A cursor that lives as long as its transaction.
    CURSOR,
    /// LOAD, or anything else that only closing the connection undoes.
    UNRESETTABLE,
    /// A function ran whose body is not known to leave nothing: reset the connection before another client gets it.
    UNKNOWN_FUNCTION,
    /// `currval` or `lastval`: the answer depends on an earlier `nextval` of the same session.
    SEQUENCE_STATE,
    /// `nextval` or `setval` outside of a sharded INSERT.
    SEQUENCE_USE,
    /// A sequence may count from elsewhere afterwards: `setval`, or a function that names it or RESTART.
    SEQUENCE_SET,
    /// `pg_export_snapshot`: a prepared transaction can't carry it.
    EXPORTED_SNAPSHOT,
    /// A transaction-level advisory lock.
    TRANSACTION_ADVISORY_LOCK
  }

  /// A call `set_config(name, value, is_local)`.
  ///
  /// @param name where the setting's name is; null when it is neither literal nor parameter, or `is_local` neither true nor false
  /// @param value null when it is neither literal nor parameter: the answer's column says it
  /// @param local whether it ends with the transaction
  public record SettingChange(
      @Nullable KeySource name,
      @Nullable KeySource value,
      boolean local) {}
}
