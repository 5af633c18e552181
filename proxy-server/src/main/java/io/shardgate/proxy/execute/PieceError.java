package io.shardgate.proxy.execute;

import io.shardgate.pgwire.message.ErrorFields;
import io.shardgate.router.Split;
import java.nio.charset.Charset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An error of a text that was spliced from the user's, told of the user's: its position, which is left out where it points at words of ours, and
/// the number of the parameter that could not be read.
public final class PieceError {
  private PieceError() {}

  /// PostgreSQL's CONTEXT for a value of a Bind.
  private static final Pattern PARAMETER = Pattern.compile("^((?:unnamed portal|portal \".*\") parameter \\$)(\\d+)");

  public static ErrorFields inUsersText(ErrorFields fields, Split.Piece piece, Execution execution) {
    return positioned(numbered(fields, piece), piece, execution);
  }

  private static ErrorFields numbered(ErrorFields fields, Split.Piece piece) {
    Matcher parameter = PARAMETER.matcher(fields.byType().getOrDefault(ErrorFields.WHERE, ""));
    return parameter.find()
        ? fields.with(ErrorFields.WHERE, parameter.replaceFirst(found -> Matcher.quoteReplacement(
            found.group(1).replace("portal \"" + SourceRows.PORTAL + "\"", "unnamed portal") + piece.parameters()[Integer.parseInt(found.group(2)) - 1])))
        : fields;
  }

  private static ErrorFields positioned(ErrorFields fields, Split.Piece piece, Execution execution) {
    int position = fields.position().orElse(0);
    if (position == 0) {
      return fields;
    }
    Charset encoding = execution.lexed().encoding();
    String text = new String(piece.text(), encoding);
    if (position > text.codePointCount(0, text.length())) {
      return fields.without(ErrorFields.POSITION);
    }
    int at = text.substring(0, text.offsetByCodePoints(0, position - 1)).getBytes(encoding).length;
    int origin = piece.origin(at);
    if (origin < 0) {
      return fields.without(ErrorFields.POSITION);
    }
    String before = execution.lexed().string(0, origin);
    int characters = before.codePointCount(0, before.length()) + 1;
    return fields.with(ErrorFields.POSITION, Integer.toString(characters)).withPositionShiftedBy(execution.charsBefore());
  }
}
