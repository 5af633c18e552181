package io.shardgate.proxy.execute;

import io.shardgate.router.Bindings;
import io.shardgate.router.lex.Lexed;

/// One execution of one statement. Immutable.
///
/// @param lexed the statement
/// @param bindings its parameters; [Bindings#NONE] in the simple protocol
/// @param resultFormats as in Bind: none (all text), one for all, or one for each column; 1 is binary
/// @param simple whether it came as a Query: then rows are announced by a RowDescription; else Describe did that
/// @param terms under which settings shards read its texts
/// @param charsBefore characters of the client's text before this statement, to be added to error positions
@SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
public record Execution(Lexed lexed, Bindings bindings, short[] resultFormats, boolean simple, ReadingTerms terms, int charsBefore) {}
