package io.shardgate.proxy.admin;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.AdminStatement;
import io.shardgate.router.statement.SessionStatement.ShowShardgate.Topic;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The topics of `SHOW SHARDGATE …`, and what is said of statements that can't be read.
public final class AdminTopics {
  private static final int NEAR_CHARACTERS_MAX = 60;

  private AdminTopics() {}

  /// The columns of what a topic shows, all of type text.
  public static List<String> columns(Topic topic) {
    return switch (topic) {
      case STATUS -> List.of("item", "value");
      case SHARDS -> List.of("shard", "address", "database", "weight", "home", "reachable");
      case TABLES -> List.of("table", "kind", "group", "key");
      case MAP -> List.of("group", "from", "shard", "keys", "foreign_on", "strategy");
      case POOLS -> List.of("shard", "open", "idle", "waiting", "max");
      case CLIENTS -> List.of("id", "role", "database", "application", "connected", "state");
      case PROXIES -> List.of("id", "address", "map_version");
      case VERSION -> List.of("version", "map_version", "directory_fault");
    };
  }

  /// The topic, if there is one of that name; throws what the client is to see.
  public static Topic known(@Nullable Topic topic) {
    if (topic == null) {
      throw new ServerErrorException(
          ErrorFields.error(SqlState.UNDEFINED_OBJECT, "SHOW SHARDGATE needs one of its topics")
              .withHint("SHOW SHARDGATE " + Arrays.stream(Topic.values()).map(Topic::name).collect(Collectors.joining("|")) + "."));
    }
    return topic;
  }

  /// This program, for people.
  public static String version() {
    String version = AdminTopics.class.getPackage().getImplementationVersion();
    return "Shardgate " + (version == null ? "development" : version);
  }

  /// What is wrong with a statement that begins with SHARDGATE, and where.
  public static ServerErrorException unreadable(AdminStatement.Unknown unknown, Lexed lexed, Charset charset) {
    boolean ended = unknown.token() >= lexed.size();
    String near = ended ? "" : lexed.raw(unknown.token());
    String message = ended ? "syntax error at end of input"
        : "syntax error at or near \"" + (near.length() > NEAR_CHARACTERS_MAX ? near.substring(0, NEAR_CHARACTERS_MAX) + "…" : near) + "\"";
    int bytes = ended ? lexed.tokenEnd(lexed.size() - 1) : lexed.tokenStart(unknown.token());
    String before = new String(lexed.toBytes(), 0, bytes, charset);
    return new ServerErrorException(
        ErrorFields.error(SqlState.SYNTAX_ERROR, message)
            .withHint("Expected: " + unknown.expected() + ".")
            .withPosition(lexed.charStart() + before.codePointCount(0, before.length()) + 1));
  }
}
