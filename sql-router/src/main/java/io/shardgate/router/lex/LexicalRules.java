package io.shardgate.router.lex;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// The two settings of a session that change how its text is read.
///
/// @param standardConformingStrings whether a backslash in `'…'` is an ordinary character
/// @param encoding the client's encoding, an ASCII superset in which every byte of a multi-byte character is ≥ 0x80
public record LexicalRules(boolean standardConformingStrings, Charset encoding) {
    /// What a session has that changed neither.
    public static final LexicalRules DEFAULT = new LexicalRules(true, StandardCharsets.UTF_8);
}
