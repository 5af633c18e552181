package io.shardgate.router;

import java.util.Locale;

/// Something that is declined, by the router or by the proxy: constants of an enum, each with a line in `docs/limits.md`.
public interface DocumentedRefusal {
  /// The constant's name.
  String name();

  /// Five characters.
  String sqlState();

  /// The message with `%s` where names go; PostgreSQL style: lower case, no period.
  String message();

  /// What to do instead; a sentence.
  String hint();

  /// The name by which metrics and the documentation call it.
  default String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Its line in the table of `docs/limits.md`.
  default String documentation() {
    return "| `%s` | %s | %s | %s |\n".formatted(id(), sqlState(), message().replace("%s", "…").replace("|", "\\|"), hint());
  }
}
