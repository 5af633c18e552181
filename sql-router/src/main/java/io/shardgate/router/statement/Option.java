package io.shardgate.router.statement;

import java.util.List;
import java.util.Locale;

/// One option of COPY, EXPLAIN, VACUUM, CREATE ROLE and the like; older spellings come out as the newer ones.
///
/// @param name lower case
/// @param values decoded: empty when only the name was given, several for a list, `*` for a star
/// @param span the option with its values
public record Option(String name, List<String> values, Span span) {
    public Option {
        values = List.copyOf(values);
    }

    /// The value as PostgreSQL reads a Boolean option: absent, `true`, `on`, `1` and `yes` mean yes.
    public boolean isOn() {
        if (values.isEmpty()) {
            return true;
        }
        return switch (values.getFirst().toLowerCase(Locale.ROOT)) {
            case "true", "on", "1", "yes" -> true;
            default -> false;
        };
    }
}
