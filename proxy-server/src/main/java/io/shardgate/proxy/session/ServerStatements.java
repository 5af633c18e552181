package io.shardgate.proxy.session;

import io.netty.buffer.ByteBuf;
import io.shardgate.pgwire.SqlState;
import io.shardgate.pgwire.message.FrontendWriter;
import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.oid.OidTranslation;
import io.shardgate.proxy.pool.PreparedNames;
import io.shardgate.proxy.relay.Answer;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.ProxyRefusal;
import io.shardgate.proxy.relay.Reply;
import io.shardgate.proxy.relay.ServerErrorException;
import io.shardgate.proxy.relay.UnnamedStatement;
import io.shardgate.proxy.transaction.Participant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Sees to it that a client's statement is prepared on the server connection that is to run it.
/// Confined to its channel's event loop.
///
/// A client's own Parse is always sent, as only PostgreSQL knows whether it is right now. Later, on another connection, the statement
/// is prepared in silence, and described: where the result has other columns by now, the client gets the error that PostgreSQL gives. Where
/// settings have changed under which its literals mean something else, it is refused ([LiteralSettings]).
final class ServerStatements {
  private static final String NONE = "sg-none";

  private final ClientSession session;
  private RelayReply.End refused = (_, _) -> {};

  ServerStatements(ClientSession session) {
    this.session = session;
  }

  /// Sends the client's own Parse. ParseComplete, or the error, is passed on.
  ///
  /// @param tellDescription whether the description goes to the client too, as it asked for it
  /// @return the name on the server
  String parse(Conversation conversation, ClientStatement statement, boolean tellDescription, RelayReply.End parsed) {
    statement.read(session.sessionView().literalSettings(), this::certainTexts);
    if (statement.settingsMatter()) {
      statement.readOn(session.sessionView().searchPathText());
    }
    if (!statement.isNamed()) {
      UnnamedStatement.Parsing parsing = conversation.state().unnamed().parsing(statement);
      writeParse(conversation, statement, "");
      conversation.announce(new RelayReply(session, Reply.Until.PARSED, 0, (c, outcome) -> {
        parsing.ended(outcome);
        parsed.ended(c, outcome);
      }));
      if (tellDescription) {
        describe(conversation, statement, "", true, null);
      }
      return "";
    }
    PreparedNames names = conversation.server().prepared();
    PreparedNames.Entry entry = names.begin(statement);
    writeParse(conversation, statement, entry.name());
    conversation.announce(new RelayReply(session, Reply.Until.PARSED, 0, (c, outcome) -> {
      if (outcome == Reply.Outcome.DONE) {
        names.confirm(entry);
      } else {
        names.forget(statement, entry);
      }
      parsed.ended(c, outcome);
    }));
    describe(conversation, statement, entry.name(), tellDescription, () -> settle(conversation, statement, entry));
    evict(conversation);
    return entry.name();
  }

  /// The description has come: from now on every client with an equal statement of the same shape may use it.
  private void settle(Conversation conversation, ClientStatement statement, PreparedNames.Entry entry) {
    conversation.server().prepared().rename(statement, entry, key(statement));
  }

  private Optional<TextSettings> certainTexts() {
    return session.extended().hasLeft() ? Optional.empty() : session.textSettings();
  }

  private StatementKey key(ClientStatement statement) {
    return statement.key(session.sessionView().searchPathText());
  }

  /// Whether a server that reads the statement now reads it as it was when the client prepared it.
  private boolean readsTheSame(ClientStatement statement) {
    return !statement.settingsMatter() || statement.means(session.sessionView().literalSettings());
  }

  /// Whether PostgreSQL would go on with the statement as it was read: with another search path it reads it anew.
  private boolean isGoodAsRead(ClientStatement statement, boolean readsTheSame) {
    if (!statement.settingsMatter()) {
      return true;
    }
    String path = session.sessionView().searchPathText();
    if (readsTheSame) {
      statement.readOn(path);
    }
    return statement.isReadOn(path);
  }

  /// Refuses to have a statement read anew that would mean something else.
  void requireSameReading(ClientStatement statement) {
    if (!readsTheSame(statement)) {
      throw ProxyRefusal.LITERALS_READ_ANEW.error();
    }
  }

  /// Who hears that an unnamed statement could not be prepared again: the client was told, and its batch is over.
  void whenRefused(RelayReply.End hears) {
    refused = hears;
  }

  /// The statement's name on the participant's server, prepared there if it was not.
  CompletableFuture<String> ensure(Participant participant, ClientStatement statement) {
    return ensure(participant.conversation(), statement, 0);
  }

  /// The same where the server has it already; null when it has to be prepared. Hot path.
  @Nullable String readyName(Conversation conversation, ClientStatement statement) {
    boolean readsTheSame = readsTheSame(statement);
    if (!isGoodAsRead(statement, readsTheSame)) {
      return null;
    }
    if (!statement.isNamed()) {
      return conversation.state().unnamed().is(statement) ? "" : null;
    }
    PreparedNames names = conversation.server().prepared();
    PreparedNames.Entry own = names.find(statement);
    if (own != null) {
      return own.name(); // its description is still on the way
    }
    StatementKey key = key(statement);
    PreparedNames.Entry known = names.find(key);
    if (known == null || !known.ready()) {
      return null;
    }
    if (!readsTheSame) {
      // It is nobody else's any more: when tables change, PostgreSQL reads a statement anew under the settings of whoever executes it.
      names.rename(key, known, statement);
    }
    return known.name();
  }

