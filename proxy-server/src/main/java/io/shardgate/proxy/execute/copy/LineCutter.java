package io.shardgate.proxy.execute.copy;

import io.shardgate.proxy.relay.ServerErrorException;

/// Cuts text and csv into lines as PostgreSQL's `CopyReadLineText` does (src/backend/commands/copyfromparse.c): the first line
/// decides between `\n`, `\r` and `\r\n`, and another one later is an error.
/// Not thread-safe; owned by one COPY.
///
///     NEWLINE_UNKNOWN → NL | CR | CRNL [at the end of the first line]
final class LineCutter extends RowCutter {
  private enum Newline {
    UNKNOWN,
    NL,
    CR,
    CRNL
  }

  private final CopyOptions options;
  private final boolean csv;
  private final byte quote;
  private final int escape;
  private Newline newline = Newline.UNKNOWN;
  private boolean headerDue;
  private boolean inQuote;
  private boolean lastWasEscape;
  private int extraLines;

  LineCutter(CopyOptions options) {
    this.options = options;
    this.csv = options.format() == CopyOptions.Format.CSV;
    this.quote = options.quote();
    // An escape that is the quote toggles twice, which comes to the same.
    this.escape = options.escape() == options.quote() ? -1 : options.escape();
    this.headerDue = options.header();
  }

  @Override
  boolean next(Taker taker) {
    return csv ? nextCsv(taker) : nextText(taker);
  }

  private boolean nextText(Taker taker) {
    while (scan < end) {
      byte c = buffer[scan];
      if (c == '\\') {
        if (scan + 1 == end && !streamEnded()) {
          return false;
        }
        if (scan + 1 < end && buffer[scan + 1] == '.') {
          return textMarker();
        }
        scan = Math.min(scan + 2, end);
      } else if (c == '\n' || c == '\r') {
        int after = afterNewline(c);
        if (after < 0) {
          return false;
        }
        give(taker, scan, after);
        return true;
      } else {
        scan++;
      }
    }
    return last(taker);
  }

  private boolean nextCsv(Taker taker) {
    while (scan < end) {
      byte c = buffer[scan];
      if (c == '\\' && scan == start && options.csvEndMarker()) {
        int marker = csvMarker();
        if (marker < 0) {
          return false;
        }
        if (marker > 0) {
          scan = marker;
          marker();
          return false;
        }
      }
      if ((c == '\n' || c == '\r') && !inQuote) {
        int after = afterNewline(c);
        if (after < 0) {
          return false;
        }
        give(taker, scan, after);
        return true;
      }
      quoting(c);
      scan++;
    }
    return last(taker);
  }

  private void quoting(byte c) {
    if (inQuote && c == escape) {
      lastWasEscape = !lastWasEscape;
    }
    if (c == quote && !lastWasEscape) {
      inQuote = !inQuote;
    }
    if (c != escape) {
      lastWasEscape = false;
    }
    if (inQuote && c == (newline == Newline.NL ? '\n' : '\r')) {
      extraLines++;
    }
  }

  /// The place behind the newline at [#scan]; −1 when the next byte has to be seen first.
  private int afterNewline(byte c) {
    if (c == '\n') {
      if (newline == Newline.CR || newline == Newline.CRNL) {
        throw misplaced("newline", "\\n");
      }
      newline = Newline.NL;
      return scan + 1;
    }
    if (newline == Newline.NL) {
      throw misplaced("carriage return", "\\r");
    }
    if (newline == Newline.CR) {
      return scan + 1;
    }
    if (scan + 1 == end && !streamEnded()) {
      return -1;
    }
    if (scan + 1 < end && buffer[scan + 1] == '\n') {
      newline = Newline.CRNL;
      return scan + 2;
    }
    if (newline == Newline.CRNL) {
      throw misplaced("carriage return", "\\r");
    }
    newline = Newline.CR;
    return scan + 1;
  }

  private ServerErrorException misplaced(String what, String written) {
    return csv
        ? malformed("unquoted " + what + " found in data", "Use quoted CSV field to represent " + what + ".")
        : malformed("literal " + what + " found in data", "Use \"" + written + "\" to represent " + what + ".");
  }

  private boolean textMarker() {
    int after = scan + 2;
    if (after == end && !streamEnded()) {
      return false;
    }
    if (after < end) {
      byte c = buffer[after];
      if (c != '\n' && c != '\r') {
        throw malformed("end-of-copy marker corrupt");
      }
      boolean other = c == '\n' ? newline == Newline.CR || newline == Newline.CRNL : newline == Newline.NL;
      if (other) {
        throw malformed("end-of-copy marker does not match previous newline style");
      }
    }
    if (scan != start) {
      throw malformed("end-of-copy marker is not alone on its line");
    }
    scan = after;
    marker();
    return false;
  }

  /// The place behind a `\.` that is alone on its line, 0 when it is data, −1 when more has to be seen first.
  private int csvMarker() {
    if (end - scan < 3 && !streamEnded()) {
      return -1;
    }
    boolean dot = scan + 1 < end && buffer[scan + 1] == '.';
    boolean alone = scan + 2 >= end || buffer[scan + 2] == '\n' || buffer[scan + 2] == '\r';
    return dot && alone ? Math.min(scan + 2, end) : 0;
  }

  /// What is left without a newline at the end of the stream is a line too.
  private boolean last(Taker taker) {
    if (!streamEnded() || start == end) {
      return false;
    }
    give(taker, end, end);
    return true;
  }

  @Override
  public int linesBegun() {
    return 1 + extraLines;
  }

  private void give(Taker taker, int contentEnd, int after) {
    int from = start;
    int lines = 1 + extraLines;
    inQuote = false;
    lastWasEscape = false;
    if (headerDue) {
      headerDue = false;
      taker.header(buffer, from, after, lines);
    } else {
      taker.row(buffer, from, contentEnd, after, lines);
    }
    extraLines = 0;
    begin(after);
  }
}
