package io.shardgate.proxy.execute;

import io.shardgate.directory.Group;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.UnreadText;
import io.shardgate.router.plan.RowDestination;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What fields of a stream of new rows mean as shard keys, where only the shards can tell: a text is asked for once, and all that wait at one
/// time are asked for together. Confined to its channel's event loop.
///
/// The settings are those with which the stream begins: nothing but its rows comes from the client before it ends.
final class FieldTexts {
  /// Characters of texts that are remembered; the oldest ones are forgotten.
  private static final int KNOWN_CHARS_MAX = 1 << 20;

  private static final int ENTRY_CHARS = 100;

  /// Texts of one question.
  private static final int ASKED_MAX = 1_000;

  private final TextReadings readings;
  private final ExecutionPort port;
  private final Optional<TextSettings> settings;
  private final Set<ShardId> shards;
  private final LinkedHashMap<UnreadText, Optional<KeyValue>> known = new LinkedHashMap<>();
  private final LinkedHashMap<UnreadText, CompletableFuture<Optional<KeyValue>>> waiting = new LinkedHashMap<>();
  private @Nullable String abbreviations;
  private int knownChars;
  private boolean asking;

  private FieldTexts(TextReadings readings, ExecutionPort port, Optional<TextSettings> settings, Set<ShardId> shards) {
    this.readings = readings;
    this.port = port;
    this.settings = settings;
    this.shards = shards;
  }

  static FieldTexts of(RowDestination destination, TextReadings readings, ExecutionPort port) {
    return destination instanceof RowDestination.ByKey(Group group, var _, var _, var _, var _)
        ? new FieldTexts(readings, port, port.textSettings(), Set.copyOf(port.view().map().keySpace(group).owners()))
        : new FieldTexts(readings, port, Optional.empty(), Set.of());
  }

  /// Asks the servers that take the rows what words are zones to them: no server reports it. What follows is read under that.
  CompletableFuture<Void> learnAbbreviations() {
    List<CompletableFuture<Answer>> asked = new ArrayList<>();
    for (Participant participant : port.block().participants()) {
      asked.add(participant.conversation().ask("SELECT pg_catalog.current_setting('timezone_abbreviations')"));
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .thenAccept(
            _ -> {
              Set<String> said = new HashSet<>();
              asked.forEach(answer -> said.add(String.valueOf(answer.resultNow().orThrow().rows().getFirst().getFirst())));
              if (said.size() == 1) {
                abbreviations = said.iterator().next();
              }
            });
  }

  /// Whether it is any use to ask for a text.
  boolean canAsk(UnreadText text) {
    return settings.isPresent() && text.isLasting() && (abbreviations != null || settings.get().abbreviations() != null || !text.mayNameZone());
  }

  /// What is known already; empty for a text of which nobody can tell.
  Map<UnreadText, Optional<KeyValue>> known() {
    return Collections.unmodifiableMap(known);
  }

  /// What a text means; empty where that is not certain. Completes on the loop, never fails.
  CompletableFuture<Optional<KeyValue>> meaning(UnreadText text) {
    Optional<KeyValue> told = known.get(text);
    if (told != null) {
      return CompletableFuture.completedFuture(told);
    }
    CompletableFuture<Optional<KeyValue>> answer = waiting.computeIfAbsent(text, _ -> new CompletableFuture<>());
    if (!asking) {
      asking = true;
      port.eventLoop().execute(this::ask); // with those of the rows that are at hand
    }
    return answer;
  }

  /// What texts mean, all of them.
  CompletableFuture<Map<UnreadText, Optional<KeyValue>>> meanings(Set<UnreadText> texts) {
    Map<UnreadText, CompletableFuture<Optional<KeyValue>>> asked = new HashMap<>();
    texts.forEach(text -> asked.put(text, meaning(text)));
    return CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
        .thenApply(
            _ -> {
              Map<UnreadText, Optional<KeyValue>> told = new HashMap<>();
              asked.forEach((text, answer) -> told.put(text, answer.resultNow()));
              return told;
            });
  }

  private void ask() {
    if (waiting.isEmpty()) {
      asking = false;
      return;
    }
    Set<UnreadText> texts = new HashSet<>();
    for (Iterator<UnreadText> each = waiting.keySet().iterator(); each.hasNext() && texts.size() < ASKED_MAX; ) {
      texts.add(each.next());
    }
    CompletableFuture<Map<UnreadText, Optional<KeyValue>>> answers =
        settings.isPresent() && settings.equals(port.textSettings())
            ? readings.meanings(texts, settings.get().withAbbreviations(abbreviations), shards, port)
            : CompletableFuture.completedFuture(Map.of());
    answers.whenComplete((told, failure) -> take(texts, failure == null ? told : Map.of()));
  }

  private void take(Set<UnreadText> texts, Map<UnreadText, Optional<KeyValue>> told) {
    for (UnreadText text : texts) {
      Optional<KeyValue> meaning = told.getOrDefault(text, Optional.empty());
      keep(text, meaning);
      CompletableFuture<Optional<KeyValue>> answer = waiting.remove(text);
      if (answer != null) {
        answer.complete(meaning);
      }
    }
    port.eventLoop().execute(this::ask);
  }

  private void keep(UnreadText text, Optional<KeyValue> meaning) {
    if (known.put(text, meaning) == null) {
      knownChars += ENTRY_CHARS + text.text().length();
    }
    Iterator<UnreadText> oldest = known.keySet().iterator();
    while (knownChars > KNOWN_CHARS_MAX && oldest.hasNext()) {
      knownChars -= ENTRY_CHARS + oldest.next().text().length();
      oldest.remove();
    }
  }
}
