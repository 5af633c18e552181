package io.shardgate.proxy.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// What PostgreSQL's programs wrote, as far as a user must hear of it.
final class ServerLog {
  static final String DISK_FULL = "No space left on device";

  /// PostgreSQL's words where a write was cut short.
  private static final String CHECK_DISK = "Check free disk space";

  private ServerLog() {}

  /// The last line that tells why a program failed, without its prefix; empty when there is none. A full disk comes first: what
  /// follows it is its consequence.
  static String lastFault(Path log) throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    String found = "";
    for (String line : new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList()) {
      if (line.contains(DISK_FULL) || line.contains(CHECK_DISK)) {
        return DISK_FULL;
      }
      for (String mark : new String[] {"PANIC:", "FATAL:", "ERROR:", "error:", "fatal:", "could not "}) {
        int at = line.indexOf(mark);
        if (at >= 0) {
          found = mark.endsWith(":") ? line.substring(at + mark.length()).strip() : line.substring(at);
          break;
        }
      }
    }
    return found;
  }
}
