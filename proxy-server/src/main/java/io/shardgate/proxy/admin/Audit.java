package io.shardgate.proxy.admin;

import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.proxy.relay.ServerErrorException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line in the log, of logger `io.shardgate.audit`, for each admin act that changes something or was to: who, from where, what, and how it
/// ended. What is logged of a topology are its differences, in which passwords are masked; never its text.
final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger("io.shardgate.audit");

  private Audit() {}

  /// Carries an act out and says how it ended.
  static <T> T of(Actor actor, String act, Supplier<T> work, java.util.function.Function<T, String> outcome) {
    try {
      T done = work.get();
      LOG.info("{} by {}: {}", act, who(actor), outcome.apply(done));
      return done;
    } catch (ServerErrorException refused) {
      LOG.info("{} by {}: refused ({}): {}", act, who(actor), refused.fields().code(), oneLine(refused.fields()));
      throw refused;
    } catch (RuntimeException failure) {
      LOG.warn("{} by {}: failed: {}", act, who(actor), failure.toString());
      throw failure;
    }
  }

  /// Somebody without the right tried.
  static void denied(Actor actor, String act) {
    LOG.warn("{} by {}: permission denied", act, who(actor));
  }

  private static String oneLine(ErrorFields fields) {
    return (fields.message() + fields.detail().map(detail -> " | " + detail).orElse("")).replaceAll("\\s*\\R\\s*", " | ");
  }

  private static String who(Actor actor) {
    return "\"" + actor.role().replaceAll("\\p{Cntrl}", "?") + "\" from " + actor.address();
  }
}
