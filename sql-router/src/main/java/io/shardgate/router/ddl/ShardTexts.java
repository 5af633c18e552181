package io.shardgate.router.ddl;

import io.shardgate.directory.ShardId;
import io.shardgate.router.RoutingView;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes the text that each shard gets.
/// Immutable.
final class ShardTexts {
  private final Lexed lexed;
  private final RoutingView view;

  ShardTexts(Lexed lexed, RoutingView view) {
    this.lexed = lexed;
    this.view = view;
  }

  /// The user's own on every shard.
  List<ShardText> asWritten() {
    return homeAndOthers(null, null);
  }

  /// One for the home shard, another for all the others; null is the user's own.
  List<ShardText> homeAndOthers(@Nullable String home, @Nullable String others) {
    List<ShardText> texts = new ArrayList<>();
    for (ShardId shard : view.map().allShards()) {
      texts.add(new ShardText(shard, shard.equals(view.map().home()) ? home : others));
    }
    return texts;
  }

  /// The user's text with only some elements of one of its lists.
  ///
  /// @param list all elements, in order
  /// @param keep those to keep, at least one
  /// @param before words that go before the first element
  String withList(List<Span> list, List<Span> keep, String before) {
    StringBuilder text = new StringBuilder(lexed.string(0, list.getFirst().start())).append(before);
    for (int i = 0; i < keep.size(); i++) {
      text.append(i == 0 ? "" : ", ").append(keep.get(i).in(lexed));
    }
    return text.append(lexed.string(list.getLast().end(), lexed.length())).toString();
  }

  /// The user's text with words put in at a place.
  String with(int at, String words) {
    return lexed.string(0, at) + words + lexed.string(at, lexed.length());
  }

  String whole() {
    return lexed.toString();
  }
}
