package io.shardgate.proxy.relay;

import org.jspecify.annotations.Nullable;

/// Whose unnamed statement a server has. Confined to its channel's event loop.
///
/// What was sent is known at once, what was read only with the answers: a Parse behind an error is passed over, and the server keeps what
/// it had.
public final class UnnamedStatement {
  private @Nullable Object sent;
  private @Nullable Object read;
  private int taken;

  UnnamedStatement() {}

  /// Whether the server has that one, once it has read all that was sent.
  @SuppressWarnings("ReferenceEquality") // two statements of one text may be read differently
  public boolean is(Object statement) {
    return sent == statement;
  }

  /// Something else has the place from the next message on, or nothing.
  public void taken() {
    sent = null;
    read = null;
    taken++;
  }

  /// A Parse of it is sent.
  ///
  /// @return who has to hear its outcome
  public Parsing parsing(Object statement) {
    sent = statement;
    int before = taken;
    return outcome -> answered(statement, before == taken, outcome);
  }

  @SuppressWarnings("ReferenceEquality")
  private void answered(Object statement, boolean isLast, Reply.Outcome outcome) {
    if (isLast && outcome != Reply.Outcome.SKIPPED) {
      read = outcome == Reply.Outcome.DONE ? statement : null;
    }
    if (sent == statement && outcome != Reply.Outcome.DONE) {
      sent = read;
    }
  }

  /// A Parse on its way.
  @FunctionalInterface
  public interface Parsing {
    void ended(Reply.Outcome outcome);
  }
}
