package io.shardgate.proxy.execute;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.channel.EventLoop;
import io.shardgate.directory.KeyType;
import io.shardgate.directory.KeyValue;
import io.shardgate.directory.ShardId;
import io.shardgate.proxy.catalog.ServiceConnections;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.router.KeyMeanings;
import io.shardgate.router.UnreadText;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What texts mean as shard keys under a session's settings, by the word of the shards: certain is what all of them say.
/// Thread-safe: a concurrent cache; shards are asked on virtual threads.
public final class TextReadings {
  private static final Logger LOG = LoggerFactory.getLogger(TextReadings.class);

  /// Characters of texts and settings that are remembered, over all sessions.
  private static final long CACHE_CHARS_MAX = 4L << 20;

  /// What an entry weighs besides its text.
  private static final int ENTRY_CHARS = 200;

  private static final Duration REMEMBERED = Duration.ofMinutes(1);

  /// How long a statement waits for the answers. What is not known by then stays unread.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// One is enough where neither map nor settings change meanwhile.
  private static final int ROUNDS_MAX = 3;

  private final ServiceConnections service;
  private final Cache<Question, Optional<KeyValue>> known =
      Caffeine.newBuilder().maximumWeight(CACHE_CHARS_MAX).weigher(TextReadings::weight).expireAfterWrite(REMEMBERED).build();

  private record Question(UnreadText text, TextSettings settings, Set<ShardId> shards, String database) {}

  public TextReadings(ServiceConnections service) {
    this.service = service;
  }

  private static int weight(Question question, Optional<KeyValue> meaning) {
    return ENTRY_CHARS + question.text().text().length();
  }

  /// A decision that may hang on what texts mean.
  ///
  /// @param make decides by what is known; completes on the loop, or in this very turn
  /// @param refuses whether a decision could be another one if more texts were known
  /// @param shards those that may get the statement
  public record Attempt<T>(Function<KeyMeanings, CompletableFuture<T>> make, Predicate<T> refuses, Supplier<Set<ShardId>> shards) {}

  /// Decides; where texts are in the way, the shards are asked, and it is decided again. What was decided by their word is sent under the
  /// settings that they were asked about. Completes on the loop, or in this very turn.
  public <T> CompletableFuture<T> settled(Attempt<T> attempt, ReadingTerms terms, ExecutionPort port) {
    return settled(attempt, terms, port, Set.of(), Map.of(), 0);
  }

  private <T> CompletableFuture<T> settled(
      Attempt<T> attempt, ReadingTerms terms, ExecutionPort port, Set<ShardId> asked, Map<UnreadText, Optional<KeyValue>> told, int round) {
    KeyMeanings meanings = new KeyMeanings(told, terms.ofLiterals());
    return attempt.make().apply(meanings).thenCompose(
        made -> {
          Set<ShardId> shards = Set.copyOf(attempt.shards().get());
          boolean refused = attempt.refuses().test(made);
          Optional<TextSettings> settings = terms.settings();
          if (told.isEmpty() && (!refused || meanings.unread().isEmpty() || settings.isEmpty())) {
            return CompletableFuture.completedFuture(made);
          }
          if (settings.isEmpty() || !settings.equals(port.textSettings())) {
            return stale(made, refused);
          }
          boolean ofOthers = !told.isEmpty() && !shards.equals(asked);
          if (!ofOthers && (!refused || meanings.unread().isEmpty())) {
            port.fix(settings.get());
            return CompletableFuture.completedFuture(made);
          }
          if (round == ROUNDS_MAX) {
            return stale(made, refused);
          }
          Set<UnreadText> texts = new LinkedHashSet<>(meanings.unread());
          if (ofOthers) {
            texts.addAll(told.keySet());
          }
          return meanings(texts, settings.get(), shards, port)
              .thenCompose(
                  answers -> {
                    Map<UnreadText, Optional<KeyValue>> all = new HashMap<>(ofOthers ? Map.of() : told);
                    all.putAll(answers);
                    return settled(attempt, terms, port, shards, all, round + 1);
                  });
        });
  }

