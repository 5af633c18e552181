package io.shardgate.proxy.setup;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.admin.Actor;
import io.shardgate.proxy.admin.AdminActs;
import io.shardgate.proxy.admin.AdminAnswer;
import io.shardgate.proxy.admin.AdminTopics;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.SessionStatement;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import io.shardgate.router.statement.Statement;
import io.shardgate.router.statement.StatementReader;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/// What an admin's statement comes to while there is no shard map.
/// Immutable.
final class SetupStatements {
  /// Drivers set these when they connect; here they change nothing.
  private static final Set<String> SET_BY_DRIVERS = Set.of("application_name", "extra_float_digits");

  private final SetupRoom room;
  private final Actor actor;
  private final Charset charset;

  SetupStatements(SetupRoom room, Actor actor, Charset charset) {
    this.room = room;
    this.actor = actor;
    this.charset = charset;
  }

  /// @param columns of its answer, all text; none where it answers no rows
  /// @param tag of its CommandComplete
  /// @param work does it; completes on any thread
  record Request(List<String> columns, String tag, Supplier<CompletableFuture<AdminAnswer>> work) {}

  Charset charset() {
    return charset;
  }

  /// Throws [ServerErrorException] for what has to wait for a shard map.
  Request read(Lexed lexed) {
    Statement statement = StatementReader.read(lexed);
    return switch (statement) {
      case AdminStatement.Unknown unknown -> throw AdminTopics.unreadable(unknown, lexed, charset);
      case AdminStatement.Show show -> shown(show.topic());
      case AdminStatement.Apply apply -> act(apply);
      case AdminStatement.Diff diff -> act(diff);
      case SessionStatement.ShowShardgate show -> shown(AdminTopics.known(show.topic()));
      case SessionStatement.Set set when SET_BY_DRIVERS.contains(set.name()) -> new Request(List.of(), "SET", () -> now(List.of()));
      default -> throw noMap();
    };
  }

  static ServerErrorException noMap() {
    return new ServerErrorException(
        ErrorFields.error(SqlState.OBJECT_NOT_IN_PREREQUISITE_STATE, "there is no shard map yet")
            .withHint("Until there is one this proxy takes SHARDGATE DIFF, SHARDGATE APPLY and SHOW SHARDGATE only."));
  }

  private Request act(AdminStatement statement) {
    return new Request(AdminActs.columns(statement), AdminActs.name(statement), () -> room.acts().run(statement, actor));
  }

  private Request shown(Topic topic) {
    return new Request(AdminTopics.columns(topic), "SHOW", () -> now(rows(topic)));
  }

  private static CompletableFuture<AdminAnswer> now(List<List<String>> rows) {
    return CompletableFuture.completedFuture(new AdminAnswer(rows, List.of()));
  }

  /// No map: no shards, tables, ranges, pools, and no proxy is registered.
  private List<List<String>> rows(Topic topic) {
    return switch (topic) {
      case STATUS -> List.of(List.of("version", AdminTopics.version()), List.of("map_version", "0"), List.of("shards", "0"), List.of("directory", room.reason()));
      case VERSION -> List.of(List.of(AdminTopics.version(), "0", room.reason()));
      case SHARDS, TABLES, MAP, POOLS, PROXIES -> List.of();
      case CLIENTS -> throw noMap(); // nobody here has a session
    };
  }
}
