package io.shardgate.proxy.relay;

import io.shardgate.pgwire.message.ErrorFields;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a server answered to a question of the proxy's own. Immutable.
///
/// @param rows text values, null for NULL; of all statements of the question in turn
/// @param tags the command tags
/// @param error the error that ended it
public record Answer(List<List<@Nullable String>> rows, List<String> tags, @Nullable ErrorFields error) {
  /// The last tag, or empty.
  public String lastTag() {
    return tags.isEmpty() ? "" : tags.get(tags.size() - 1);
  }

  /// These rows, or the error as an exception.
  public Answer orThrow() throws ServerErrorException {
    if (error != null) {
      throw new ServerErrorException(error);
    }
    return this;
  }
}