  /// The answers hold no longer: a refusal needs none of them.
  private static <T> CompletableFuture<T> stale(T made, boolean refused) {
    return refused ? CompletableFuture.completedFuture(made) : CompletableFuture.failedFuture(ProxyRefusal.MAP_CHANGED.error());
  }

  /// What texts mean under settings that hold where they are going to be read; empty where that is not certain. Completes on the loop, or in
  /// this very turn; never fails.
  CompletableFuture<Map<UnreadText, Optional<KeyValue>>> meanings(
      Set<UnreadText> texts, TextSettings settings, Set<ShardId> shards, ExecutionPort port) {
    Map<UnreadText, Optional<KeyValue>> answers = new HashMap<>();
    List<UnreadText> unknown = new ArrayList<>();
    for (UnreadText text : texts) {
      Optional<KeyValue> meaning = known.getIfPresent(new Question(text, settings, shards, port.database()));
      if (meaning == null) {
        unknown.add(text);
      } else {
        answers.put(text, meaning);
      }
    }
    if (unknown.isEmpty()) {
      return CompletableFuture.completedFuture(answers);
    }
    return ask(unknown, settings, shards, port.database(), port.eventLoop())
        .thenApply(
            more -> {
              unknown.forEach(text -> answers.put(text, more.getOrDefault(text, Optional.empty())));
              return answers;
            });
  }

  private CompletableFuture<Map<UnreadText, Optional<KeyValue>>> ask(
      List<UnreadText> texts, TextSettings settings, Set<ShardId> shards, String database, EventLoop loop) {
    List<CompletableFuture<Map<UnreadText, TextQuestion.Answer>>> asked = new ArrayList<>(shards.size());
    for (ShardId shard : shards) {
      asked.add(service.run(shard, database, connection -> answers(connection, texts, settings)).toCompletableFuture());
    }
    return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .handleAsync(
            (_, failure) -> {
              if (failure != null) {
                LOG.warn("what texts mean as shard keys could not be asked", failure);
                return Map.of();
              }
              List<Map<UnreadText, TextQuestion.Answer>> said = asked.stream().map(CompletableFuture::join).toList();
              Map<UnreadText, Optional<KeyValue>> agreed = new HashMap<>();
              for (UnreadText text : texts) {
                Optional<KeyValue> meaning = TextQuestion.agreed(said.stream().map(each -> each.get(text)).toList(), settings);
                if (!text.mayNameZone()) { // what these mean may be changed for all new sessions of a role, and nobody reports it
                  known.put(new Question(text, settings, shards, database), meaning);
                }
                agreed.put(text, meaning);
              }
              return agreed;
            },
            loop);
  }

  private static Map<UnreadText, TextQuestion.Answer> answers(Connection connection, List<UnreadText> texts, TextSettings settings)
      throws SQLException {
    Map<UnreadText, TextQuestion.Answer> answers = new HashMap<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Map<KeyType, List<UnreadText>> byType = texts.stream().collect(Collectors.groupingBy(UnreadText::type));
    for (List<UnreadText> alike : byType.values()) {
      ask(connection, alike, settings, deadline, answers);
    }
    return answers;
  }

  /// All at once; where some of them are no values of the type, one half after the other.
  private static void ask(
      Connection connection, List<UnreadText> alike, TextSettings settings, long deadline, Map<UnreadText, TextQuestion.Answer> answers)
      throws SQLException {
    if (System.nanoTime() - deadline > 0) {
      throw new SQLException("nobody waits any more", "57014");
    }
    Optional<List<TextQuestion.Answer>> said = TextQuestion.ask(connection, alike, settings, Math.toIntExact(PATIENCE.toSeconds()));
    if (said.isPresent()) {
      for (int i = 0; i < alike.size(); i++) {
        answers.put(alike.get(i), said.get().get(i));
      }
    } else if (alike.size() == 1) {
      answers.put(alike.getFirst(), TextQuestion.Answer.NONE);
    } else {
      int half = alike.size() / 2;
      ask(connection, alike.subList(0, half), settings, deadline, answers);
      ask(connection, alike.subList(half, alike.size()), settings, deadline, answers);
    }
  }
}
