package io.shardgate.admin.command;

import io.shardgate.admin.proxy.RefusedException;
import java.sql.SQLException;
import java.util.Arrays;
import org.postgresql.util.PasswordUtil;

/// What is stored of a password: `SCRAM-SHA-256$…`, as psql's `\password` makes it.
final class ScramText {
  private ScramText() {}

  /// Wipes the password.
  static String ofPassword(char[] password) throws RefusedException {
    if (password.length == 0) {
      throw Verb.refused("the password is empty", "Nobody could log in with it.");
    }
    try {
      return PasswordUtil.encodePassword("", password.clone(), "scram-sha-256");
    } catch (SQLException e) {
      throw Verb.refused("the password can't be used: " + e.getMessage(), "");
    } finally {
      Arrays.fill(password, '\0');
    }
  }
}
