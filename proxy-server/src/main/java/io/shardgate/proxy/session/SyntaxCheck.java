package io.shardgate.proxy.session;

import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.transaction.Participant;
import io.shardgate.router.lex.Lexed;
import io.shardgate.router.statement.StatementReader;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Asks PostgreSQL's parser about a text before anything of it is run, or when nothing of it will be. PostgreSQL reads all of a Query
/// first, and reads it in a failed transaction too: a syntax error comes before every other.
/// Confined to its channel's event loop.
final class SyntaxCheck {
  private static final String SAVEPOINT = "\"shardgate syntax\"";

  /// What a Parse of several statements is answered with, after all of them were read.
  private static final String SEVERAL = "cannot insert multiple commands into a prepared statement";

  private final ClientSession session;

  SyntaxCheck(ClientSession session) {
    this.session = session;
  }

  /// The syntax error of the Query that these statements are cut from, if it has one.
  ///
  /// @param text without passwords ([io.shardgate.proxy.execute.PasswordMask])
  CompletableFuture<Optional<ErrorFields>> of(byte[] text, List<Lexed> statements) {
    if (statements.stream().allMatch(session.services().router()::reads)) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    return participant().thenCompose(participant -> ask(participant, text)).thenApply(SyntaxCheck::syntaxError);
  }

  /// The text that a server may see: blanks where a statement of ours stands, so that the places of the others are what they were.
  static byte[] withoutOurs(byte[] text, List<Lexed> statements) {
    byte[] told = text;
    for (Lexed lexed : statements) {
      if (StatementReader.isAdmin(lexed)) {
        told = blanked(told, lexed);
      }
    }
    return told;
  }

  private static byte[] blanked(byte[] text, Lexed lexed) {
    byte[] told = text.clone();
    Arrays.fill(told, lexed.start(), lexed.end(), (byte) ' ');
    return told;
  }

  /// One that is in the transaction anyway, else the home shard.
  private CompletableFuture<Participant> participant() {
    for (Participant participant : session.block().participants()) {
      if (participant.conversation().inBlock()) {
        return CompletableFuture.completedFuture(participant);
      }
    }
    return session.join(session.map().home());
  }

  private CompletableFuture<Answer> ask(Participant participant, byte[] text) {
    Conversation conversation = participant.conversation();
    if (!conversation.inBlock() || session.block().isFailed()) {
      CompletableFuture<Answer> answer = conversation.parse(text, session.output().charset());
      conversation.flush();
      return answer;
    }
    conversation.askAhead("SAVEPOINT " + SAVEPOINT);
    CompletableFuture<Answer> answer = conversation.parse(text, session.output().charset());
    conversation.flush();
    return answer.thenCompose(
        given ->
            conversation.ask("ROLLBACK TO " + SAVEPOINT + "; RELEASE " + SAVEPOINT).thenApply(_ -> given));
  }

  private static Optional<ErrorFields> syntaxError(Answer answer) {
    ErrorFields error = answer.error();
    return error == null || !error.code().equals(SqlState.SYNTAX_ERROR.code()) || error.message().equals(SEVERAL)
        ? Optional.empty()
        : Optional.of(error);
  }
}
