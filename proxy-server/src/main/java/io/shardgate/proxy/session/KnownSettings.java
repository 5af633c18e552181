package io.shardgate.proxy.session;

import io.shardgate.proxy.execute.TextSettings;
import io.shardgate.proxy.relay.Conversation;
import io.shardgate.proxy.relay.SettingsVector;
import io.shardgate.proxy.transaction.Participant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a session knows for certain of the settings that texts of dates and times depend on.
/// Confined to its session's event loop.
final class KnownSettings {
  private static final String TIME_ZONE = "TimeZone";
  private static final String DATE_STYLE = "DateStyle";
  private static final String ABBREVIATIONS = "timezone_abbreviations";

  private KnownSettings() {}

  /// Empty where a server of the transaction reports another value than the session believes it to have: a function may have set it.
  static Optional<TextSettings> of(ClientSession session) {
    SettingsVector settings = session.block().settings();
    String timeZone = value(TIME_ZONE, settings, session);
    String dateStyle = value(DATE_STYLE, settings, session);
    if (timeZone == null || dateStyle == null) {
      return Optional.empty();
    }
    for (Participant participant : session.block().participants()) {
      Conversation conversation = participant.conversation();
      if (!isAsBelieved(TIME_ZONE, conversation, session) || !isAsBelieved(DATE_STYLE, conversation, session)) {
        return Optional.empty();
      }
    }
    String abbreviations = settings.value(ABBREVIATIONS);
    boolean usual = TextSettings.USUAL_ABBREVIATIONS.equals(abbreviations) && session.sessionView().hasUsualAbbreviations();
    return Optional.of(new TextSettings(timeZone, dateStyle, usual ? null : abbreviations));
  }

  private static @Nullable String value(String name, SettingsVector settings, ClientSession session) {
    String set = settings.value(name);
    return set != null ? set : session.output().initial(name);
  }

  private static boolean isAsBelieved(String name, Conversation conversation, ClientSession session) {
    String believed = value(name, conversation.state().applied(), session);
    return believed != null && believed.equals(conversation.server().parameterStatus(name));
  }

  /// Has these sent with the session's settings, as if the client had set them. Its prepared statements stay as they were read: the abbreviations
  /// are those that the shards have.
  static void fix(ClientSession session, TextSettings known) {
    if (session.block().settings().value(ABBREVIATIONS) == null) {
      session.sessionView().abbreviationsAreUsual();
    }
    session.block().settings(fixed(session.block().settings(), known));
  }

  private static SettingsVector fixed(SettingsVector settings, TextSettings known) {
    SettingsVector zoned = settings.value(TIME_ZONE) == null ? settings.with(TIME_ZONE, known.timeZone(), false) : settings;
    SettingsVector styled = zoned.value(DATE_STYLE) == null ? zoned.with(DATE_STYLE, known.dateStyle(), false) : zoned;
    return styled.value(ABBREVIATIONS) == null ? styled.with(ABBREVIATIONS, TextSettings.USUAL_ABBREVIATIONS, false) : styled;
  }
}
