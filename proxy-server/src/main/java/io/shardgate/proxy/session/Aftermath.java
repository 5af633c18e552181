package io.shardgate.proxy.session;

import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ReferenceLock;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.proxy.transaction.TransactionBlock;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Looks at what a statement left behind, on the connection it ran on, before that connection can go to anyone else: settings are read
/// back, pins set or lifted, the catalog loaded anew. Confined to its channel's event loop.
final class Aftermath {
  /// One row: whether there are temporary objects, session advisory locks, channels, held cursors; and the channels, each in hexadecimal UTF-8.
  private static final String PIN_PROBE =
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema())"
          + " OR EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace = pg_catalog.pg_my_temp_schema()),"
          + " EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()"
          + " AND granted AND NOT (objsubid = 2 AND classid = "
          + ReferenceLock.CLASS_ID
          + ")),"
          + " EXISTS (SELECT FROM pg_catalog.pg_listening_channels()),"
          + " EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable),"
          + " (SELECT pg_catalog.string_agg(pg_catalog.encode(pg_catalog.convert_to(c, 'UTF8'), 'hex'), ',') FROM pg_catalog.pg_listening_channels() c)";

  private final ClientSession session;
  private final TransactionBlock block;
  private final Set<Participant> probeAtEnd = new LinkedHashSet<>();

  Aftermath(ClientSession session) {
    this.session = session;
    this.block = session.block();
  }

  /// Deals with what a statement has done even if it failed: setval() is not undone.
  void evenIfFailed(Residue residue) {
    if (residue.sequences()) {
      session.services().executor().sequencesChanged(session.database());
    }
  }

  /// Deals with what a statement left on a participant.
  CompletableFuture<Void> of(Participant participant, Residue residue) {
    evenIfFailed(residue);
    if (residue.isNone() || participant.conversation().isLost() || block.isFailed()) {
      return CompletableFuture.completedFuture(null);
    }
    participant.conversation().state().mayHaveChanged();
    if (residue.taints()) {
      participant.conversation().server().taint();
    }
    if (residue.poisons()) {
      participant.poison();
    }
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    if (!residue.settings().isEmpty() || residue.resetAll()) {
      done = done.thenCompose(_ -> readBack(participant, residue));
    }
    // DROP of the last temporary table ends its pin.
    boolean mayUnpin = residue.catalog() && session.connections().isPinned(participant);
    if ((residue.pins() || mayUnpin) && block.isOpen()) {
      probeAtEnd.add(participant);
    }
    if (residue.pins() || (mayUnpin && !block.isOpen())) {
      done = done.thenCompose(_ -> probePins(participant));
    }
    if (residue.catalog()) {
      done = done.thenCompose(_ -> catalogChanged());
    }
    return done;
  }

  /// The same on one of the participants that a statement may have run on; the catalog is not looked at.
  ///
  /// @param before the settings' values before the statement
  CompletableFuture<Void> ofOneOfMany(Participant participant, Residue residue, Map<String, String> before) {
    if (!residue.pins() && !residue.taints() && !residue.poisons() && residue.settings().isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Residue own = residue.withoutCatalogAndSettings();
    CompletableFuture<Void> done = of(participant, own);
    if (residue.settings().isEmpty() || participant.conversation().isLost()) {
      return done;
    }
    return done.thenCompose(_ -> values(participant, residue.settings()))
        .thenCompose(
            values -> {
              List<String> changed =
                  residue.settings().stream().filter(name -> !Objects.equals(values.get(name), before.get(name))).toList();
              return changed.isEmpty()
                  ? CompletableFuture.completedFuture(null)
                  : readBack(participant, Residue.set(changed, residue.local()));
            });
  }

  /// The settings' values on a server; those that have none are left out.
  static CompletableFuture<Map<String, String>> values(Participant participant, List<String> names) {
    return participant.conversation().ask("SELECT " + currentSettings(names))
        .thenApply(
            answer -> {
              List<@Nullable String> row = answer.orThrow().rows().getFirst();
              Map<String, String> values = new HashMap<>();
              for (int i = 0; i < names.size(); i++) {
                String value = row.get(i);
                if (value != null) {
                  values.put(names.get(i), value);
                }
              }
              return values;
            });
  }

  private static String currentSettings(List<String> names) {
    return names.stream()
        .map(name -> "pg_catalog.current_setting(" + SettingsVector.literal(name) + ", true)")
        .collect(Collectors.joining(", "));
  }

  /// The client may still want to set the transaction's isolation level, which has to come before anything takes a snapshot.
  private static String shows(List<String> names) {
    return names.stream().map(name -> "SHOW " + SettingsVector.quotedName(name)).collect(Collectors.joining("; "));
  }

  private CompletableFuture<Void> readBack(Participant participant, Residue residue) {
    Conversation conversation = participant.conversation();
    session.connections().knowNames(residue.settings());
    if (residue.resetAll()) {
      conversation.state().applied(conversation.state().applied().resetTo(SettingsVector.EMPTY));
      return restoreStartup(participant, block.settings().resetTo(session.startup()));
    }
    if (residue.reset() && residue.local()) {
      return resetLocally(participant, residue.settings().getFirst());
    }
    if (residue.reset()) {
      String name = residue.settings().getFirst();
      SettingsVector without = block.settings().without(name);
      conversation.state().applied(without);
      String initial = session.startup().value(name);
      return restoreStartup(participant, initial == null ? without : without.with(name, initial, false));
    }
    boolean snapshot = !block.isOpen() || !residue.bySet();
    return conversation.ask(snapshot ? "SELECT " + currentSettings(residue.settings()) : shows(residue.settings()))
        .thenAccept(
            answer -> {
              List<List<@Nullable String>> rows = answer.orThrow().rows();
              List<@Nullable String> values = snapshot ? rows.getFirst() : rows.stream().map(List::getFirst).toList();
              SettingsVector next = block.settings();
              for (int i = 0; i < values.size(); i++) {
                String value = values.get(i);
                String name = residue.settings().get(i);
                if (Residue.endsWithTransaction(name)) {
                  continue;
                }
                if (name.equalsIgnoreCase("seed")) { // can't be read, and so not be set elsewhere
                  conversation.server().taint();
                  continue;
                }
                next = value == null ? next.without(name) : next.with(name, value, residue.local());
              }
              block.settings(next);
              conversation.state().applied(block.settings());
              session.connections().knowPlaceholders(next);
            });
  }

  /// SET LOCAL … TO DEFAULT.
  private CompletableFuture<Void> resetLocally(Participant participant, String name) {
    String initial = session.startup().value(name);
    if (initial == null) {
      return readBack(participant, Residue.set(List.of(name), true));
    }
    return block.isOpen()
        ? restoreStartup(participant, block.settings().with(name, initial, true))
        : CompletableFuture.completedFuture(null);
  }

  /// What the startup packet set is what RESET goes back to, and the server does not know it.
  private CompletableFuture<Void> restoreStartup(Participant participant, SettingsVector wanted) {
    Conversation conversation = participant.conversation();
    String difference = wanted.differenceFrom(conversation.state().applied());
    block.settings(wanted);
    conversation.state().applied(wanted);
    if (difference.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return conversation.askAloud(difference).thenAccept(io.shardgate.proxy.relay.Answer::orThrow);
  }

  private CompletableFuture<Void> probePins(Participant participant) {
    return participant.conversation().ask(PIN_PROBE)
        .thenCompose(
            answer -> {
              List<@Nullable String> row = answer.orThrow().rows().getFirst();
              pinned(participant, row);
              return participant.shard().equals(session.map().home())
                  ? session.hearing().listens(row.getLast(), !block.isOpen())
                  : CompletableFuture.completedFuture(null);
            });
  }

  private void pinned(Participant participant, List<@Nullable String> row) {
    boolean temporary = "t".equals(row.getFirst());
    if (row.contains("t")) {
      session.connections().pin(participant);
      if (temporary) {
        participant.conversation().server().taint();
        session.sessionView().catalogChanged();
      }
      return;
    }
    session.connections().unpin(participant);
    if (session.sessionView().hasOwn() && !block.isOpen() && session.connections().pinned().isEmpty()) {
      session.sessionView().forgetOwn();
    }
  }

  /// Inside a transaction nobody else sees the change, so this session looks through its own connection; outside, everybody's
  /// catalog is loaded anew before the client hears that its statement is done.
  private CompletableFuture<Void> catalogChanged() {
    if (block.isOpen()) {
      session.sessionView().catalogChanged();
      return CompletableFuture.completedFuture(null);
    }
    ownMayDiffer();
    session.services().executor().sequencesChanged(session.database());
    return session.sessionView().refresh();
  }

  /// What the session sees alone may be another than a moment ago.
  void ownMayDiffer() {
    if (session.sessionView().hasOwn()) {
      session.sessionView().catalogChanged();
    }
  }

  /// The transaction ended: its own view of the catalog goes, and what it committed is loaded.
  CompletableFuture<Void> transactionEnded(boolean committed) {
    if (probeAtEnd.isEmpty()) {
      return ownViewEnded(committed);
    }
    List<Participant> due = List.copyOf(probeAtEnd);
    probeAtEnd.clear();
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (Participant participant : due) {
      if (block.participants().contains(participant) && !participant.conversation().isLost()) {
        done = done.thenCompose(_ -> probePins(participant)); // LISTEN holds from the commit on; a rollback takes temporary tables back
      }
    }
    return done.thenCompose(_ -> ownViewEnded(committed));
  }

  private CompletableFuture<Void> ownViewEnded(boolean committed) {
    boolean hadOwn = session.sessionView().hasOwn();
    if (!hadOwn) {
      return CompletableFuture.completedFuture(null);
    }
    if (session.connections().pinned().isEmpty()) {
      session.sessionView().forgetOwn();
    } else {
      session.sessionView().catalogChanged();
    }
    return committed ? session.sessionView().refresh() : CompletableFuture.completedFuture(null);
  }
}
