package io.shardgate.admin.proxy;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// The proxy refused or failed, or can't be reached.
public final class RefusedException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Answer.Said said;

  public RefusedException(Answer.Said said) {
    super(said.message());
    this.said = said;
  }

  static RefusedException of(SQLException failure) {
    @Nullable ServerErrorMessage server = failure instanceof PSQLException known ? known.getServerErrorMessage() : null;
    return new RefusedException(server == null
        ? new Answer.Said("ERROR", String.valueOf(failure.getSQLState()), String.valueOf(failure.getMessage()), "", "")
        : said(server));
  }

  static Answer.Said said(ServerErrorMessage message) {
    return new Answer.Said(
        or(message.getSeverity(), "ERROR"), or(message.getSQLState(), ""), or(message.getMessage(), ""), or(message.getDetail(), ""), or(message.getHint(), ""));
  }

  private static String or(@Nullable String text, String otherwise) {
    return text == null ? otherwise : text;
  }

  /// The whole error.
  public Answer.Said said() {
    return said;
  }
}
