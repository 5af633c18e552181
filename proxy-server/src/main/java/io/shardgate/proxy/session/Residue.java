package io.shardgate.proxy.session;

import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Effects.SessionEffect;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What a statement that succeeded may have left behind in its session, to be looked at before the client goes on. Immutable.
///
/// @param settings names of settings whose values have to be read back
/// @param local whether these end with the transaction
/// @param reset whether these went back to their defaults
/// @param resetAll whether all settings did
/// @param pins whether temporary objects, advisory locks, channels or held cursors may have come or gone
/// @param catalog whether the catalog may have changed
/// @param taints whether the connection must be reset before anybody else gets it
/// @param sequences whether a sequence may count from elsewhere; true even if the statement failed
/// @param poisons whether PREPARE TRANSACTION would refuse this participant
/// @param bySet whether it was a statement like SET, which takes no snapshot
record Residue(
    List<String> settings,
    boolean local,
    boolean reset,
    boolean resetAll,
    boolean pins,
    boolean catalog,
    boolean taints,
    boolean sequences,
    boolean poisons,
    boolean bySet) {
  static final Residue NONE = new Residue(List.of(), false, false, false, false, false, false, false, false, false);

  private static final Set<SessionEffect> PINNING =
      Set.of(
          SessionEffect.TEMP_OBJECT, SessionEffect.ADVISORY_LOCK, SessionEffect.ADVISORY_UNLOCK, SessionEffect.LISTEN,
          SessionEffect.UNLISTEN, SessionEffect.HOLD_CURSOR, SessionEffect.SEQUENCE_STATE);

  private static final Set<SessionEffect> POISONING =
      Set.of(
          SessionEffect.TEMP_OBJECT, SessionEffect.LISTEN, SessionEffect.UNLISTEN, SessionEffect.NOTIFY,
          SessionEffect.HOLD_CURSOR, SessionEffect.EXPORTED_SNAPSHOT, SessionEffect.ADVISORY_LOCK, SessionEffect.UNKNOWN_FUNCTION);

  /// What the router found in a statement.
  ///
  /// @param settings the names of its `set_config` calls
  static Residue of(Effects effects, List<String> settings, boolean local) {
    if (effects.session().isEmpty() && !effects.changesCatalog() && settings.isEmpty()) {
      return NONE;
    }
    boolean pins = effects.session().stream().anyMatch(PINNING::contains);
    boolean unknown = effects.session().contains(SessionEffect.UNKNOWN_FUNCTION);
    boolean taints = unknown || effects.session().contains(SessionEffect.UNRESETTABLE);
    boolean sequences = effects.session().contains(SessionEffect.SEQUENCE_SET);
    boolean poisons = effects.session().stream().anyMatch(POISONING::contains);
    return new Residue(settings, local, false, false, pins || unknown, effects.changesCatalog(), taints, sequences, poisons, false);
  }

  static Residue set(List<String> names, boolean local) {
    return new Residue(names, local, false, false, false, false, false, false, false, true);
  }

  static Residue resetOf(String name, boolean local) {
    return new Residue(List.of(name), local, true, false, false, false, false, false, false, true);
  }

  /// Whether a setting is one of the current transaction, and no other's.
  static boolean endsWithTransaction(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "transaction_isolation", "transaction_read_only", "transaction_deferrable" -> true;
      default -> false;
    };
  }

  static Residue resetOfAll() {
    return new Residue(List.of(), false, false, true, false, false, false, false, false, true);
  }

  static Residue pinning() {
    return new Residue(List.of(), false, false, false, true, false, false, false, true, false);
  }

  /// What is left to be looked at on each of several participants.
  Residue withoutCatalogAndSettings() {
    return new Residue(List.of(), false, false, false, pins, false, taints, sequences, poisons, false);
  }

  boolean isNone() {
    return equals(NONE);
  }
}
