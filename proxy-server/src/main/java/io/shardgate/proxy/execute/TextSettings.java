package io.shardgate.proxy.execute;

import org.jspecify.annotations.Nullable;

/// The settings that decide what a text means as a date or a time, as `current_setting` prints them.
///
/// @param abbreviations `timezone_abbreviations`; null where the session left it as the servers have it
public record TextSettings(String timeZone, String dateStyle, @Nullable String abbreviations) {
  /// What servers have where nobody has set another value.
  public static final String USUAL_ABBREVIATIONS = "Default";

  /// With what the servers were found to have, unless the session has its own.
  TextSettings withAbbreviations(@Nullable String found) {
    return abbreviations == null ? new TextSettings(timeZone, dateStyle, found) : this;
  }
}
