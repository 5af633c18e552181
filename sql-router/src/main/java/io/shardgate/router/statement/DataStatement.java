package io.shardgate.router.statement;

import io.shardgate.router.lex.Lexed;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Statements that read, write or lock rows but are neither query nor DML.
public sealed interface DataStatement extends Statement {
    /// A table in a list.
    ///
    /// @param only ONLY was written
    /// @param columns of VACUUM and ANALYZE
    /// @param span with ONLY, `*` and columns
    record TableReference(Name name, boolean only, List<String> columns, Span span) {
        public TableReference {
            columns = List.copyOf(columns);
        }
    }

    /// COPY. Either a table or a query.
    ///
    /// @param columns empty when none were listed
    /// @param columnSpan the column list with its parentheses, null when none were listed
    /// @param path the file or the program's command line
    /// @param options by PostgreSQL's names: format, freeze, delimiter, null, header, quote, escape, force_quote, force_not_null, force_null, encoding …;
    ///                the old spelling (`WITH CSV HEADER`, `COPY BINARY`) comes out alike
    /// @param where of COPY FROM
    record Copy(
            @Nullable Name table,
            List<String> columns,
            @Nullable Span columnSpan,
            @Nullable Lexed query,
            boolean from,
            Place place,
            @Nullable String path,
            List<Option> options,
            @Nullable Span where)
            implements DataStatement {
        public Copy {
            columns = List.copyOf(columns);
            options = List.copyOf(options);
        }

        /// Where rows come from or go to.
        public enum Place {
            /// STDIN, STDOUT: the client.
            CLIENT,
            FILE,
            PROGRAM
        }

        /// The option of a name; the last one if there are several.
        public Optional<Option> option(String name) {
            return options.reversed().stream().filter(option -> option.name().equals(name)).findFirst();
        }
    }

    /// EXPLAIN.
    ///
    /// @param route `ROUTE` is among the options: Shardgate's own
    record Explain(List<Option> options, boolean analyze, boolean route, Lexed body) implements DataStatement {
        public Explain {
            options = List.copyOf(options);
        }
    }

    /// LOCK TABLE.
    ///
    /// @param mode upper case, `ACCESS EXCLUSIVE` where none was given
    record Lock(List<TableReference> tables, String mode, boolean nowait) implements DataStatement {
        public Lock {
            tables = List.copyOf(tables);
        }
    }

    /// TRUNCATE.
    record Truncate(List<TableReference> tables, boolean restartIdentity, boolean cascade) implements DataStatement {
        public Truncate {
            tables = List.copyOf(tables);
        }
    }

    /// CALL.
    ///
    /// @param arguments the places of the argument expressions, with names where given
    record Call(Name procedure, List<Span> arguments) implements DataStatement {
        public Call {
            arguments = List.copyOf(arguments);
        }
    }

    /// DO.
    ///
    /// @param language lower case
    /// @param body decoded
    record Do(String language, String body) implements DataStatement {}
}