  /// Asks for the statement's description, and passes it on if the client asked.
  CompletableFuture<Void> describe(Conversation conversation, ClientStatement statement, boolean tell) {
    return ensure(conversation, statement, 0).thenAccept(
        name -> {
          FrontendWriter.describeStatement(conversation.stage(), name);
          conversation.announce(new DescriptionReply(session, statement, tell, null));
        });
  }

  /// The same; an error's position counts from `charsBefore` characters before the statement.
  CompletableFuture<String> ensure(Conversation conversation, ClientStatement statement, int charsBefore) {
    statement.read(session.sessionView().literalSettings(), this::certainTexts);
    String ready = readyName(conversation, statement);
    if (ready != null) {
      return CompletableFuture.completedFuture(ready);
    }
    if (!readsTheSame(statement)) {
      return CompletableFuture.failedFuture(ProxyRefusal.LITERALS_READ_ANEW.error());
    }
    return statement.isNamed()
        ? prepareInSilence(conversation, statement, key(statement), charsBefore)
        : CompletableFuture.completedFuture(readUnnamedAgain(conversation, statement));
  }

  private String readUnnamedAgain(Conversation conversation, ClientStatement statement) {
    writeAgain(conversation, statement, "");
    UnnamedStatement.Parsing parsing = conversation.state().unnamed().parsing(statement);
    conversation.announce(new SilentReply(session, Reply.Until.PARSED, 0, outcome -> {
      parsing.ended(outcome);
      if (outcome != Reply.Outcome.DONE) {
        refused.ended(conversation, outcome);
      }
    }));
    return "";
  }

  private CompletableFuture<String> prepareInSilence(
      Conversation conversation, ClientStatement statement, StatementKey key, int charsBefore) {
    PreparedNames names = conversation.server().prepared();
    PreparedNames.Entry entry = names.begin(key);
    ClientStatement probe = statement.unknownCopy();
    CompletableFuture<String> done = new CompletableFuture<>();
    writeAgain(conversation, statement, entry.name());
    conversation.announce(new SilentReply(session, Reply.Until.PARSED, charsBefore, outcome -> {
      if (outcome == Reply.Outcome.DONE) {
        names.confirm(entry);
      } else {
        names.forget(key, entry);
        done.completeExceptionally(AlreadyToldException.INSTANCE);
      }
    }));
    describe(conversation, probe, entry.name(), false, () -> {
      if (statement.isDescribed() && statement.shape() != probe.shape() && !statement.isFetch()) {
        names.forget(key, entry);
        done.completeExceptionally(
            new ServerErrorException(SqlState.FEATURE_NOT_SUPPORTED, "cached plan must not change result type"));
        return;
      }
      if (!statement.isDescribed() || statement.shape() != probe.shape()) {
        statement.describedAs(probe);
        names.rename(key, entry, key(statement));
      }
      done.complete(entry.name());
    });
    evict(conversation);
    FrontendWriter.flush(conversation.stage());
    conversation.flush();
    return done;
  }

  private void describe(
      Conversation conversation, ClientStatement statement, String name, boolean tell, @Nullable Runnable described) {
    FrontendWriter.describeStatement(conversation.stage(), name);
    conversation.announce(new DescriptionReply(session, statement, tell, described));
  }

  private void writeParse(Conversation conversation, ClientStatement statement, String name) {
    writeParse(conversation, statement, name, statement.parameterOids());
  }

  /// The same statement on another connection: the parameters keep the types that PostgreSQL told the client, as they would keep them there
  /// whatever became of the tables.
  private void writeAgain(Conversation conversation, ClientStatement statement, String name) {
    int[] known = statement.knownOids();
    writeParse(conversation, statement, name, known == null ? statement.parameterOids() : known);
  }

  private void writeParse(Conversation conversation, ClientStatement statement, String name, int[] wanted) {
    OidTranslation fromHome = session.oids().fromHome(conversation.shard());
    int[] oids = wanted;
    if (!fromHome.isIdentity() && oids.length > 0) {
      oids = oids.clone();
      for (int i = 0; i < oids.length; i++) {
        oids[i] = oids[i] == 0 ? 0 : fromHome.type(oids[i]);
      }
    }
    FrontendWriter.parse(conversation.stage(), name, statement.sql(), oids);
  }

  private void evict(Conversation conversation) {
    PreparedNames names = conversation.server().prepared();
    for (PreparedNames.Entry old = names.leaving(); old != null; old = names.leaving()) {
      close(conversation, old.name());
    }
  }

  private void close(Conversation conversation, String name) {
    ByteBuf out = conversation.stage();
    FrontendWriter.closeStatement(out, name);
    conversation.announce(new SilentReply(session, Reply.Until.CLOSED, 0, _ -> {}));
  }

  /// PostgreSQL reads and analyses a statement before it looks whether its name is free.
  CompletableFuture<@Nullable Void> parsedInVain(Conversation home, byte[] sql) {
    CompletableFuture<Answer> answer = home.parse(sql, session.output().charset());
    home.flush();
    return answer.thenAccept(Answer::orThrow);
  }

  /// Asks for nothing but a sign that everything before was answered; the client hears of it only if `told`.
  void mark(Conversation conversation, Reply reply) {
    FrontendWriter.closeStatement(conversation.stage(), NONE);
    conversation.announce(reply);
  }
}
