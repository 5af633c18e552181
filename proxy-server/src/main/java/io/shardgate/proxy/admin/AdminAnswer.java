package io.shardgate.proxy.admin;

import io.shardgate.pgwire.message.ErrorFields;
import java.util.List;

/// What an admin statement answers: rows of text, and what is to be said beside them. Immutable.
///
/// @param notices warnings and notices, in their order
public record AdminAnswer(List<List<String>> rows, List<ErrorFields> notices) {
  public AdminAnswer {
    rows = List.copyOf(rows);
    notices = List.copyOf(notices);
  }
}
