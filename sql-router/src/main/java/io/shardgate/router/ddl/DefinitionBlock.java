package io.shardgate.router.ddl;

import io.shardgate.router.lex.Lexed;
import io.shardgate.router.lex.Lexer;
import io.shardgate.router.lex.LexicalRules;
import io.shardgate.router.plan.Effects;
import io.shardgate.router.plan.Plan;
import io.shardgate.router.plan.ShardText;
import io.shardgate.router.statement.DataStatement;
import io.shardgate.router.statement.DefinitionStatement;
import io.shardgate.router.statement.StatementReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A DO block of one definition, as migration tools write it: `BEGIN definition; EXCEPTION WHEN … THEN null; END`. It goes
/// where its definition goes.
/// Immutable.
final class DefinitionBlock {
  private final Lexed lexed;
  private final Placing placing;

  DefinitionBlock(Lexed lexed, Placing placing) {
    this.lexed = lexed;
    this.placing = placing;
  }

  /// Null for any other block.
  @Nullable Plan plan(DataStatement.Do block) {
    if (!block.language().equals("plpgsql")) {
      return null;
    }
    byte[] body = block.body().getBytes(StandardCharsets.UTF_8);
    List<Lexed> parts = new Lexer().statements(body, LexicalRules.DEFAULT);
    boolean shaped = (parts.size() == 2 || (parts.size() == 3 && isHandler(parts.get(1)))) && isEnd(parts.getLast());
    if (!shaped || !parts.getFirst().is(0, "begin") || parts.getFirst().size() < 3) {
      return null;
    }
    Lexed inner = parts.getFirst().part(1, parts.getFirst().size());
    if (!(StatementReader.read(inner) instanceof DefinitionStatement definition)) {
      return null;
    }
    Plan plan = new UtilityPlanner(inner, placing.view(), placing.reach()).plan(definition);
    return switch (plan) {
      case Plan.Broadcast broadcast when broadcast.texts().stream().allMatch(text -> text.text() == null) -> asWritten();
      case Plan.Forward _, Plan.Refuse _ -> plan;
      default -> null;
    };
  }

  /// `EXCEPTION WHEN condition THEN NULL`.
  private static boolean isHandler(Lexed part) {
    return part.is(0, "exception") && part.is(1, "when") && part.is(part.size() - 2, "then") && part.is(part.size() - 1, "null");
  }

  private static boolean isEnd(Lexed part) {
    return part.is(0, "end") && part.size() == 1;
  }

  private Plan asWritten() {
    List<ShardText> texts = new ShardTexts(lexed, placing.view()).asWritten();
    return new Plan.Broadcast(texts, List.of(), Effects.CATALOG, null);
  }
}
