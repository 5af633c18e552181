package io.shardgate.proxy.relay;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// PostgreSQL's client encodings that the proxy can read: every one in which an ASCII byte is always that ASCII character.
///
/// The client-only encodings (SJIS, BIG5, GBK, UHC, GB18030, JOHAB) hide quotes and backslashes in second bytes; a statement in them can't be
/// read byte by byte, so they are refused. Source: PostgreSQL documentation, Character Set Support.
public final class Encodings {
  private static final Map<String, Charset> BY_NAME =
      Map.ofEntries(
          Map.entry("utf8", StandardCharsets.UTF_8),
          Map.entry("unicode", StandardCharsets.UTF_8),
          Map.entry("sqlascii", StandardCharsets.ISO_8859_1),
          Map.entry("latin1", StandardCharsets.ISO_8859_1),
          Map.entry("iso88591", StandardCharsets.ISO_8859_1),
          Map.entry("latin2", Charset.forName("ISO-8859-2")),
          Map.entry("latin3", Charset.forName("ISO-8859-3")),
          Map.entry("latin4", Charset.forName("ISO-8859-4")),
          Map.entry("iso88595", Charset.forName("ISO-8859-5")),
          Map.entry("iso88596", Charset.forName("ISO-8859-6")),
          Map.entry("iso88597", Charset.forName("ISO-8859-7")),
          Map.entry("iso88598", Charset.forName("ISO-8859-8")),
          Map.entry("latin5", Charset.forName("ISO-8859-9")),
          Map.entry("latin7", Charset.forName("ISO-8859-13")),
          Map.entry("latin9", Charset.forName("ISO-8859-15")),
          Map.entry("win1250", Charset.forName("windows-1250")),
          Map.entry("win1251", Charset.forName("windows-1251")),
          Map.entry("win1252", Charset.forName("windows-1252")),
          Map.entry("win1253", Charset.forName("windows-1253")),
          Map.entry("win1254", Charset.forName("windows-1254")),
          Map.entry("win1257", Charset.forName("windows-1257")),
          Map.entry("koi8r", Charset.forName("KOI8-R")),
          Map.entry("eucjp", Charset.forName("EUC-JP")),
          Map.entry("euckr", Charset.forName("EUC-KR")));

  private static final Set<String> REFUSED = Set.of("sjis", "mskanji", "shiftjis", "win932", "windows932", "shiftjis2004", "big5", "win950", "windows950", "gbk", "win936", "windows936", "uhc", "win949", "windows949", "gb18030", "johab");

  private Encodings() {}

  /// Whether PostgreSQL knows the encoding and the proxy can't read it. What neither knows is for PostgreSQL to complain about.
  public static boolean isRefused(String name) {
    return REFUSED.contains(plain(name));
  }

  /// The charset of a client encoding by any of the spellings PostgreSQL takes (case, `-` and `_` do not count).
  public static Optional<Charset> charsetOf(String name) {
    return Optional.ofNullable(BY_NAME.get(plain(name)));
  }

  private static String plain(String name) {
    StringBuilder plain = new StringBuilder(name.length());
    for (char c : name.toLowerCase(Locale.ROOT).toCharArray()) {
      if (Character.isLetterOrDigit(c)) {
        plain.append(c);
      }
    }
    return plain.toString();
  }
}
