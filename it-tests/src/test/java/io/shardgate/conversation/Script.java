package io.shardgate.conversation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// One conversation: what is said, line by line. Immutable.
///
///     == name               begins a script; lines that begin with # are comments
///     @a  / @a name=value   client `a` speaks from here on; it logs in, with these startup parameters, when it first does
///     @-a                   client `a` hangs up
///     Q sql                 Query, and everything up to ReadyForQuery or CopyInResponse
///     q sql                 Query, without waiting
///     P name|sql|oids       Parse
///     B portal|statement|values|formats|result formats     Bind; a value is \N, or 0x… for bytes; separated by commas
///     D S name, D P name    Describe of a statement, of a portal; C likewise Close
///     E portal|rows         Execute
///     H T                   Flush, and everything up to a message of that type or an ErrorResponse
///     S                     Sync, and everything up to ReadyForQuery
///     s                     Sync, without waiting
///     d data, c, f reason   CopyData (\n and \t are what they are in SQL), CopyDone, CopyFail
///     R n                   sends what was said, and everything up to the n-th ReadyForQuery
///     N                     everything up to a NotificationResponse
///     K a                   cancels what client `a` runs, once its statement is seen to wait for a lock or to sleep
///     ! sql                 a superuser's statement on the home server, behind everybody's back
record Script(String name, List<String> lines) {
  Script {
    lines = List.copyOf(lines);
  }

  @Override
  public String toString() {
    return name;
  }

  /// The scripts of one resource below `conversations`.
  static List<Script> read(String resource) {
    try (InputStream in = Script.class.getResourceAsStream("/conversations/" + resource)) {
      String text = new String(Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.UTF_8);
      List<Script> scripts = new ArrayList<>();
      for (String section : text.split("(?m)^== ")) {
        List<String> lines = section.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
        if (!lines.isEmpty()) {
          scripts.add(new Script(lines.getFirst(), lines.subList(1, lines.size())));
        }
      }
      return scripts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
