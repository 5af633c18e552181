package io.shardgate.proxy.execute;

import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.router.Split;
import java.nio.charset.Charset;

/// An error's position in a text that was spliced from the user's, told in the user's. Where it points at words of ours it is left out.
final class PiecePosition {
  private PiecePosition() {}

  static ErrorFields inUsersText(ErrorFields fields, Split.Piece piece, Execution execution) {
    int position = fields.position().orElse(0);
    if (position == 0) {
      return fields;
    }
    Charset encoding = execution.lexed().encoding();
    String text = new String(piece.text(), encoding);
    if (position > text.codePointCount(0, text.length())) {
      return Refused.withoutPosition(fields);
    }
    int at = text.substring(0, text.offsetByCodePoints(0, position - 1)).getBytes(encoding).length;
    int origin = piece.origin(at);
    if (origin < 0) {
      return Refused.withoutPosition(fields);
    }
    String before = execution.lexed().string(0, origin);
    int characters = before.codePointCount(0, before.length()) + 1;
    return fields.with(ErrorFields.POSITION, Integer.toString(characters)).withPositionShiftedBy(execution.charsBefore());
  }
}
