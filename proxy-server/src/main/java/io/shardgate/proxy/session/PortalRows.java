package io.shardgate.proxy.session;

import io.shardgate.proxy.oid.RowTranslation;
import org.jspecify.annotations.Nullable;

/// What has to be done to the rows of a portal; where nobody described its statement before its Bind, that is known only when the portal
/// itself has been described. Confined to its session's event loop.
final class PortalRows {
  /// Rows that need nothing, of a statement that says so; nobody describes it.
  private static final PortalRows UNTOUCHED = new PortalRows();

  static {
    UNTOUCHED.asked = true;
    UNTOUCHED.translation = RowTranslation.NONE;
  }

  private boolean asked;
  private @Nullable RowTranslation translation;

  static PortalRows of(RowTranslation translation) {
    if (!translation.hasWork()) {
      return UNTOUCHED;
    }
    PortalRows rows = new PortalRows();
    rows.asked = true;
    rows.translation = translation;
    return rows;
  }

  /// Whether a Describe of the portal is on its way, or answered.
  boolean isAsked() {
    return asked;
  }

  void asked() {
    asked = true;
  }

  void described(RowTranslation rows) {
    translation = rows;
  }

  /// Rows come only behind the answer to the Describe.
  RowTranslation translation() {
    RowTranslation known = translation;
    return known == null ? RowTranslation.NONE : known;
  }
}
