package io.shardgate.router.grammar.tree;

import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.jspecify.annotations.Nullable;

/// A window definition, in OVER or in the WINDOW clause; there `getDeclName()` is its name. `getRefName()` is the window
/// it extends. `isRows()` of the superclass tells ROWS from the rest; [#frame()] tells all.
/// Immutable, as far as nobody calls the superclass's setters.
public final class PgWindow extends SqlWindow {
  /// The unit of the frame clause.
  public enum Frame { UNSAID, ROWS, RANGE, GROUPS }

  private final Frame frame;

  @SuppressWarnings("NullAway") // the superclass takes null for what is absent
  public PgWindow(
      SqlParserPos pos,
      @Nullable SqlIdentifier name,
      @Nullable SqlIdentifier base,
      SqlNodeList partition,
      SqlNodeList order,
      Frame frame,
      @Nullable SqlNode lower,
      @Nullable SqlNode upper,
      SqlLiteral exclusion) {
    super(
        pos,
        name,
        base,
        partition,
        order,
        SqlLiteral.createBoolean(frame == Frame.ROWS, SqlParserPos.ZERO),
        lower,
        upper,
        null,
        exclusion);
    this.frame = frame;
  }

  public Frame frame() {
    return frame;
  }
}
